"""Boundaries as offices draw them: levels, repairs, overlaps, holes, names, doubles."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.boundaries import BoundariesImport, read_boundaries, with_residents
from geo.boundary_codes import read_official
from geo.errors import GeographyError
from geo.features import feature_table
from geo.office_files import read_office_file
from geo.raw_table import RawTable

METRIC = "EPSG:4547"
WEST, SOUTH = 530_000.0, 3_381_000.0


def box(left: float, right: float, low: float = 0, high: float = 1000) -> shapely.Polygon:
    return shapely.box(WEST + left, SOUTH + low, WEST + right, SOUTH + high)


def table(rows: list[dict], shapes: list, *, crs: str | None = METRIC, file: str = "界.geojson"):
    return feature_table(rows, shapes, file=file, crs=crs)


def community(name: str, code: str = "", street: str = "示例街道") -> dict[str, str]:
    return {"社区名称": name, "社区代码": code, "所属街道": street}


def keys(bounds: BoundariesImport, *levels: str) -> list[str]:
    return [one.reason.key for one in bounds.problems if not levels or one.level in levels]


EAST = community("示例东社区", "420199001001")
WESTERN = community("示例西社区", "420199001002")
PAIR = [box(0, 1000), box(1000, 2000)]


def points(*places: tuple[float, float, int]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"people": [people for _, _, people in places]},
        geometry=[shapely.Point(WEST + x, SOUTH + y) for x, y, _ in places],
        crs=METRIC,
    )


def test_the_promised_table_and_no_change_of_the_input():
    raw = table([EAST, WESTERN], PAIR)
    before = raw.cells.copy()
    bounds = read_boundaries([raw])
    pd.testing.assert_frame_equal(raw.cells, before)
    assert list(bounds.communities.index) == ["420199001001", "420199001002"]
    assert bounds.communities.crs.is_projected
    assert bounds.rows["status"].tolist() == ["accepted", "accepted"]
    assert np.allclose(bounds.communities.area, 1e6, rtol=1e-3)


def levels() -> list[RawTable]:
    communities = table(
        [{"社区名称": "示例东社区"}, {"社区名称": "示例西社区"}], PAIR, file="社区.shp"
    )
    streets = table(
        [{"名称": "东街道", "街道代码": "420199001"}, {"名称": "西街道", "街道代码": "420199002"}],
        PAIR, file="街道.shp",
    )  # fmt: skip
    district = table([{"名称": "示例区", "区划代码": "420199"}], [box(0, 2000)], file="区.shp")
    return [communities, streets, district]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_three_levels_from_several_files_in_any_order(order):
    files = levels()
    bounds = read_boundaries([files[at] for at in order])
    communities = bounds.communities.set_index("name")
    assert communities.loc["示例东社区", "subdistrict"] == "东街道"
    assert communities.loc["示例西社区", "subdistrict_code"] == "420199002"
    assert bounds.outline is not None
    assert bounds.outline.area == pytest.approx(2e6, rel=1e-3)


def test_three_levels_from_one_file():
    rows = [
        {"名称": "示例区", "代码": "420199"},
        {"名称": "东街道", "代码": "420199001"},
        {"名称": "示例东社区", "代码": "420199001001"},
        {"名称": "示例西社区", "代码": "420199001002"},
    ]
    bounds = read_boundaries([table(rows, [box(0, 2000), box(0, 2000), *PAIR])])
    assert bounds.communities["name"].tolist() == ["示例东社区", "示例西社区"]
    assert set(bounds.communities["subdistrict"]) == {"东街道"}
    assert bounds.outline is not None
    assert len(bounds.rows) == 4


def test_invalid_rings_are_repaired_and_listed():
    bow = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 1000, SOUTH + 1000), (WEST + 1000, SOUTH), (WEST, SOUTH + 1000)]
    )
    line = shapely.LineString(PAIR[1].exterior.coords)
    bounds = read_boundaries([table([EAST, WESTERN], [bow, line])])
    assert bounds.communities.is_valid.all()
    assert keys(bounds, "repaired") == ["repaired.shape", "repaired.line_to_area"]
    assert bounds.rows["status"].tolist() == ["repaired", "repaired"]


def test_what_is_no_area_is_rejected_with_its_row():
    rows = [EAST, WESTERN, community("示例点社区", "420199001003")]
    bounds = read_boundaries([table(rows, [PAIR[0], None, shapely.Point(WEST, SOUTH)])])
    assert bounds.rows["status"].tolist() == ["accepted", "rejected", "rejected"]
    rejected = [one for one in bounds.problems if one.level == "rejected"]
    assert [one.row for one in rejected] == [2, 3]


def test_shapes_beyond_the_earth_are_rejected():
    far = shapely.box(500, 95, 501, 96)
    near = gpd.GeoSeries([PAIR[0]], crs=METRIC).to_crs("EPSG:4326")[0]
    bounds = read_boundaries([table([EAST, WESTERN], [near, far], crs="EPSG:4326")])
    assert keys(bounds, "rejected") == ["rejected.area_range"]


def test_a_corner_far_away_stops_nothing():
    # 4.3 for 114.3: valid in degrees, crossing itself in metres.
    ring = [(114.31, 30.5), (114.31, 30.51), (114.3, 30.51), (4.3, 30.5)]
    sound = [shapely.box(114.31 + k / 100, 30.5, 114.32 + k / 100, 30.51) for k in range(3)]
    rows = [community(f"示例{k}社区", f"42019900100{k}") for k in range(1, 5)]
    bounds = read_boundaries([table(rows, [shapely.Polygon(ring), *sound], crs="EPSG:4326")])
    assert bounds.communities.is_valid.all()
    assert "repaired.shape" in keys(bounds)
    assert bounds.rows["status"].iloc[0] != "accepted"


def test_overlaps_and_holes_with_area_and_people():
    # 100 m of overlap; between them and a third one a hole of 200 m by 1 km.
    rows = [EAST, WESTERN, community("示例北社区", "420199001003")]
    shapes = [box(0, 1100), box(1000, 2000), box(2200, 3000)]
    district = table([{"名称": "示例区", "代码": "420199"}], [box(0, 3000)], file="区.geojson")
    people = points((1050, 500, 7), (2100, 500, 11), (500, 500, 100), (2100, 20, 2))
    bounds = read_boundaries([table(rows, shapes), district], residents=people)
    told = {one.reason.key: dict(one.reason.values) for one in bounds.problems}
    assert told["doubtful.overlap"]["area"] == pytest.approx(100_000, rel=1e-3)
    assert told["doubtful.overlap"]["people"] == 7
    assert told["doubtful.overlap"]["name"] == "示例东社区"
    assert told["doubtful.hole"]["area"] == pytest.approx(200_000, rel=1e-3)
    assert told["doubtful.hole"]["people"] == 13


def test_people_come_to_the_faults_when_they_are_known():
    bounds = read_boundaries([table([EAST, WESTERN], [box(0, 1100), box(1000, 2000)])])
    assert keys(bounds, "doubtful") == ["doubtful.overlap_of_area"]
    found = with_residents(bounds, points((1050, 500, 7)))
    (overlap,) = [one for one in found.problems if one.level == "doubtful"]
    assert dict(overlap.reason.values)["people"] == 7
    assert overlap.row == 2
    assert keys(bounds, "doubtful") == ["doubtful.overlap_of_area"]


def test_a_hole_inside_is_found_without_an_outline():
    ring = box(0, 3000, 0, 3000).difference(box(1000, 2000, 1000, 2000))
    bounds = read_boundaries([table([EAST], [ring])])
    assert keys(bounds, "doubtful") == ["doubtful.hole_of_area"]


def test_slivers_are_no_overlap():
    bounds = read_boundaries([table([EAST, WESTERN], [box(0, 1000.05), box(1000, 2000)])])
    assert keys(bounds, "doubtful") == []


def test_doubles_and_parts_of_one_community():
    bounds = read_boundaries(
        [table([EAST, EAST, EAST, WESTERN], [PAIR[0], PAIR[0], box(3000, 3500), PAIR[1]])]
    )
    assert len(bounds.communities) == 2
    assert bounds.rows["status"].tolist() == ["accepted", "rejected", "repaired", "accepted"]
    assert bounds.communities.geometry.iloc[0].geom_type == "MultiPolygon"


def test_one_code_for_two_names_keeps_both():
    bounds = read_boundaries([table([EAST, community("示例南社区", "420199001001")], PAIR)])
    assert len(bounds.communities) == 2
    assert "doubtful.code_twice" in keys(bounds)


def test_names_are_matched_to_the_official_list_with_aliases():
    official = read_official()
    street = official[official["street"] == "先锋道街道"].iloc[:2]
    rows = [
        community(street["community"].iloc[0], "", "先锋路街道"),
        community(street["community"].iloc[1].removesuffix("社区居委会"), "", "先锋路街道"),
    ]
    bounds = read_boundaries([table(rows, PAIR)], official=official)
    assert list(bounds.communities.index) == street["community_code"].tolist()
    assert set(bounds.communities["subdistrict"]) == {"先锋道街道"}
    assert set(bounds.communities["subdistrict_code"]) == {"150204001"}
    aliased = [one for one in bounds.problems if one.reason.key == "repaired.subdistrict_alias"]
    assert [one.row for one in aliased] == [1, 2]


def test_a_similar_name_is_a_question_and_no_match():
    official = read_official()
    street = official[official["street"] == "先锋道街道"].iloc[:3]
    names = street["community"].tolist()
    rows = [community(name, "", "先锋道街道") for name in names[:2]]
    stem = names[2].removesuffix("社区居委会").removesuffix("社区")
    rows.append(community(stem[:1] + "错" + stem[1:] + "社区", "", "先锋道街道"))
    bounds = read_boundaries([table(rows, [*PAIR, box(2000, 3000)])], official=official)
    assert bounds.rows["status"].tolist()[2] == "doubtful"
    assert street["community_code"].iloc[2] not in bounds.communities.index


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("示例社区", "420199001001", "社区"),
        ("示例村", "420199001201", "村"),
        ("示例厂区虚拟社区", "420199001498", "虚拟"),
        ("示例产业园", "420199001401", "虚拟"),
        ("示例里", "", "里"),
    ],
)
def test_kinds_of_units(name, code, kind):
    bounds = read_boundaries([table([community(name, code)], [PAIR[0]])])
    assert bounds.communities["unit_kind"].tolist() == [kind]


def test_virtual_units_stand_in_no_average():
    from coverage.ground import Ground

    class Stub:
        communities = pd.DataFrame({"unit_kind": ["社区", "虚拟", "村"]})

    ground = object.__new__(Ground)
    object.__setattr__(ground, "place", Stub())
    assert ground.of_kinds(()).tolist() == [True, False, True]
    assert ground.of_kinds(("虚拟",)).tolist() == [False, True, False]


@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4526"], ids=["degrees", "zone"])
def test_a_file_without_a_system_is_told_by_its_numbers(system):
    shapes = list(gpd.GeoSeries(PAIR, crs=METRIC).to_crs(system))
    bounds = read_boundaries([table([EAST, WESTERN], shapes, crs=None)])
    assert "note.crs_from_numbers" in keys(bounds)
    assert np.allclose(bounds.communities.area, 1e6, rtol=1e-3)


@pytest.mark.parametrize("shape", [PAIR[0], shapely.box(5e7, 5e7, 6e7, 6e7)])
def test_numbers_that_do_not_tell_their_system_are_refused(shape):
    # Plane coordinates without the number of their zone may lie in any zone.
    with pytest.raises(GeographyError) as caught:
        read_boundaries([table([EAST], [shape], crs=None)])
    assert caught.value.key == "error.no_crs"


def test_points_are_no_boundaries():
    with pytest.raises(GeographyError) as caught:
        read_boundaries([table([EAST], [shapely.Point(WEST, SOUTH)])])
    assert caught.value.key == "error.no_areas"


def test_long_shapes_in_a_text_file(tmp_path: Path):
    # A cell of a text file may hold 131,072 letters by default; boundaries are longer.
    circle = shapely.Point(114.3, 30.5).buffer(0.01, quad_segs=2000)
    path = tmp_path / "界.csv"
    path.write_text(f'社区名称,WKT\n示例社区,"{circle.wkt}"\n', encoding="utf-8")
    bounds = read_boundaries(read_office_file(path))
    assert bounds.communities["name"].tolist() == ["示例社区"]
