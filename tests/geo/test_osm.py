"""Tags → walkable ways: the table, and small OSM files written out by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from coverage.walking import walk_metres
from geo.errors import FileError, GeographyError, NetworkError
from geo.osm import (
    CROSSING,
    FERRY,
    GATE,
    KERB,
    MAIN_ROAD,
    NARROW,
    NO_WHEELS,
    RULES,
    STEPS,
    node_flags,
    way_flags,
)
from geo.osm_file import read_osm
from geo.streets import read_streets


def test_every_rule_stands_once_with_a_reason() -> None:
    assert len({(rule.key, rule.value) for rule in RULES}) == len(RULES)
    assert all(len(rule.reason) > 5 for rule in RULES)


@pytest.mark.parametrize(
    ("tags", "flags"),
    [
        ({"highway": "footway"}, 0),
        ({"highway": "residential", "oneway": "yes"}, 0),
        ({"highway": "steps"}, STEPS),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, 0),
        ({"highway": "footway", "footway": "crossing"}, CROSSING),
        ({"highway": "footway", "wheelchair": "no"}, NO_WHEELS),
        ({"highway": "primary_link"}, MAIN_ROAD),
        ({"highway": "trunk"}, MAIN_ROAD),
        ({"highway": "trunk", "motorroad": "yes"}, None),
        ({"highway": "trunk", "motorroad": "yes", "sidewalk": "both"}, MAIN_ROAD),
        ({"highway": "motorway"}, None),
        ({"highway": "motorway_link"}, None),
        ({"highway": "motorway", "access": "yes"}, None),
        ({"highway": "motorway", "foot": "yes"}, 0),
        ({"highway": "cycleway"}, None),
        ({"highway": "cycleway", "foot": "designated"}, 0),
        ({"highway": "cycleway", "sidewalk": "right"}, 0),
        ({"highway": "path", "bicycle": "designated"}, 0),
        ({"highway": "bridleway"}, None),
        ({"highway": "bridleway", "access": "yes"}, 0),
        ({"highway": "residential", "foot": "no"}, None),
        ({"highway": "service", "access": "private"}, None),
        ({"highway": "service", "access": "no"}, None),
        ({"highway": "service", "access": "private", "foot": "yes"}, 0),
        ({"highway": "service", "access": "private", "foot": "permissive"}, 0),
        ({"highway": "construction"}, None),
        ({"highway": "construction", "foot": "yes"}, None),
        ({"railway": "platform"}, 0),
        ({"railway": "rail"}, None),
        ({"man_made": "pier"}, 0),
        ({"route": "ferry"}, FERRY),
        ({"route": "ferry", "foot": "no"}, None),
        ({"route": "bicycle"}, None),
        ({"amenity": "parking"}, 0),
        ({"amenity": "parking", "access": "private"}, None),
        ({"amenity": "parking", "parking": "underground"}, None),
        ({"amenity": "parking", "parking": "multi-storey"}, None),
        ({"amenity": "school"}, None),
        ({"highway": "path", "foot": "use_sidepath"}, None),
        ({"highway": "cycleway", "foot": "no; permissive"}, 0),
        ({"highway": "service", "access": "private;yes"}, 0),
        ({"highway": "service", "access": "private;delivery"}, None),
        ({"highway": "residential", "sidewalk": "separate"}, 0),
        ({"building": "yes"}, None),
        ({}, None),
    ],
)
def test_ways(tags: dict[str, str], flags: int | None) -> None:
    assert way_flags(tags) == flags


@pytest.mark.parametrize(
    ("tags", "flags"),
    [
        ({"barrier": "gate"}, GATE),
        ({"barrier": "gate", "access": "private"}, None),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, GATE),
        ({"barrier": "wall"}, None),
        ({"barrier": "bollard"}, 0),
        ({"barrier": "kissing_gate"}, NARROW),
        ({"barrier": "kerb"}, KERB),
        ({"barrier": "kerb", "kerb": "lowered"}, 0),
        ({"kerb": "raised"}, KERB),
        ({"kerb": "flush"}, 0),
    ],
)
def test_nodes(tags: dict[str, str], flags: int | None) -> None:
    assert node_flags(tags) == flags


# A street 1-2-3-4 with a gate at 2 and a wall at 3; a bridge 5-6 over it; a motorway;
# a way whose last node lies outside the extract; a square drawn as a relation.
TOWN = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="30.5000" lon="114.3000"/>
 <node id="2" lat="30.5000" lon="114.3010"><tag k="barrier" v="gate"/></node>
 <node id="3" lat="30.5000" lon="114.3020"><tag k="barrier" v="wall"/></node>
 <node id="4" lat="30.5000" lon="114.3030"/>
 <node id="5" lat="30.4990" lon="114.3005"/>
 <node id="6" lat="30.5010" lon="114.3005"/>
 <node id="7" lat="30.4980" lon="114.3000"/>
 <node id="8" lat="30.4980" lon="114.3010"/>
 <node id="9" lat="30.5020" lon="114.3000"/>
 <node id="10" lat="30.5030" lon="114.3000"/>
 <node id="11" lat="30.5030" lon="114.3010"/>
 <way id="101"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>
  <tag k="highway" v="residential"/><tag k="name" v="某路, 东段 = 一号"/></way>
 <way id="102"><nd ref="5"/><nd ref="6"/>
  <tag k="highway" v="footway"/><tag k="bridge" v="yes"/><tag k="layer" v="1"/></way>
 <way id="103"><nd ref="7"/><nd ref="8"/><tag k="highway" v="motorway"/></way>
 <way id="104"><nd ref="1"/><nd ref="9"/><nd ref="999"/><tag k="highway" v="path"/></way>
 <way id="105"><nd ref="9"/><nd ref="10"/><nd ref="11"/><nd ref="9"/></way>
 <way id="106"><nd ref="999"/><tag k="highway" v="path"/></way>
 <relation id="201"><member type="way" ref="105" role="outer"/>
  <tag k="type" v="multipolygon"/><tag k="highway" v="pedestrian"/></relation>
</osm>
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(TOWN, encoding="utf-8")
    return path


def test_a_town_by_hand(town: Path) -> None:
    ways = read_osm(town)
    # 101: three pieces, 102: one, 104: one (its second leaves the extract), 105: three.
    assert len(ways.start) == 8
    by_place = {
        frozenset(
            (round(float(ways.longitude[k]), 4), round(float(ways.latitude[k]), 4)) for k in (a, b)
        ): (int(flags), int(a), int(b))
        for a, b, flags in zip(ways.start, ways.end, ways.flags, strict=True)
    }
    first = by_place[frozenset({(114.3, 30.5), (114.301, 30.5)})]
    second = by_place[frozenset({(114.301, 30.5), (114.302, 30.5)})]
    third = by_place[frozenset({(114.302, 30.5), (114.303, 30.5)})]
    assert first[0] & GATE
    assert second[0] & GATE
    # Nobody passes the wall: its two sides are two nodes at one place.
    assert not {second[1], second[2]} & {third[1], third[2]}
    assert {first[1], first[2]} & {second[1], second[2]}


def test_a_bridge_is_not_joined_to_what_it_crosses(town: Path) -> None:
    network = read_streets(town)
    ends = np.concatenate([network.lower, network.neighbour])
    # 1-2-3, 3'-4 and the square hang on 1 and 9; the bridge is two nodes of its own.
    assert len(network.x) == 10
    assert sorted(np.bincount(ends))[:2] == [1, 1]


@pytest.mark.parametrize("suffix", [".osm.gz", ".osm.bz2"])
def test_packed_files_are_the_same(town: Path, tmp_path: Path, suffix: str) -> None:
    import bz2

    packed = tmp_path / f"packed{suffix}"
    pack = gzip.compress if suffix.endswith("gz") else bz2.compress
    packed.write_bytes(pack(town.read_bytes()))
    one, other = read_streets(town), read_streets(packed)
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.millimetres, other.millimetres)
    np.testing.assert_array_equal(one.flags, other.flags)


def test_two_nodes_at_one_place_are_joined_by_nothing_but_their_edge(town: Path) -> None:
    twin = '<node id="12" lat="30.5000" lon="114.3030"/>'
    more = '<way id="107"><nd ref="4"/><nd ref="12"/><tag k="highway" v="path"/></way>'
    text = TOWN.replace(' <way id="101">', f' {twin}\n <way id="101">')
    town.write_text(text.replace(" <relation", f" {more}\n <relation"), encoding="utf-8")
    network = read_streets(town)
    assert (network.millimetres == 0).sum() == 1
    points = gpd.GeoSeries(gpd.points_from_xy([114.303, 114.302], [30.5, 30.5]), crs=4326)
    walks = walk_metres(network, points, points.set_axis([5, 6]), within_metres=200)
    assert walks["metres"].tolist() == [0, 0]


def test_unreadable_files_say_so(town: Path, tmp_path: Path, root: Path) -> None:
    whole = (root / "data" / "porto_alegre" / "streets.osm.pbf").read_bytes()
    packed = gzip.compress(town.read_bytes())
    for name, content in (
        ("cut.osm.pbf", whole[: len(whole) // 2]),
        ("table.osm.pbf", b"a,b\n1,2\n" * 50),
        ("empty.osm.pbf", b""),
        ("text.osm", b"hello"),
        ("empty.osm", b""),
        ("cut.osm", town.read_bytes()[:700]),
        ("cut.osm.gz", packed[: len(packed) // 2]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(FileError, match=name):
            read_streets(path)
    with pytest.raises(FileError, match="does not exist"):
        read_streets(tmp_path / "nothing.osm.pbf")


def test_an_extract_without_walkable_ways_says_so(tmp_path: Path) -> None:
    path = tmp_path / "rails.osm"
    path.write_text(TOWN.replace('"highway"', '"railway"'), encoding="utf-8")
    with pytest.raises(NetworkError, match=r"rails\.osm"):
        read_streets(path)
    path.write_text('<osm version="0.6"></osm>', encoding="utf-8")
    with pytest.raises(NetworkError, match=r"rails\.osm"):
        read_streets(path)


def test_a_file_of_half_the_world_says_so(town: Path) -> None:
    far = '<node id="20" lat="-40.0" lon="-70.0"/>'
    more = '<way id="108"><nd ref="4"/><nd ref="20"/><tag k="route" v="ferry"/></way>'
    text = TOWN.replace(' <way id="101">', f' {far}\n <way id="101">')
    town.write_text(text.replace(" <relation", f" {more}\n <relation"), encoding="utf-8")
    with pytest.raises(GeographyError, match="reach too far"):
        read_streets(town)
