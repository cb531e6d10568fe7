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
_WORTH = 1e4  # of one person more on a small count, against what blanking others costs
_SMALL_ENOUGH = 3000  # variables of a programme in whole numbers that comes back in time
_TURNS = 12
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
        without that demand is far quicker. Where it comes out broken, cells
        are led to whole numbers one bound after the other (`_led`); only small
        programmes are asked for whole numbers at once, because larger ones do
        not come back in time. HiGHS 1.12 calls some of those impossible that
        are not, so they are asked again without the presolving that goes
        wrong, and their no is never taken for an answer.
        """
        cells = len(self.value)
        refused = 0
        for integral, presolve in ((0, True), (0, False), (1, True), (1, False)):
            if integral and 2 * cells > _SMALL_ENOUGH:
                break
            if not integral and refused != (not presolve):
                continue  # asked twice only where the first said no
            best = _solution(goal, constraints, bounds, integral, presolve)
            if best.x is not None:
                whole = self._whole_of(best.x, bounds)
                if whole is None and not integral:
                    whole = self._led(goal, constraints, bounds, best.x)
                if whole is not None:
                    return Reading(whole, decided=True)
            elif not integral and best.status == _IMPOSSIBLE:
                refused += 1
                if refused == 2:
                    return Reading(None, decided=True)
        return Reading(None, decided=False)

    def _whole_of(self, found: NDArray[np.float64], bounds: Bounds) -> NDArray[np.float64] | None:
        """Return the nearest change in whole people where it holds."""
        cells = len(self.value)
        # Within what a solver tolerates; whether the sums hold is looked at.
        whole = np.round(found[:cells] - found[cells:])
        return whole if self._holds(whole, bounds) else None

    def _led(
        self,
        goal: NDArray[np.float64],
        constraints: list[LinearConstraint],
        bounds: Bounds,
        found: NDArray[np.float64],
    ) -> NDArray[np.float64] | None:
        """Return a whole change near a broken one, or None.

        Wholes of shares are rounded first. Then what an inequality holds down is
        rounded down and what it holds up is rounded up, so that it goes on
        holding; the rest is solved again.
        """
        cells = len(self.value)
        within = Bounds(np.array(bounds.lb), np.array(bounds.ub))
        for _ in range(_TURNS):
            self._narrow(within, found[:cells] - found[cells:])
            if (within.lb > within.ub).any():
                return None
            best = _solution(goal, constraints, within, 0, presolve=True)
            if best.x is None:
                return None
            whole = self._whole_of(best.x, bounds)
            if whole is not None:
                return whole
            found = best.x
        return None

    def _narrow(self, within: Bounds, change: NDArray[np.float64]) -> None:
        """Bound cells of a broken change at whole people, in place."""
        cells = len(change)
        lower, upper = within.lb, within.ub
        rows, columns = self.at_most.nonzero()
        signs = self.at_most[rows, columns]
        # Of a share that is held to a cut-off, the whole is the side that weighs less.
        largest = abs(self.at_most).max(axis=1).toarray().ravel()[rows]
        broken = np.abs(change - np.round(change)) > _HARDLY
        wholes = np.intersect1d(columns[np.abs(signs) < largest], np.flatnonzero(broken))
        if len(wholes):
            # First: the parts can give way to them, and equal wholes stay equal.
            to = np.round(change[wholes])
            lower[wholes] = upper[wholes] = np.maximum(to, 0)
            lower[wholes + cells] = upper[wholes + cells] = np.maximum(-to, 0)
            return
        side = np.zeros(cells)
        held = broken[columns]
        side[columns[held]] = signs[held]
        if not side.any():
            side[np.flatnonzero(broken)[:1]] = 1.0
        for cell in np.flatnonzero(side):
            down = side[cell] > 0
            most = np.floor(change[cell]) if down else -np.ceil(change[cell])
            one, other = (cell, cell + cells) if down else (cell + cells, cell)
            # The rise at most, or the fall at least; held up, the other way round.
            upper[one] = min(upper[one], max(most, 0.0))
            lower[other] = max(lower[other], -most, 0.0)

    def _holds(self, change: NDArray[np.float64], bounds: Bounds) -> bool:
        """Return whether a change keeps every sum, and every cell within what is asked of it."""
        cells = len(change)
        most = np.asarray(bounds.ub)[:cells] - np.asarray(bounds.lb)[cells:]
        least = np.asarray(bounds.lb)[:cells] - np.asarray(bounds.ub)[cells:]
        within = (change >= least) & (change <= most)
        other = self.value + change
        sums_kept = not (self.equal @ change).any() and (self.at_most @ other <= self.most).all()
        return bool(within.all() and sums_kept)


def _solution(
    goal: NDArray[np.float64],
    constraints: list[LinearConstraint],
    bounds: Bounds,
    integral: int,
    presolve: bool,
) -> OptimizeResult:
    return milp(
        goal,
        constraints=constraints,
        bounds=bounds,
        integrality=np.full(len(goal), integral),
        options={"time_limit": SECONDS, "mip_rel_gap": GOOD_ENOUGH, "presolve": presolve},
    )


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
