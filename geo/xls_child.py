"""Reads an old .xls in a process of its own: `python xls_child.py < file > rows.json`.

A damaged .xls can make its reader ask for all the memory there is, or stop the
process it runs in. This file is started by `geo.old_workbooks`; it needs nothing
but calamine, so that starting it takes a tenth of a second.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time

import python_calamine as calamine

MOST_MEMORY = 3_000_000_000
MOST_SECONDS = 60


def limit_self() -> None:
    """Ask the system to stop this process when it takes too much; Windows has no such call."""
    try:
        import resource  # noqa: PLC0415  (absent on Windows)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def plain(value: object) -> object:
    """Return a cell as JSON knows it; dates as text."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (str, bool, int, float)):
        return value
    return "" if value is None else str(value)


def sheets(content: bytes) -> list[dict[str, object]]:
    """Return name, visibility, rows and merged areas of every worksheet."""
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = []
    for meta in book.sheets_metadata:
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        visible = meta.visible == calamine.SheetVisibleEnum.Visible
        sheet = book.get_sheet_by_name(meta.name)
        rows = sheet.to_python(skip_empty_area=False) if visible else []
        merged = sheet.merged_cell_ranges or ()
        found.append(
            {
                "name": meta.name,
                "visible": visible,
                "rows": [[plain(value) for value in row] for row in rows],
                "merged": [(*first, *last) for first, last in merged] if visible else [],
            }
        )
    return found


if __name__ == "__main__":
    limit_self()
    json.dump(sheets(sys.stdin.buffer.read()), sys.stdout)
