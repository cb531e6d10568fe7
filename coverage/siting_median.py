"""The p-median: the shortest walks in total with a given number of sites.

Four steps as in maximal cover: greedy, exchange (Teitz & Bart 1968, all pairs
at once as Resende & Werneck 2007), the Lagrangian bound of the assignment
(Cornuejols, Fisher & Nemhauser 1977) with reduced-cost fixing of columns and
of single assignments, and a mixed-integer model of the rest in the radius
formulation (Elloumi 2010): one variable a demand row and distance, "nobody
within this distance", in place of one a demand row and candidate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_fewest import cover_all
from coverage.siting_maximal import DEFAULT
from coverage.siting_median_model import MedianProblem, Service, prove_median, service
from coverage.siting_question import (
    SAME,
    Floats,
    How,
    Metres,
    Positions,
    Sites,
    Siting,
    SitingOptions,
    Watch,
    examples,
    is_whole,
    read_metres,
    read_sites,
    read_weights,
    tidy,
)
from geo.errors import SitingError

PRICE_ROUNDS = 3000


def p_median(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    sites: int,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Open `sites` more sites so that the weighted metres to the nearest one are fewest.

    Parameters
    ----------
    metres
        Demand x candidate; absent or inf: that candidate cannot serve that row.
    weights
        People at each demand row.
    sites
        How many may open, locked ones included, existing ones not.
    existing
        Columns that are open already.
    options
        Locks, bans, time limit, cancel, progress; no budget.

    Returns
    -------
    Siting; `objective` is the sum of weight x metres.

    Raises
    ------
    SitingError
        Besides the faults of `maximal_cover`: somebody reaches no site at all,
        or so few sites cannot reach everyone (then how many would).
    """
    watch = Watch(options)
    matrix = read_metres(metres)
    values = read_weights(weights, matrix.shape[0])
    if options.budget is not None:
        raise SitingError("error.siting_budget_cover_only")
    found = read_sites(matrix.shape[1], existing, options, sites=sites)
    problem = _question(matrix, values, found, sites - len(found.locked))
    _hold_everyone(problem)
    chosen, bound, how = _best(problem, watch)
    new = np.concatenate([found.locked, found.free[chosen]]).astype(np.int64)
    objective = tidy(problem.fixed + float(service(problem, chosen).first.sum()))
    return Siting(
        chosen=_by_saving(problem, found, chosen),
        objective=objective,
        covered=tidy(float(values.sum())),
        covered_before=None,
        bound=objective if how == "proven" else min(objective, tidy(problem.fixed + bound)),
        proven_optimal=how == "proven",
        how=how,
        seconds=watch.seconds,
        cost=found.cost(new),
    )


def _question(matrix: Metres, weights: Floats, found: Sites, sites: int) -> MedianProblem:
    """Return weighted metres by column; open sites become what a row has without new ones."""
    rows = np.flatnonzero(weights > 0)
    if not sparse.issparse(matrix):
        dense = matrix[rows]
        row, column = np.nonzero(np.isfinite(dense))
        values = dense[row, column].astype(np.float64)
    else:
        entries = matrix[rows].tocoo()
        keep = np.isfinite(entries.data)
        row, column = entries.row[keep], entries.col[keep]
        values = entries.data[keep].astype(np.float64)
    cost = values * weights[rows][row]
    already = np.full(len(rows), np.inf)
    is_open = np.isin(column, found.open)
    np.minimum.at(already, row[is_open], cost[is_open])
    position = np.full(matrix.shape[1], -1, dtype=np.int64)
    position[found.free] = np.arange(len(found.free))
    useful = (position[column] >= 0) & (cost < already[row])
    row, column, cost = row[useful], position[column[useful]], cost[useful]
    order = np.lexsort((row, column))
    return MedianProblem.of(
        row[order], column[order], cost[order], already, columns=len(found.free), sites=sites
    )


