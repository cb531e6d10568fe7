"""The Lagrangian bound of "cover everyone", and greedy answers guided by its prices.

Every demand row offers a price u >= 0; a site costs ``c - A'u`` beyond what its
rows offer, and ``sum(u)`` plus all the negative ones bounds every answer from
below. A greedy search that spends prices instead of counting rows finds far
better covers than a plain one (Caprara, Fischetti & Toth 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage.siting_question import SAME, Floats, Positions, Reach, Watch

ROUNDS = 1500
TRIALS_EVERY = 40


@dataclass(frozen=True, eq=False)
class SetPrices:
    """The best cover met, the bound of every cover, and the columns a better one could use."""

    chosen: list[int]
    bound: float
    useful: Positions


def price_cover(
    reach: Reach, costs: Floats, chosen: list[int], *, whole: bool, watch: Watch
) -> SetPrices:
    """Raise the bound by subgradient steps; keep the best cover met on the way.

    Parameters
    ----------
    reach, costs
        Rows to cover by columns, and what each column costs.
    chosen
        A cover to begin with.
    whole
        Costs are whole numbers.
    watch
        Time limit and cancel.
    """
    by_site = reach.T.tocsr()
    sizes = np.diff(by_site.indptr)
    rows = np.arange(reach.shape[0]).repeat(np.diff(reach.indptr))
    prices = np.full(reach.shape[0], np.inf)
    np.minimum.at(prices, rows, (costs / np.maximum(sizes, 1))[reach.indices])
    best, value = list(chosen), float(costs[chosen].sum())
    kept, bound, pace, idle = prices.copy(), -np.inf, 1.0, 0
    direction = np.zeros(len(prices))
    for turn in range(ROUNDS):
        beyond = costs - by_site @ prices
        now = float(prices.sum() + np.minimum(beyond, 0.0).sum())
        if now > bound + 1e-6 * abs(now):
            kept, bound, idle = prices.copy(), now, 0
        else:
            idle += 1
            if idle == 25:
                prices, pace, idle = kept.copy(), pace / 1.5, 0
        if turn % TRIALS_EVERY == TRIALS_EVERY - 1:
            trial = priced_greedy(reach, by_site, costs, prices)
            if costs[trial].sum() < value * (1 - SAME):
                best, value = trial, float(costs[trial].sum())
        slope = 1.0 - reach @ (beyond < 0).astype(np.float64)
        direction = slope if turn == 0 else 0.7 * direction + 0.3 * slope
        step = np.where((prices <= 0) & (direction < 0), 0.0, direction)
        length = float(step @ step)
        proven = rounded(bound, whole=whole) >= value * (1 - SAME)
        if proven or length == 0 or pace < 1e-4 or watch.stopped():
            break
        prices = np.maximum(prices + pace * max(value - now, SAME) / length * step, 0.0)
    beyond = costs - by_site @ kept
    better = value - 1 + 1e-6 if whole else value * (1 - SAME)
    useful = np.flatnonzero(bound + np.maximum(beyond, 0.0) <= better)
    return SetPrices(best, rounded(bound, whole=whole), useful)


def rounded(bound: float, *, whole: bool) -> float:
    """Return a lower bound as tight as whole numbers allow."""
    return float(np.ceil(bound - 1e-6)) if whole and np.isfinite(bound) else bound


def priced_greedy(reach: Reach, by_site: Reach, costs: Floats, prices: Floats) -> list[int]:
    """Cover every row, taking the column that its uncovered rows pay best for."""
    offered = by_site @ prices
    count = np.diff(by_site.indptr).astype(np.float64)
    uncovered = np.ones(reach.shape[0], dtype=bool)
    chosen: list[int] = []
    while uncovered.any():
        column = int(_score(costs - offered, count).argmin())
        rows = by_site.indices[by_site.indptr[column] : by_site.indptr[column + 1]]
        rows = rows[uncovered[rows]]
        uncovered[rows] = False
        part = reach[rows]
        offered -= part.T @ prices[rows]
        count -= part.T @ np.ones(len(rows))
        chosen.append(column)
    return without_spare(by_site, chosen, costs)


def _score(beyond: Floats, count: Floats) -> Floats:
    """Return what a column costs beyond its offers, a row; columns without rows come last."""
    some = np.maximum(count, 1.0)
    return np.where(count > 0.5, np.where(beyond > 0, beyond / some, beyond * some), np.inf)


def without_spare(by_site: Reach, chosen: list[int], costs: Floats) -> list[int]:
    """Leave out, the dearest first, every column whose rows others cover too."""
    times = np.zeros(by_site.shape[1], dtype=np.int64)
    rows = {k: by_site.indices[by_site.indptr[k] : by_site.indptr[k + 1]] for k in chosen}
    for k in chosen:
        times[rows[k]] += 1
    kept = list(chosen)
    for k in sorted(chosen, key=lambda k: (-costs[k], len(rows[k]))):
        if (times[rows[k]] > 1).all():
            times[rows[k]] -= 1
            kept.remove(k)
    return kept
