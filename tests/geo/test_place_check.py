"""The check of a place's own register, against what the place knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.check_workbook import check_workbook
from geo.ledger import record_correction
from geo.place import load_place
from geo.place_check import CHECK_WORKBOOK, PlaceCheck, check_place, own_register, place_desk
from tests.desert_place import SETTINGS, write_desert


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    return write_desert(tmp_path / "desert")


def test_every_row_of_the_own_register_is_accounted_for(folder):
    report = check_place(load_place(folder))
    assert report.counts["rows_read"] == 3
    assert sum(report.counts.values()) == 2 * report.counts["rows_read"]


def test_the_workbook_of_the_first_check_is_read_again_with_its_rows(folder):
    place = load_place(folder)
    first = check_place(place)
    (folder / CHECK_WORKBOOK).write_bytes(check_workbook(first, "zh"))
    again = load_place(folder)
    assert own_register(again).name == CHECK_WORKBOOK
    second = check_place(again)
    assert second.counts["rows_read"] == first.counts["rows_read"]
    assert second.rows["row"].tolist() == first.rows["row"].tolist()
    assert set(second.rows["file"]) == set(first.rows["file"])


def test_the_desk_knows_streets_and_corrections(folder):
    record_correction(folder, column="categories", value="A1", organisation_id="o2")
    desk = place_desk(load_place(folder), system="gcj02")
    assert desk.system == "gcj02"
    assert desk.streets is not None
    assert desk.corrections["value"].tolist() == ["A1"]


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2020", date(2020, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2020-11-01 / 2024", date(2024, 12, 31)),
        ("2019年5月", date(2019, 5, 31)),
    ],
)
def test_inactivity_is_judged_by_the_date_of_the_data(tmp_path, stated, day):
    settings = SETTINGS.replace('data_date = "2020"', f'data_date = "{stated}"')
    place = load_place(write_desert(tmp_path / "dated", settings=settings))
    assert place_desk(place, own=True).today == day
    # Another file is judged by today.
    assert place_desk(place).today == date.today()


@pytest.mark.parametrize("stated", ["", "unknown", "2999"])
def test_without_a_date_it_is_today(tmp_path, stated):
    settings = SETTINGS.replace('data_date = "2020"', f'data_date = "{stated}"')
    place = load_place(write_desert(tmp_path / "undated", settings=settings))
    assert place_desk(place, own=True).today == date.today()


def test_the_check_runs_beside_and_says_how_far_it_is(folder):
    work = PlaceCheck(load_place(folder)).start()
    work.wait(60)
    work.raise_if_broken()
    assert work.finished
    assert work.share == 1.0
    assert work.report is not None
    assert work.report.counts["rows_read"] == 3


def test_a_check_that_is_stopped_leaves_no_report(folder):
    work = PlaceCheck(load_place(folder))
    work.cancel()
    work.start().wait(60)
    work.raise_if_broken()
    assert work.finished
    assert work.report is None


def test_a_register_that_is_gone_is_a_fault_of_the_input(folder):
    place = load_place(folder)
    (folder / "register.csv").unlink()
    work = PlaceCheck(place).start()
    work.wait(60)
    work.raise_if_broken()
    assert work.report is None
    assert work.fault is not None
