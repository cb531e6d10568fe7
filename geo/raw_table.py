"""A table as an office wrote it, and where its header and its records are.

Readers of formats hand over a `Grid`: rows of text as they stand in the file.
`raw_table` finds the header (below title rows, in one row or two), sets aside
what is no record (blank rows, totals, section headings, repeated headers,
footnotes), and keeps for every record the file, sheet and row it came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cell_text import clean, clean_name, destroyed_code, heading_key
from geo.columns import column_fields, known_headings
from geo.errors import FileError
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, REPAIRED, SKIPPED, Finding, Problem
from geo.table_header import find_header, headings_of, known_heading

MOST_ROWS = 300_000
MOST_COLUMNS = 500
# What the rectangle of a sheet may hold when it is laid out whole: about 32 bytes a cell.
MOST_CELLS = 12_000_000
# Text of all cells of a table. A workbook may mean one long text a million times.
MOST_LETTERS = 200_000_000

_TOTAL = re.compile(
    r"(总|總)?\s*(合\s*计|合\s*計|总\s*计|總\s*計|小\s*计|小\s*計|共\s*计|共\s*計|总\s*数|汇\s*总|平均)"
    r"\s*\d*\s*[个家人]?\s*([（(].*[)）])?[:：]?|total|subtotal|sum",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(
    r"(备?注|說明|说明|填表|填写|制表|製表|审核|審核|填报|截止|截至|数据来源|資料來源|联系|经办|复核|单位|主管|领导|"
    r"统计|打印|报送|报出|日期|电话|签字|签名|盖章|公章)"
    r"(?:[人单位日期时间电话领导负责签字章名说明方式盖公]|（盖章）|（签字）|\((?:盖章|签字)\))*"
    r"\s*[:：\d一（(].*",
    re.DOTALL,
)
_SECTION = re.compile(
    r"([一二三四五六七八九十]+|[（(][一二三四五六七八九十\d]+[)）])\s*[、.．）) ].*"
)
_COLUMN_LETTERS = tuple("甲乙丙丁戊己栏次")
_DITTO = ("同上", "〃", "″", "ditto", "″″")
_BROKEN = "\ufffd"


@dataclass(frozen=True, eq=False)
class Grid:
    """Rows of text as they stand in one sheet of one file.

    Parameters
    ----------
    file, sheet
        Where it stands; `sheet` is empty for files without sheets.
    rows
        Text cells; rows may differ in length. Row k stands at `first_row` + k.
    merged
        Merged areas as (first row, first column, last row, last column), all
        counted from 0 within `rows`.
    encoding
        How text was decoded, or empty where the format leaves no choice.
    problems
        What the reader of the format already found.
    """

    file: str
    sheet: str
    rows: list[list[str]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str = ""
    problems: tuple[Problem, ...] = ()
    first_row: int = 1


@dataclass(frozen=True, eq=False)
class RawTable:
    """Records of text under the file's own headings; nothing interpreted yet.

    Parameters
    ----------
    cells
        Text, empty where nothing stands. Positions run from 0.
    origin
        ``file``, ``sheet``, ``row`` of every record, aligned to `cells`.
    findings
        What was found about single records on the way.
    problems
        What is no record (skipped rows), and what concerns the whole table.
    shapes
        Shapes of the records where the format has them (None: it has not).
    title
        What stands above the header, and the name of the file and sheet.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    origin: pd.DataFrame
    encoding: str = ""
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    shapes: gpd.GeoSeries | None = None
    title: str = ""

    def __len__(self) -> int:
        return len(self.cells)


def raw_table(grid: Grid) -> RawTable | None:
    """Find the header and the records of `grid`; None when it holds neither.

    Every row below the header is a record or stands in `problems` with the
    reason why it is none.

    Raises
    ------
    FileError
        The table spans more cells or holds more text than Yike reads.
    """
    _hold(grid.rows, grid.file)
    rows, dittos = _without_dittos([[clean(cell) for cell in row] for row in grid.rows])
    width = max((len(row) for row in rows), default=0)
    if width == 0:
        return None
    _hold(rows, grid.file)
    rows = [row + [""] * (width - len(row)) for row in rows]
    header = find_header(rows)
    if header is None:
        return None
    _fill_merged(rows, grid.merged, header + 1)
    headings, depth = headings_of(rows, header, grid.merged)
    kept, skipped = _records(rows, header, depth, grid)
    above = [cell for row in rows[:header] for cell in row if cell]
    cells = pd.DataFrame([rows[at] for at in kept], columns=headings, dtype="str")
    used = np.array([bool(name) for name in headings]) | (cells != "").any().to_numpy()
    cells = cells.loc[:, used]
    cells.columns = pd.Index(_named(list(cells.columns)), dtype="str")
    numbers = np.array(kept, dtype=np.int64) + grid.first_row
    origin = pd.DataFrame({"file": grid.file, "sheet": grid.sheet, "row": numbers})
    findings = [*_dittoed(dittos, kept, headings), *_broken_text(cells), *_destroyed(cells)]
    return RawTable(
        file=grid.file,
        sheet=grid.sheet,
        cells=cells.reset_index(drop=True),
        origin=origin,
        encoding=grid.encoding,
        findings=tuple(findings),
        problems=(*grid.problems, *skipped),
        title=" ".join([*dict.fromkeys(above), grid.file, grid.sheet]),
    )


