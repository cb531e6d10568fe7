"""Corrections of the office win over the register, wherever the place itself lies."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo.errors import TableError
from geo.ledger import (
    alike,
    apply_corrections,
    correction_table,
    corrections_about,
    read_corrections,
    record_correction,
    withdraw_correction,
)
from geo.place import load_place
from tests.desert_place import write_desert


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))
    return write_desert(tmp_path / "desert")


def test_a_corrected_category_reaches_the_service_point(folder: Path, tmp_path: Path) -> None:
    before = load_place(folder)
    kept = tmp_path / "home" / "desert"
    record_correction(kept, column="categories", value="A3;B1", organisation_id="o1")
    record_correction(kept, column="state", value="僵尸", name_pattern="康复")
    record_correction(kept, column="delivery", value="上门", organisation_id="o2")
    after = load_place(folder)
    assert after.register.loc["o1", "category"] == "A3"
    assert after.service_points.loc["o1", "categories"] == "A3;B1"
    assert after.register.loc["o3", "state"] == "僵尸"
    assert after.service_points.loc["o2", "delivery"] == "上门"
    assert after.service_points.loc["o1", "delivery"] == "到点"
    assert after.content_hash != before.content_hash
    assert not (folder / "corrections.csv").exists()


def test_a_correction_to_an_unknown_category_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "home" / "desert"
    record_correction(kept, column="categories", value="Q7", organisation_id="o1")
    with pytest.raises(TableError, match="Q7"):
        load_place(folder)


def test_what_is_taken_back_gives_the_register_its_own_value_again(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "home" / "desert"
    before = load_place(folder)
    record_correction(kept, column="categories", value="A3", organisation_id="o1")
    record_correction(kept, column="categories", value="B1", organisation_id="o1")
    record_correction(kept, column="state", value="注销", name_pattern="康复")
    assert load_place(folder).register.loc["o1", "category"] == "B1"
    withdraw_correction(kept, column="categories", organisation_id="o1")
    withdraw_correction(kept, column="state", name_pattern="康复")
    after = load_place(folder)
    pd.testing.assert_frame_equal(pd.DataFrame(after.register), pd.DataFrame(before.register))
    # Nothing was deleted.
    assert len(read_corrections(kept)) == 5
    with pytest.raises(TableError):
        withdraw_correction(kept, column="categories", organisation_id="o1")


def test_the_table_of_corrections_holds_what_stands_newest_first(tmp_path: Path) -> None:
    kept = tmp_path / "local" / "small"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIKE_HOME", str(tmp_path / "local"))
        record_correction(kept, column="state", value="注销", organisation_id="o1")
        record_correction(kept, column="categories", value="A1", name_pattern="食堂")
        record_correction(kept, column="state", value="正常", organisation_id="o1")
    corrections = read_corrections(kept)
    table = correction_table(corrections, pd.Series({"o1": "示例甲"}))
    assert table[["organisation_id", "name", "column", "value"]].to_numpy().tolist() == [
        ["o1", "示例甲", "state", "正常"],
        ["", "", "categories", "A1"],
    ]
    assert corrections_about(corrections, "o1")["value"].tolist() == ["正常"]
    assert corrections_about(corrections, "o2").empty


def test_names_are_alike_in_either_script_and_marks_alone_mean_nobody() -> None:
    names = pd.Series(
        ["示例社區老年食堂", "示例（社区）老年 食堂", "示例合唱团"], index=list("abc")
    )
    assert alike(names, "社区老年食堂").tolist() == [True, True, False]
    assert not alike(names, "（）").any()
    assert not alike(names, "").any()


def test_a_longer_pattern_beats_a_shorter_and_an_organisation_both() -> None:
    register = pd.DataFrame(
        {
            "name": ["示例红叶社", "示例红叶艺术社", "示例红叶舞社"],
            "categories": "Z9",
            "category": "Z9",
        },
        index=["o1", "o2", "o3"],
    )
    kept = register.copy()
    rows = [("", "红叶艺术", "J1;E2"), ("", "紅葉", "J3"), ("o3", "", "J2")]
    corrections = pd.DataFrame(rows, columns=["organisation_id", "name_pattern", "value"])
    corrections = corrections.assign(column="categories", recorded_at="")
    changed = apply_corrections(register, corrections)
    assert changed["categories"].tolist() == ["J3", "J1;E2", "J2"]
    assert changed["category"].tolist() == ["J3", "J1", "J2"]
    pd.testing.assert_frame_equal(register, kept)


def test_a_pattern_of_marks_only_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    with pytest.raises(TableError):
        record_correction(tmp_path / "x", column="categories", value="A1", name_pattern="（）")
