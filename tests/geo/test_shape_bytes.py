"""Well-known binary is looked through before the reader of shapes sees it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.shape_bytes import DEEPEST, shape_of_bytes

POINT = shapely.Point(114.3, 30.5)
AREA = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 0)], [[(1, 0.5), (2, 0.5), (2, 1), (1, 0.5)]])
SHAPES = (
    POINT,
    AREA,
    shapely.LineString([(0, 0), (1, 1)]),
    shapely.MultiPoint([(0, 0), (1, 1)]),
    shapely.MultiPolygon([AREA]),
    shapely.GeometryCollection([POINT, shapely.MultiPolygon([AREA])]),
    shapely.Polygon(),
    shapely.Point(1, 2, 3),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.wkt[:24])
@pytest.mark.parametrize("order", [0, 1], ids=["big", "little"])
@pytest.mark.parametrize("flavor", ["extended", "iso"])
def test_shapes_come_back(shape, order, flavor):
    content = shapely.to_wkb(
        shapely.set_srid(shape, 4490), byte_order=order, flavor=flavor,
        include_srid=flavor == "extended",
    )  # fmt: skip
    found = shape_of_bytes(content)
    assert found is not None
    assert found.equals_exact(shape)


def nested(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(POINT)


def test_collections_nest_only_so_deep():
    assert shape_of_bytes(nested(DEEPEST)) is not None
    assert shape_of_bytes(nested(DEEPEST + 1)) is None
    assert shape_of_bytes(nested(200_000)) is None
    # Also behind a harmless first member, and among areas.
    hidden = struct.pack("<BII", 1, 7, 2) + shapely.to_wkb(POINT) + nested(200_000)
    assert shape_of_bytes(hidden) is None
    assert shape_of_bytes(struct.pack("<BII", 1, 6, 1) * 200_000) is None


@pytest.mark.parametrize("given_value", [None, "POINT (1 2)", b"", b"\1", 5, nested(3)[:-1]])
def test_what_is_no_shape_is_none(given_value):
    assert shape_of_bytes(given_value) is None


def test_coordinates_must_be_numbers():
    assert shape_of_bytes(struct.pack("<BIdd", 1, 1, np.inf, 0.0)) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_a_shape_or_none(content):
    found = shape_of_bytes(content)
    assert found is None or isinstance(found, shapely.Geometry)


@given(st.sampled_from(SHAPES), st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_gives_a_shape_or_none(shape, at, byte):
    content = bytearray(shapely.to_wkb(shape))
    content[at % len(content)] = byte
    found = shape_of_bytes(bytes(content))
    assert found is None or isinstance(found, shapely.Geometry)


@pytest.mark.parametrize(
    "number", [b"\xff" * 8, b"\x85\xebQ\xb8\xff\xff\xff\xff", b"\1" + b"\0" * 5 + b"\xf0\x7f"]
)
@pytest.mark.parametrize("corner", range(10))
def test_a_ring_with_a_corner_that_is_no_number_is_none(corner, number):
    content = bytearray(shapely.to_wkb(shapely.box(114.3, 30.5, 114.4, 30.6)))
    at = 13 + 8 * corner
    content[at : at + 8] = number
    assert shape_of_bytes(bytes(content)) is None