def _hold(rows: Sequence[Sequence[str]], file: str) -> None:
    """Raise where a table is larger than Yike reads; 同上 below a long text makes it larger."""
    if sum(len(cell) for row in rows for cell in row) > MOST_LETTERS:
        raise FileError("error.too_many_letters", file=file, most=MOST_LETTERS // 1_000_000)
    if max((len(row) for row in rows), default=0) * len(rows) > MOST_CELLS:
        raise FileError("error.too_many_cells", file=file, most=MOST_CELLS)


def heading_hits(table: RawTable) -> int:
    """Return how many headings of `table` the alias table knows."""
    known = known_headings()
    return sum(known_heading(str(name), known) for name in table.cells.columns)


def _named(names: Sequence[str]) -> list[str]:
    """Return headings that are filled and stand once."""
    seen: dict[str, int] = {}
    unique = []
    for at, name in enumerate(names, start=1):
        plain = clean_name(name) or f"列{at}"
        seen[plain] = seen.get(plain, 0) + 1
        unique.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return unique


def _fill_merged(
    rows: list[list[str]], merged: Sequence[tuple[int, int, int, int]], first_record: int
) -> None:
    """Give every cell of a merged area below the header the value it shows."""
    for top, left, bottom, right in merged:
        if top < first_record or bottom >= len(rows) or right >= len(rows[top]):
            continue
        # Merged across is a heading of a section; merged down is a shared value.
        if left == right:
            for row in range(top + 1, bottom + 1):
                rows[row][left] = rows[top][left]


def _records(
    rows: list[list[str]], header: int, depth: int, grid: Grid
) -> tuple[list[int], list[Problem]]:
    skipped: list[Problem] = []

    def skip(at: int, key: str) -> None:
        reason = Phrase.of(key, text=_first(rows[at])[:40])
        row = at + grid.first_row
        skipped.append(Problem(grid.file, grid.sheet, row, "", SKIPPED, reason))

    for at in range(header):
        skip(at, "skipped.title" if any(rows[at]) else "skipped.blank")
    headings = [name for name in rows[header] if name]
    names = _name_columns(rows[header])
    last = max((at for at, row in enumerate(rows) if any(row)), default=header)
    kept = []
    for at in range(header + depth, last + 1):
        filled = [cell for cell in rows[at] if cell]
        if not filled:
            skip(at, "skipped.blank")
        elif filled == headings:
            skip(at, "skipped.header_again")
        elif _is_total(rows[at], filled, names):
            skip(at, "skipped.total")
        elif all(_FOOTNOTE.fullmatch(cell) for cell in filled):
            skip(at, "skipped.footnote")
        elif at == header + depth and _numbers_columns(filled):
            skip(at, "skipped.column_numbers")
        elif len(filled) == 1 and len(headings) > 2 and _is_section(filled[0], at, grid):
            skip(at, "skipped.section")
        else:
            kept.append(at)
    return kept, skipped


def _numbers_columns(filled: Sequence[str]) -> bool:
    """Return whether a row below the header counts the columns: 1 2 3, or 甲 乙 1 2."""
    bare = [cell.strip("()（）[]【】") for cell in filled]
    numbers = [cell for cell in bare if cell not in _COLUMN_LETTERS]
    counted = [str(number) for number in range(1, len(numbers) + 1)]
    return len(bare) > 2 and numbers == counted and len(numbers) > 1


def _name_columns(header: Sequence[str]) -> list[int]:
    aliases = {alias for one in column_fields() if one.name == "name" for alias in one.aliases}
    return [at for at, cell in enumerate(header) if heading_key(cell) in aliases]


def _is_total(row: Sequence[str], filled: Sequence[str], names: Sequence[int]) -> bool:
    if _TOTAL.fullmatch(filled[0]):
        return True
    return any(_TOTAL.fullmatch(row[at]) for at in names)


def _is_section(text: str, at: int, grid: Grid) -> bool:
    across = any(top == at and right > left for top, left, _, right in grid.merged)
    return across or bool(_SECTION.fullmatch(text))


def _first(row: Sequence[str]) -> str:
    return next((cell for cell in row if cell), "")


def _without_dittos(rows: list[list[str]]) -> tuple[list[list[str]], list[tuple[int, int]]]:
    """Put the value above in the place of ditto marks; return where that was done."""
    found = []
    for at, row in enumerate(rows[1:], start=1):
        for column, cell in enumerate(row):
            if cell in _DITTO and column < len(rows[at - 1]):
                row[column] = rows[at - 1][column]
                found.append((at, column))
    return rows, found


def _dittoed(
    dittos: Sequence[tuple[int, int]], kept: Sequence[int], headings: Sequence[str]
) -> list[Finding]:
    position = {at: k for k, at in enumerate(kept)}
    return [
        Finding(position[at], headings[column], REPAIRED, Phrase.of("repaired.ditto"))
        for at, column in dittos
        if at in position
    ]


def _broken_text(cells: pd.DataFrame) -> list[Finding]:
    findings = []
    for name in cells.columns:
        broken = cells[name].str.contains(_BROKEN, regex=False).to_numpy(dtype=bool)
        findings += [
            Finding(int(at), str(name), DOUBTFUL, Phrase.of("doubtful.broken_text"))
            for at in np.flatnonzero(broken)
        ]
    return findings


def _destroyed(cells: pd.DataFrame) -> list[Finding]:
    """Find long codes that a spreadsheet turned into numbers: their digits are gone."""
    findings = []
    for name in cells.columns:
        column = cells[name]
        suspects = column.str.fullmatch(r"\d\.\d+[eE]\+?\d{2}|\d{16,}").to_numpy(dtype=bool)
        for at in np.flatnonzero(suspects):
            given = str(column.iloc[at])
            if destroyed_code(given):
                reason = Phrase.of("doubtful.code_destroyed", given=given)
                findings.append(Finding(int(at), str(name), DOUBTFUL, reason))
    return findings
