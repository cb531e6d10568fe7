"""The gap list as it leaves the house: readable, harmless, complete with its question."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coverage.gaps import gap_list
from coverage.papers.answers import gap_answer, plain_value, strict_json
from coverage.papers.cells import csv_cell, sheet_cell
from coverage.papers.gap_workbook import (
    GAP_PAPER_COLUMNS,
    gap_csv,
    gap_file_name,
    gap_paper,
    gap_workbook,
    paper_columns,
)
from coverage.papers.gaps_to_leave import fit_to_leave
from coverage.papers.kinds_table import five_kinds, reached
from coverage.papers.whole_file import write_whole
from coverage.reach import CoverageResult, measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import FileError
from geo.place import Place, load_place
from tests.desert_place import CODES, Desert, write_desert

NASTY = '=HYPERLINK("http://x","示例")<img src=x onerror=alert(1)>${alert(1)}`'


@dataclass(frozen=True)
class Asked:
    place: Place
    standard: Standard
    result: CoverageResult
    gaps: pd.DataFrame
    group_gaps: pd.DataFrame


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    first, *others = Desert().organisations
    desert = Desert(organisations=[first | {"name": NASTY}, *others])
    place = load_place(write_desert(tmp_path_factory.mktemp("papers"), desert))
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    return Asked(
        place,
        standard,
        result,
        gap_list(place, walks, result),
        gap_list(place, walks, result, kind="group"),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_workbook_opens_with_names_as_text(asked: Asked, language: str) -> None:
    content = gap_workbook(asked.place, asked.result, asked.gaps, language)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    names = [cell for row in sheet.iter_rows(min_row=3) for cell in row if cell.value == NASTY]
    assert names
    assert {cell.data_type for cell in names} == {"s"}
    assert sheet.max_row == len(asked.gaps) + 2
    assert sheet.max_column == len(paper_columns(asked.gaps))
    settings = [row[1].value for row in book.worksheets[1].iter_rows()]
    assert any("2020" in words for words in settings)
    assert book.worksheets[2].max_row == 35


def test_whole_numbers_have_no_point_and_every_sheet_prints_across_one_page(asked: Asked) -> None:
    content = gap_workbook(asked.place, asked.result, asked.gaps, "en")
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[2]}
    formats = {head: sheet.cell(3, column).number_format for head, column in heads.items()}
    assert formats["Beneficiaries"] == formats["Uncovered"] == "#,##0"
    walks = [sheet.cell(row, heads["Walk (min)"]) for row in range(3, sheet.max_row + 1)]
    assert {one.number_format for one in walks if one.value is not None} == {"#,##0.0"}
    for one in book.worksheets:
        assert one.sheet_properties.pageSetUpPr.fitToPage
        assert one.page_setup.paperSize == 9


def test_csv_opens_in_excel_and_runs_nothing(asked: Asked) -> None:
    content = gap_csv(asked.place, asked.result, asked.gaps, "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][0] == "序号"
    assert len([row for row in rows[1:] if len(row) == len(paper_columns(asked.gaps))]) == len(
        asked.gaps
    )
    cells = [cell for row in rows for cell in row]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert any("内部工作资料" in cell for cell in cells)


def test_paper_says_nothing_in_range(asked: Asked) -> None:
    paper = gap_paper(asked.place, asked.gaps, "zh")
    beyond = asked.gaps["nearest_metres"].isna()
    assert beyond.any()
    assert set(paper.loc[beyond, "nearest_organisation"]) == {"步行范围内无"}
    assert list(paper["rank"]) == list(range(1, len(paper) + 1))


def test_an_empty_list_is_still_a_paper(asked: Asked) -> None:
    nothing = asked.gaps.iloc[:0]
    assert tuple(gap_paper(asked.place, nothing, "en").columns) == paper_columns(nothing)
    assert set(paper_columns(nothing)) < set(GAP_PAPER_COLUMNS)
    book = openpyxl.load_workbook(
        io.BytesIO(gap_workbook(asked.place, asked.result, nothing, "en"))
    )
    assert book.worksheets[0].max_row == 2


def test_small_measured_counts_stay_in_the_house(asked: Asked) -> None:
    fit = fit_to_leave(asked.place, asked.result, asked.gaps)
    assert list(fit.columns) == list(asked.gaps.columns)
    keys = ["community_code", "category"]
    both = asked.gaps.merge(fit, on=keys, suffixes=("", "_told"))
    assert len(both) == len(asked.gaps)
    small = (both["basis"] == "measured") & both["uncovered"].between(1, 4)
    assert both.loc[small, "uncovered_told"].isna().all()
    assert both.loc[both["basis"] == "assumed", "uncovered_told"].notna().all()


def test_a_blank_count_is_marked(tmp_path: Path) -> None:
    homes = [
        (900.0, 100.0, {"people": 50, "elders": 3, "elders_80": 1, "disabled": 0}),
        (900.0, 900.0, {"people": 70, "elders": 60, "elders_80": 0, "disabled": 0}),
        (100.0, 900.0, {"people": 70, "elders": 60, "elders_80": 0, "disabled": 0}),
    ]
    place = load_place(write_desert(tmp_path, Desert(homes=homes)))
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    gaps = gap_list(place, walks, result)
    three = (gaps["category"] == "A1") & (gaps["uncovered"] == 3)
    assert three.sum() == 1
    fit = fit_to_leave(place, result, gaps)
    row = fit[(fit["category"] == "A1") & (fit["community_code"] == CODES[1])].iloc[0]
    assert pd.isna(row["uncovered"])
    # Its level and its place in the order would tell the share: 0 of 3 is the first of all.
    assert pd.isna(row["level"])
    silent = fit["share"].isna()
    assert silent.to_numpy().tolist() == sorted(silent)
    told = fit.loc[~silent, ["community_code", "category"]].agg("/".join, axis=1).tolist()
    listed = gaps[["community_code", "category"]].agg("/".join, axis=1).tolist()
    assert told == [one for one in listed if one in told]
    # A file of one level does not tell the level either.
    for level in ("serious", "gap"):
        narrow = fit_to_leave(place, result, gaps, levels=(level,))
        assert narrow["share"].isna().sum() == silent.sum()
        assert set(narrow["level"].dropna()) <= {level}
    rows = list(csv.reader(io.StringIO(gap_csv(place, result, gaps, "zh").decode("utf-8-sig"))))
    assert any("＊" in row for row in rows[1 : len(gaps) + 1])
    assert any("已隐去" in cell for row in rows for cell in row)


def test_the_workbook_says_which_kinds_are_reached_and_no_share(asked: Asked) -> None:
    walks = walk_categories(asked.place, asked.standard)
    kinds = reached(asked.place, walks, asked.standard, five_kinds(asked.place.taxonomy))
    content = gap_workbook(asked.place, asked.result, asked.gaps, "zh", reached=kinds)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["五类可达"]
    assert sheet.max_row == 1 + 1 + 2 + 4
    cells = [cell for row in sheet.iter_rows(min_row=2, min_col=4) for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert {"可达", "未达"} <= {cell.value for cell in cells}


def test_json_is_strict_and_closes(asked: Asked) -> None:
    answer = gap_answer(asked.place, asked.result, asked.gaps, asked.group_gaps)
    text = strict_json(answer)
    back = json.loads(text, parse_constant=pytest.fail)
    assert set(back["groups"]) == {"elder_care", "mediation", "disability"}
    for code, row in back["district"].items():
        assert row["covered"] + row["uncovered"] == row["beneficiaries"]
        parts = [one for one in back["communities"] if one["category"] == code]
        assert sum(one["covered"] for one in parts) == row["covered"]
    gap = back["gaps"][0]
    wanted = "community_code community subdistrict category beneficiaries covered uncovered share"
    assert set(wanted.split()) <= set(gap)
    assert {row["level"] for row in back["gaps"]} <= {"gap", "serious"}
    missing = [row for row in back["gaps"] if row["nearest_metres"] is None]
    assert all(row["nearest_organisation"] is None for row in missing)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " ="])
def test_formula_starts_are_guarded(start: str) -> None:
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"
    assert csv_cell(-4) == -4
    assert sheet_cell("a\x00b") == "ab"
    assert csv_cell(float("nan")) == ""


def test_plain_values() -> None:
    assert plain_value(float("inf")) is None
    assert plain_value(pd.Series([3]).iloc[0]) == 3
    assert plain_value("") is None


def test_file_name_says_demonstration(asked: Asked) -> None:
    assert gap_file_name(asked.place, "csv", "zh").startswith("服务缺口清单_")


def test_files_are_whole_or_absent(tmp_path: Path) -> None:
    target = write_whole(tmp_path / "a" / "list.csv", b"one")
    assert write_whole(target, b"two").read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["list.csv"]
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(FileError, match="cannot be written"):
        write_whole(blocked / "list.csv", b"three")
