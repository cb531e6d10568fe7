"""The check report as a workbook a planner corrects and loads again.

The first sheet holds every record under its own headings, with the file, sheet
and row it came from in front: loaded again, records keep that identity.
Personal columns are not written, because they were never loaded.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pandas as pd
import xlsxwriter

from geo.cell_text import clean_name
from geo.check_report import CheckReport, problem_table, row_reasons
from geo.columns import ORIGIN, column_fields
from geo.phrases import Language, phrase
from geo.problems import DOUBTFUL, REJECTED, REPAIRED
from geo.register_fields import with_origin

# Names from files are data: never a formula, never a link.
SAFE: dict[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_COLOURS = {REJECTED: "#f4d9d4", DOUBTFUL: "#faf1e0", REPAIRED: "#e8f2f1"}
_LONGEST = 32_000
_SHEET_FORBIDDEN = str.maketrans("[]:*?/\\'", "________")


def check_workbook(report: CheckReport, language: Language) -> bytes:
    """Return the workbook of a check report.

    Parameters
    ----------
    report
        What `geo.check_report.check_file` found.
    language
        Of headings and sentences; both are recognised when it is loaded again.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, SAFE)
    # The same check gives the same bytes, so that a place built twice is the same place.
    book.set_properties({"created": datetime(2000, 1, 1)})
    frames = _record_frames(report, language)
    taken: set[str] = set()
    for name, frame in frames:
        sheet = _sheet_name(name, phrase("check.sheet_records", language), taken)
        _write(book, sheet, frame)
    problems = problem_table(report, language)
    problems.columns = pd.Index(
        [phrase(f"check.{name}", language) for name in problems.columns], dtype="str"
    )
    level = phrase("check.level", language)
    problems[level] = [phrase(f"check_level.{one}", language) for one in problems[level]]
    _write(book, phrase("check.sheet_problems", language), problems)
    book.close()
    return buffer.getvalue()


def _record_frames(report: CheckReport, language: Language) -> list[tuple[str, pd.DataFrame]]:
    """Return, for every table of the file, its records with their identity in front."""
    fields = {one.name: one for one in column_fields() if one.table == "origin"}
    heading = {name: getattr(fields[name], language) for name in ORIGIN}
    reasons = row_reasons(report, language)
    frames, start = [], 0
    mappings = iter(report.mappings)
    for table in report.tables:
        moved = with_origin(table)
        stop = start + len(table)
        part = report.rows.iloc[start:stop]
        same = (
            len(part) == len(table)
            and (part["row"].to_numpy() == moved.origin["row"].to_numpy()).all()
        )
        if not same:
            continue
        mapping = next(mappings)
        secret = {*mapping.personal, *mapping.hidden}
        cells = moved.cells.drop(columns=[one for one in moved.cells.columns if one in secret])
        status = [phrase(f"check_level.{one}", language) for one in part["status"]]
        front = pd.DataFrame(
            {
                heading["file"]: part["file"].to_numpy(),
                heading["sheet"]: part["sheet"].to_numpy(),
                heading["row"]: part["row"].to_numpy(),
                heading["status"]: status,
                heading["reason"]: reasons[start:stop],
            },
            index=cells.index,
        )
        frames.append((table.sheet, pd.concat([front, cells], axis=1)))
        start = stop
    return frames


def _sheet_name(wanted: str, fallback: str, taken: set[str]) -> str:
    plain = clean_name(wanted).translate(_SHEET_FORBIDDEN)[:28] or fallback
    name, times = plain, 1
    while name.lower() in taken:
        times += 1
        name = f"{plain}_{times}"
    taken.add(name.lower())
    return name


def _write(book: Any, sheet: str, frame: pd.DataFrame) -> None:
    page = book.add_worksheet(sheet)
    head = book.add_format({"bold": True, "bg_color": "#e6e6e6", "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    tints = {
        words: book.add_format({"num_format": "@", "bg_color": colour})
        for level, colour in _COLOURS.items()
        for words in (phrase(f"check_level.{level}", "zh"), phrase(f"check_level.{level}", "en"))
    }
    for column, name in enumerate(frame.columns):
        page.write_string(0, column, str(name), head)
        # A column of nothing at all has no length to go by.
        longest = max((len(str(one)) for one in frame[name].head(200)), default=0)
        page.set_column(column, column, min(max(len(str(name)) * 2, longest * 1.6, 6), 50))
    for row, values in enumerate(frame.itertuples(index=False, name=None), start=1):
        tint = next((tints[one] for one in values if isinstance(one, str) and one in tints), text)
        for column, value in enumerate(values):
            if value is None or value is pd.NA or value == "":
                continue
            if isinstance(value, str):
                page.write_string(row, column, value[:_LONGEST], tint)
            else:
                page.write_number(row, column, int(value), tint)
    page.freeze_panes(1, 0)
    if len(frame.columns):
        page.autofilter(0, 0, len(frame), len(frame.columns) - 1)
