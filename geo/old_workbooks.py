"""Old .xls workbooks, read by a process of their own so that a damaged one harms nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from geo.errors import FileError
from geo.raw_table import MOST_CELLS, MOST_ROWS
from geo.xls_child import TOO_LARGE

CHILD = Path(__file__).with_name("xls_child.py")
# By the clock, for systems that count no processor time and for a child that sleeps.
MOST_SECONDS = 60.0
# How the globals of an Excel 97 workbook begin, and the records that may stand before
# the one that says it is encrypted ([MS-XLS] 2.1.7.20.3: WriteProtect, FilePass).
_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_WRITE_PROTECT, _FILE_PASS = b"\x86\x00", b"\x2f\x00"


def read_xls(content: bytes, file: str, *, seconds: float = MOST_SECONDS) -> list[dict[str, Any]]:
    """Return ``name``, ``visible``, ``rows`` and ``merged`` of every worksheet of an .xls.

    Cells are text, numbers or truth values, dates text (``2015-03-02``); pages that
    are charts or macros are no worksheets. Hidden sheets have no rows.

    Parameters
    ----------
    content
        The bytes of the file.
    file
        Its name, for sentences.
    seconds
        Time after which the reading process is stopped.

    Raises
    ------
    FileError
        It is damaged, locked, or needs more time or memory than any register does.
    """
    if _locked(content):
        raise FileError("error.locked", file=file)
    try:
        done = subprocess.run(
            # Without the folder of the script, whose names are not those of packages.
            [sys.executable, "-P", str(CHILD), str(MOST_CELLS), str(MOST_ROWS)],
            input=content,
            capture_output=True,
            timeout=seconds,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        told: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as fault:
        raise FileError("error.workbook_broken", file=file) from fault
    if told.get("fault") == TOO_LARGE:
        raise FileError("error.too_many_cells", file=file, most=MOST_CELLS)
    if "fault" in told:
        raise FileError("error.workbook_broken", file=file)
    sheets: list[dict[str, Any]] = told["sheets"]
    return sheets


def _locked(content: bytes) -> bool:
    """Return whether a password protects an .xls; calamine takes such a file for a broken one."""
    at = content.find(_GLOBALS)
    if at < 0:
        return False
    following = at + 4 + int.from_bytes(content[at + 2 : at + 4], "little")
    if content[following : following + 2] == _WRITE_PROTECT:
        following += 4 + int.from_bytes(content[following + 2 : following + 4], "little")
    return content[following : following + 2] == _FILE_PASS
