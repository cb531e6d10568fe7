"""The gap list as it leaves the house: an Excel workbook or a CSV file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import xlsxwriter

from coverage.gaps import LEVELS
from coverage.papers.cells import WORKBOOK_OPTIONS, csv_cell, sheet_cell
from coverage.papers.gaps_to_leave import fit_to_leave
from coverage.papers.kinds_table import Reached, reached_paper
from coverage.papers.settings_sheet import category_lines, settings_lines
from coverage.papers.suppression import BLANK, suppression_note
from coverage.papers.sureness import verdict_words
from coverage.reach import CoverageResult
from coverage.standard import Standard
from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place

GAP_PAPER_COLUMNS = (
    "rank",
    "subdistrict",
    "community",
    "category",
    "level",
    "beneficiaries",
    "covered",
    "uncovered",
    "unreached",
    "share",
    "has_one",
    "at_home",
    "nearest_organisation",
    "nearest_metres",
    "nearest_minutes",
    "basis",
    "sureness",
    "near_border",
    "community_code",
)
# Columns that only some lists carry: `coverage.robustness.marked`, `coverage.border.marked`.
OPTIONAL = {"sureness": "robustness", "near_border": "near_border"}

_COUNTED = ("beneficiaries", "covered", "uncovered", "unreached", "share", "near_border")
_SUPPRESSIBLE = (*_COUNTED, "level", "sureness")
_FORMATS = {"share": "share", "level": "text", "nearest_minutes": "tenth"}
_WIDTHS = {
    "rank": 6,
    "subdistrict": 14,
    "community": 20,
    "category": 28,
    "nearest_organisation": 34,
    "sureness": 40,
    "community_code": 16,
}


def paper_columns(gaps: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of `GAP_PAPER_COLUMNS` that a gap list has something for."""
    return tuple(
        name for name in GAP_PAPER_COLUMNS if name not in OPTIONAL or OPTIONAL[name] in gaps.columns
    )