def _hold_everyone(problem: MedianProblem) -> None:
    reached = np.isfinite(problem.already)
    reached[problem.row] = True
    if not reached.all():
        never = np.flatnonzero(~reached)
        raise SitingError(
            "error.siting_never_reached",
            count=len(never),
            examples=examples(never),
            rows=tuple(int(row) for row in never),
        )


def _hold_enough(problem: MedianProblem, watch: Watch) -> None:
    """Say how many sites would reach everyone when the search found no such answer."""
    needy = np.flatnonzero(~np.isfinite(problem.already))
    shape = (len(problem.already), problem.columns)
    reach = sparse.csr_matrix((np.ones(len(problem.row)), (problem.row, problem.column)), shape)
    cover = cover_all(reach[needy], np.ones(problem.columns), watch)
    if cover.bound > problem.sites:
        raise SitingError(
            "error.siting_too_few_for_all", sites=problem.sites, needed=int(cover.objective)
        )


def _best(problem: MedianProblem, watch: Watch) -> tuple[list[int], float, How]:
    """Return the columns to open, a lower bound and how sure it is."""
    chosen = _exchange(problem, _greedy(problem), watch)
    state = service(problem, chosen)
    bound, how = float(problem.cheapest.sum()), "greedy"
    watch.offset = problem.fixed
    value = float(state.first.sum())
    if not state.everyone:
        _hold_enough(problem, watch)
    watch.tell(value, bound)
    settled = _no_better(problem, bound, value)
    if not settled and not watch.stopped():
        prices = _price(problem, chosen, watch)
        chosen, bound, how = prices.chosen, max(bound, prices.bound), "within"
        value = float(service(problem, chosen).first.sum())
        settled = _no_better(problem, bound, value) or watch.near_enough(value, bound)
        if not settled and not watch.stopped():
            better = value - 1 + 1e-6 if problem.whole else value * (1 - SAME)
            less = problem.without(prices.with_entry > better)
            chosen, proof = prove_median(less, chosen, watch)
            bound = max(bound, min(proof, value))
    value = float(service(problem, chosen).first.sum())
    if not service(problem, chosen).everyone:
        raise SitingError("error.siting_no_answer_in_time", seconds=watch.options.time_limit)
    if _no_better(problem, bound, value):
        return chosen, value, "proven"
    return chosen, min(bound, value), "greedy" if how == "greedy" else "within"


def _no_better(problem: MedianProblem, bound: float, value: float) -> bool:
    if problem.whole:
        return bool(np.ceil(bound - 1e-6) >= value)
    return bool(bound >= value * (1 - SAME))


def _greedy(problem: MedianProblem) -> list[int]:
    now = problem.without_any.copy()
    chosen: list[int] = []
    for _ in range(min(problem.sites, problem.columns)):
        savings = problem.by_column(np.maximum(now[problem.row] - problem.cost, 0.0))
        column = int(savings.argmax())
        if not savings[column] > 0:
            break
        part = problem.entries_of(column)
        now[problem.row[part]] = np.minimum(now[problem.row[part]], problem.cost[part])
        chosen.append(column)
    return chosen


def _exchange(problem: MedianProblem, chosen: list[int], watch: Watch) -> list[int]:
    """Make the best exchange of one open for one closed site while it saves."""
    chosen = list(chosen)
    while chosen and len(chosen) < problem.columns:
        state = service(problem, chosen)
        saving, leaving, entering = _best_exchange(problem, state, chosen)
        if saving <= SAME * float(state.first.sum()) or watch.stopped():
            break
        chosen[leaving] = entering
    return chosen


def _best_exchange(
    problem: MedianProblem, state: Service, chosen: list[int]
) -> tuple[float, int, int]:
    first, second = state.first[problem.row], state.second[problem.row]
    near = np.flatnonzero(problem.cost < second)
    row, cost, column = problem.row[near], problem.cost[near], problem.column[near]
    gains = np.bincount(
        column, np.maximum(first[near] - cost, 0.0), minlength=problem.columns
    )
    served = state.by[row]
    known = served >= 0
    eased = np.bincount(
        served[known] * problem.columns + column[known],
        (second[near] - np.maximum(cost, first[near]))[known],
        minlength=len(chosen) * problem.columns,
    ).reshape(len(chosen), problem.columns)
    has = state.by >= 0
    losses = np.bincount(
        state.by[has], (state.second - state.first)[has], minlength=len(chosen)
    )
    net = gains[None, :] - losses[:, None] + eased
    net[:, chosen] = -np.inf
    place = int(net.argmax())
    leaving, entering = divmod(place, problem.columns)
    return float(net[leaving, entering]), leaving, entering


