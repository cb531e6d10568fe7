"""Excel workbooks, old and new, and the web pages some systems call .xls.

calamine reads fast but lays every sheet out as a full rectangle: a workbook
with one cell in the last corner would take all memory. The sheets of an .xlsx
are therefore looked through first; one whose rectangle is too large is read
row by row with openpyxl, which skips what is empty. An old .xls cannot be looked
through, so a process of its own reads it (`geo.old_workbooks`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import Any

import openpyxl
import python_calamine as calamine

from geo.cell_text import number_text
from geo.errors import FileError
from geo.old_workbooks import read_xls
from geo.phrases import Phrase
from geo.problems import SKIPPED, Problem
from geo.raw_table import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Grid
from geo.zipped import MOST_UNPACKED, chunks, open_zip

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OVERLAP = 1024
_REFERENCE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s[^>]*?\br\s*=\s*["']([A-Za-z]{0,8})(\d{1,10})["']"""
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_workbook(content: bytes, file: str) -> list[Grid]:
    """Read every visible sheet of an .xls or .xlsx workbook.

    Hidden sheets stand as a skipped problem on the first grid.

    Raises
    ------
    FileError
        It is broken, locked, or larger than Yike reads.
    """
    if content.startswith(OLE_MARK):
        if _ENCRYPTED in content:
            raise FileError("error.locked", file=file)
        return _old_workbook(content, file)
    cells = _look_through(content, file)
    if cells > MOST_CELLS:
        return _row_by_row(content, file)
    return _with_calamine(content, file)


def read_html_table(text: str, file: str) -> list[Grid]:
    """Read the tables of a web page, which some office systems export under the name .xls."""
    reader = _Tables()
    reader.feed(text)
    reader.close()
    rows = [row for table in reader.tables for row in table]
    if not rows:
        raise FileError("error.no_table", file=file)
    return [_held(Grid(file, "", rows, encoding="html"))]


def _look_through(content: bytes, file: str) -> int:
    """Unpack a workbook once with a limit; return the cells its largest sheet would span."""
    archive = open_zip(content, file)
    largest, left = 0, MOST_UNPACKED
    for member in archive.infolist():
        sheet = member.filename.lower().replace("\\", "/").startswith("xl/worksheets/")
        bottom = right = 0
        before = b""
        for part in chunks(content, member, file):
            left -= len(part)
            if left < 0:
                raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
            window = before + part
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise FileError("error.xml_entities", file=file)
            if sheet:
                found = _REFERENCE.findall(window)
                bottom = max([bottom, *(int(digits) for digits in {one for _, one in found})])
                right = max([right, *(_column_number(one) for one in {one for one, _ in found})])
            before = window[-_OVERLAP:]
        largest = max(largest, bottom * max(right, 1))
    if not any(name.startswith("xl/") for name in archive.namelist()):
        raise FileError("error.not_a_workbook", file=file)
    return largest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _old_workbook(content: bytes, file: str) -> list[Grid]:
    grids, hidden = [], []
    for sheet in read_xls(content, file):
        if sheet["visible"]:
            rows = [[_text(value) for value in row] for row in sheet["rows"]]
            merged = tuple(tuple(area) for area in sheet["merged"])
            grids.append(_held(Grid(file, sheet["name"], rows, merged=merged)))
        else:
            hidden.append(sheet["name"])
    return _noted(grids, hidden, file)


def _with_calamine(content: bytes, file: str) -> list[Grid]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        grids, hidden = [], []
        for meta in book.sheets_metadata:
            if meta.visible != calamine.SheetVisibleEnum.Visible:
                hidden.append(meta.name)
            elif meta.typ == calamine.SheetTypeEnum.WorkSheet:
                grids.append(_calamine_sheet(book.get_sheet_by_name(meta.name), file))
    except FileError:
        raise
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as fault:
        # A fault inside calamine arrives as a panic, which is no Exception.
        raise FileError("error.workbook_broken", file=file) from fault
    return _noted(grids, hidden, file)


def _calamine_sheet(sheet: Any, file: str) -> Grid:
    if sheet.total_height > MOST_ROWS:
        raise FileError("error.too_many_rows", file=file, most=MOST_ROWS)
    values = sheet.to_python(skip_empty_area=False)
    rows = [[_text(value) for value in row] for row in values]
    merged = tuple(
        (top, left, bottom, right)
        for (top, left), (bottom, right) in (sheet.merged_cell_ranges or ())
    )
    return _held(Grid(file, sheet.name, rows, merged=merged))


def _row_by_row(content: bytes, file: str) -> list[Grid]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        grids, hidden = [], []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                hidden.append(sheet.title)
                continue
            # What a sheet says of its own size is often wrong, and then costs hours.
            sheet.reset_dimensions()
            grids.append(_held(Grid(file, sheet.title, list(_filled_rows(sheet, file)))))
    except FileError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as fault:
        raise FileError("error.workbook_broken", file=file) from fault
    return _noted(grids, hidden, file)


def _filled_rows(sheet: Any, file: str) -> Iterator[list[str]]:
    waiting = 0
    count = 0
    for values in sheet.iter_rows(values_only=True):
        row = [_text(value) for value in values[: MOST_COLUMNS + 1]]
        if not any(row):
            waiting += 1
            continue
        count += waiting + 1
        if count > MOST_ROWS:
            raise FileError("error.too_many_rows", file=file, most=MOST_ROWS)
        yield from ([] for _ in range(waiting))
        waiting = 0
        yield row


def _noted(grids: list[Grid], hidden: list[str], file: str) -> list[Grid]:
    if grids and hidden:
        reason = Phrase.of("skipped.hidden_sheets", sheets="、".join(hidden))
        first = grids[0]
        note = Problem(file, "、".join(hidden), None, "", SKIPPED, reason)
        grids[0] = Grid(file, first.sheet, first.rows, merged=first.merged, problems=(note,))
    return grids


def _held(grid: Grid) -> Grid:
    if max((len(row) for row in grid.rows), default=0) <= MOST_COLUMNS:
        return grid
    rows = [row[: _last_filled(row)] for row in grid.rows]
    if max((len(row) for row in rows), default=0) > MOST_COLUMNS:
        raise FileError("error.too_many_columns", file=grid.file, most=MOST_COLUMNS)
    return Grid(grid.file, grid.sheet, rows, merged=grid.merged, encoding=grid.encoding)


def _last_filled(row: list[str]) -> int:
    return next((at for at in range(len(row), 0, -1) if row[at - 1]), 0)


def _text(value: object) -> str:
    text = ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "是" if value else "否"
    elif isinstance(value, float):
        text = number_text(value)
    elif isinstance(value, datetime):
        text = value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    elif isinstance(value, (date, time)):
        text = value.isoformat()
    elif isinstance(value, (int, timedelta)):
        text = str(value)
    return text


class _Tables(HTMLParser):
    """Collects the cells of every table; what stands outside of tables is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif tag == "tr" and self._depth:
            self._close_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th") and self._depth and self.tables[-1]:
            self._close_cell()
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), MOST_COLUMNS) if span.isdigit() else 1
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()
        if tag == "table":
            self._depth = max(self._depth - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        self.tables[-1][-1].extend(["".join(self._cell).strip(), *[""] * (self._span - 1)])
        self._cell = None
