"""Text files with separators: which encoding, which separator, which rows.

Offices save CSV from Excel in GBK, web exports come in UTF-8, some pasted
together from both. Order: byte order mark, strict UTF-8, strict GB 18030 (or
Big5 where only that yields known headings), and line by line where a file
mixes them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from geo.cell_text import heading_key
from geo.columns import known_headings
from geo.errors import FileError
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, Problem
from geo.raw_table import MOST_COLUMNS, MOST_ROWS, Grid

SEPARATORS = (",", "\t", ";", "|", "，")
# A record of more lines than this swallowed its neighbours through a lone quotation mark.
MOST_LINES_OF_A_CELL = 30
# In one line; a shape in quotation marks may hold very many commas, no table so many columns.
MOST_SEPARATORS = 5_000_000
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROL = re.compile("[\u0000-\u0008\u000e-\u001b]")


def read_delimited(content: bytes, file: str) -> Grid:
    """Read a text file with separators.

    Raises
    ------
    FileError
        It is no text, or has more rows or columns than Yike reads.
    """
    text, encoding = decoded(content, file)
    separator = sniffed(text)
    rows, problems = _rows(text, separator, file)
    return Grid(file, "", rows, encoding=encoding, problems=tuple(problems))


def decoded(content: bytes, file: str) -> tuple[str, str]:
    """Return the text of `content`, and the name of the encoding found.

    Raises
    ------
    FileError
        The bytes are no text in any of them.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            # A file that was cut off may end in half a character.
            text = content.decode(encoding, errors="replace")
            return _held_as_text(text, file), encoding
    if b"\0" in content[:100_000]:
        return _unmarked_utf16(content, file)
    strict = _strict(content, "utf-8")
    if strict is not None:
        return _held_as_text(strict, file), "utf-8"
    text, encoding = _not_utf8(content)
    return _held_as_text(text, file), encoding


def _not_utf8(content: bytes) -> tuple[str, str]:
    """Return the text of bytes that are not strictly UTF-8, and the encoding found."""
    if _mostly_utf8(content):
        # A few stray bytes: GB 18030 would accept them all and make garbage of the rest.
        lines = [_line(line) for line in content.splitlines(keepends=True)]
        return "".join(lines), "mixed"
    simplified = _strict(content, "gb18030")
    traditional = _strict(content, "cp950")
    if traditional is not None and (
        simplified is None or _known_words(traditional) > _known_words(simplified)
    ):
        return traditional, "big5"
    if simplified is not None:
        return simplified, "gb18030"
    return "".join(_line(line) for line in content.splitlines(keepends=True)), "mixed"


def _unmarked_utf16(content: bytes, file: str) -> tuple[str, str]:
    """Return the text of UTF-16 whose mark was lost: only that has zeros, and known headings."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(content, encoding)
        if text is not None and _known_words(text):
            return _held_as_text(text, file), encoding
    raise FileError("error.not_text", file=file)


def sniffed(text: str) -> str:
    """Return the separator that splits the first rows most evenly."""
    lines = [line for line in text[:200_000].splitlines()[:60] if line.strip()]
    best, most = ",", 0.0
    for separator in SEPARATORS:
        with _long_cells(text):
            widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        several = Counter(width for width in widths if width > 1)
        if not several:
            continue
        width, times = several.most_common(1)[0]
        score = times / len(widths) + width / 1000
        if score > most:
            best, most = separator, score
    return best


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _mostly_utf8(content: bytes) -> bool:
    """Return whether a text is UTF-8 but for a few stray bytes."""
    text = content.decode("utf-8", errors="replace")
    whole = sum(1 for one in text if "\u2e80" <= one < "\ufb00")
    return text.count("\ufffd") * 4 <= whole


def _line(line: bytes) -> str:
    if _mostly_utf8(line):
        return line.decode("utf-8", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", errors="replace")


def _held_as_text(text: str, file: str) -> str:
    sample = text[:100_000]
    odd = len(_CONTROL.findall(sample)) + sample.count("\ufffd")
    if odd > max(2, len(sample) // 50):
        raise FileError("error.not_text", file=file)
    return text.replace("\0", "")


def _known_words(text: str) -> int:
    known = known_headings()
    cells = re.split(r"[,\t;|\r\n\"]+", text[:4000])
    return sum(heading_key(cell) in known for cell in cells if 0 < len(cell) <= 40)


def _rows(text: str, separator: str, file: str) -> tuple[list[list[str]], list[Problem]]:
    if any(line.count(separator) > MOST_SEPARATORS for line in _lines(text)):
        raise FileError("error.too_many_columns", file=file, most=MOST_COLUMNS)
    try:
        with _long_cells(text):
            rows = list(_filled(text, separator, file, quoting=csv.QUOTE_MINIMAL))
            broken = next((at for at, row in enumerate(rows) if _swallowed(row)), None)
            if broken is None:
                return rows, []
            plain = list(_filled(text, separator, file, quoting=csv.QUOTE_NONE))
        reason = Phrase.of("doubtful.quote_open")
        return plain, [Problem(file, "", broken + 1, "", DOUBTFUL, reason)]
    except csv.Error as fault:
        raise FileError("error.file_unreadable", file=file, detail=str(fault)) from fault


@contextmanager
def _long_cells(text: str) -> Iterator[None]:
    """Shapes written as text are longer than the limit the csv module starts with."""
    before = csv.field_size_limit(max(len(text) + 1, 131_072))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _filled(text: str, separator: str, file: str, *, quoting: Any) -> Iterator[list[str]]:
    """Yield the rows up to the last one that holds anything; stop where there are too many."""
    waiting, count = 0, 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)
    for row in reader:
        if not any(row):
            waiting += 1
            continue
        count += waiting + 1
        if count > MOST_ROWS:
            raise FileError("error.too_many_rows", file=file, most=MOST_ROWS)
        if len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:]):
            raise FileError("error.too_many_columns", file=file, most=MOST_COLUMNS)
        yield from ([] for _ in range(waiting))
        waiting = 0
        yield row[:MOST_COLUMNS]


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of `text` one at a time."""
    return iter(io.StringIO(text))


def _swallowed(row: list[str]) -> bool:
    return any(cell.count("\n") > MOST_LINES_OF_A_CELL for cell in row if len(cell) > 200)
