"""The block reader against osmium: the same ways from every form of file, or none."""

from __future__ import annotations

import contextlib
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import FileError, NetworkError
from geo.osm_file import read_osm, ways_by_osmium
from geo.osm_pbf_ways import ways_of_pbf
from geo.osm_ways import OsmSegments, WalkableWays, segments
from geo.streets import read_streets
from geo.varints import MalformedError
from tests.geo.test_osm import TOWN
from tests.pbf import blob, folded, header, packed, plain, stretch, varint

TAGS = st.dictionaries(
    st.sampled_from(["highway", "railway", "foot", "access", "bridge", "name", "barrier", "kerb"]),
    st.sampled_from(["footway", "steps", "motorway", "platform", "yes", "no", "gate", "wall"]),
    max_size=4,
)
# Some of these nodes the file does not hold. (osmium places no node of negative number.)
NODE_IDS = st.sampled_from([1, 2, 3, 4, 5, 2**40, 2**40 + 1, 99])
WAYS = st.lists(st.tuples(st.lists(NODE_IDS, max_size=6), TAGS), max_size=8)
SQUARES = st.lists(st.tuples(st.lists(st.integers(1, 8), max_size=3), TAGS), max_size=2)
NODES = st.dictionaries(
    st.sampled_from([1, 2, 3, 4, 5, 2**40, 2**40 + 1]),
    st.tuples(st.integers(-1800, 1800), st.integers(-900, 900), TAGS),
    max_size=7,
)
FORMS = ("pbf", "pbf,pbf_dense_nodes=false", "pbf,pbf_compression=none")


def pieces(ways: WalkableWays | OsmSegments) -> np.ndarray:
    """Every straight piece by the places of its ends and its flags, in one order."""
    cut = segments(ways) if isinstance(ways, WalkableWays) else ways
    ends = np.column_stack([cut.longitude, cut.latitude])
    a, b = ends[cut.start], ends[cut.end]
    turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a, b = np.where(turned[:, None], b, a), np.where(turned[:, None], a, b)
    rows = np.column_stack([a, b, cut.flags])
    return rows[np.lexsort(rows.T)]


def assert_as_osmium(path: Path) -> None:
    ours, theirs = ways_of_pbf(path), ways_by_osmium(path)
    np.testing.assert_array_equal(pieces(ours), pieces(theirs))
    assert len(segments(ours).longitude[segments(ours).start]) == len(segments(theirs).start)


def write(path: Path, form: str, nodes: Any, ways: Any, squares: Any) -> None:
    made = osmium.osm.mutable
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(path), form)) as writer:
        for number, (x, y, tags) in nodes.items():
            writer.add_node(made.Node(id=number, location=(x / 10, y / 10), tags=tags))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(made.Way(id=number, nodes=refs, tags=tags))
        for number, (members, tags) in enumerate(squares, start=1):
            parts = [("n", 1, ""), *(("w", one, "outer") for one in members)]
            writer.add_relation(made.Relation(id=number, members=parts, tags=tags))


@given(nodes=NODES, ways=WAYS, squares=SQUARES, form=st.sampled_from(FORMS))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_same_ways_as_osmium(
    tmp_path: Path, nodes: Any, ways: Any, squares: Any, form: str
) -> None:
    path = tmp_path / "any.osm.pbf"
    write(path, form, nodes, ways, squares)
    assert_as_osmium(path)


@pytest.mark.parametrize("form", FORMS)
def test_a_town_in_every_form(tmp_path: Path, form: str) -> None:
    xml, path = tmp_path / "town.osm", tmp_path / "town.osm.pbf"
    xml.write_text(TOWN, encoding="utf-8")
    with osmium.SimpleWriter(osmium.io.File(str(path), form)) as writer:
        for one in osmium.FileProcessor(str(xml)):
            writer.add(one)
    assert len(segments(ways_of_pbf(path)).start) == 8
    np.testing.assert_array_equal(pieces(ways_of_pbf(path)), pieces(read_osm(xml)))


