"""The p-centre: the longest walk as short as possible with a given number of sites."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from coverage.siting_cover import CoverProblem, greedy
from coverage.siting_fewest import core, cover_all
from coverage.siting_input import is_sparse, never_reached, read_metres, read_sites, within_reach
from coverage.siting_matrices import only_columns
from coverage.siting_maximal import DEFAULT, best_cover
from coverage.siting_question import (
    Floats,
    How,
    Metres,
    Positions,
    Reach,
    Siting,
    SitingOptions,
    Watch,
    tidy,
)
from geo.errors import SitingError


def p_centre(
    metres: Metres,
    *,
    sites: int,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Open `sites` more sites so that the longest way to the nearest one is shortest.

    Parameters
    ----------
    metres
        Demand x candidate; absent or inf: that candidate cannot serve that row.
        Every row counts; leave out rows where nobody lives.
    sites
        How many may open, locked ones included, existing ones not.
    existing
        Columns that are open already.
    options
        Locks, bans, time limit, cancel, progress; no budget.

    Returns
    -------
    Siting; `objective` is the longest of the shortest distances.

    Raises
    ------
    SitingError
        Besides the faults of `maximal_cover`: somebody reaches no site at all,
        or so few sites cannot reach everyone (then how many would).

    Notes
    -----
    A binary search over the distances of the matrix; each step asks whether so
    few sites cover everyone within that distance (Minieka 1970).
    """
    watch = Watch(options)
    matrix = read_metres(metres)
    if options.budget is not None:
        raise SitingError("error.siting_budget_cover_only")
    if matrix.shape[0] == 0:
        raise SitingError("error.siting_zero_demand")
    found = read_sites(matrix.shape[1], existing, options, sites=sites)
    usable = np.concatenate([found.open, found.free])
    nearest, before = _nearest(matrix, usable), _nearest(matrix, found.open)
    if not np.isfinite(nearest).all():
        raise never_reached(~np.isfinite(nearest))
    search = _Search(matrix, found.free, before, sites - len(found.locked), watch)
    distance, bound, chosen, how = search.run(float(nearest.max()))
    new = [*(int(one) for one in found.locked), *(int(found.free[k]) for k in chosen)]
    return Siting(
        chosen=tuple(new),
        objective=tidy(distance),
        covered=None,
        covered_before=None,
        bound=tidy(bound),
        proven_optimal=how == "proven",
        how=how,
        seconds=watch.seconds,
        cost=found.cost(new),
    )


def _nearest(matrix: Metres, columns: Positions) -> Floats:
    """Return for every row the shortest distance to `columns`; inf: none."""
    shortest = np.full(matrix.shape[0], np.inf)
    if len(columns) == 0:
        return shortest
    if not is_sparse(matrix):
        values: Floats = matrix[:, columns].min(axis=1).astype(np.float64)
        return values
    entries = matrix.tocsc()[:, columns].tocoo()
    np.minimum.at(shortest, entries.row, entries.data)
    return shortest


class _Search:
    """The binary search; holds what every step needs."""

    def __init__(
        self, matrix: Metres, free: Positions, before: Floats, sites: int, watch: Watch
    ) -> None:
        self.matrix, self.free, self.before = matrix, free, before
        self.sites, self.watch = sites, watch
        values = matrix.data if is_sparse(matrix) else matrix
        self.distances = np.unique(values[np.isfinite(values)]).astype(np.float64)
        self.quiet = Watch(
            SitingOptions(time_limit=watch.options.time_limit, cancel=watch.options.cancel),
            watch.started,
        )

    def run(self, lowest: float) -> tuple[float, float, list[int], How]:
        """Return the distance, its lower bound, the columns and how sure that is."""
        low = int(np.searchsorted(self.distances, lowest))
        best = self._greedy_answer()
        high, sure = self._index(best), True
        while low < high and not self.watch.stopped():
            middle = (low + high) // 2
            columns, enough = self._decide(self.distances[middle])
            if columns is not None:
                best, high = columns, self._index(columns)
            elif enough is False:
                low = middle + 1
            else:
                sure = False
                break
            self.watch.tell(self.distances[high], self.distances[low])
        how: How = "proven" if low >= high else "greedy" if sure else "within"
        return float(self.distances[high]), float(self.distances[min(low, high)]), best, how

    def _greedy_answer(self) -> list[int]:
        """Return the answer at the smallest distance at which greedy cover needs few enough."""
        best = self._greedy(self.distances[-1])
        if best is None:
            return self._any_answer()
        low, high = 0, self._index(best)
        while low < high:
            middle = (low + high) // 2
            trial = self._greedy(self.distances[middle])
            if trial is None:
                low = middle + 1
            else:
                best, high = trial, min(middle, self._index(trial))
        return best

    def _any_answer(self) -> list[int]:
        """Return any answer at all, or say how many sites it would take."""
        _, reach = self._reach(self.distances[-1])
        cover = cover_all(reach, np.ones(len(self.free)), self.quiet)
        if len(cover.chosen) > self.sites:
            raise SitingError(
                "error.siting_too_few_for_all", sites=self.sites, needed=len(cover.chosen)
            )
        return cover.chosen

    def _index(self, chosen: list[int]) -> int:
        """Return the position of the distance that `chosen` really reaches."""
        reached = np.minimum(self.before, _nearest(self.matrix, self.free[chosen]))
        return int(np.searchsorted(self.distances, reached.max()))

    def _reach(self, distance: float) -> tuple[Positions, Reach]:
        rows = np.flatnonzero(self.before > distance)
        return rows, only_columns(within_reach(self.matrix, distance)[rows], self.free)

    def _greedy(self, distance: float) -> list[int] | None:
        _, reach = self._reach(distance)
        if (np.diff(reach.indptr) == 0).any():
            return None
        weights = np.ones(reach.shape[0])
        problem = CoverProblem(reach, weights, self.sites, None, None, True)
        chosen, _ = greedy(problem)
        return chosen if problem.covered(chosen) == len(weights) else None

    def _decide(self, distance: float) -> tuple[list[int] | None, bool | None]:
        """Return sites that cover everyone within `distance`, or whether that is possible."""
        _, reach = self._reach(distance)
        if (np.diff(reach.indptr) == 0).any():
            return None, False
        rows, columns = core(reach, np.ones(len(self.free)))
        problem = CoverProblem(
            only_columns(reach[rows], columns), np.ones(len(rows)), self.sites, None, None, True
        )
        chosen, bound, _ = best_cover(problem, self.quiet, target=len(rows))
        if problem.covered(chosen) >= len(rows):
            return [int(columns[k]) for k in chosen], True
        return None, False if bound < len(rows) else None
