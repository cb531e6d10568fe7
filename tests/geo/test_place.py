"""A place folder: read whole, or one sentence that says which file and row is at fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geo.errors import FileError, GeographyError, InputError, PlaceError, TableError
from geo.phrases import sentence
from geo.place import load_place, place_doubts
from tests.desert_place import CODES, SETTINGS, Desert, write_desert


def test_reads_every_table_in_one_metric_crs(tmp_path: Path) -> None:
    place = load_place(write_desert(tmp_path / "desert"))
    assert place.place_id == "desert"
    assert list(place.communities.index) == list(CODES)
    for frame in (place.communities, place.service_points, place.residents):
        assert frame.crs == place.crs
    assert list(place.residents["community_code"]) == [CODES[0], CODES[0], *CODES[1:]]
    assert list(place.service_points["community_code"]) == [CODES[0], CODES[0], CODES[3]]
    assert not place.service_points["outside_district"].any()
    assert place.count_columns == ("people", "elders", "elders_80", "disabled")
    assert place.register.loc["o1", "row"] == 2
    assert "网络" not in place.name.zh and place.name.say("en") == "Desert grid"


def test_content_hash_follows_every_byte(tmp_path: Path) -> None:
    folder = write_desert(tmp_path / "desert")
    first = load_place(folder).content_hash
    assert load_place(folder).content_hash == first
    with (folder / "register.csv").open("a", encoding="utf-8") as file:
        file.write("\r\n")
    assert load_place(folder).content_hash != first


def test_outside_points_stay_and_say_so(tmp_path: Path) -> None:
    far = {"organisation_id": "o7", "name": "示例区外", "category": "A1", "x": 5000, "y": 5000}
    nowhere = {"organisation_id": "o8", "name": "示例无址", "category": "A1", "x": "", "y": ""}
    folder = write_desert(tmp_path, Desert(organisations=[*Desert().organisations, far]))
    register = pd.read_csv(folder / "register.csv", dtype=str)
    pd.concat([register, pd.DataFrame([nowhere | {"level": "登记", "state": "正常"}])]).to_csv(
        folder / "register.csv", index=False
    )
    place = load_place(folder)
    assert place.service_points.loc["o7", "outside_district"]
    assert place.service_points.loc["o8", "located_by"] == "未定位"
    keys = {doubt.key for doubt in place_doubts(place)}
    assert keys == {"doubt.service_points_outside", "doubt.service_points_unplaced"}


def test_a_community_without_residents_is_noted(tmp_path: Path) -> None:
    homes = list(Desert().homes)[:-1]
    place = load_place(write_desert(tmp_path, Desert(homes=homes)))
    assert any("1 个单元没有居民" in note.zh for note in place.notes)


def _edit(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        change(frame).to_csv(folder / name, index=False)

    return act


def _set(name: str, row: int, column: str, value: str) -> Callable[[Path], None]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row, column] = value
        return frame

    return _edit(name, change)


def _settings(old: str, new: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        assert old in SETTINGS
        (folder / "place.toml").write_text(SETTINGS.replace(old, new), encoding="utf-8")

    return act


def _strip_crs(folder: Path) -> None:
    frame = gpd.read_file(folder / "communities.geojson")
    frame.set_crs(None, allow_override=True).to_parquet(folder / "communities.parquet")
    _settings('file = "communities.geojson"', 'file = "communities.parquet"')(folder)


BAD = {
    "no toml": (lambda folder: (folder / "place.toml").unlink(), PlaceError, "place.toml"),
    "broken toml": (_settings("schema = 1", "schema = = 1"), FileError, "TOML"),
    "missing file": (
        lambda folder: (folder / "register.csv").unlink(),
        FileError,
        "register.csv",
    ),
    "missing streets": (
        lambda folder: (folder / "streets.parquet").unlink(),
        FileError,
        "streets.parquet",
    ),
    "no metric crs": (_settings("EPSG:32650", "EPSG:4326"), GeographyError, "4326"),
    "no section": (_settings("[residents]", "[dwellers]"), PlaceError, "residents"),
    "no crs": (_strip_crs, GeographyError, "communities.parquet"),
    "no basis": (_settings('people = "measured", ', ""), PlaceError, "people"),
    "missing column": (
        _edit("register.csv", lambda frame: frame.drop(columns="name")),
        TableError,
        "name",
    ),
    "missing id": (
        _edit("register.csv", lambda frame: frame.drop(columns="organisation_id")),
        TableError,
        "organisation_id",
    ),
    "duplicate id": (_set("register.csv", 1, "organisation_id", "o1"), TableError, "o1"),
    "unknown category": (_set("register.csv", 1, "category", "Q7"), TableError, "row 3"),
    "unknown state": (_set("register.csv", 1, "state", "很好"), TableError, "很好"),
    "empty register": (_edit("register.csv", lambda frame: frame.iloc[:0]), TableError, "no rows"),
    "people in words": (_set("residents.csv", 2, "people", "many"), TableError, "row 4"),
    "negative people": (_set("residents.csv", 2, "people", "-4"), TableError, "negative"),
    "fractional people": (_set("residents.csv", 2, "people", "1.5"), TableError, "whole"),
    "missing people": (_set("residents.csv", 2, "people", ""), TableError, "people"),
    "residents outside": (_set("residents.csv", 0, "x", "1000"), TableError, "no community"),
    "negative elders": (_set("residents.csv", 2, "elders", "-4"), TableError, "elders"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_in_both_languages(case: str, tmp_path: Path) -> None:
    spoil, kind, mentions = BAD[case]
    folder = write_desert(tmp_path / "desert")
    spoil(folder)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(kind) as caught:
        load_place(folder)
    assert isinstance(caught.value, InputError)
    assert mentions in str(caught.value)
    assert sentence(caught.value, "zh") != sentence(caught.value, "en")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="does not exist"):
        load_place(tmp_path / "nowhere")
