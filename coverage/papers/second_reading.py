"""Another reading of a table that agrees with everything printed.

If a reader who knows all printed numbers and sums can also believe another
table, the blank cells keep their secret. `SecondReadings` finds the tables that
differ in as few, and as small, cells as possible, by a linear programme.

No solver is believed: a reading counts only when its whole numbers keep every
sum, and that there is none only when the same programme without whole numbers
has none either, asked twice. Anything else is *undecided*, and whoever asks
must then leave more blank, never less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

Sums = sparse.csr_array
_HARDLY = 0.001
_TINY = 1e-6
_WORTH = 1e4  # of one person more on a small count, against what blanking others costs
_IMPOSSIBLE = 2  # status of scipy's milp
# A few cells more than the fewest are no loss; waiting for the last of them is.
GOOD_ENOUGH = 0.03
SECONDS = 4.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What was found.

    Parameters
    ----------
    change
        By how many whole people each cell differs; None when nothing was found.
    decided
        False when nothing was found and that there is nothing is not proven.
    """

    change: NDArray[np.float64] | None
    decided: bool

    def differs(self) -> NDArray[np.bool_]:
        """Return which cells differ; none when nothing was found."""
        return np.zeros(0, np.bool_) if self.change is None else self.change != 0

    def moved(self, cells: Iterable[int]) -> list[int]:
        """Return which of `cells` differ."""
        return [] if self.change is None else [cell for cell in cells if self.change[cell] != 0]


@dataclass(frozen=True, eq=False)
class SecondReadings:
    """Cells that sums join, as a linear programme.

    Parameters
    ----------
    value
        The true counts, zero or more.
    free
        Whether a cell may differ; district totals may not.
    shown
        How often a table shows the cell: what leaving it blank costs.
    equal, at_most, most
        One sum a row over the cells: ``equal @ value = 0``, ``at_most @ value <= most``.
    """

    value: NDArray[np.float64]
    free: NDArray[np.bool_]
    shown: NDArray[np.int64]
    equal: Sums
    at_most: Sums
    most: NDArray[np.float64]

    def differing(self, wanted: dict[int, int], blank: NDArray[np.bool_]) -> Reading:
        """Return the reading that leaves the most printed.

        Parameters
        ----------
        wanted
            Cell -> by how much it must differ.
        blank
            Cells already left blank: differing there costs nearly nothing.
        """
        cost = self._cost(blank)
        return self._solved(np.append(cost, cost), wanted)

    def moving(
        self, wanted: dict[int, int], blank: NDArray[np.bool_], *, least: int = 0
    ) -> Reading:
        """Return the reading in which cells together come nearest to differing as `wanted`.

        Each of them differs by `least` at least.
        """
        cost = self._cost(blank)
        goal = np.append(cost, cost)
        for cell, amount in wanted.items():
            goal[cell if amount > 0 else cell + len(self.value)] = -_WORTH
        return self._solved(goal, {}, most=wanted, least=least)

    def _cost(self, blank: NDArray[np.bool_]) -> NDArray[np.float64]:
        # Small counts go first: blanking 7 loses less than blanking 7,000.
        return np.where(blank, _HARDLY, self.shown * np.log2(2 + self.value))

    def _solved(
        self,
        goal: NDArray[np.float64],
        wanted: dict[int, int],
        *,
        most: dict[int, int] | None = None,
        least: int = 0,
    ) -> Reading:
        """Return the cheapest change; the variables are the rise and the fall of each cell.

        Cells in `wanted` differ by just that, cells in `most` by no more, no
        less than `least`, and in one direction.
        """
        cells = len(self.value)
        lower = np.zeros(2 * cells)
        upper = np.append(np.where(self.free, np.inf, 0.0), np.where(self.free, self.value, 0.0))
        for cell, amount in wanted.items():
            rise, fall = max(amount, 0), max(-amount, 0)
            lower[[cell, cell + cells]] = rise, fall
            upper[[cell, cell + cells]] = rise, min(fall, upper[cell + cells])
        for cell, amount in (most or {}).items():
            side, other = (cell, cell + cells) if amount > 0 else (cell + cells, cell)
            upper[side] = min(upper[side], abs(amount))
            lower[side] = least
            upper[other] = 0.0  # or the two would rise together and nothing would change
        if (lower > upper).any():
            return Reading(None, decided=True)
        constraints = []
        if self.equal.shape[0]:
            both = sparse.hstack([self.equal, -self.equal], format="csr")
            constraints.append(LinearConstraint(both, 0, 0))
        if self.at_most.shape[0]:
            both = sparse.hstack([self.at_most, -self.at_most], format="csr")
            room = self.most - self.at_most @ self.value
            constraints.append(LinearConstraint(both, -np.inf, room))
        return self._whole(goal, constraints, Bounds(lower, upper))

    def _whole(
        self, goal: NDArray[np.float64], constraints: list[LinearConstraint], bounds: Bounds
    ) -> Reading:
        """Return a change in whole people.

        Most such tables have whole solutions of themselves, and the programme
        without that demand is far quicker. With it, HiGHS 1.12 calls some
        programmes impossible that are not, so it is asked again without the
        presolving that goes wrong, and its no is never taken for an answer.
        """
        cells = len(self.value)

        def solved(integral: int, presolve: bool) -> OptimizeResult:
            return milp(
                goal,
                constraints=constraints,
                bounds=bounds,
                integrality=np.full(2 * cells, integral),
                options={
                    "time_limit": SECONDS,
                    "mip_rel_gap": GOOD_ENOUGH,
                    "presolve": presolve,
                },
            )

        for integral in (0, 1):
            refused = 0
            for presolve in (True, False):
                best = solved(integral, presolve)
                if best.x is not None:
                    change = best.x[:cells] - best.x[cells:]
                    whole = np.round(change)
                    near = np.abs(change - whole).max(initial=0.0) < _TINY
                    if near and self._holds(whole, bounds):
                        return Reading(whole, decided=True)
                    break
                refused += best.status == _IMPOSSIBLE
                if best.status != _IMPOSSIBLE:
                    break
            if refused == 2 and not integral:
                return Reading(None, decided=True)
        return Reading(None, decided=False)

    def _holds(self, change: NDArray[np.float64], bounds: Bounds) -> bool:
        """Return whether a change keeps every sum, and every cell within what is asked of it."""
        cells = len(change)
        most = np.asarray(bounds.ub)[:cells] - np.asarray(bounds.lb)[cells:]
        least = np.asarray(bounds.lb)[:cells] - np.asarray(bounds.ub)[cells:]
        within = (change >= least) & (change <= most)
        other = self.value + change
        sums_kept = not (self.equal @ change).any() and (self.at_most @ other <= self.most).all()
        return bool(within.all() and sums_kept)


def linked(equal: Sums, at_most: Sums) -> list[NDArray[np.intp]]:
    """Return the cells in groups that no sum joins, so that each is a problem of its own."""
    sums = sparse.vstack([equal, at_most], format="csr")
    cells = sums.shape[1]
    # Sums and cells are the two sides of one graph; a sum joins the cells it touches.
    graph = sparse.block_array([[None, abs(sums)], [abs(sums).T, None]], format="csr")
    group = sparse.csgraph.connected_components(graph, directed=False)[1][sums.shape[0] :]
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if cells else []


def rows_among(sums: Sums, members: NDArray[np.intp]) -> tuple[Sums, NDArray[np.intp]]:
    """Return the sums that touch `members`, over those cells alone, and which ones they are."""
    among = sparse.csr_array(sums[:, members])
    touching = np.flatnonzero(np.diff(among.indptr))
    return sparse.csr_array(among[touching]), touching
