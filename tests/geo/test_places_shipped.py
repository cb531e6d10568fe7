"""The places the project ships: their sums, their names, and that anybody can make them again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import shapely

from geo.credit_code import check
from geo.place import Place, load_place, place_doubts

DEMONSTRATION = "示例"
STATE_WORDS = re.compile("政府|國|国|市立|衛生局|社會局|中華|台灣|臺灣")


@pytest.fixture(scope="module")
def wuchang(root: Path) -> Place:
    return load_place(root / "data" / "wuchang")


@pytest.fixture(scope="module")
def porto_alegre(root: Path) -> Place:
    return load_place(root / "data" / "porto_alegre")


@pytest.fixture(scope="module")
def daan(root: Path) -> Place:
    return load_place(root / "tests" / "places" / "daan")


@pytest.fixture(scope="module")
def taipei(root: Path) -> Place:
    return load_place(root / "tests" / "places" / "taipei")


@pytest.fixture(params=["wuchang", "porto_alegre", "daan", "taipei"])
def place(request: pytest.FixtureRequest) -> Place:
    shipped = request.getfixturevalue(request.param)
    assert isinstance(shipped, Place)
    return shipped


# ------------------------------------------------------------------ every place


def test_every_resident_point_lies_in_its_community(place: Place) -> None:
    homes = place.communities.geometry.reindex(place.residents["community_code"])
    inside = shapely.intersects(homes.to_numpy(), place.residents.geometry.to_numpy())
    assert inside.all()


def test_units_are_whole_valid_and_do_not_overlap(place: Place) -> None:
    shapes = place.communities.geometry
    assert shapes.is_valid.all()
    assert set(shapes.geom_type) == {"Polygon"}
    # Rounding to six decimals moves a corner by a decimetre at most.
    one, other = place.communities.sindex.query(shapes, predicate="overlaps")
    shared = shapely.intersection(shapes.to_numpy()[one], shapes.to_numpy()[other])
    assert shapely.area(shared).max(initial=0.0) < 5.0


def test_sources_say_whose_data_it_is_and_on_which_terms(place: Place) -> None:
    assert place.sources and place.notes and place.data_date
    for source in place.sources:
        assert source.attribution and source.licence and source.what.zh and source.what.en


def test_parts_never_exceed_the_people_of_a_point(place: Place) -> None:
    residents = place.residents
    wholes = {"elders": "people", "elders_65": "elders", "elders_80": "elders_65"}
    for part, whole in {**wholes, "disabled": "people", "children": "people"}.items():
        if part in place.count_columns:
            assert (residents[part] <= residents[whole]).all()


def test_shipped_places_are_small(root: Path) -> None:
    shipped = [path for path in (root / "data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in shipped) < 15_000_000
    for name in ("daan", "taipei"):
        small = (root / "tests" / "places" / name).iterdir()
        assert sum(path.stat().st_size for path in small) < 400_000


# ---------------------------------------------------------------------- Wuchang


def test_wuchang_keeps_the_census_to_the_person(wuchang: Place) -> None:
    totals = {
        "people": 1_102_188,
        "elders": 231_028,
        "elders_65": 161_645,
        "elders_80": 35_962,
        "children": 127_374,
        "households": 385_991,
        "disabled": 69_438,
    }
    assert {name: int(wuchang.residents[name].sum()) for name in totals} == totals
    assert set(wuchang.residents["basis_disabled"]) == {"assumed"}
    assert set(wuchang.residents["basis_people"]) == {"estimated"}


def test_wuchang_has_comparable_units_in_numbered_areas(wuchang: Place) -> None:
    people = wuchang.residents.groupby("community_code")["people"].sum()
    people = people.reindex(wuchang.communities.index, fill_value=0)
    assert len(people) == 140
    assert people.min() > 2000 and people.max() < 17_000
    assert people.between(4000, 12_000).mean() > 0.8
    assert set(wuchang.communities["unit_kind"]) == {"街区单元"}
    assert wuchang.communities["subdistrict"].nunique() == 12
    assert wuchang.communities["subdistrict"].str.fullmatch(r"片区 \d\d").all()
    assert not wuchang.communities.index.str.fullmatch(r"\d{12}").any()


def test_wuchang_units_are_contiguous_land(wuchang: Place) -> None:
    assert wuchang.outline is not None
    for _, units in wuchang.communities.groupby("subdistrict_code"):
        whole = units.geometry.buffer(0.5).union_all()
        assert whole.geom_type == "Polygon"
    outside = wuchang.communities.geometry.difference(wuchang.outline.buffer(1.0))
    assert outside.area.max() == 0.0
    # The outline is 96 km² with river and lake; what people live on is less than half.
    assert 35e6 < wuchang.communities.area.sum() < 48e6


def test_wuchang_register_has_its_published_size(wuchang: Place) -> None:
    register = wuchang.register[wuchang.register["provider_type"] == "社会组织"]
    ended = register["state"].isin(("注销", "撤销"))
    present = register[~ended]
    registered = present[present["level"] == "登记"]
    forms = registered["legal_form"].value_counts().to_dict()
    assert forms == {"社会服务机构": 446, "社会团体": 82, "基金会": 2}
    assert len(registered) == 530
    assert (present["level"] == "备案").sum() == 2934
    assert register["state"].value_counts()[["注销", "撤销"]].tolist() == [79, 165]
    assert (register.loc[ended, "cancelled_on"] != "").all()
    assert (registered["inspection"] != "未参加").sum() >= 477  # T10: at least 90 %
    assert registered["rating"].isin(("3A", "4A", "5A")).sum() <= 50  # T11: about 50
    assert registered["rating"].isin(("3A", "4A", "5A")).sum() >= 40


def test_wuchang_mix_leans_to_culture_education_and_sport(wuchang: Place) -> None:
    counts = wuchang.register["category"].value_counts()
    many = counts[counts.index.str.startswith(("J", "L"))].sum()
    few = counts[counts.index.str.startswith(("A", "C", "E2", "F")) | (counts.index == "B2")].sum()
    assert many > 2.5 * few


def test_wuchang_invents_names_that_nobody_takes_for_real(wuchang: Place) -> None:
    assert wuchang.demonstration
    assert wuchang.name.zh == "武昌路网演示（非统计结果）"
    for column in (wuchang.register["name"], wuchang.register.index.to_series()):
        assert column.str.startswith(DEMONSTRATION).all()
        assert column.is_unique
    codes = wuchang.register["code"][wuchang.register["code"] != ""]
    assert codes.is_unique and codes.str[8:11].eq("DEM").all()
    for code, form in zip(codes, wuchang.register.loc[codes.index, "legal_form"], strict=True):
        read = check(code)
        assert read.state == "right" and read.legal_form == form


def test_wuchang_keeps_committees_and_enterprises_apart(wuchang: Place) -> None:
    providers = wuchang.register["provider_type"].value_counts().to_dict()
    assert providers["人民调解委员会"] == 140
    assert providers["企业"] == 19
    centres = wuchang.register["name"].str.contains("民商事调解中心")
    present = wuchang.register["state"] == "正常"
    assert (centres & present & (wuchang.register["level"] == "登记")).sum() >= 1


def test_wuchang_service_points_tell_how_they_serve(wuchang: Place) -> None:
    points = wuchang.service_points
    served = points["serves"].str.split(";").explode()
    assert set(served) - {""} <= set(wuchang.communities.index)
    assert ((points["serves"] != "") == (points["delivery"] != "到点")).all()
    assert points["organisation_id"].value_counts().max() >= 3
    assert points["categories"].str.split(";").str.len().max() == 3
    assert int(points["outside_district"].sum()) == 16
    assert len(place_doubts(wuchang)) == 2


# ----------------------------------------------------------------- Porto Alegre


def test_porto_alegre_keeps_its_grid(porto_alegre: Place) -> None:
    assert int(porto_alegre.residents["people"].sum()) == 812_935
    assert len(porto_alegre.residents) == 1227
    assert porto_alegre.taxonomy.codes == ("HC", "SC")
    capacity = porto_alegre.service_points.groupby("categories")["capacity"].sum()
    assert capacity.to_dict() == {"HC": 141.0, "SC": 194.0}
    hexes = porto_alegre.residents.groupby("community_code").size()
    assert len(porto_alegre.communities) == 100
    assert hexes.between(5, 20).mean() > 0.85


# ----------------------------------------------------------------------- Taipei


def test_daan_keeps_its_villages_to_the_person(daan: Place) -> None:
    assert int(daan.residents["people"].sum()) == 83_862
    assert len(daan.communities) == 13
    assert set(daan.communities["unit_kind"]) == {"里"}
    assert set(daan.communities["subdistrict"]) == {"大安"}
    assert daan.walking_basis == "network"
    assert {"A1", "A3", "C2"} <= set(daan.register["category"])
    assert (daan.service_points["delivery"] == "上门").sum() >= 10
    assert int((daan.service_points["located_by"] == "未定位").sum()) == 8


def test_taipei_stands_on_straight_lines(taipei: Place) -> None:
    assert taipei.walking_basis == "straight_line" and taipei.streets is None
    assert len(taipei.communities) == 116
    assert set(taipei.communities["subdistrict"]) == {"大安", "文山", "南港"}
    assert any("直线估算" in note.zh for note in taipei.notes)


@pytest.mark.parametrize("name", ["daan", "taipei"])
def test_no_words_of_state_in_the_samples(name: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(name)
    assert "样例" in place.name.zh
    words = [*place.register["name"], *place.communities["name"], place.name.zh]
    assert not [one for one in words if STATE_WORDS.search(one)]


# -------------------------------------------------------------- made once again


def _rebuilt(root: Path, script: str, folder: Path) -> None:
    subprocess.run([sys.executable, root / "data" / "build" / script, folder], check=True)


def _same_bytes(made: Path, shipped: Path, names: tuple[str, ...]) -> None:
    for name in names:
        assert (made / name).read_bytes() == (shipped / name).read_bytes(), name


def test_porto_alegre_is_made_again_byte_for_byte(root: Path, tmp_path: Path) -> None:
    _rebuilt(root, "porto_alegre.py", tmp_path)
    shipped = root / "data" / "porto_alegre"
    _same_bytes(tmp_path, shipped, ("communities.geojson", "register.csv"))


@pytest.mark.slow
def test_wuchang_is_made_again_byte_for_byte(root: Path, tmp_path: Path) -> None:
    _rebuilt(root, "wuchang.py", tmp_path)
    names = ("communities.geojson", "residents.csv", "register.csv", "service_points.csv")
    _same_bytes(tmp_path, root / "data" / "wuchang", names)


def test_district_and_its_areas_add_up(wuchang: Place) -> None:
    by_unit = wuchang.residents.groupby("community_code")[["people", "elders"]].sum()
    by_area = by_unit.groupby(wuchang.communities["subdistrict_code"]).sum()
    expected = pd.Series({"people": 1_102_188, "elders": 231_028})
    assert (by_unit.sum() == expected).all() and (by_area.sum() == expected).all()
