"""The import desk behind the screen: a look, a check, a place, in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.check_report import problem_rows
from geo.desk_check import check_files
from geo.desk_draft import Draft
from geo.desk_look import KEPT, PERSONAL, USED, doubled_fields, look_at
from geo.desk_process import MOST_AT_ONCE
from geo.desk_work import CheckTask, DeskWork, LookTask
from geo.errors import FileError
from geo.phrases import sentence
from geo.place import load_place
from geo.place_building import build_place
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_reading import STAGES, read_place_files
from tests.desk_tasks import Dies, Sleeps
from tests.messy_place import (
    CELL,
    ORGANISATIONS,
    ROWS_READ,
    ROWS_REJECTED,
    communities,
    write_communities,
    write_counts,
    write_register,
    write_streets,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def files(tmp_path: Path) -> PlaceFiles:
    return PlaceFiles(
        communities=write_communities(tmp_path),
        register=(write_register(tmp_path),),
        residents=write_counts(tmp_path),
    )


def test_a_look_names_columns_and_hides_persons(files: PlaceFiles) -> None:
    look = look_at(files)
    assert not look.faults
    columns = {one.heading: one for one in look.headings("register")}
    assert columns["社会组织名称"].field == "name"
    assert columns["社会组织名称"].sample == "示例第1养老服务中心"
    assert columns["联系电话"].standing == PERSONAL
    assert columns["联系电话"].sample == ""
    assert columns["序号"].standing == KEPT
    assert columns["经度"].standing == USED
    counted = {one.heading: one.field for one in look.headings("residents")}
    assert counted["常住人口"] == "people"
    register = next(one for one in look.tables if one.table == "register")
    assert (register.rows, register.encoding) == (ROWS_READ, "gb18030")


def test_a_look_scores_every_system_and_converts_nothing(files: PlaceFiles) -> None:
    look = look_at(files)
    assert look.datum is not None
    assert look.datum.check.best == "gcj02"
    assert {"wgs84", "gcj02", "bd09"} <= set(look.datum.check.scores.index)
    assert look.datum.raw[:, 0].min() > 114.30
    assert len(look.datum.raw) == ORGANISATIONS


def test_one_fault_does_not_hide_the_next(tmp_path: Path, files: PlaceFiles) -> None:
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    empty = tmp_path / "空.csv"
    empty.write_bytes(b"")
    faulty = PlaceFiles(files.communities, register=broken, residents=empty)
    look = look_at(faulty)
    assert [kind for kind, _ in look.faults] == ["residents", "register"]
    assert look.headings("communities")
    assert all(sentence(fault, "zh") for _, fault in look.faults)


def test_the_check_accounts_for_every_row_and_prepares_a_place(
    tmp_path: Path, files: PlaceFiles, home: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    found = check_files(
        "示例区",
        files,
        PlaceChoices(system="gcj02"),
        tmp_path,
        told=lambda *step: told.append(step),
    )
    assert not found.faults
    assert not found.against
    counts = {one.table: one.counts for one in found.checks}["register"]
    assert counts["rows_read"] == ROWS_READ
    assert counts["rejected"] == ROWS_REJECTED
    parts = ("accepted", "repaired", "doubtful", "rejected")
    assert sum(counts[name] for name in parts) == ROWS_READ
    assert found.folder is not None
    place = load_place(found.folder)
    assert found.size is not None
    assert found.size.organisations == len(place.register) == ORGANISATIONS
    assert found.size.people == sum(6000 + 37 * k for k in range(12))
    assert found.size.walking_basis == "straight_line"
    assert not home.exists(), "nothing is written before somebody accepts"
    assert {stage for stage, _, _ in told} == {*STAGES} - {"streets"}
    assert "1380000" not in (found.folder / "register.csv").read_text("utf-8-sig")


def test_with_streets_the_walk_follows_them(tmp_path: Path, files: PlaceFiles) -> None:
    streets = write_streets(tmp_path)
    with_streets = PlaceFiles(files.communities, files.register, files.residents, streets)
    found = check_files("示例区", with_streets, PlaceChoices(system="gcj02"), tmp_path)
    assert not found.faults
    assert found.size is not None
    assert found.size.walking_basis == "network"
    assert found.datum is not None
    assert found.datum.check.shares["near_street"].notna().all()


def test_another_system_than_the_declared_one_is_said_and_never_taken(
    tmp_path: Path, files: PlaceFiles
) -> None:
    found = check_files("示例区", files, PlaceChoices(system="wgs84"), tmp_path)
    assert found.against
    assert found.folder is not None
    points = load_place(found.folder).service_points.to_crs("EPSG:4326")
    raw = pd.read_csv(tmp_path / "名册.csv", encoding="gbk", skiprows=1, dtype=str)
    assert points.geometry.iloc[0].x == pytest.approx(float(raw["经度"].iloc[0]), abs=1e-7)


def test_the_workbook_is_corrected_and_loaded_again(tmp_path: Path, files: PlaceFiles) -> None:
    choices = PlaceChoices(system="gcj02")
    found = check_files("示例区", files, choices, tmp_path)
    book = next(one.book for one in found.checks if one.table == "register")
    assert book is not None
    sheets = openpyxl.load_workbook(book)
    sheet = sheets.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    name, row = heads.index("社会组织名称") + 1, heads.index("原行号") + 1
    lost = next(k for k in range(2, sheet.max_row + 1) if not sheet.cell(k, name).value)
    stood = sheet.cell(lost, row).value
    sheet.cell(lost, name, "示例补写养老驿站")
    corrected = tmp_path / "改好.xlsx"
    sheets.save(corrected)
    again = check_files(
        "示例区", PlaceFiles(files.communities, corrected, files.residents), choices, tmp_path
    )
    counts = {one.table: one.counts for one in again.checks}["register"]
    assert counts["rejected"] == 0
    assert counts["rows_read"] == ROWS_READ
    assert again.folder is not None
    register = pd.read_csv(again.folder / "register.csv", dtype=str)
    added = register[register["name"] == "示例补写养老驿站"]
    assert added[["file", "row"]].to_numpy().tolist() == [["名册.csv", str(stood)]]


def test_a_corrected_mapping_is_used_and_saved(tmp_path: Path, files: PlaceFiles) -> None:
    text = (tmp_path / "名册.csv").read_bytes().decode("gbk").replace("社会组织名称", "谁")
    (tmp_path / "名册.csv").write_bytes(text.encode("gbk"))
    choices = PlaceChoices(system="gcj02")
    look = look_at(files, choices)
    assert [kind for kind, _ in look.faults] == ["register"]
    assert {one.heading: one.standing for one in look.headings("register")}["谁"] == KEPT
    draft = Draft()
    draft.columns["register"] = {"谁": "name"}
    mapping = draft.mapping(look, "register")
    assert mapping is not None
    assert mapping["name"] == ("谁",)
    assert mapping["lon"] == ("经度",)
    found = check_files("示例区", files, PlaceChoices(system="gcj02", mapping=mapping), tmp_path)
    assert not found.faults
    assert found.folder is not None
    saved = (found.folder / "mapping.toml").read_text("utf-8")
    assert 'name = ["谁"]' in saved


def test_two_columns_for_one_field_are_said(files: PlaceFiles) -> None:
    look = look_at(files)
    doubled = doubled_fields(
        look, "register", {"lon": ("经度", "纬度"), "scope": ("序号", "所在社区")}
    )
    assert len(doubled) == 1
    assert "经度、纬度" in doubled[0].say("zh")


def test_the_command_builds_the_same_place(files: PlaceFiles, home: Path) -> None:
    built = build_place("示例区", files, PlaceChoices(system="gcj02"))
    assert built.folder == home / "示例区"
    assert len(built.place.register) == ORGANISATIONS
    assert [one.name for one in home.iterdir()] == ["示例区"]
    toml = (built.folder / "place.toml").read_text("utf-8")
    assert toml.count('of = "register"') >= 2


def test_the_screen_says_of_the_boundaries_what_the_command_says(
    tmp_path: Path, files: PlaceFiles
) -> None:
    areas = communities()
    wide = areas.geometry.iloc[0].buffer(CELL / 5, join_style="mitre")
    areas.geometry = [wide, *areas.geometry.iloc[1:]]
    areas.to_file(tmp_path / "重叠.geojson", driver="GeoJSON")
    given = PlaceFiles(tmp_path / "重叠.geojson", files.register, files.residents)
    choices = PlaceChoices(system="gcj02")
    found = check_files("示例区", given, choices, tmp_path)
    shown = next(one for one in found.checks if one.table == "communities")
    reading = read_place_files(given, choices)
    assert set(map(repr, shown.problems)) == set(map(repr, reading.bounds.problems))
    overlaps = [dict(one.reason.values) for one in shown.problems if "overlap" in one.reason.key]
    assert overlaps
    assert any(value.get("people", 0) for value in overlaps)


def test_a_failed_build_leaves_nothing(tmp_path: Path, files: PlaceFiles, home: Path) -> None:
    names = tmp_path / "无名.csv"
    names.write_text("组织名称,状态\n,正常\n", encoding="utf-8")
    with pytest.raises(FileError):
        build_place("示例区", PlaceFiles(files.communities, names, files.residents))
    assert not home.exists() or not list(home.iterdir())


# ------------------------------------------------------------------ the draft


def test_a_draft_keeps_files_by_kind_and_forgets_them(tmp_path: Path) -> None:
    draft = Draft()
    for ending in ("shp", "dbf", "shx", "prj"):
        draft.add("communities", f"边界.{ending}", b"x")
    draft.add("register", "../../名册<img src=x>.csv", memoryview(b"a"))
    draft.add("streets", "a.osm", b"1")
    draft.add("streets", "b.osm.pbf", b"2")
    assert [path.name for path in draft.sources("communities")] == ["边界.shp"]
    assert [path.name for path in draft.files("streets")] == ["b.osm.pbf"]
    stored = draft.files("register")[0]
    assert stored.parent == draft.folder / "register"
    assert "<" not in stored.name
    before = draft.print_of_files()
    draft.remove("communities", "边界.prj")
    assert draft.print_of_files() != before
    draft.close()
    assert not draft.folder.exists()


@pytest.mark.parametrize("name", ["", "..", "/", "a" * 400 + ".csv", "con?.xlsx", "\x00.csv"])
def test_any_file_name_is_stored_inside_the_draft(name: str) -> None:
    draft = Draft()
    path = draft.add("register", name, b"x")
    assert path.resolve().is_relative_to(draft.folder.resolve())
    assert path.is_file()
    draft.close()


# ------------------------------------------------------------- work in a process


def test_work_runs_elsewhere_and_tells_how_far_it_is(tmp_path: Path, files: PlaceFiles) -> None:
    work = DeskWork(LookTask(files, PlaceChoices()), tmp_path).start()
    work.wait(120)
    work.raise_if_broken()
    assert work.finished
    assert work.fault is None
    assert work.answer.datum.check.best == "gcj02"
    assert work.step > 0
    assert 0 < work.share <= 1


def test_a_fault_comes_back_as_a_sentence(tmp_path: Path, files: PlaceFiles) -> None:
    task = CheckTask("示例区", files, PlaceChoices(system="EPSG:1"), tmp_path, "zh")
    work = DeskWork(task, tmp_path).start()
    work.wait(120)
    work.raise_if_broken()
    assert work.fault is None
    assert [kind for kind, _ in work.answer.faults] == ["register"]
    assert "EPSG:1" in sentence(work.answer.faults[0][1], "zh")


def until(work: DeskWork, stage: str) -> None:
    end = time.monotonic() + 60
    while work.stage != stage and not work.finished and time.monotonic() < end:
        time.sleep(0.05)
    assert work.stage == stage


def test_a_process_that_dies_is_a_sentence_and_the_next_one_works(
    tmp_path: Path, files: PlaceFiles
) -> None:
    work = DeskWork(Dies(), tmp_path).start()
    work.wait(60)
    work.raise_if_broken()
    assert isinstance(work.fault, FileError)
    assert work.fault.key == "error.desk_child"
    assert work.stage == "register"
    again = DeskWork(LookTask(files, PlaceChoices()), tmp_path).start()
    again.wait(120)
    assert again.answer is not None


def test_cancelling_stops_at_once(tmp_path: Path) -> None:
    work = DeskWork(Sleeps(), tmp_path).start()
    until(work, "streets")
    work.cancel()
    began = time.monotonic()
    work.wait(20)
    assert work.finished
    assert time.monotonic() - began < 10
    assert work.answer is None
    assert work.fault is None


def test_more_work_than_turns_waits_and_can_be_cancelled_while_waiting(tmp_path: Path) -> None:
    folders = [tmp_path / str(k) for k in range(3)]
    for folder in folders:
        folder.mkdir()
    works = [DeskWork(Sleeps(), folder).start() for folder in folders]
    end = time.monotonic() + 60
    while sum(work.stage == "streets" for work in works) < MOST_AT_ONCE:
        assert time.monotonic() < end
        time.sleep(0.05)
    last = next(work for work in works if work.stage != "streets")
    assert last.stage == "waiting"
    last.cancel()
    last.wait(5)
    assert last.finished
    for work in works:
        work.cancel()
    for work in works:
        work.wait(20)
        assert work.finished


def test_streets_that_point_elsewhere_are_refused(tmp_path: Path, files: PlaceFiles) -> None:
    trap = tmp_path / "道路.geojson"
    trap.write_text(
        "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/vsicurl/http://192.0.2.1/a"
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    given = PlaceFiles(files.communities, files.register, files.residents, trap)
    work = DeskWork(LookTask(given, PlaceChoices()), tmp_path).start()
    work.wait(120)
    work.raise_if_broken()
    assert [kind for kind, _ in work.answer.faults] == ["streets"]
    assert "192.0.2.1" not in sentence(work.answer.faults[0][1], "zh")


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("社会组织台账.csv", "台账", True),
        ("社区社会组织备案台账.csv", "备案", False),
        ("登记台账.csv", "登记", False),
    ],
)
def test_a_word_in_the_title_never_decides_in_silence(
    tmp_path: Path, files: PlaceFiles, name: str, level: str, said: bool
) -> None:
    register = tmp_path / name
    text = "组织名称,状态,所属社区\n" + "".join(
        f"示例{k}养老站,正常,示例甲社区\n" for k in range(6)
    )
    register.write_text(text, encoding="utf-8")
    found = check_files(
        "示例区", PlaceFiles(files.communities, register, files.residents), PlaceChoices(), tmp_path
    )
    assert found.folder is not None
    assert found.size is not None
    assert set(load_place(found.folder).register["level"]) == {level}
    assert ("note.level_from_title" in [one.key for one in found.assumed]) is said
    assert found.size.none_usable is said
    counted = dict(found.size.levels.values)
    assert counted["registered"] + counted["filed"] + counted["ledger"] == 6


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    draft = Draft()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FileError):
        draft.add("register", "名册.csv", b"x")
    draft.close()


def test_problems_can_be_put_into_words(files: PlaceFiles, tmp_path: Path) -> None:
    found = check_files("示例区", files, PlaceChoices(system="gcj02"), tmp_path)
    for check in found.checks:
        for language in ("zh", "en"):
            rows = problem_rows(check.problems, language)
            assert list(rows.columns) == ["file", "sheet", "row", "column", "level", "reason"]
            assert rows["reason"].str.len().gt(0).all()
