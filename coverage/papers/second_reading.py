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
from scipy.optimize import Bounds, LinearConstraint, milp

Sums = sparse.csr_array
_HARDLY = 0.001
_TINY = 1e-6


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
    equal, at_most
        One sum a row over the cells: ``equal @ value = 0``, ``at_most @ value <= 0``.
    """

    value: NDArray[np.float64]
    free: NDArray[np.bool_]
    shown: NDArray[np.int64]
    equal: Sums
    at_most: Sums

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

    def differing_at_most(
        self, cell: int, wanted: int, blank: NDArray[np.bool_]
    ) -> NDArray[np.bool_] | None:
        """Return `differing` for one cell, by as much of `wanted` as there is room for."""
        goal = np.zeros(2 * len(self.value))
        goal[cell if wanted > 0 else cell + len(self.value)] = -1.0
        change = self._solved(goal, {}, most=(cell, abs(wanted)))
        reached = 0 if change is None else int(np.floor(abs(change[cell]) + _TINY))
        if reached == 0:
            return None
        return self.differing({cell: reached if wanted > 0 else -reached}, blank)

    def _solved(
        self,
        goal: NDArray[np.float64],
        wanted: dict[int, int],
        *,
        most: tuple[int, int] | None = None,
    ) -> NDArray[np.float64] | None:
        """Return the change of each cell; the variables are its rise and its fall."""
        cells = len(self.value)
        lower = np.zeros(2 * cells)
        upper = np.append(np.where(self.free, np.inf, 0.0), np.where(self.free, self.value, 0.0))
        for cell, amount in wanted.items():
            rise, fall = max(amount, 0), max(-amount, 0)
            lower[[cell, cell + cells]] = rise, fall
            upper[[cell, cell + cells]] = rise, min(fall, upper[cell + cells])
        if most is not None:
            cell, amount = most
            side, other = (cell, cell + cells) if goal[cell] else (cell + cells, cell)
            upper[side] = min(upper[side], amount)
            upper[other] = 0.0  # or the two would rise together and nothing would change
        if (lower > upper).any():
            return None
        constraints = []
        if self.equal.shape[0]:
            both = sparse.hstack([self.equal, -self.equal], format="csr")
            constraints.append(LinearConstraint(both, 0, 0))
        if self.at_most.shape[0]:
            both = sparse.hstack([self.at_most, -self.at_most], format="csr")
            constraints.append(LinearConstraint(both, -np.inf, -(self.at_most @ self.value)))
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
        change: NDArray[np.float64] | None = None
        for whole in (0, 1):
            found = milp(
                goal,
                constraints=constraints,
                bounds=bounds,
                integrality=np.full(2 * cells, whole),
            )
            if found.x is None:
                break
            change = found.x[:cells] - found.x[cells:]
            if np.abs(change - np.round(change)).max() < _TINY:
                break
        return change


def linked(equal: Sums, at_most: Sums) -> list[NDArray[np.intp]]:
    """Return the cells in groups that no sum joins, so that each is a problem of its own."""
    sums = sparse.vstack([equal, at_most], format="csr")
    cells = sums.shape[1]
    # Sums and cells are the two sides of one graph; a sum joins the cells it touches.
    graph = sparse.block_array([[None, abs(sums)], [abs(sums).T, None]], format="csr")
    group = sparse.csgraph.connected_components(graph, directed=False)[1][sums.shape[0] :]
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if cells else []


def rows_among(sums: Sums, members: NDArray[np.intp]) -> Sums:
    """Return the sums that touch `members`, over those cells alone."""
    among = sparse.csr_array(sums[:, members])
    return sparse.csr_array(among[np.flatnonzero(np.diff(among.indptr))])