def test_shipped_and_published_files(root: Path, tmp_path: Path) -> None:
    assert_as_osmium(root / "data" / "porto_alegre" / "streets.osm.pbf")
    monaco = tmp_path / "monaco.osm.pbf"
    with osmium.SimpleWriter(str(monaco)) as writer:
        for one in osmium.FileProcessor(str(root / "tests/reference/monaco/monaco.osm.gz")):
            writer.add(one)
    assert_as_osmium(monaco)


def _block(*, kind: bytes = b"footway", more: bytes = b"") -> bytes:
    """Two nodes in steps of a thousandth of a degree beside 30 N 114 E, and a way."""
    strings = b"".join(stretch(1, one) for one in (b"", b"highway", kind))
    dense = (
        packed(1, [10, 12], steps=True)
        + packed(8, [0, 1], steps=True)
        + packed(9, [0, 2], steps=True)
    )
    way = plain(1, 5) + packed(2, [1]) + packed(3, [2]) + packed(8, [10, 12], steps=True)
    return (
        stretch(1, strings)
        + stretch(2, stretch(2, dense))
        + stretch(2, stretch(3, way))
        + plain(17, 1_000_000)
        + plain(19, 30 * 10**9)
        + plain(20, -114 * 10**9)
        + more
    )


@pytest.mark.parametrize("form", ["raw", "zlib"])
def test_other_steps_and_origins(tmp_path: Path, form: str) -> None:
    path = tmp_path / "steps.osm.pbf"
    path.write_bytes(header() + blob("OSMData", _block(), form=form))
    found = segments(ways_of_pbf(path))
    assert sorted(zip(found.longitude, found.latitude, strict=True)) == [
        (-114.0, 30.0),
        (-113.998, 30.001),
    ]
    assert_as_osmium(path)


@pytest.mark.parametrize("field", [17, 19, 20])
def test_a_number_beyond_its_field_is_refused(tmp_path: Path, field: int) -> None:
    path = tmp_path / "beyond.osm.pbf"
    number = varint(field << 3) + b"\xff" * 9 + b"\x7f"
    path.write_bytes(header() + blob("OSMData", _block(more=number)))
    with pytest.raises(MalformedError):
        segments(ways_of_pbf(path))
    with contextlib.suppress(FileError, NetworkError):
        read_streets(path)


def test_rare_forms_are_left_to_osmium(tmp_path: Path) -> None:
    path = tmp_path / "rare.osm.pbf"
    whole = blob("OSMData", _block())
    strings = b"".join(stretch(1, one) for one in (b"", b"highway", b"footway"))
    # A list in two pieces is allowed, and every way of writing it is read by osmium.
    broken = plain(1, 5) + plain(2, 1) + plain(3, 2) + packed(8, [10, 12], steps=True)
    loose = stretch(1, strings) + stretch(2, stretch(3, broken))
    packing = blob("OSMData", lzma.compress(_block()), form="4")
    for content in (
        header("HistoricalInformation") + whole,
        header() + packing,
        header() + whole + blob("OSMData", loose),
        whole,
    ):
        path.write_bytes(content)
        with pytest.raises(MalformedError):
            ways_of_pbf(path)
    path.write_bytes(header("HistoricalInformation") + whole)
    assert len(read_osm(path).start) == 1


def test_a_block_never_unpacks_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "bomb.osm.pbf"
    path.write_bytes(header() + blob("OSMData", bytes(64 * 2**20)))
    with pytest.raises(MalformedError, match="cut short"):
        ways_of_pbf(path)
    with pytest.raises(FileError, match=r"bomb\.osm\.pbf"):
        read_streets(path)


@given(st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_is_refused_or_read_never_worse(tmp_path: Path, data: st.DataObject) -> None:
    block = bytearray(_block(more=stretch(2, stretch(1, plain(1, folded(3))))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(block) - 1))
        block[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(block), len(block) // 2]))
    path = tmp_path / "damaged.osm.pbf"
    path.write_bytes(header() + blob("OSMData", bytes(block[:cut])))
    with contextlib.suppress(MalformedError):
        segments(ways_of_pbf(path))
    with contextlib.suppress(FileError, NetworkError):
        read_streets(path)
