"""Text from files, made harmless for spreadsheets.

A name that begins like a formula would run when a sheet is opened; here it
stays text. xlsx cells are written as strings (see `WORKBOOK_OPTIONS`); in CSV
a leading apostrophe does it.
"""

from __future__ import annotations

import math
import re
from typing import Any

# With these, xlsxwriter stores whatever it is given as text, never as formula or link.
WORKBOOK_OPTIONS: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
    "in_memory": True,
}

# Full-width signs too: East Asian editions of spreadsheets read them as the plain ones.
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORBIDDEN_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def csv_cell(value: Any) -> Any:
    """Return `value` as a CSV cell no spreadsheet will run as a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_START):
        return f"'{value}"
    return _nothing_for_nan(value)


def sheet_cell(value: Any) -> Any:
    """Return `value` as an xlsx cell: characters XML cannot hold are left out."""
    if isinstance(value, str):
        return _FORBIDDEN_IN_XML.sub("", value)
    return _nothing_for_nan(value)


def _nothing_for_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    return value
