"""Where the header of a table is, and what its one or two rows say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo.cell_text import heading_key
from geo.columns import known_headings

HEADER_WITHIN = 30


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the position of the header row, or None.

    The row within the first `HEADER_WITHIN` whose cells are most often known
    headings; where none is known, the first row whose cells are all distinct
    texts (no numbers) and fill most of the width. Where the row above names what
    that row leaves open, the header begins there.
    """
    known = known_headings()
    best, most = None, 0
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        filled = [cell for cell in row if cell]
        hits = sum(known_heading(cell, known) for cell in filled)
        # One hit among many cells is a value that happens to be a word of the table.
        if hits > most and hits * 4 >= len(filled):
            best, most = at, hits
    if best is not None:
        return best - 1 if best and _begins_above(rows[best - 1], rows[best], known) else best
    width = max((sum(1 for cell in row if cell) for row in rows[:HEADER_WITHIN]), default=0)
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        filled = [cell for cell in row if cell]
        texts = [cell for cell in filled if not re.fullmatch(r"[-+\d.,:/年月日%]+", cell)]
        if filled and len(filled) * 10 >= width * 6 and len(set(texts)) == len(filled):
            return at
    return None


def _begins_above(above: Sequence[str], row: Sequence[str], known: frozenset[str]) -> bool:
    """Return whether `above` is the first row of a header whose second one is `row`."""
    filled = [cell for cell in above if cell]
    open_there = [over for over, under in zip(above, row, strict=True) if over and not under]
    # Values have digits; a title is one long cell.
    numeric = any(re.fullmatch(r"[-+\d.,:/]+", cell) for cell in filled)
    return len(filled) > 1 and not numeric and any(known_heading(one, known) for one in open_there)


def known_heading(cell: str, known: frozenset[str]) -> bool:
    """Return whether the alias table knows `cell` as a heading."""
    if len(cell) > 40:
        return False
    parts = [cell, *(part for part in re.split(r"[（(\-]", cell)[:1] if part != cell)]
    keys = [heading_key(part) for part in parts]
    # Forms number their columns: "3.登记状态".
    return any(key in known or key.lstrip("0123456789") in known for key in keys)


def headings_of(
    rows: list[list[str]], header: int, merged: Sequence[tuple[int, int, int, int]]
) -> tuple[list[str], int]:
    """Return the headings, and how many rows they take up (one or two)."""
    top = list(rows[header])
    if header + 1 >= len(rows):
        return top, 1
    below = rows[header + 1]
    spans = {
        column: first
        for top_row, first, last_row, last in merged
        if top_row == header == last_row
        for column in range(first, last + 1)
    }
    two = bool(spans) and any(below[column] for column in spans)
    two = two or _below_gaps(top, below)
    # Cells merged over both rows repeat themselves below.
    numeric = any(re.fullmatch(r"[-+\d.,]+", cell) for cell in below if cell)
    if not two or numeric:
        return top, 1
    names = []
    for column, name in enumerate(top):
        over = name or top[spans.get(column, _left(top, column))]
        under = below[column]
        names.append(f"{over}-{under}" if under and over and under != over else under or over)
    return names, 2


def _below_gaps(top: Sequence[str], below: Sequence[str]) -> bool:
    """Return whether the row below fills gaps of the header, and little else."""
    gaps = [at for at, name in enumerate(top) if not name and any(top[:at])]
    starts = {_left(top, at) for at in gaps}
    under_gaps = [at for at in gaps if below[at]]
    known = known_headings()
    under_names = [at for at, name in enumerate(top) if name and at not in starts and below[at]]
    hits = sum(known_heading(below[at], known) for at in {*under_gaps, *starts} if below[at])
    return bool(under_gaps) and not under_names and hits * 2 >= len(under_gaps)


def _left(top: Sequence[str], column: int) -> int:
    return next((at for at in range(column, -1, -1) if top[at]), column)
