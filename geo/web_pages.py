"""The tables of a web page, which some office systems export under the name .xls.

Tags are told apart with patterns that never look past the next ``<``, so that a
page takes time in proportion to its length however broken it is.
"""

from __future__ import annotations

import html
import re

from geo.errors import FileError
from geo.raw_table import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Grid

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]*)([^<>]*)>|<[!?][^<>]*>|([^<]+)|<")
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?\s*(\d{1,6})", re.IGNORECASE)
# What a browser does not show, from its beginning to its end.
_UNSEEN = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile("<script", re.IGNORECASE), re.compile("</script[^<>]*>", re.IGNORECASE)),
    (re.compile("<style", re.IGNORECASE), re.compile("</style[^<>]*>", re.IGNORECASE)),
)


def read_web_page(text: str, file: str, *, encoding: str = "") -> Grid:
    """Read the tables of a web page, one below the other.

    Parameters
    ----------
    text
        The page.
    file
        Its name, for sentences.
    encoding
        How it was decoded.

    Raises
    ------
    FileError
        It holds no table, or one with more rows or columns than Yike reads.
    """
    page = _Page(file)
    for found in _TAG.finditer(_seen(text)):
        closing, tag, attributes, words = found.groups()
        if words is not None:
            page.words(words)
        elif tag is not None:
            page.tag(tag.lower(), attributes, closing=bool(closing))
    page.close_cell()
    if not any(any(row) for row in page.rows):
        raise FileError("error.no_table", file=file)
    return Grid(file, "", page.rows, merged=tuple(page.merged), encoding=encoding)


def _seen(text: str) -> str:
    """Return `text` without comments, scripts and styles; one that never ends runs to the end."""
    for start, end in _UNSEEN:
        parts, at = [], 0
        while found := start.search(text, at):
            parts.append(text[at : found.start()])
            closed = end.search(text, found.end())
            at = len(text) if closed is None else closed.end()
        text = "".join([*parts, text[at:]])
    return text


class _Page:
    """The rows read so far, and the cell under way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows: list[list[str]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        # Column to the last row that a cell further up reaches down into.
        self._held: dict[int, int] = {}
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._cells = 0

    def tag(self, tag: str, attributes: str, *, closing: bool) -> None:
        if tag in ("td", "th", "tr", "table"):
            self.close_cell()
        if tag == "table":
            self._depth = max(self._depth + (-1 if closing else 1), 0)
            self._held = {}
        elif closing or not self._depth:
            return
        elif tag == "tr":
            self._open_row()
        elif tag in ("td", "th"):
            spans = {kind.lower(): int(number) for kind, number in _SPAN.findall(attributes)}
            self._span = (
                min(max(spans.get("row", 1), 1), MOST_ROWS),
                min(max(spans.get("col", 1), 1), MOST_COLUMNS),
            )
            self._cell = []
        elif tag in ("br", "p", "div"):
            self.words(" ")

    def words(self, words: str) -> None:
        if self._cell is not None:
            self._cell.append(words)

    def _open_row(self) -> None:
        if len(self.rows) >= MOST_ROWS:
            raise FileError("error.too_many_rows", file=self.file, most=MOST_ROWS)
        self.rows.append([])

    def close_cell(self) -> None:
        if self._cell is None:
            return
        if not self.rows:
            self.rows.append([])
        text, self._cell = _unescaped("".join(self._cell)).strip(), None
        row = self.rows[-1]
        self._step_over(row)
        down, across = self._span
        top, left = len(self.rows) - 1, len(row)
        row += [text, *[""] * (across - 1)]
        self._cells += across
        if len(row) > MOST_COLUMNS:
            raise FileError("error.too_many_columns", file=self.file, most=MOST_COLUMNS)
        if self._cells > MOST_CELLS:
            raise FileError("error.too_many_cells", file=self.file, most=MOST_CELLS)
        if down > 1:
            self._held |= dict.fromkeys(range(left, left + across), top + down - 1)
        if down > 1 or across > 1:
            self.merged.append((top, left, top + down - 1, left + across - 1))

    def _step_over(self, row: list[str]) -> None:
        """Leave empty the columns that a cell of a row above reaches down into."""
        while self._held.get(len(row), -1) >= len(self.rows) - 1:
            row.append("")


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        # A number of a character with thousands of digits: no character at all.
        return text
