"""The different counts of a table, and the sums a reader could use to subtract.

Rows of one unit may show one number twice (the beneficiaries of two services
for the same people), so a table has fewer counts than cells; sums run down the
units, across the columns, and from a group to its categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from coverage.papers.second_reading import Sums
from geo.errors import TableError


@dataclass(frozen=True)
class Layout:
    """How a table of counts hangs together.

    Parameters
    ----------
    unit, parent, subject
        Columns with the unit of a row, the unit it is summed into (empty: a
        district, whose totals are never left blank), and what is counted.
    counts
        Columns of counts.
    sums
        Count column -> the count columns that add up to it.
    inside
        Count column -> the count column it is a part of.
    unions
        Subject -> the subjects it is the union of: it covers no fewer than any
        of them and no more than all together (count columns ``sums`` names
        first, such as covered).
    shared
        Count column -> column that says which number it is: rows of one unit
        that agree there hold the same count twice.
    derived
        Column -> the count columns it is worked out from; blank with them.
    basis
        Column with the basis of the counts; only ``measured`` ones are small.
    told
        Column that says whether a part is below a cut-off of its whole ->
        (part, whole, cut-off): a list of gaps tells it by what stands on it,
        blank counts or not. Missing in the rows of which nothing is told.
    """

    unit: str = "unit"
    parent: str = "parent"
    subject: str = "category"
    counts: tuple[str, ...] = ("beneficiaries", "covered", "uncovered", "unreached")
    sums: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"beneficiaries": ("covered", "uncovered")}
    )
    inside: Mapping[str, str] = field(default_factory=lambda: {"unreached": "uncovered"})
    unions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared: Mapping[str, str] = field(
        default_factory=lambda: {"beneficiaries": "column", "unreached": "column"}
    )
    derived: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"share": ("covered", "beneficiaries")}
    )
    basis: str = "basis"
    told: Mapping[str, tuple[str, str, Fraction]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Cells:
    """The different counts of a table and the sums that hold between them.

    `of` (rows x count columns) says which count a cell of the table shows;
    `small` counts are to be left blank, `fixed` ones are district totals.
    ``equal @ value = 0`` and ``at_most @ value <= most``.
    """

    of: NDArray[np.intp]
    value: NDArray[np.float64]
    small: NDArray[np.bool_]
    fixed: NDArray[np.bool_]
    equal: Sums
    at_most: Sums
    most: NDArray[np.float64]


def read_cells(table: pd.DataFrame, layout: Layout, below: int) -> Cells:
    """Return the counts of `table` and what holds between them.

    Raises
    ------
    TableError
        As for `coverage.papers.suppression.suppressed`.
    """
    counts = _checked_counts(table, layout)
    of, number = _numbered(table, layout)
    value = np.zeros(len(number))
    value[of] = counts
    if (value[of] != counts).any():
        row = int(np.flatnonzero((value[of] != counts).any(axis=1))[0])
        unit = str(table[layout.unit].iloc[row])
        raise TableError("error.suppression_two_values", unit=unit)
    measured = (table[layout.basis] == "measured").to_numpy()[:, None]
    district = np.broadcast_to((table[layout.parent] == "").to_numpy()[:, None], of.shape)
    small, fixed = np.zeros_like(value, np.bool_), np.zeros_like(value, np.bool_)
    small[of[measured & (counts > 0) & (counts < below)]] = True
    fixed[of[district]] = True
    sums = [*_sums_of_columns(of, layout), *_sums_of_units(table, layout, number)]
    # A sum that does not hold (a level printed in part) cannot be used to subtract.
    equal = [one for one in sums if value[one[0]] == value[one[1]].sum()]
    parts = [*_parts_of_columns(of, layout), *_parts_of_unions(table, layout, number)]
    at_most = [one for one in parts if _excess(one, value) <= 0]
    size = len(value)
    told, bounds = _told(table, layout, of, size)
    return Cells(
        of=of,
        value=value,
        small=small & ~fixed,
        fixed=fixed,
        equal=_equalities(equal, size),
        at_most=sparse.csr_array(sparse.vstack([_inequalities(at_most, size), told])),
        most=np.append(np.zeros(len(at_most)), bounds),
    )


def _checked_counts(table: pd.DataFrame, layout: Layout) -> NDArray[np.float64]:
    wanted = {layout.unit, layout.parent, layout.subject, layout.basis}
    missing = sorted((wanted | {*layout.counts, *layout.shared.values()}) - set(table.columns))
    if missing:
        raise TableError("error.suppression_columns", columns="、".join(missing))
    if table.duplicated([layout.unit, layout.subject]).any():
        raise TableError("error.suppression_rows_twice")
    counts = table[list(layout.counts)].to_numpy(dtype=np.float64)
    good = np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))
    if not good.all():
        raise TableError("error.suppression_counts", count=int((~good).sum()))
    return counts


_Key = tuple[Any, str, Any]  # unit, count column, which number
_Sum = tuple[int, NDArray[np.intp]]  # total, parts
_Excess = tuple[NDArray[np.intp], NDArray[np.intp]]  # these together are no more than those


def _which(layout: Layout, name: str) -> str:
    return layout.shared.get(name, layout.subject)


def _numbered(table: pd.DataFrame, layout: Layout) -> tuple[NDArray[np.intp], dict[_Key, int]]:
    """Return which count each cell shows, and the number of each count."""
    number: dict[_Key, int] = {}
    of = np.empty((len(table), len(layout.counts)), dtype=np.intp)
    for k, name in enumerate(layout.counts):
        pairs = zip(table[layout.unit], table[_which(layout, name)], strict=True)
        of[:, k] = [number.setdefault((unit, name, key), len(number)) for unit, key in pairs]
    return of, number


def _sums_of_columns(of: NDArray[np.intp], layout: Layout) -> list[_Sum]:
    at = layout.counts.index
    return [
        (int(row[at(total)]), row[[at(part) for part in parts]])
        for total, parts in layout.sums.items()
        for row in of
    ]


def _sums_of_units(table: pd.DataFrame, layout: Layout, number: dict[_Key, int]) -> list[_Sum]:
    sums = []
    for name in layout.counts:
        which = _which(layout, name)
        once = table[[layout.unit, layout.parent, which]].drop_duplicates()
        for (parent, key), units in once.groupby([layout.parent, which], sort=False)[layout.unit]:
            total = number.get((parent, name, key))
            if total is not None:
                sums.append((total, np.array([number[unit, name, key] for unit in units])))
    return sums


def _parts_of_columns(of: NDArray[np.intp], layout: Layout) -> list[_Excess]:
    at = layout.counts.index
    return [
        (row[[at(part)]], row[[at(whole)]]) for part, whole in layout.inside.items() for row in of
    ]


def _parts_of_unions(table: pd.DataFrame, layout: Layout, number: dict[_Key, int]) -> list[_Excess]:
    found: list[_Excess] = []
    first = [parts[0] for parts in layout.sums.values()]
    for name in first:
        for union, members in layout.unions.items():
            for unit in table.loc[table[layout.subject] == union, layout.unit]:
                keys = [(unit, name, member) for member in members]
                whole = np.array([number[unit, name, union]])
                known = np.array([number[key] for key in keys if key in number], dtype=np.intp)
                found.extend((one, whole) for one in known[:, None])
                if len(known) == len(members):
                    found.append((whole, known))
    return found


def _told(
    table: pd.DataFrame, layout: Layout, of: NDArray[np.intp], cells: int
) -> tuple[Sums, NDArray[np.float64]]:
    """Return what a list tells of its shares, as sums and the most they may be.

    part / whole < p / q is q part - p whole <= -1 in whole numbers; else p whole - q part <= 0.
    """
    at = layout.counts.index
    entries, most = [], []
    for column, (part, whole, cut) in layout.told.items():
        if column not in table.columns:
            continue
        signs = np.array([cut.denominator, -cut.numerator], dtype=np.float64)
        for row, below in zip(of, table[column], strict=True):
            if not pd.isna(below):
                entries.append((row[[at(part), at(whole)]], signs if below else -signs))
                most.append(-1.0 if below else 0.0)
    columns = np.concatenate([np.empty(0, np.intp), *(columns for columns, _ in entries)])
    values = np.concatenate([np.empty(0), *(signs for _, signs in entries)])
    rows = np.repeat(np.arange(len(entries)), 2)
    told = sparse.csr_array((values, (rows, columns)), shape=(len(entries), cells))
    return told, np.array(most)


def _excess(one: _Excess, value: NDArray[np.float64]) -> float:
    return float(value[one[0]].sum() - value[one[1]].sum())


def _equalities(sums: list[_Sum], cells: int) -> Sums:
    return _inequalities([(parts, np.array([total])) for total, parts in sums], cells)


def _inequalities(found: list[_Excess], cells: int) -> Sums:
    """Return one row a sum: +1 for what is held against the -1."""
    sides = [side for one in found for side in one]
    columns = np.concatenate([np.empty(0, dtype=np.intp), *sides])
    lengths = [len(side) for side in sides]
    signs = np.repeat(np.resize([1.0, -1.0], len(sides)), lengths)
    rows = np.repeat(np.repeat(np.arange(len(found)), 2), lengths)
    return sparse.csr_array((signs, (rows, columns)), shape=(len(found), cells))
