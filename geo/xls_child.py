"""Reads an old .xls in a process of its own: `python xls_child.py < file > sheets.json`.

A damaged .xls can make its reader ask for all the memory there is, run for ever,
or stop the process it runs in. This file is started by `geo.old_workbooks`; it needs nothing
but calamine, so that starting it takes a tenth of a second.

It writes one JSON object: ``sheets``, or ``fault`` with the reason why there are none.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time
from typing import Any

import python_calamine as calamine

# The largest .xls that Excel can write takes a fifth of each.
MOST_MEMORY = 2_000_000_000
MOST_SECONDS = 30
# Text of all cells; what a whole .xls of 65,536 rows holds is a tenth.
MOST_LETTERS = 200_000_000
BROKEN, TOO_LARGE = "broken", "too_large"


def limit_self() -> None:
    """Ask the system to stop this process when it takes too much.

    Windows has no such call: there `geo.old_workbooks` stops it by the clock.
    """
    try:
        import resource  # noqa: PLC0415  (absent on Windows)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    # A reader that is stopped leaves no image of its memory on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(value: object) -> object:
    """Return a cell as JSON knows it; dates as text."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (str, bool, int, float)):
        return value
    return "" if value is None else str(value)


def sheets(content: bytes, *, most_cells: int, most_rows: int) -> list[dict[str, Any]] | None:
    """Return name, visibility, rows and merged areas of every worksheet.

    Rows and columns in front of the first filled cell are there, so that a row
    has the number it has in Excel. None: there are more cells or rows than asked for.
    """
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found: list[dict[str, Any]] = []
    left, letters = most_cells, MOST_LETTERS
    for meta in book.sheets_metadata:
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        visible = meta.visible == calamine.SheetVisibleEnum.Visible
        one: dict[str, Any] = {"name": meta.name, "visible": visible, "rows": [], "merged": []}
        found.append(one)
        if not visible:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        left -= sheet.total_height * sheet.total_width
        if left < 0 or sheet.total_height > most_rows:
            return None
        one["rows"] = [
            [plain(value) for value in row] for row in sheet.to_python(skip_empty_area=False)
        ]
        letters -= sum(len(cell) for row in one["rows"] for cell in row if isinstance(cell, str))
        if letters < 0:
            return None
        merged = sheet.merged_cell_ranges or ()
        one["merged"] = [(*first, *last) for first, last in merged]
    return found


def answer(content: bytes, *, most_cells: int, most_rows: int) -> dict[str, Any]:
    """Return ``{"sheets": […]}`` or ``{"fault": …}``."""
    try:
        found = sheets(content, most_cells=most_cells, most_rows=most_rows)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        # A fault inside calamine arrives as a panic, which is no Exception. Whatever
        # it is, the file is to blame: nothing else runs in this process.
        return {"fault": BROKEN}
    return {"fault": TOO_LARGE} if found is None else {"sheets": found}


if __name__ == "__main__":
    limit_self()
    json.dump(
        answer(sys.stdin.buffer.read(), most_cells=int(sys.argv[1]), most_rows=int(sys.argv[2])),
        sys.stdout,
    )
