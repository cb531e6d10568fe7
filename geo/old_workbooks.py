"""Old .xls workbooks, read by a process of their own so that a damaged one harms nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from geo.errors import FileError

CHILD = Path(__file__).with_name("xls_child.py")
MOST_SECONDS = 90


def read_xls(content: bytes, file: str) -> list[dict[str, Any]]:
    """Return ``name``, ``visible``, ``rows`` and ``merged`` of every worksheet of an .xls.

    Raises
    ------
    FileError
        It is damaged, or needs more time or memory than any register does.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=content,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=True,
        )
        sheets: list[dict[str, Any]] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as fault:
        raise FileError("error.workbook_broken", file=file) from fault
    return sheets
