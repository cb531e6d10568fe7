"""Another reading of a table that agrees with everything printed.

If a reader who knows all printed numbers and sums can also believe another
table, the blank cells keep their secret. `SecondReadings` finds the tables that
differ in as few, and as small, cells as possible, by a linear programme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

Sums = sparse.csr_array
_HARDLY = 0.001
_TINY = 1e-6
_WORTH = 1e4  # of one person more on a small count, against what blanking others costs
# A few cells more than the fewest are no loss; waiting for the last of them is.
GOOD_ENOUGH = 0.03
SECONDS = 4.0


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

    def differing(
        self, wanted: dict[int, int], blank: NDArray[np.bool_]
    ) -> NDArray[np.bool_] | None:
        """Return which cells differ in the reading that leaves the most printed.

        Parameters
        ----------
        wanted
            Cell -> by how much it must differ.
        blank
            Cells already left blank: differing there costs nearly nothing.

        Returns
        -------
        Bool, one a cell; None when there is no such reading.
        """
        # Small counts go first: blanking 7 loses less than blanking 7,000.
        cost = np.where(blank, _HARDLY, self.shown * np.log2(2 + self.value))
        change = self._solved(np.append(cost, cost), wanted)
        return None if change is None else np.abs(change) > _TINY

    def moving(
        self, wanted: dict[int, int], blank: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], list[int]]:
        """Return the reading in which cells together come nearest to differing as `wanted`.

        Returns
        -------
        Which cells differ in it, and which of `wanted` differ by one at least.
        """
        size = len(self.value)
        cost = np.where(blank, _HARDLY, self.shown * np.log2(2 + self.value))
        goal = np.append(cost, cost)
        for cell, amount in wanted.items():
            goal[cell if amount > 0 else cell + size] = -_WORTH
        change = self._solved(goal, {}, most=wanted)
        if change is None:
            return np.zeros(size, dtype=np.bool_), []
        moved = [cell for cell in wanted if abs(change[cell]) >= 1 - _TINY]
        return np.abs(change) > _TINY, moved

    def _solved(
        self,
        goal: NDArray[np.float64],
        wanted: dict[int, int],
        *,
        most: dict[int, int] | None = None,
    ) -> NDArray[np.float64] | None:
        """Return the change of each cell; the variables are its rise and its fall.

        Cells in `wanted` differ by just that, cells in `most` by no more and
        in one direction.
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
            upper[other] = 0.0  # or the two would rise together and nothing would change
        if (lower > upper).any():
            return None
        constraints = []
        if self.equal.shape[0]:
            both = sparse.hstack([self.equal, -self.equal], format="csr")
            constraints.append(LinearConstraint(both, 0, 0))
        if self.at_most.shape[0]:
            both = sparse.hstack([self.at_most, -self.at_most], format="csr")
            room = self.most - self.at_most @ self.value
            constraints.append(LinearConstraint(both, -np.inf, room))
        return self._whole_where_possible(goal, constraints, Bounds(lower, upper))

    def _whole_where_possible(
        self, goal: NDArray[np.float64], constraints: list[LinearConstraint], bounds: Bounds
    ) -> NDArray[np.float64] | None:
        """Return a whole change, or a broken one where no whole one is found; None: there is none.

        People are whole. Most such tables have whole solutions of themselves, and the
        programme without that demand is far quicker. With it, HiGHS 1.12 calls some
        programmes impossible that are not, so its no is not taken for an answer.
        """
        cells = len(self.value)

        def solved(integral: int) -> OptimizeResult:
            return milp(
                goal,
                constraints=constraints,
                bounds=bounds,
                integrality=np.full(2 * cells, integral),
                options={"time_limit": SECONDS, "mip_rel_gap": GOOD_ENOUGH},
            )

        best = solved(0)
        if best.x is None:
            return None
        change: NDArray[np.float64] = best.x[:cells] - best.x[cells:]
        if np.abs(change - np.round(change)).max() < _TINY:
            return change
        whole = solved(1)
        # Out of time it may have found next to nothing of what the broken one moves.
        if whole.x is None or (best.fun < 0 and whole.fun > best.fun / 2):
            return change
        return np.asarray(whole.x[:cells] - whole.x[cells:])


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
