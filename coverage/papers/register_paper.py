"""The register as it is counted, as it leaves the house: an Excel workbook or a CSV file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import xlsxwriter

from coverage.papers.cells import WORKBOOK_OPTIONS, csv_cell, sheet_cell
from coverage.papers.settings_sheet import settings_lines
from coverage.standard import Standard
from geo.phrases import Language, phrase
from geo.place import Place

_WIDTHS = {"name": 36, "categories": 40, "suggested": 40, "origin": 16}
_WIDTH = 14


def register_paper(place: Place, table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return a register table (`coverage.papers.register_table`) as it leaves the house.

    The community each organisation stands in is added; persons, addresses and marks
    for review are not in it.
    """
    points = place.service_points.drop_duplicates("organisation_id")
    where = points.set_index("organisation_id")["community_code"].reindex(table.index)
    paper = table.copy()
    answers = {True: phrase("register.yes", language), False: phrase("register.no", language)}
    paper["counts"] = table["counts"].map(answers)
    paper.insert(2, "community", where.map(place.communities["name"]).fillna(""))
    paper.insert(0, "id", table.index)
    return paper.reset_index(drop=True)


def register_workbook(
    place: Place, table: pd.DataFrame, standard: Standard, language: Language
) -> bytes:
    """Return the register as an .xlsx file: the list, and what the figures rest on."""
    paper = register_paper(place, table, language)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(phrase("register.sheet", language))
        bold = book.add_format({"bold": True, "bg_color": "#e6e6e6", "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        for column, name in enumerate(paper.columns):
            sheet.write_string(0, column, phrase(f"register.column.{name}", language), bold)
            sheet.set_column(column, column, _WIDTHS.get(name, _WIDTH))
            for row, value in enumerate(paper[name].tolist(), start=1):
                _write(sheet, row, column, value, text)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(paper), len(paper.columns) - 1)
        notes = book.add_worksheet(phrase("register.sheet_settings", language))
        notes.set_column(0, 0, 18)
        notes.set_column(1, 1, 100)
        for row, (head, words) in enumerate(settings_lines(place, standard, language)):
            notes.write_string(row, 0, str(sheet_cell(head)))
            notes.write_string(row, 1, str(sheet_cell(words)))
    return target.getvalue()


def register_csv(place: Place, table: pd.DataFrame, language: Language) -> bytes:
    """Return the register as CSV that Excel opens right (utf-8 with a mark)."""
    paper = register_paper(place, table, language)
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([phrase(f"register.column.{name}", language) for name in paper.columns])
    for row in paper.itertuples(index=False, name=None):
        writer.writerow(["" if pd.isna(value) else csv_cell(value) for value in row])
    return target.getvalue().encode("utf-8-sig")


def register_file_name(place: Place, ending: str, language: Language) -> str:
    """Return a file name that says what is inside, 示例数据 included."""
    mark = phrase("settings.demonstration", language) if place.demonstration else ""
    parts = [phrase("register.sheet", language), place.place_id, mark]
    return "_".join(part for part in parts if part) + f".{ending}"


def _write(sheet: Any, row: int, column: int, value: Any, text: Any) -> None:
    if pd.isna(value):
        return
    if isinstance(value, str):
        sheet.write_string(row, column, str(sheet_cell(value)), text)
    else:
        sheet.write_number(row, column, int(value))
