"""The numbers of a p-median question and its mixed-integer model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_question import Flags, Floats, Positions, Watch
from coverage.siting_solver import Model, solve


@dataclass(frozen=True, eq=False)
class MedianProblem:
    """Weighted metres, one entry for every row and candidate that can serve it.

    Parameters
    ----------
    row, column, cost
        The entries, sorted by column and row.
    already
        Weighted metres of a row without any new site; inf: none serves it.
    without_any
        The same with a price in place of inf, above every possible total, so
        that reaching one row more always counts for more than shorter walks.
    columns, sites
        How many columns there are and how many may open.
    whole
        All costs are whole numbers.
    """

    row: Positions
    column: Positions
    cost: Floats
    already: Floats
    without_any: Floats
    columns: int
    sites: int
    whole: bool

    @classmethod
    def of(
        cls,
        row: Positions,
        column: Positions,
        cost: Floats,
        already: Floats,
        *,
        columns: int,
        sites: int,
    ) -> MedianProblem:
        """Build the problem from entries sorted by column."""
        dearest = np.where(np.isfinite(already), already, 0.0)
        np.maximum.at(dearest, row, cost)
        price = float(dearest.sum()) + 1.0
        finite = already[np.isfinite(already)]
        whole = bool((cost == np.floor(cost)).all() and (finite == np.floor(finite)).all())
        without_any = np.where(np.isfinite(already), already, price)
        whole = whole and price < 2**40
        return cls(row, column, cost, already, without_any, columns, sites, whole)

    @cached_property
    def ends(self) -> Positions:
        """Where the entries of each column start, and one more."""
        return np.searchsorted(self.column, np.arange(self.columns + 1))

    @cached_property
    def cheapest(self) -> Floats:
        """The lowest cost of every row."""
        lowest = self.without_any.copy()
        np.minimum.at(lowest, self.row, self.cost)
        return lowest

    def by_column(self, values: Floats) -> Floats:
        """Sum one value an entry over each column."""
        sums = np.zeros(self.columns)
        filled = self.ends[1:] > self.ends[:-1]
        if len(values):
            sums[filled] = np.add.reduceat(values, self.ends[:-1][filled])
        return sums

    def entries_of(self, column: int) -> slice:
        """Return where the entries of `column` stand."""
        return slice(self.ends[column], self.ends[column + 1])

    def times_served(self, columns: Positions, prices: Floats) -> Floats:
        """Count for every row the entries of `columns` below its price."""
        times = np.zeros(len(self.already))
        for column in columns:
            part = self.entries_of(column)
            rows = self.row[part]
            times[rows] += self.cost[part] < prices[rows]
        return times

    def without(self, entries: Flags) -> MedianProblem:
        """Return the same question without `entries`."""
        keep = ~entries
        return replace(self, row=self.row[keep], column=self.column[keep], cost=self.cost[keep])

    def opened(self, column: int) -> MedianProblem:
        """Return the question that is left once `column` is open."""
        part = self.entries_of(column)
        already, without_any = self.already.copy(), self.without_any.copy()
        for costs in (already, without_any):
            costs[self.row[part]] = np.minimum(costs[self.row[part]], self.cost[part])
        left = replace(self, already=already, without_any=without_any, sites=self.sites - 1)
        return left.without(self.cost >= already[self.row])


@dataclass(frozen=True, eq=False)
class Service:
    """How every row is served by some open columns.

    `first` and `second` are the two lowest costs, `by` the place in the list
    of open columns (-1: by what was there already).
    """

    first: Floats
    second: Floats
    by: npt.NDArray[np.int64]
    everyone: bool


def service(problem: MedianProblem, chosen: list[int]) -> Service:
    """Return who serves every row when `chosen` are open."""
    first = problem.without_any.copy()
    second = first.copy()
    by = np.full(len(first), -1, dtype=np.int64)
    for place, column in enumerate(chosen):
        part = problem.entries_of(column)
        rows, cost = problem.row[part], problem.cost[part]
        closer = cost < first[rows]
        near = rows[closer]
        second[near] = first[near]
        first[near], by[near] = cost[closer], place
        between = rows[~closer]
        second[between] = np.minimum(second[between], cost[~closer])
    everyone = bool((np.isfinite(problem.already) | (by >= 0)).all())
    return Service(first, second, by, everyone)


def prove_median(
    problem: MedianProblem, chosen: list[int], watch: Watch
) -> tuple[list[int], float]:
    """Return the better of `chosen` and the model's answer, and the model's bound.

    `problem` holds every entry that could be part of an answer better than
    `chosen`, so a model without any answer proves that there is none.
    """
    model, constant = radius_model(problem)
    start = _start(problem, chosen)
    outcome = solve(model, watch, start=start, whole=problem.whole, constant=constant)
    bound = np.inf if outcome.infeasible else outcome.bound
    if outcome.values is None:
        return chosen, bound
    found = [int(k) for k in np.flatnonzero(outcome.values[: problem.columns] > 0.5)]
    trial = service(problem, found)
    better = trial.everyone and trial.first.sum() < service(problem, chosen).first.sum()
    return (found if better else chosen), bound


def _levels(problem: MedianProblem) -> tuple[Positions, Flags]:
    """Return the entries by row and rising cost, and which begin a new cost."""
    order = np.lexsort((problem.cost, problem.row))
    row, cost = problem.row[order], problem.cost[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (cost[1:] != cost[:-1])
    return order, new


def _start(problem: MedianProblem, chosen: list[int]) -> Floats:
    order, new = _levels(problem)
    row, cost = problem.row[order][new], problem.cost[order][new]
    is_open = np.zeros(problem.columns)
    is_open[chosen] = 1.0
    farther = service(problem, chosen).first[row] > cost
    return np.concatenate([is_open, farther.astype(np.float64)])


def radius_model(problem: MedianProblem) -> tuple[Model, float]:
    """Return the radius formulation and the constant of its objective.

    Levels are the distinct costs of a row in rising order, the last one being
    what it has already. ``z = 1`` at a level: no open site up to this cost.
    Each level says ``z + sites opened at this cost >= z of the level before``,
    and z costs the step to the next level.
    """
    order, new = _levels(problem)
    row, column, cost = problem.row[order], problem.column[order], problem.cost[order]
    level = np.cumsum(new) - 1
    level_row, level_cost = row[new], cost[new]
    count = len(level_row)
    last = np.ones(count, dtype=bool)
    last[:-1] = level_row[1:] != level_row[:-1]
    opens = np.ones(count, dtype=bool)
    opens[1:] = last[:-1]
    has = np.isfinite(problem.already[level_row])
    # Without anything to fall back on, the last level must serve: its z is held at 0.
    upper = np.where(last & ~has, 0.0, 1.0)
    after = np.where(last, np.where(has, problem.already[level_row], level_cost), 0.0)
    after[:-1][~last[:-1]] = level_cost[1:][~last[:-1]]
    untouched = np.ones(len(problem.already), dtype=bool)
    untouched[level_row] = False
    constant = float(level_cost[opens].sum() + problem.without_any[untouched].sum())
    at = np.arange(count)
    earlier = at[~opens]
    lines = np.concatenate([level, at, earlier])
    positions = np.concatenate([column, problem.columns + at, problem.columns + earlier - 1])
    values = np.concatenate([np.ones(len(level) + count), -np.ones(len(earlier))])
    shape = (count + 1, problem.columns + count)
    lines = np.concatenate([lines, np.full(problem.columns, count)])
    positions = np.concatenate([positions, np.arange(problem.columns)])
    values = np.concatenate([values, np.ones(problem.columns)])
    used = np.zeros(problem.columns)
    used[column] = 1.0
    model = Model(
        cost=np.concatenate([np.zeros(problem.columns), after - level_cost]),
        upper=np.concatenate([used, upper]),
        integer=np.arange(problem.columns + count) < problem.columns,
        rows=sparse.csr_matrix((values, (lines, positions)), shape),
        row_lower=np.concatenate([np.where(opens, 1.0, 0.0), [-np.inf]]),
        row_upper=np.concatenate([np.full(count, np.inf), [float(problem.sites)]]),
    )
    return model, constant