def gap_paper(place: Place, gaps: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the gap list in the reader's words: `paper_columns`, one row a gap.

    Numbers stay numbers; a walk beyond the search bound reads 步行范围内无. What
    `fit_to_leave` left blank is missing.
    """
    codes = gaps["category"].unique()
    subjects = {code: subject_named(place, code).name(language) for code in codes}
    nothing = phrase("gap.nothing_in_walking_range", language)
    at_home = {
        True: phrase("gap.at_home", language),
        False: phrase("gap.at_home_none", language),
    }
    paper = pd.DataFrame(index=gaps.index)
    paper["rank"] = range(1, len(gaps) + 1)
    for name in paper_columns(gaps)[1:]:
        paper[name] = gaps[OPTIONAL.get(name, name)]
    levels = {level: phrase(f"level.{level}", language) for level in LEVELS}
    paper["category"] = gaps["category"].map(subjects)
    paper["level"] = gaps["level"].map(levels)
    paper["basis"] = gaps["basis"].map(lambda basis: phrase(f"basis.{basis}", language))
    paper["at_home"] = gaps["at_home"].map(at_home)
    known = gaps["nearest_metres"].notna()
    paper["nearest_organisation"] = gaps["nearest_organisation"].where(known, nothing)
    paper["nearest_metres"] = gaps["nearest_metres"].round()
    paper["nearest_minutes"] = gaps["nearest_minutes"].round(1)
    if "robustness" in gaps.columns:
        told = zip(gaps["robustness"], gaps["flips_at"], strict=True)
        paper["sureness"] = [
            None if pd.isna(verdict) else verdict_words(verdict, flips, language)
            for verdict, flips in told
        ]
    return paper


def gap_workbook(
    place: Place,
    result: CoverageResult,
    gaps: pd.DataFrame,
    language: Language,
    *,
    reached: Reached | None = None,
    levels: tuple[str, ...] = LEVELS,
) -> bytes:
    """Return the gap list as an .xlsx file: the list, the kinds reached, settings, categories.

    `result` is the whole answer `gaps` were listed from: small measured counts
    are left out so that no other number of the file gives them away. `reached`
    adds a sheet that says how many of the five kinds each unit reaches.
    """
    target = io.BytesIO()
    standard = result.standard
    kinds = None if reached is None else reached.measured
    fit = fit_to_leave(place, result, gaps, kinds=kinds, levels=levels)
    with xlsxwriter.Workbook(target, WORKBOOK_OPTIONS) as book:
        _gap_sheet(book, place, fit, language)
        if reached is not None and len(reached.table):
            _reached_sheet(book, place, reached, language)
        _settings_sheet(book, place, standard, language)
        _category_sheet(book, place, standard, language)
    return target.getvalue()


def gap_csv(
    place: Place,
    result: CoverageResult,
    gaps: pd.DataFrame,
    language: Language,
    *,
    levels: tuple[str, ...] = LEVELS,
) -> bytes:
    """Return the gap list as CSV in UTF-8 with a mark, so that Excel opens it rightly.

    The settings stand below the list, after an empty line. Small measured
    counts are left out as in `gap_workbook`.
    """
    fit = fit_to_leave(place, result, gaps, levels=levels)
    paper = _with_blanks(gap_paper(place, fit, language), language)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(phrase(f"column.{name}", language) for name in paper.columns)
    for row in paper.itertuples(index=False):
        writer.writerow(csv_cell(value) for value in row)
    writer.writerow([])
    for heading, words in _settings(place, result.standard, language):
        writer.writerow([csv_cell(heading), csv_cell(words)])
    return target.getvalue().encode("utf-8-sig")


def gap_file_name(place: Place, ending: str, language: Language) -> str:
    """Return a file name that says what is inside, 示例数据 included."""
    mark = phrase("settings.demonstration", language) if place.demonstration else ""
    parts = [phrase("paper.gap_list", language), place.place_id, mark]
    return "_".join(part for part in parts if part) + f".{ending}"


def _gap_sheet(
    book: xlsxwriter.Workbook, place: Place, gaps: pd.DataFrame, language: Language
) -> None:
    paper = _with_blanks(gap_paper(place, gaps, language), language)
    sheet = book.add_worksheet(phrase("paper.gap_list", language))
    formats = _formats(book)
    title = f"{place.name.say(language)} · {phrase('paper.gap_list', language)}"
    if place.demonstration:
        title += f" · {phrase('settings.demonstration', language)}"
    sheet.write_string(0, 0, sheet_cell(title), formats["title"])
    for k, name in enumerate(paper.columns):
        sheet.write_string(1, k, phrase(f"column.{name}", language), formats["head"])
        sheet.set_column(k, k, _WIDTHS.get(name, 12))
    for r, row in enumerate(paper.itertuples(index=False), start=2):
        for k, (name, value) in enumerate(zip(paper.columns, row, strict=True)):
            _write(sheet, r, k, value, formats[_FORMATS.get(name, "number")])
    sheet.freeze_panes(2, 3)
    if len(paper):
        sheet.autofilter(1, 0, len(paper) + 1, len(paper.columns) - 1)
    sheet.repeat_rows(0, 1)
    _set_page(sheet, language)


def _reached_sheet(
    book: xlsxwriter.Workbook, place: Place, reached: Reached, language: Language
) -> None:
    """Say which kinds each unit reaches, without shares: those would give blank counts away."""
    paper = reached_paper(place, reached, language, shares=False)
    sheet = book.add_worksheet(phrase("paper.kinds_reached", language))
    head = _formats(book)["head"]
    for k, name in enumerate(paper.columns):
        sheet.write_string(0, k, sheet_cell(name), head)
        sheet.set_column(k, k, 14)
    for r, row in enumerate(paper.itertuples(index=False), start=1):
        for k, value in enumerate(row):
            _write(sheet, r, k, value, None)
    sheet.freeze_panes(1, 3)
    sheet.repeat_rows(0)
    _set_page(sheet, language)


def _settings_sheet(
    book: xlsxwriter.Workbook, place: Place, standard: Standard, language: Language
) -> None:
    sheet = book.add_worksheet(phrase("paper.settings", language))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    for r, (heading, words) in enumerate(_settings(place, standard, language)):
        sheet.write_string(r, 0, sheet_cell(heading))
        sheet.write_string(r, 1, sheet_cell(words))
    _set_page(sheet, language)


def _settings(place: Place, standard: Standard, language: Language) -> list[tuple[str, str]]:
    note = (phrase("settings.note", language), suppression_note().say(language))
    return [*settings_lines(place, standard, language), note]


def _with_blanks(paper: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Put the mark of a suppressed count where one is missing."""
    names = [name for name in _SUPPRESSIBLE if name in paper.columns]
    marked = paper.astype(dict.fromkeys(names, object))
    mark = phrase(BLANK, language)
    for name in names:
        marked[name] = marked[name].where(paper[name].notna(), mark)
    return marked


def _category_sheet(
    book: xlsxwriter.Workbook, place: Place, standard: Standard, language: Language
) -> None:
    sheet = book.add_worksheet(phrase("paper.categories", language))
    head = _formats(book)["head"]
    names = ("code", "name", "beneficiaries", "metres_per_minute", "minutes", "metres")
    for k, name in enumerate(names):
        sheet.write_string(0, k, phrase(f"category_sheet.{name}", language), head)
        sheet.set_column(k, k, 28 if name in ("name", "beneficiaries") else 14)
    for r, row in enumerate(category_lines(place, standard, language), start=1):
        for k, value in enumerate(row):
            _write(sheet, r, k, value, None)
    _set_page(sheet, language)


def _set_page(sheet: Any, language: Language) -> None:
    """Print a sheet across one A4 page, with what it is for and the page number below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{phrase('settings.internal.words', language)}&R&P / &N")


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bg_color": "#e3eeee", "text_wrap": True}),
        "share": book.add_format({"num_format": "0.0%"}),
        # "#,##0.##" would leave a point behind whole numbers: 2,083.
        "number": book.add_format({"num_format": "#,##0"}),
        "tenth": book.add_format({"num_format": "#,##0.0"}),
        "text": None,
    }


def _write(sheet: Any, row: int, column: int, value: Any, cell_format: Any) -> None:
    cell = sheet_cell(value)
    if cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    else:
        sheet.write_number(row, column, cell, cell_format)
