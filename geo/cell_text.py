"""What people type into cells, made comparable: widths, spaces, dates, codes, personal numbers.

Nothing here knows a table; every function takes one text (or a date) and
answers about it. Names from files are data: they are cleaned, never interpreted.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import pandas as pd

# Full-width digits, letters and signs; the comma-like ones stay Chinese punctuation.
_WIDE = {
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "（），：；！？、"
}
_WIDE[0x3000] = 0x20
_WIDE[0x00A0] = 0x20
# Radicals and strokes that text recognition and PDF exports put in the place of characters.
_RADICALS = {ord(a): b for a, b in zip("⻑⻘⻓⻄㇐⻔⻢⻋", "長青长西一门马车", strict=True)}
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]"
)
_DIRTY = re.compile("[^!-~\u3001-\u9fff（），：；！？ ]|  |^ | $|[⻑⻘⻓⻄㇐⻔⻢⻋\u3000]")
_SPACES = re.compile(r"\s+")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}（）()·、，]) +| +(?=[{_CJK}（）()·、，])")
BRACKETS = str.maketrans("()", "（）")
_NOT_WORDS = re.compile(r"[\W_]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")

SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d{2}")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"\(?0\d{1,3}\)?[- ]?\d{3,4}[- ]?\d{4}(?:[-转#]\d{1,5})?")
_RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_FIRST_GENERATION = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])(?!0000)\d{4}\d\d(?:0[1-9]|1[0-2])"
    r"(?:0[1-9]|[12]\d|3[01])\d{3}"
)
_FIRST_GENERATION_INSIDE = re.compile(
    rf"(?<![0-9A-Za-z]){_FIRST_GENERATION.pattern}(?![0-9A-Za-z])"
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MANY_DIGITS = re.compile(r"\d(?:[- ]?\d){10}")
MASK = "〔已隐去〕"

_DATE_MARKED = re.compile(
    r"(?:民国|民國|公元|西元)?(\d{2,4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[ T].*)?"
)
_DATE_TIGHT = re.compile(r"(\d{8}|\d{7})")
# A day since 1899; what stands behind the point is the time of day.
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SERIAL_ZERO = date(1899, 12, 30)


def each(texts: pd.Series, act: Callable[[str], str]) -> pd.Series:
    """Return what `act` makes of every text; equal texts are asked about once.

    Columns of a register repeat themselves, and walking an Arrow column value
    by value costs more than the work itself.
    """
    answers: dict[str, str] = {}
    made = [
        answers[text] if text in answers else answers.setdefault(text, act(text))
        for text in texts.tolist()
    ]
    return pd.Series(made, index=texts.index, dtype="str")


def clean(text: str) -> str:
    """Return `text` in half-width letters and digits, without invisible characters.

    Runs of white space (line breaks too) become one space. Chinese punctuation
    and brackets stay as they are.
    """
    # Most cells are numbers or plain words; the first test costs a tenth of the second.
    if (text.isascii() and text.isalnum()) or not _DIRTY.search(text):
        return text
    tidy = text.translate(_WIDE).translate(_RADICALS)
    tidy = _INVISIBLE.sub("", tidy)
    return _SPACES.sub(" ", tidy).strip()


def clean_name(text: str) -> str:
    """Return a name as it should stand: no spaces inside Chinese, full-width brackets."""
    tidy = clean(text)
    if not any(character > "\u2e7f" for character in tidy):
        return tidy
    return _BETWEEN_CJK.sub("", tidy).translate(BRACKETS)


@lru_cache(maxsize=4096)
def heading_key(text: str) -> str:
    """Return a column heading reduced for comparison: simplified, lower case, no marks."""
    return simplified(_NOT_WORDS.sub("", unicodedata.normalize("NFKC", clean(text)).lower()))


def match_key(text: str) -> str:
    """Return a text reduced to its letters and digits, simplified, for comparing names."""
    folded = unicodedata.normalize("NFKC", clean(text)).lower()
    return simplified(_NOT_WORDS.sub("", folded))


def numbers_apart(text: str) -> str:
    """Return `text` with 之 for the marks between two digits: 12-3 is not 123 without its mark."""
    return _BETWEEN_DIGITS.sub("之", clean(text))


@lru_cache(maxsize=1)
def _to_simplified() -> dict[int, str]:
    """Return the one-to-one table from traditional to simplified characters."""
    from opencc import OpenCC  # noqa: PLC0415  (only names in Chinese need its tables)

    converter = OpenCC("t2s")
    table: dict[int, str] = {}
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        simple = converter.convert(character)
        if simple != character and len(simple) == 1:
            table[code] = simple
    table[ord("臺")] = "台"
    return table


def simplified(text: str) -> str:
    """Return `text` in simplified characters, one for one: for comparing, not for display."""
    return text if text.isascii() else text.translate(_to_simplified())


def destroyed_code(text: str) -> bool:
    """Return whether a spreadsheet has turned this code into a number and lost digits.

    ``1.50203E+11``, or 16 digits and more that end in zeros only from the
    sixteenth digit on.
    """
    if SCIENTIFIC.fullmatch(text):
        return True
    return len(text) > 15 and text.isdigit() and not text[15:].strip("0")


def is_resident_id(text: str) -> bool:
    """Return whether `text` is the number of a person (GB 11643).

    Eighteen characters with a date and a check character, or fifteen digits of
    the first generation with a province and a date.
    """
    if _FIRST_GENERATION.fullmatch(text):
        return True
    if not re.fullmatch(r"\d{17}[\dXx]", text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, text, strict=False))
    return 1900 <= born.year <= 2100 and "10X98765432"[total % 11] == text[17].upper()


def is_personal(text: str) -> bool:
    """Return whether the whole cell is a telephone number or a person's number."""
    bare = text.strip()
    return bool(_MOBILE.fullmatch(bare) or _LANDLINE.fullmatch(bare)) or is_resident_id(bare)


