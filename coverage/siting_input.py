"""Reading a siting question: every fault of its input is a sentence, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_question import (
    Flags,
    Floats,
    Metres,
    Positions,
    Reach,
    SitingOptions,
    examples,
    tidy,
)
from geo.errors import SitingError


def is_sparse(metres: Metres) -> bool:
    """Whether `metres` is a sparse matrix or array of scipy."""
    return bool(sparse.issparse(metres))


def read_metres(metres: Metres) -> Metres:
    """Return `metres` as a csr matrix or a two-dimensional array, checked.

    Raises
    ------
    SitingError
        Not two-dimensional, not numbers, or a negative or undefined distance.
    """
    if is_sparse(metres):
        matrix = metres.tocsr()
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
        values = matrix.data
    else:
        matrix = np.asarray(metres)
        values = matrix
    if matrix.ndim != 2 or not np.issubdtype(values.dtype, np.number):
        raise SitingError("error.siting_matrix", shape=str(getattr(matrix, "shape", "")))
    if values.size:
        lowest = values.min()
        # A minimum of anything with NaN is NaN: one pass finds both faults.
        if not lowest >= 0:
            raise SitingError("error.siting_metres", given=str(lowest))
    return matrix


def within_reach(metres: Metres, within_metres: float) -> Reach:
    """Return the demand x candidate matrix of ones where ``metres <= within_metres``."""
    if not (isinstance(within_metres, (int, float, np.number)) and 0 <= within_metres < np.inf):
        raise SitingError("error.siting_option", name="within_metres", given=within_metres)
    matrix = read_metres(metres)
    if not is_sparse(matrix):
        return sparse.csr_matrix(matrix <= within_metres).astype(np.float64)
    near = matrix.data <= within_metres
    ends = np.concatenate(([0], np.cumsum(near)))[matrix.indptr]
    indices = matrix.indices[near]
    return sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=matrix.shape)


def read_weights(weights: npt.ArrayLike, rows: int) -> Floats:
    """Return one non-negative finite weight a demand row; refuse zero demand altogether."""
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (rows,):
        raise SitingError("error.siting_weights_length", given=str(values.shape), rows=rows)
    if not np.isfinite(values).all() or (values < 0).any():
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        raise SitingError("error.siting_weights", count=len(wrong), examples=examples(wrong))
    if not values.sum() > 0:
        raise SitingError("error.siting_zero_demand")
    return values


@dataclass(frozen=True, eq=False)
class Sites:
    """Which columns are open, must open, or may open."""

    existing: Positions
    locked: Positions
    free: Positions
    costs: Floats | None
    budget: float | None

    @property
    def open(self) -> Positions:
        """Existing and locked together."""
        return np.concatenate([self.existing, self.locked])

    def cost(self, chosen: Iterable[int]) -> float | None:
        """Return what `chosen` costs, or None where no costs were given."""
        if self.costs is None:
            return None
        return tidy(float(self.costs[list(chosen)].sum()))

    def budget_left(self) -> float | None:
        """Return what the locked sites leave of the budget."""
        if self.budget is None or self.costs is None:
            return None
        return self.budget - float(self.costs[self.locked].sum())


def read_sites(
    columns: int, existing: Iterable[int], options: SitingOptions, *, sites: int | None
) -> Sites:
    """Return the columns by what may happen to them, and hold them to each other.

    Raises
    ------
    SitingError
        A position outside the matrix, a site both locked and banned, more
        locks than sites, more sites than candidates, or locks beyond the budget.
    """
    lists = {
        name: _positions(name, given, columns)
        for name, given in (
            ("existing", existing),
            ("locked", options.locked),
            ("banned", options.banned),
        )
    }
    both = np.intersect1d(np.union1d(lists["existing"], lists["locked"]), lists["banned"])
    if len(both):
        raise SitingError("error.siting_locked_and_banned", columns=examples(both))
    # A lock on a site that is open already is kept without being counted.
    locked = lists["locked"][~np.isin(lists["locked"], lists["existing"])]
    closed = np.ones(columns, dtype=bool)
    for taken in (lists["existing"], locked, lists["banned"]):
        closed[taken] = False
    free = np.flatnonzero(closed)
    found = Sites(lists["existing"], locked, free, _costs(options, columns), options.budget)
    _hold_counts(found, sites)
    return found


def _hold_counts(found: Sites, sites: int | None) -> None:
    if sites is not None:
        whole = isinstance(sites, (int, np.integer)) and not isinstance(sites, bool)
        if not whole or sites < 1:
            raise SitingError("error.siting_option", name="sites", given=sites)
        available = len(found.free) + len(found.locked)
        if sites > available:
            raise SitingError("error.siting_too_many", sites=sites, available=available)
        if len(found.locked) > sites:
            raise SitingError("error.siting_too_many_locks", sites=sites, locks=len(found.locked))
    left = found.budget_left()
    if left is not None and left < 0:
        needed = found.cost(found.locked)
        raise SitingError("error.siting_locks_cost", budget=found.budget, needed=needed)


def _positions(name: str, given: Iterable[int], columns: int) -> Positions:
    values = np.asarray(list(given))
    if values.size == 0:
        return np.empty(0, dtype=np.int64)
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        raise SitingError("error.siting_positions", name=name, given=str(values[:3]))
    outside = values[(values < 0) | (values >= columns)]
    if len(outside):
        raise SitingError(
            "error.siting_outside", name=name, given=examples(outside), columns=columns
        )
    # Order is kept: locks are listed as the asker wrote them.
    return values[np.sort(np.unique(values, return_index=True)[1])].astype(np.int64)


def _costs(options: SitingOptions, columns: int) -> Floats | None:
    if options.costs is None:
        return None
    costs = np.asarray(options.costs, dtype=np.float64)
    if costs.shape != (columns,) or not (np.isfinite(costs) & (costs >= 0)).all():
        raise SitingError("error.siting_costs", columns=columns)
    return costs


def never_reached(lost: Flags) -> SitingError:
    """Return the fault of rows that no site serves at any distance."""
    rows = np.flatnonzero(lost)
    return SitingError(
        "error.siting_never_reached",
        count=len(rows),
        examples=examples(rows),
        rows=tuple(int(row) for row in rows),
    )
