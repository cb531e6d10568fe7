"""Where something could open: along the streets near the uncovered, or from a list of premises."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.candidates import CANDIDATE_COLUMNS, read_candidates, street_candidates
from geo.errors import FileError, SitingError, TableError
from geo.phrases import sentence
from geo.place import load_place
from tests.desert import CRS, ORIGIN
from tests.desert_place import write_desert

LIST = gpd.GeoDataFrame(
    {
        "name": ["示例用房0", "示例用房1", "示例用房2"],
        "cost": [40.0, 10.0, 90.0],
        "capacity": np.nan,
        "community_code": "",
    },
    index=pd.Index(["c0", "c1", "c2"], dtype="str", name="candidate_id"),
    geometry=[
        shapely.Point(ORIGIN[0] + east, ORIGIN[1] + north)
        for east, north in ((100, 800), (900, 200), (500, 500))
    ],
    crs=CRS,
)


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


def test_default_candidates_stand_on_streets_near_the_uncovered(desert):
    uncovered = np.array([False, False, True, False, False])
    found = street_candidates(desert, uncovered, within_metres=150)
    assert list(found.columns) == list(CANDIDATE_COLUMNS)
    assert found.index.is_unique
    assert found.crs == desert.crs
    home = desert.residents.geometry.iloc[2]
    assert (found.distance(home) <= 150).all()
    corner = (found.get_coordinates().to_numpy() - np.array(ORIGIN)) % 100
    assert (corner == 0).all()
    assert (found["community_code"] != "").all()
    wider = street_candidates(desert, uncovered, within_metres=400)
    assert set(found.index) <= set(wider.index)


def test_nothing_to_do_is_a_sentence(desert):
    with pytest.raises(SitingError) as told:
        street_candidates(desert, np.zeros(5, dtype=bool), within_metres=150)
    assert told.value.key == "error.sites_all_covered"


def test_premises_are_read_from_files(desert, tmp_path):
    shapes = (
        LIST.reset_index(drop=True)
        .to_crs(4326)
        .rename(columns={"name": "名称", "cost": "造价", "capacity": "容量"})
    )
    shapes["编号"] = ["甲", "乙", "丙"]
    shapes.drop(columns="community_code").to_file(tmp_path / "a.geojson", driver="GeoJSON")
    found = read_candidates(tmp_path / "a.geojson", desert)
    assert found.index.tolist() == ["甲", "乙", "丙"]
    assert found["cost"].tolist() == [40, 10, 90]
    assert found.geometry.distance(LIST.geometry, align=False).max() < 0.01
    assert found["community_code"].tolist() == ["420106002001", "420106001002", "420106001001"]
    degrees = LIST.to_crs(4326).get_coordinates()
    table = pd.DataFrame({"经度": degrees["x"], "纬度": degrees["y"], "费用": ["", "5", "6"]})
    table.to_csv(tmp_path / "b.csv", index=False, encoding="utf-8-sig")
    found = read_candidates(tmp_path / "b.csv", desert)
    assert found.index.tolist() == ["1", "2", "3"]
    assert np.isnan(found["cost"].iloc[0])
    assert found["capacity"].isna().all()


@pytest.mark.parametrize(
    ("name", "text", "kind", "key"),
    [
        ("a.csv", "经度,纬度\n", TableError, "error.candidates_empty"),
        ("a.csv", "x,y\n1,2\n", TableError, "error.candidates_no_coordinates"),
        ("a.csv", "lon,lat\n114.3,\n", TableError, "error.candidates_nowhere"),
        ("a.csv", "lon,lat\n30.5,114.3\n", TableError, "error.candidates_nowhere"),
        ("a.csv", "lon,lat\ninf,30.5\n", TableError, "error.candidates_nowhere"),
        ("a.csv", "lon,lat,cost\n114,30,inf\n", TableError, "error.candidates_number"),
        ("a.csv", 'lon,lat\n"114,30\n', FileError, "error.candidates_file"),
        ("a.csv", "", FileError, "error.candidates_file"),
        ("a.csv", "\0\1\2" * 99, FileError, "error.not_text"),
        ("a.csv", "lon,lat,cost\n114,30,many\n", TableError, "error.candidates_number"),
        ("a.csv", "lon,lat,cost\n114,30,-4\n", TableError, "error.candidates_number"),
        ("a.csv", "id,lon,lat\nc,114,30\nc,115,30\n", TableError, "error.candidates_twice"),
        ("a.geojson", "not json", FileError, "error.candidates_file"),
    ],
)
def test_broken_lists_are_sentences(desert, tmp_path, name, text, kind, key):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(kind) as told:
        read_candidates(tmp_path / name, desert)
    assert told.value.key == key
    assert name in sentence(told.value, "zh")
    with pytest.raises(FileError):
        read_candidates(tmp_path / "absent.csv", desert)


def test_ids_name_squares_and_stay_from_one_question_to_the_next(desert):
    one = np.array([False, False, True, False, False])
    both = np.array([False, False, True, True, False])
    first = street_candidates(desert, one, within_metres=300)
    second = street_candidates(desert, both, within_metres=300)
    kept = second.loc[first.index]
    assert (kept.geometry == first.geometry).all()
    assert len(second) > len(first)
    # One a square: crossings stand 100 m apart, squares of 250 m hold several.
    wide = street_candidates(desert, one, within_metres=300, spacing_metres=250)
    cell = np.floor(wide.get_coordinates().to_numpy() / 250)
    assert len(np.unique(cell, axis=0)) == len(wide) < len(first)


def test_a_list_saved_by_excel_on_chinese_windows_is_read(desert, tmp_path):
    degrees = LIST.to_crs(4326).get_coordinates()
    table = pd.DataFrame({"名称": "示例用房", "经度": degrees["x"], "纬度": degrees["y"]})
    table.to_csv(tmp_path / "册.csv", index=False, encoding="gbk")
    found = read_candidates(tmp_path / "册.csv", desert)
    assert found["name"].tolist() == ["示例用房"] * 3
    assert found.crs == desert.crs
    assert found.geometry.distance(LIST.geometry, align=False).max() < 0.01


def test_premises_outside_the_district_are_kept_without_a_community(desert, tmp_path):
    (tmp_path / "a.csv").write_text("lon,lat\n100.5,30.5\n", encoding="utf-8")
    found = read_candidates(tmp_path / "a.csv", desert)
    assert tuple(found.columns) == CANDIDATE_COLUMNS
    assert found["community_code"].tolist() == [""]
    assert found.index.name == "candidate_id"


def test_a_map_without_a_system_is_refused(desert, tmp_path):
    bare = LIST.set_crs(None, allow_override=True)
    bare.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(TableError) as told:
        read_candidates(tmp_path / "a.parquet", desert)
    assert told.value.key == "error.no_crs"
    LIST.to_parquet(tmp_path / "b.parquet")
    assert read_candidates(tmp_path / "b.parquet", desert)["cost"].tolist() == [40, 10, 90]