def without_resident_id(text: str) -> str:
    """Return a code, or a mask in its place when it is the number of a person."""
    # The code of an organisation of civil affairs begins with 5 and is never such a number.
    return MASK if len(text) == 18 and is_resident_id(text) else text


def without_personal(text: str) -> str:
    """Return `text` with mobile and resident numbers inside it blotted out."""
    if not _MANY_DIGITS.search(text):
        return text
    hidden = _MOBILE.sub(MASK, text)
    hidden = _FIRST_GENERATION_INSIDE.sub(MASK, hidden)
    return _RESIDENT_ID.sub(lambda found: MASK if is_resident_id(found[0]) else found[0], hidden)


def parse_date(text: str) -> date | None:
    """Read a date as offices write it, or None when it is not certain.

    Understood: ``2015-03-02``, ``2015/3/2``, ``2015.3.2``, ``2015年3月2日``,
    ``2015年3月``, ``20150302``, an Excel serial number, and the Republican years
    of Taipei lists (``107年7月9日``, ``109.5.29``, ``1130102``). Two-digit years
    and six-digit numbers are not certain.
    """
    tidy = clean(text).replace(" ", "") if "年" in text else clean(text)
    if found := _DATE_MARKED.fullmatch(tidy):
        return _calendar(found[1], found[2], found[3] or "1")
    if _DATE_TIGHT.fullmatch(tidy):
        return _calendar(tidy[:-4], tidy[-4:-2], tidy[-2:])
    if _SERIAL.fullmatch(tidy):
        days = int(float(tidy))
        return _SERIAL_ZERO + timedelta(days=days) if 18_264 <= days <= 73_415 else None
    return None


def _calendar(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 3 and number < 200:
        number += 1911
    if not 1900 <= number <= 2100:
        return None
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def number_text(value: float) -> str:
    """Return a spreadsheet number as text, whole ones without a decimal point.

    A spreadsheet keeps 15 digits; what a larger number shows beyond is zeros.
    """
    if not math.isfinite(value):
        return ""
    if abs(value) >= 1e15:
        return format(Decimal(f"{value:.15g}"), "f")
    return str(int(value)) if value == int(value) else repr(value)