@dataclass(frozen=True, eq=False)
class _Prices:
    bound: float
    with_entry: Floats
    chosen: list[int]


def _price(problem: MedianProblem, chosen: list[int], watch: Watch) -> _Prices:
    """Raise the Lagrangian bound by subgradient steps; keep the best answer met on the way."""
    best, state = list(chosen), service(problem, chosen)
    value = float(state.first.sum())
    ceiling = problem.without_any
    prices = np.minimum((state.first + np.minimum(state.second, ceiling)) / 2, ceiling)
    kept, highest, pace, idle = prices.copy(), -np.inf, 1.0, 0
    direction = np.zeros(len(prices))
    for turn in range(PRICE_ROUNDS):
        reduced = np.minimum(problem.cost - prices[problem.row], 0.0)
        taken = _lowest(problem, problem.by_column(reduced))
        now = float(prices.sum() + problem.by_column(reduced)[taken].sum())
        if now > highest + 1e-7 * abs(now):
            highest, kept, idle = now, prices.copy(), 0
            watch.tell(value, highest)
        else:
            idle += 1
            if idle == 25:
                prices, pace, idle = kept.copy(), pace / 1.5, 0
        if turn % 100 == 60:
            trial = _exchange(problem, [int(k) for k in taken], watch)
            found = float(service(problem, trial).first.sum())
            best, value = (trial, found) if found < value else (best, value)
        slope = 1.0 - problem.times_served(taken, reduced < 0)
        direction = slope if turn == 0 else 0.7 * direction + 0.3 * slope
        step = np.where((prices >= ceiling) & (direction > 0), 0.0, direction)
        length = float(step @ step)
        if _no_better(problem, highest, value) or length == 0 or pace < 1e-4 or watch.stopped():
            break
        stride = pace * max(value - now, 0.0) / length
        prices = np.clip(prices + stride * step, problem.cheapest, ceiling)
    return _Prices(highest, _with_entry(problem, kept, highest), best)


def _lowest(problem: MedianProblem, worth: Floats) -> Positions:
    count = min(problem.sites, problem.columns)
    if count == problem.columns:
        return np.arange(problem.columns)
    return np.argpartition(worth, count - 1)[:count]


def _with_entry(problem: MedianProblem, prices: Floats, bound: float) -> Floats:
    """Return for every entry the bound if that site opened and served that row."""
    apart = problem.cost - prices[problem.row]
    worth = problem.by_column(np.minimum(apart, 0.0))
    taken = _lowest(problem, worth)
    last = worth[taken].max() if len(taken) < problem.columns else np.inf
    opened = float(prices.sum() + worth[taken].sum()) + np.maximum(0.0, worth - last)
    result: Floats = opened[problem.column] + np.maximum(0.0, apart)
    return result


def _by_saving(problem: MedianProblem, found: Sites, chosen: list[int]) -> tuple[int, ...]:
    """Return the new sites, locked ones first, then in the order in which they save most."""
    now, ordered, left = problem.without_any.copy(), [], list(chosen)
    while left:
        savings = [
            np.maximum(now[problem.row[part]] - problem.cost[part], 0.0).sum()
            for part in map(problem.entries_of, left)
        ]
        column = left.pop(int(np.argmax(savings)))
        part = problem.entries_of(column)
        now[problem.row[part]] = np.minimum(now[problem.row[part]], problem.cost[part])
        ordered.append(int(found.free[column]))
    return (*(int(one) for one in found.locked), *ordered)
