"""Corrections of the office win over the register, wherever the place itself lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import TableError
from geo.ledger import record_correction
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
