"""What an office adds over time: appended, never changed, never outside its own folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileError, PlaceError, TableError
from geo.ledger import (
    CORRECTABLE,
    CORRECTION_COLUMNS,
    CORRECTIONS,
    ROOT,
    home,
    keep_snapshot,
    place_folder,
    plain_name,
    read_corrections,
    record_correction,
    snapshots,
    standing_corrections,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    return tmp_path / "district"


def test_home_is_where_the_variable_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIKE_HOME", "  ")
    assert home() == ROOT / "local"
    monkeypatch.setenv("YIKE_HOME", "~/yike")
    assert home() == Path.home() / "yike"
    assert place_folder(" 示例区 ") == home() / "示例区"


@pytest.mark.parametrize(
    "name",
    ["", "  ", ".", "..", ".hidden", "a.", "a/b", "a\\b", "C:", "con", "NUL.txt", "lpt1", "a\nb",
     "x" * 61, "a?b", "<b>"],
)  # fmt: skip
def test_names_that_are_no_folder_everywhere(name: str) -> None:
    with pytest.raises(PlaceError) as caught:
        plain_name(name)
    assert caught.value.key == "error.place_name"


@given(st.text(max_size=70))
def test_a_name_is_refused_or_stays_directly_under_home(name: str) -> None:
    try:
        found = place_folder(name)
    except PlaceError:
        return
    assert found.parent == home()
    assert plain_name(found.name) == found.name


def test_without_a_file_there_are_no_corrections(folder: Path) -> None:
    none = read_corrections(folder)
    assert tuple(none.columns) == CORRECTION_COLUMNS
    assert none.empty
    assert standing_corrections(none).empty


def test_corrections_are_appended_and_the_last_one_stands(folder: Path) -> None:
    record_correction(folder, column="state", value="注销", organisation_id="o1")
    first = (folder / CORRECTIONS).read_bytes()
    assert first.startswith(b"\xef\xbb\xbf")  # so that Excel reads it
    record_correction(folder, column="state", value="正常", organisation_id="o1")
    record_correction(folder, column="name", value='示例，"甲"\n乙', organisation_id="o1")
    assert (folder / CORRECTIONS).read_bytes().startswith(first)
    found = read_corrections(folder)
    assert found["value"].tolist() == ["注销", "正常", '示例，"甲"\n乙']
    assert all(datetime.fromisoformat(one).tzinfo for one in found["recorded_at"])
    before = found.copy()
    assert standing_corrections(found)["value"].tolist() == ["正常", '示例，"甲"\n乙']
    pd.testing.assert_frame_equal(found, before)


def test_a_file_edited_by_hand_keeps_its_last_row(folder: Path) -> None:
    folder.mkdir()
    header = ",".join(CORRECTION_COLUMNS)
    # An editor that leaves the last line open.
    (folder / CORRECTIONS).write_text(f"{header}\n2025,o1,,state,注销", encoding="utf-8")
    record_correction(folder, column="state", value="正常", organisation_id="o2")
    assert read_corrections(folder)[["organisation_id", "value"]].to_numpy().tolist() == [
        ["o1", "注销"],
        ["o2", "正常"],
    ]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("recorded_at,column,value\n2025,state,正常\n".encode(), "error.corrections_columns"),
        (b"", "error.file_unreadable"),
        ("recorded_at,organisation_id,name_pattern,column,value\n2025,o1,,name,甲".encode("gbk"),
         "error.file_unreadable"),
        (b"recorded_at,organisation_id,name_pattern,column,value\n2025,o1,,name,A,B\n",
         "error.file_unreadable"),
    ],
)  # fmt: skip
def test_a_spoilt_file_is_a_sentence(folder: Path, content: bytes, key: str) -> None:
    folder.mkdir()
    (folder / CORRECTIONS).write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_corrections(folder)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("given_words", "key"),
    [
        ({"column": "people", "value": "9", "organisation_id": "o1"}, "error.correction_value"),
        ({"column": "state", "value": "很好", "organisation_id": "o1"}, "error.correction_value"),
        ({"column": "name", "value": "", "organisation_id": "o1"}, "error.correction_value"),
        ({"column": "name", "value": "甲"}, "error.correction_target"),
        ({"column": "name", "value": "甲", "organisation_id": "o1", "name_pattern": "乙"},
         "error.correction_target"),
        ({"column": "name", "value": "甲", "organisation_id": "o1", "name_pattern": "（）"},
         "error.correction_target"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_writes_nothing(
    folder: Path, given_words: dict[str, str], key: str
) -> None:
    with pytest.raises(TableError) as caught:
        record_correction(folder, **given_words)
    assert caught.value.key == key
    assert not folder.exists()


def test_nothing_is_recorded_outside_home(folder: Path) -> None:
    outside = folder / ".." / ".." / "elsewhere"
    with pytest.raises(PlaceError):
        record_correction(outside, column="state", value="正常", organisation_id="o1")
    assert not outside.exists()


def test_every_choice_is_one_the_tables_know() -> None:
    assert set(CORRECTABLE) > {"state", "level", "categories", "delivery"}
    assert all(isinstance(values, tuple) for values in CORRECTABLE.values())


def test_snapshots_keep_what_is_there_in_their_order(folder: Path) -> None:
    assert snapshots(folder) == ()
    folder.mkdir()
    (folder / "register.csv").write_bytes(b"one")
    first = keep_snapshot(
        folder, ["register.csv", "nowhere.csv"], when=datetime(2025, 6, 30, 8, 5, 9)
    )
    (folder / "register.csv").write_bytes(b"two")
    second = keep_snapshot(folder, ["register.csv"], when=datetime(2025, 12, 1))
    assert first.name == "2025-06-30T080509"
    assert snapshots(folder) == (first, second)
    assert [path.name for path in first.iterdir()] == ["register.csv"]
    assert (first / "register.csv").read_bytes() == b"one"
    assert (second / "register.csv").read_bytes() == b"two"
