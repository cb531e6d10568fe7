"""The gap list as it leaves the house: an Excel workbook or a CSV file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import xlsxwriter

from coverage.papers.cells import WORKBOOK_OPTIONS, csv_cell, sheet_cell
from coverage.papers.settings_sheet import category_lines, settings_lines
from coverage.papers.suppression import (
    BELOW,
    BLANK,
    coverage_layout,
    coverage_table,
    suppressed,
    suppression_note,
)
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
    "community_code",
)

_SUPPRESSIBLE = ("beneficiaries", "covered", "uncovered", "unreached", "share")
_WIDTHS = {
    "rank": 6,
    "subdistrict": 14,
    "community": 20,
    "category": 28,
    "nearest_organisation": 34,
    "community_code": 16,
}


def gap_paper(place: Place, gaps: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the gap list in the reader's words: columns `GAP_PAPER_COLUMNS`, one row a gap.

    Numbers stay numbers; a walk beyond the search bound reads 步行范围内无.
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
    for name in GAP_PAPER_COLUMNS[1:]:
        paper[name] = gaps[name]
    paper["category"] = gaps["category"].map(subjects)
    paper["level"] = gaps["level"].map(lambda level: phrase(f"level.{level}", language))
    paper["basis"] = gaps["basis"].map(lambda basis: phrase(f"basis.{basis}", language))
    paper["at_home"] = gaps["at_home"].map(at_home)
    known = gaps["nearest_metres"].notna()
    paper["nearest_organisation"] = gaps["nearest_organisation"].where(known, nothing)
    paper["nearest_metres"] = gaps["nearest_metres"].round()
    paper["nearest_minutes"] = gaps["nearest_minutes"].round(1)
    return paper


def fit_to_leave(
    place: Place, result: CoverageResult, gaps: pd.DataFrame, *, below: int = BELOW
) -> pd.DataFrame:
    """Return `gaps` with small measured counts, and what would give them away, missing.

    Counts become nullable whole numbers; the share goes with them. The screen
    and ``--json`` are internal and stay exact.
    """
    layout = coverage_layout(place.taxonomy)
    told = suppressed(coverage_table(result), layout=layout, below=below).table
    keys = ["community_code", "category"]
    counted = [name for name in (*layout.counts, *layout.derived) if name in gaps.columns]
    of_communities = told.loc[told["level"] == "community", [*keys, *counted]]
    fit = gaps.drop(columns=counted).merge(of_communities, on=keys, how="left")
    return fit[list(gaps.columns)]


def gap_workbook(
    place: Place, result: CoverageResult, gaps: pd.DataFrame, language: Language
) -> bytes:
    """Return the gap list as an .xlsx file: the list, the settings, the categories.

    `result` is the whole answer `gaps` were listed from: small measured counts
    are left out so that no other number of the file gives them away.
    """
    target = io.BytesIO()
    standard = result.standard
    with xlsxwriter.Workbook(target, WORKBOOK_OPTIONS) as book:
        _gap_sheet(book, place, fit_to_leave(place, result, gaps), language)
        _settings_sheet(book, place, standard, language)
        _category_sheet(book, place, standard, language)
    return target.getvalue()


def gap_csv(place: Place, result: CoverageResult, gaps: pd.DataFrame, language: Language) -> bytes:
    """Return the gap list as CSV in UTF-8 with a mark, so that Excel opens it rightly.

    The settings stand below the list, after an empty line. Small measured
    counts are left out as in `gap_workbook`.
    """
    paper = _with_blanks(gap_paper(place, fit_to_leave(place, result, gaps), language), language)
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(phrase(f"column.{name}", language) for name in GAP_PAPER_COLUMNS)
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
    for k, name in enumerate(GAP_PAPER_COLUMNS):
        sheet.write_string(1, k, phrase(f"column.{name}", language), formats["head"])
        sheet.set_column(k, k, _WIDTHS.get(name, 12))
    for r, row in enumerate(paper.itertuples(index=False), start=2):
        for k, (name, value) in enumerate(zip(GAP_PAPER_COLUMNS, row, strict=True)):
            kind = {"share": "share", "level": "text"}.get(name, "number")
            _write(sheet, r, k, value, formats[kind])
    sheet.freeze_panes(2, 3)
    if len(paper):
        sheet.autofilter(1, 0, len(paper) + 1, len(GAP_PAPER_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_footer(f"&L{phrase('settings.internal.words', language)}&R&P / &N")


def _settings_sheet(
    book: xlsxwriter.Workbook, place: Place, standard: Standard, language: Language
) -> None:
    sheet = book.add_worksheet(phrase("paper.settings", language))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    for r, (heading, words) in enumerate(_settings(place, standard, language)):
        sheet.write_string(r, 0, sheet_cell(heading))
        sheet.write_string(r, 1, sheet_cell(words))


def _settings(place: Place, standard: Standard, language: Language) -> list[tuple[str, str]]:
    note = (phrase("settings.note", language), suppression_note().say(language))
    return [*settings_lines(place, standard, language), note]


def _with_blanks(paper: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Put the mark of a suppressed count where one is missing."""
    marked = paper.astype(dict.fromkeys(_SUPPRESSIBLE, object))
    mark = phrase(BLANK, language)
    for name in _SUPPRESSIBLE:
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


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bg_color": "#e3eeee", "text_wrap": True}),
        "share": book.add_format({"num_format": "0.0%"}),
        "number": book.add_format({"num_format": "#,##0.##"}),
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
