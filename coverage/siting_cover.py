"""Cover as much as possible with a few sites: greedy, exchange, bound, proof.

The question is maximal covering location (Church & ReVelle 1974). The answer
comes in four steps, each of which may already prove it:

1. greedy (within 1 - 1/e of the best, Nemhauser, Wolsey & Fisher 1978) with
   incremental gains, so that the whole run reads every entry of the matrix once;
2. exchange of one open site for a closed one while that gains;
3. the Lagrangian bound: with a price 0 <= u_i <= w_i on every demand point,
   ``sum(w - u) + the k best columns of A'u`` bounds every answer from above and
   equals the bound of the linear relaxation at the best prices. Columns that
   could not be part of a better answer drop out (reduced-cost fixing);
4. the mixed-integer model of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from coverage.siting_matrices import aggregated, dominated_columns, in_blocks, only_columns
from coverage.siting_question import SAME, Flags, Floats, Positions, Reach, Watch
from coverage.siting_solver import Model, solve


@dataclass(frozen=True, eq=False)
class CoverProblem:
    """A reduced cover question; columns are numbered from 0.

    Parameters
    ----------
    reach
        Demand x candidate csr matrix of ones.
    weights
        One a row, positive.
    sites
        How many columns may open; None: as many as the budget pays.
    costs, budget
        One cost a column and what may be spent; None: no budget.
    whole
        Weights are whole numbers.
    """

    reach: Reach
    weights: Floats
    sites: int | None
    costs: Floats | None = None
    budget: float | None = None
    whole: bool = False

    @cached_property
    def by_site(self) -> Reach:
        """The matrix by candidate."""
        return self.reach.T.tocsr()

    @property
    def most(self) -> int:
        """The largest number of sites that can open."""
        columns = int(self.reach.shape[1])
        return columns if self.sites is None else min(self.sites, columns)

    def rows_of(self, column: int) -> Positions:
        """Return the rows that `column` covers."""
        start, stop = self.by_site.indptr[column : column + 2]
        rows: Positions = self.by_site.indices[start:stop]
        return rows

    def affordable(self, spent: float) -> Flags | None:
        """Return the columns that what is left pays for; None: no budget."""
        if self.costs is None or self.budget is None:
            return None
        return self.costs <= (self.budget - spent) * (1 + SAME)

    def spent(self, chosen: list[int]) -> float:
        """Return what `chosen` costs."""
        return 0.0 if self.costs is None else float(self.costs[chosen].sum())

    def covered(self, chosen: list[int]) -> float:
        """Return the weight that `chosen` covers."""
        hit = np.zeros(len(self.weights), dtype=bool)
        for column in chosen:
            hit[self.rows_of(column)] = True
        return float(self.weights[hit].sum())

    def restricted(self, columns: Positions) -> CoverProblem:
        """Return the same question with only `columns` to choose from."""
        reach, weights, _ = aggregated(only_columns(self.reach, columns), self.weights)
        costs = None if self.costs is None else self.costs[columns]
        return CoverProblem(reach, weights, self.sites, costs, self.budget, self.whole)


def greedy(problem: CoverProblem, *, per_cost: bool = False) -> tuple[list[int], float]:
    """Open the site that gains most, again and again.

    Returns
    -------
    The columns in order, and an upper bound: at every step nothing can beat
    what is covered so far plus the largest gains still on offer.
    """
    gains = problem.by_site @ problem.weights
    open_weight = problem.weights.copy()
    chosen: list[int] = []
    covered, bound, spent = 0.0, float(problem.weights.sum()), 0.0
    for _ in range(problem.most):
        bound = min(bound, covered + _best_gains(problem, gains))
        worth = _worth(problem, gains, spent, per_cost=per_cost)
        column = int(worth.argmax())
        if not worth[column] > 0:
            break
        rows = problem.rows_of(column)
        rows = rows[open_weight[rows] > 0]
        covered += float(open_weight[rows].sum())
        gains -= problem.reach[rows].T @ open_weight[rows]
        gains[column] = 0.0
        open_weight[rows] = 0.0
        spent += 0.0 if problem.costs is None else float(problem.costs[column])
        chosen.append(column)
    return chosen, bound


def _worth(problem: CoverProblem, gains: Floats, spent: float, *, per_cost: bool) -> Floats:
    worth = gains
    if per_cost and problem.costs is not None:
        worth = gains / np.maximum(problem.costs, SAME)
    pays = problem.affordable(spent)
    return worth if pays is None else np.where(pays, worth, 0.0)


def _best_gains(problem: CoverProblem, scores: Floats) -> float:
    """Return the largest sum of scores that the number of sites and the budget allow."""
    best = float(np.maximum(scores, 0).sum())
    if problem.sites is not None and problem.most < len(scores):
        largest = np.partition(scores, len(scores) - problem.most)[-problem.most :]
        best = min(best, float(np.maximum(largest, 0).sum()))
    if problem.costs is not None and problem.budget is not None:
        taken = knapsack_shares(scores, problem.costs, problem.budget)
        best = min(best, float(taken @ scores))
    return best


def knapsack_shares(scores: Floats, costs: Floats, budget: float) -> Floats:
    """Return the fractional knapsack: the best score a unit of cost first."""
    order = np.argsort(-scores / np.maximum(costs, SAME), kind="stable")
    order = order[scores[order] > 0]
    before = np.concatenate([[0.0], np.cumsum(costs[order])])[:-1]
    room = np.maximum(budget - before, 0.0)
    share = np.where(costs[order] > 0, np.minimum(1.0, room / np.maximum(costs[order], SAME)), 1.0)
    taken = np.zeros(len(scores))
    taken[order] = share
    return taken


def exchange(problem: CoverProblem, chosen: list[int], watch: Watch) -> list[int]:
    """Exchange one open site for a closed one while the covered weight grows."""
    chosen = list(chosen)
    times = np.zeros(len(problem.weights), dtype=np.int64)
    for column in chosen:
        times[problem.rows_of(column)] += 1
    gains = problem.by_site @ (problem.weights * (times == 0))
    place, since = 0, 0
    while chosen and since < len(chosen) and not watch.stopped():
        leaving = chosen[place]
        rows = problem.rows_of(leaving)
        alone = rows[times[rows] == 1]
        without = gains + problem.reach[alone].T @ problem.weights[alone]
        offered = without.copy()
        offered[chosen] = -1.0
        pays = problem.affordable(problem.spent(chosen) - problem.spent([leaving]))
        if pays is not None:
            offered[~pays] = -1.0
        entering = int(offered.argmax())
        if offered[entering] > problem.weights[alone].sum() * (1 + SAME):
            times[rows] -= 1
            new = problem.rows_of(entering)
            fresh = new[times[new] == 0]
            times[new] += 1
            gains = without - problem.reach[fresh].T @ problem.weights[fresh]
            chosen[place], since = entering, 0
        else:
            since += 1
        place = (place + 1) % len(chosen)
    return chosen


def no_better(problem: CoverProblem, bound: float, value: float) -> bool:
    """Whether no answer better than `value` exists under `bound`."""
    if problem.whole:
        return bool(np.floor(bound + 1e-6) <= value)
    return bool(bound <= value * (1 + SAME))


def proven_bound(problem: CoverProblem, bound: float, value: float) -> float:
    """Return `bound` as tight as whole numbers allow, never below the answer."""
    tight = float(np.floor(bound + 1e-6)) if problem.whole else bound
    return value if no_better(problem, bound, value) else max(tight, value)


def reduced(problem: CoverProblem) -> tuple[CoverProblem, Positions]:
    """Return the question without repetition, and which columns are left."""
    merged, weights, _ = aggregated(problem.reach, problem.weights)
    kept = np.flatnonzero(~dominated_columns(merged, problem.costs))
    whole = CoverProblem(
        merged, weights, problem.sites, problem.costs, problem.budget, problem.whole
    )
    return whole.restricted(kept), kept


def cover_model(problem: CoverProblem) -> Model:
    """Return the mixed-integer model: open x_j, covered y_i <= sum of its x_j."""
    rows, columns = problem.reach.shape
    blocks = [[-problem.reach, sparse.identity(rows, format="csr")]]
    upper = [np.zeros(rows)]
    limits = []
    if problem.sites is not None:
        limits.append((np.ones(columns), float(problem.most)))
    if problem.costs is not None and problem.budget is not None:
        limits.append((problem.costs, problem.budget))
    for line, limit in limits:
        blocks.append([sparse.csr_matrix(line), sparse.csr_matrix((1, rows))])
        upper.append(np.array([limit]))
    return Model(
        cost=np.concatenate([np.zeros(columns), -problem.weights]),
        upper=np.ones(columns + rows),
        integer=np.arange(columns + rows) < columns,
        rows=in_blocks(blocks),
        row_lower=np.full(rows + len(limits), -np.inf),
        row_upper=np.concatenate(upper),
    )


def prove(problem: CoverProblem, chosen: list[int], watch: Watch) -> tuple[list[int], float]:
    """Return the best answer of the mixed-integer model and its bound."""
    start = np.zeros(sum(problem.reach.shape))
    start[chosen] = 1.0
    for column in chosen:
        start[problem.reach.shape[1] + problem.rows_of(column)] = 1.0
    outcome = solve(cover_model(problem), watch, start=start, whole=problem.whole, negated=True)
    if outcome.values is None:
        return chosen, -outcome.bound
    found = [int(j) for j in np.flatnonzero(outcome.values[: problem.reach.shape[1]] > 0.5)]
    better = problem.covered(found) > problem.covered(chosen)
    return (found if better else chosen), -outcome.bound
