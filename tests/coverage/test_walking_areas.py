"""Walking areas and paths on the desert grid: lengths known by hand, nothing claimed beyond."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.walked_path import walked_path
from coverage.walking import walk_metres
from coverage.walking_areas import STRIP_METRES, walking_area, walking_bands
from geo.errors import GeographyError, NetworkError
from geo.streets import StreetNetwork, streets_from_lines
from tests.desert import ORIGIN, desert_lines, desert_points


@pytest.fixture(scope="module")
def desert() -> StreetNetwork:
    return streets_from_lines(desert_lines())


def test_a_cross_of_streets_by_hand(desert: StreetNetwork) -> None:
    area = walking_area(desert, desert_points([(500, 500)]), within_metres=100)
    # Four streets of 100 m leave the crossing.
    assert area.street_metres == pytest.approx(400, abs=0.01)
    # 150 m: four of 100 m, and from each of their ends 3 x 50 m.
    more = walking_area(desert, desert_points([(500, 500)]), within_metres=150)
    assert more.street_metres == pytest.approx(400 + 12 * 50, abs=0.01)


def test_part_of_one_street(desert: StreetNetwork) -> None:
    area = walking_area(desert, desert_points([(550, 500)]), within_metres=30)
    assert area.street_metres == pytest.approx(60, abs=0.01)
    off = walking_area(desert, desert_points([(550, 510)]), within_metres=30)
    assert off.street_metres == pytest.approx(40, abs=0.01)
    without = walking_area(desert, desert_points([(550, 510)]), within_metres=30, legs=False)
    assert without.street_metres == pytest.approx(60, abs=0.01)


def test_bands_lie_in_each_other(desert: StreetNetwork) -> None:
    bands = walking_bands(desert, desert_points([(430, 470)]), within_metres=[240, 480, 720])
    for inner, outer in pairwise(bands):
        assert inner.street_metres < outer.street_metres
        assert outer.area.buffer(3).covers(inner.area)


def test_the_shape_claims_only_a_strip_beside_reached_streets(desert: StreetNetwork) -> None:
    band = walking_area(desert, desert_points([(500, 500)]), within_metres=300)
    assert band.streets.buffer(STRIP_METRES + 3).covers(band.area.boundary)
    assert band.area.covers(band.streets)


def test_reached_streets_are_within_the_walk(desert: StreetNetwork) -> None:
    service = desert_points([(333, 500)], prefix="s")
    band = walking_area(desert, service, within_metres=260)
    vertices = shapely.get_coordinates(band.streets)
    homes = gpd.GeoDataFrame(geometry=shapely.points(vertices), crs=desert.crs)
    walks = walk_metres(desert, homes, service, within_metres=400)["metres"]
    assert walks.max() <= 260.01


def test_several_points_share_one_area(desert: StreetNetwork) -> None:
    two = walking_area(desert, desert_points([(200, 200), (800, 800)]), within_metres=100)
    assert two.street_metres == pytest.approx(800, abs=0.01)
    assert len(shapely.get_parts(two.area)) == 2


def test_far_from_any_street_nothing_is_reached(desert: StreetNetwork) -> None:
    area = walking_area(desert, desert_points([(500, -900)]), within_metres=900)
    assert area.street_metres == 0
    assert area.area.is_empty


def test_bad_input(desert: StreetNetwork) -> None:
    point = desert_points([(500, 500)])
    with pytest.raises(NetworkError):
        walking_area(desert, point, within_metres=0)
    with pytest.raises(GeographyError):
        walking_area(desert, point.set_crs(None, allow_override=True), within_metres=100)
    with pytest.raises(NetworkError, match="one origin"):
        walked_path(desert, desert_points([(0, 0), (1, 1)]), point, within_metres=100)


def test_path_by_hand(desert: StreetNetwork) -> None:
    path = walked_path(
        desert, desert_points([(130, 110)]), desert_points([(170, 390)]), within_metres=900
    )
    assert path is not None
    # 10 m to the street; west by (100, 100): 30 + 300 + 70 = 400, east by (200, 100): 400 too;
    # and 10 m at the other end.
    assert path.metres == pytest.approx(420, abs=0.01)
    assert path.line.length == pytest.approx(420, abs=0.01)
    assert path.line.coords[0] == pytest.approx((ORIGIN[0] + 130, ORIGIN[1] + 110))


def test_path_beyond_the_bound_is_none(desert: StreetNetwork) -> None:
    far = desert_points([(1000, 1000)])
    assert walked_path(desert, desert_points([(0, 0)]), far, within_metres=1999) is None
    assert walked_path(desert, desert_points([(0, 0)]), far, within_metres=2000) is not None


def test_path_at_the_same_place(desert: StreetNetwork) -> None:
    point = desert_points([(310, 340)])
    path = walked_path(desert, point, point, within_metres=500)
    assert path is not None
    assert path.metres == 0


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
    st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
)
def test_the_path_is_as_long_as_the_walk(
    desert: StreetNetwork, home: tuple[int, int], service: tuple[int, int]
) -> None:
    origin, end = desert_points([home], prefix="h"), desert_points([service], prefix="s")
    walk = walk_metres(desert, origin, end, within_metres=3000)["metres"].iloc[0]
    path = walked_path(desert, origin, end, within_metres=3000)
    assert path is not None
    assert path.metres == pytest.approx(walk, abs=0.002)
    if walk:
        assert path.line.length == pytest.approx(walk, abs=0.01)
    assert np.isfinite(shapely.get_coordinates(path.line)).all()
