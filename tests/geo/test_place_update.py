"""A new register for a place that stands: replaced or added to, with the old one in a snapshot."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import PlaceError
from geo.ledger import record_correction, snapshots
from geo.place import content_hash, load_place
from geo.place_building import build_place
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_shelf import replace_place
from geo.place_update import RegisterChange, can_update, check_update, look_at_update
from tests.desert_place import write_desert
from tests.messy_place import (
    HEADINGS,
    ORGANISATIONS,
    register_rows,
    write_communities,
    write_counts,
    write_register,
)

CHOICES = PlaceChoices(system="gcj02", data_date="2025-06-30")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))
    files = PlaceFiles(
        communities=write_communities(tmp_path),
        register=write_register(tmp_path),
        residents=write_counts(tmp_path),
    )
    return build_place("示例区", files, PlaceChoices(system="gcj02", data_date="2024")).folder


def new_register(tmp_path: Path, rows: list[list[str]]) -> PlaceFiles:
    path = tmp_path / "新名册.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([list(HEADINGS), *rows])
    return PlaceFiles(communities=(), register=path)


def rows_of_second_year() -> list[list[str]]:
    """Ten organisations as before, one of them ended since, and one more."""
    rows = register_rows()[1:11]
    rows[3][3] = "注销"
    more = [*rows[0]]
    more[1] = "示例新增养老驿站"
    return [*rows, more]


def test_a_replaced_register_drops_what_it_does_not_have(tmp_path: Path, folder: Path) -> None:
    before = content_hash(folder)
    files = new_register(tmp_path, rows_of_second_year())
    look = look_at_update(folder, files, CHOICES)
    assert look.datum is not None
    # A dozen points in three communities are too few to be sure, and that is said.
    assert look.datum.check.scores.index[0] == "gcj02"
    found = check_update(folder, files, CHOICES, tmp_path, how="replace")
    assert found.change == RegisterChange(1, 1, 9, ORGANISATIONS - 10)
    assert content_hash(folder) == before, "nothing changes before somebody accepts"
    assert found.desk.folder is not None
    replace_place(found.desk.folder, folder, base=found.base)
    place = load_place(folder)
    assert len(place.register) == 11
    assert place.data_date == "2025-06-30"
    assert "示例新增养老驿站" in set(place.register["name"])
    sources = [one.what.zh for one in place.sources]
    assert "新名册.csv" in sources
    assert "名册.csv" not in sources
    assert "社区边界.geojson" in sources
    (kept,) = snapshots(folder)
    assert len(pd.read_csv(kept / "register.csv")) == ORGANISATIONS


def test_an_added_register_keeps_the_rest(tmp_path: Path, folder: Path) -> None:
    files = new_register(tmp_path, rows_of_second_year())
    found = check_update(folder, files, CHOICES, tmp_path, how="add")
    assert found.change == RegisterChange(1, 1, ORGANISATIONS - 1, 0)
    assert found.desk.folder is not None
    place = load_place(found.desk.folder)
    assert len(place.register) == ORGANISATIONS + 1
    assert place.service_points.index.is_unique
    name = register_rows()[4][1]
    assert place.register.set_index("name").loc[name, "state"] == "注销"
    assert {"名册.csv", "新名册.csv"} <= {one.what.zh for one in place.sources}
    notes = [one.zh for one in place.notes]
    assert len(notes) == len(set(notes))


def test_corrections_stay_in_force_and_a_new_one_asks_for_another_check(
    tmp_path: Path, folder: Path
) -> None:
    first = load_place(folder).register.index[0]
    record_correction(folder, column="categories", value="B1", organisation_id=first)
    files = new_register(tmp_path, rows_of_second_year())
    found = check_update(folder, files, CHOICES, tmp_path)
    assert found.desk.folder is not None
    replace_place(found.desk.folder, folder, base=found.base)
    assert load_place(folder).register.loc[first, "category"] == "B1"
    found = check_update(folder, files, CHOICES, tmp_path)
    assert found.desk.folder is not None
    record_correction(folder, column="state", value="僵尸", organisation_id=first)
    with pytest.raises(PlaceError) as refused:
        replace_place(found.desk.folder, folder, base=found.base)
    assert refused.value.key == "error.place_changed"


def test_a_register_without_a_usable_row_changes_nothing(tmp_path: Path, folder: Path) -> None:
    before = content_hash(folder)
    files = new_register(tmp_path, [["1", "", "登记", "正常", "", "", "", "", "", ""]])
    found = check_update(folder, files, CHOICES, tmp_path)
    assert found.change is None
    assert found.desk.folder is None
    assert [fault.key for _, fault in found.desk.faults] == ["error.register_empty"]
    assert content_hash(folder) == before


def test_a_place_not_written_by_yike_is_left_alone(tmp_path: Path, root: Path) -> None:
    desert = write_desert(tmp_path / "desert")
    assert not can_update(desert)
    files = PlaceFiles(communities=(), register=tmp_path / "none.csv")
    with pytest.raises(PlaceError):
        check_update(desert, files, CHOICES, tmp_path)
