"""The Lagrangian bound of a cover question, and what it rules out.

With a price 0 <= u_i <= w_i on every demand point, no answer covers more than
``sum(w - u)`` plus the best sum of ``A'u`` that the limits allow. At the best
prices this equals the bound of the linear relaxation, at the cost of two
passes over the matrix a step instead of a simplex on all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage.siting_cover import CoverProblem, exchange, knapsack_shares, no_better
from coverage.siting_question import SAME, Floats, Positions, Watch

PRICE_ROUNDS = 2000


@dataclass(frozen=True, eq=False)
class Prices:
    """The best bound found, and for every column the bound if it had to open."""

    bound: float
    with_column: Floats
    chosen: list[int]


def price(problem: CoverProblem, chosen: list[int], bound: float, watch: Watch) -> Prices:
    """Lower the Lagrangian bound by subgradient steps; keep the best answer met on the way.

    The step is Polyak's with the best known answer as target, the direction
    averaged over the last ones (Crowder), which damps the zigzag.
    """
    weights = problem.weights
    prices, best_prices = weights * 0.5, weights * 0.5
    best, value = list(chosen), problem.covered(chosen)
    lowest, pace, idle = np.inf, 1.0, 0
    direction = np.zeros(len(weights))
    for turn in range(PRICE_ROUNDS):
        scores = problem.by_site @ prices
        taken = _taken(problem, scores)
        now = float((weights - prices).sum() + taken @ scores)
        if now < lowest - 1e-6 * abs(now):
            lowest, best_prices, idle = now, prices.copy(), 0
            watch.tell(value, min(lowest, bound))
        else:
            idle += 1
            if idle == 20:
                prices, pace, idle = best_prices.copy(), pace / 1.5, 0
        if turn % 50 == 49:
            best, value = _better(problem, scores, best, value, watch)
        slope = problem.reach @ taken - 1.0
        direction = slope if turn == 0 else 0.7 * direction + 0.3 * slope
        step = np.where((prices <= 0) & (direction > 0), 0.0, direction)
        step[(prices >= weights) & (direction < 0)] = 0.0
        length = float(step @ step)
        proven = no_better(problem, min(lowest, bound), value)
        if proven or length == 0 or pace < 1e-4 or watch.stopped():
            break
        prices = np.clip(prices - pace * max(now - value, 0.0) / length * step, 0.0, weights)
    scores = problem.by_site @ best_prices
    base = float((weights - best_prices).sum())
    return Prices(min(lowest, bound), base + _forced(problem, scores), best)


def _taken(problem: CoverProblem, scores: Floats) -> Floats:
    """Return the columns of the relaxed answer under either limit, whichever binds more."""
    answers = []
    if problem.costs is not None and problem.budget is not None:
        answers.append(knapsack_shares(scores, problem.costs, problem.budget))
    if problem.sites is not None or not answers:
        taken = np.zeros(len(scores))
        if problem.most < len(scores):
            top = np.argpartition(scores, len(scores) - problem.most)[-problem.most :]
        else:
            top = np.arange(len(scores))
        taken[top] = 1.0
        answers.append(taken)
    return min(answers, key=lambda taken: float(taken @ scores))


def _forced(problem: CoverProblem, scores: Floats) -> Floats:
    """Return for every column the best sum of scores among answers that open it."""
    best = np.full(len(scores), np.inf)
    if problem.sites is not None:
        if problem.most < len(scores):
            ordered = np.partition(scores, len(scores) - problem.most)
            last = ordered[len(scores) - problem.most]
            whole = float(ordered[-problem.most :].sum())
        else:
            last, whole = -np.inf, float(scores.sum())
        best = whole - np.maximum(0.0, last - scores)
    if problem.costs is not None and problem.budget is not None:
        taken = knapsack_shares(scores, problem.costs, problem.budget)
        part = (taken > 0) & (taken < 1) & (problem.costs > 0)
        ratio = float((scores[part] / problem.costs[part]).min()) if part.any() else 0.0
        dear = np.maximum(0.0, ratio * problem.costs - scores)
        best = np.minimum(best, float(taken @ scores) - dear)
    return best


def _better(
    problem: CoverProblem, scores: Floats, best: list[int], value: float, watch: Watch
) -> tuple[list[int], float]:
    """Try the best-priced columns as an answer, improved by exchange."""
    trial: list[int] = []
    spent = 0.0
    for column in np.argsort(-scores, kind="stable"):
        if len(trial) == problem.most or (problem.sites is None and len(trial) == 200):
            break
        pays = problem.affordable(spent)
        if pays is None or pays[column]:
            trial.append(int(column))
            spent += problem.spent([int(column)])
    trial = exchange(problem, trial, watch)
    found = problem.covered(trial)
    return (trial, found) if found > value else (best, value)


def worth_keeping(problem: CoverProblem, prices: Prices) -> Positions:
    """Return the columns that an answer better than the best one could open."""
    value = problem.covered(prices.chosen)
    better = value + 1 - 1e-6 if problem.whole else value * (1 + SAME)
    return np.flatnonzero(prices.with_column >= better)
