"""Excel workbooks, old and new.

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
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
# Cells that do not say where they stand cannot be laid out beforehand.
MOST_UNREFERENCED = 3_000_000
# What shared texts may come to when every cell has its own copy.
MOST_COPIED = 1_000_000_000
# Rows of all sheets, blank ones too: an .xlsx may name its last row a thousand times.
MOST_PASSED = 3_000_000
_OVERLAP = 1024
# None of these looks past the next "<": a broken sheet takes no longer than a whole one.
_REFERENCE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s[^<>]*?\br\s*=\s*["']([A-Za-z]{0,8})(\d{1,10})["']"""
)
_UNREFERENCED = re.compile(rb"<(?:\w+:)?c(?:\s(?![^<>]*\br\s*=)[^<>]*)?/?>")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
# What openpyxl raises on a damaged workbook: it says so nowhere, damaged ones did.
_OPENPYXL_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    SyntaxError,
    OSError,
    EOFError,
    NotImplementedError,
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
    return _with_calamine(content, file) if _fits(content, file) else _row_by_row(content, file)


@dataclass
class _Extent:
    """What the parts of a workbook unpack to, as far as it has been looked through."""

    left: int = MOST_UNPACKED
    cells: int = 0
    unreferenced: int = 0
    shared: int = 0
    longest: int = 0


def _fits(content: bytes, file: str) -> bool:
    """Unpack a workbook once with a limit; return whether it can be laid out as rectangles."""
    archive = open_zip(content, file)
    extent = _Extent()
    for member in archive.infolist():
        _look_through(content, member, file, extent)
    if not any(name.startswith("xl/") for name in archive.namelist()):
        raise FileError("error.not_a_workbook", file=file)
    if extent.unreferenced > MOST_UNREFERENCED:
        raise FileError("error.too_many_cells", file=file, most=MOST_UNREFERENCED)
    copied = extent.shared * extent.longest
    return extent.cells <= MOST_CELLS and copied <= MOST_COPIED and not extent.unreferenced


def _look_through(content: bytes, member: zipfile.ZipInfo, file: str, extent: _Extent) -> None:
    """Add one part of a workbook to `extent`: sheets by their cells, others by their size."""
    name = member.filename.lower().replace("\\", "/")
    sheet, strings = name.startswith("xl/worksheets/"), name == "xl/sharedstrings.xml"
    bottom = right = since = 0
    before = b""
    for part in chunks(content, member, file):
        extent.left -= len(part)
        if extent.left < 0:
            raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
        if not before and name.endswith(".xml") and b"\0" in part[:64]:
            # UTF-16: no spreadsheet programme writes it here, and no pattern sees through it.
            raise FileError("error.workbook_broken", file=file)
        window = before + part
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise FileError("error.xml_entities", file=file)
        if sheet:
            found = _REFERENCE.findall(window)
            bottom = max([bottom, *(int(digits) for digits in {one for _, one in found})])
            right = max([right, *(_column_number(one) for one in {one for one, _ in found})])
            extent.unreferenced += len(_UNREFERENCED.findall(window))
            extent.shared += len(_SHARED.findall(window))
        elif strings:
            lengths = [len(one) for one in part.split(b"</si>")]
            extent.longest = max(extent.longest, since + lengths[0], *lengths)
            since = lengths[-1] + (since if len(lengths) == 1 else 0)
        before = window[-_OVERLAP:]
    extent.cells += bottom * max(right, 1)


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
        grids, hidden, left = [], [], _Left(MOST_PASSED)
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                hidden.append(sheet.title)
                continue
            # What a sheet says of its own size is often wrong, and then costs hours.
            sheet.reset_dimensions()
            grids.append(_held(Grid(file, sheet.title, list(_filled_rows(sheet, file, left)))))
    except FileError:
        raise
    except _OPENPYXL_FAULTS as fault:
        raise FileError("error.workbook_broken", file=file) from fault
    return _noted(grids, hidden, file)


@dataclass
class _Left:
    """How many more rows of a workbook are looked at."""

    rows: int


def _filled_rows(sheet: Any, file: str, left: _Left) -> Iterator[list[str]]:
    waiting = 0
    count = 0
    for values in sheet.iter_rows(values_only=True):
        left.rows -= 1
        if left.rows < 0:
            raise FileError("error.too_many_rows", file=file, most=MOST_PASSED)
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
