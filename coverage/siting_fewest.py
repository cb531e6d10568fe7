"""Fewest sites: cover everyone, or a given share, with as few new sites as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.siting_cover import CoverProblem, greedy
from coverage.siting_cover_prices import SetPrices, price_cover, rounded, without_spare
from coverage.siting_input import Sites, read_sites, read_weights, within_reach
from coverage.siting_matrices import (
    aggregated,
    components,
    dominated_columns,
    dominated_rows,
    only_columns,
)
from coverage.siting_maximal import DEFAULT, best_cover, by_gain, hit_rows, open_question
from coverage.siting_question import (
    SAME,
    Floats,
    How,
    Metres,
    Positions,
    Reach,
    Siting,
    SitingOptions,
    Watch,
    examples,
    gap_between,
    is_whole,
    tidy,
)
from coverage.siting_solver import Model, solve
from geo.errors import SitingError


def fewest_sites(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    share: float = 1.0,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Cover everyone, or `share` of the weight, with the fewest new sites.

    Parameters
    ----------
    metres, weights, within_metres, existing
        As in `maximal_cover`.
    share
        Above 0 and at most 1: of all weight, existing cover included.
    options
        With ``costs`` and ``share=1`` the cheapest sites are sought instead of
        the fewest, and `Siting.objective` is their cost.

    Returns
    -------
    Siting; `objective` is the number of new sites.

    Raises
    ------
    SitingError
        When some residents are out of reach of every site: how many, which
        rows, and the largest share that is possible.

    Notes
    -----
    Location set covering: C. Toregas et al., Operations Research 19 (1971).
    """
    watch = Watch(options)
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    if not 0 < share <= 1:
        raise SitingError("error.siting_share", given=share)
    found = read_sites(reach.shape[1], existing, options, sites=None)
    _hold_possible(reach, values, found, share)
    already = hit_rows(reach, found.open)
    problem = open_question(reach, values, found, already=already, sites=None)
    target = _target(values, share) - float(values[already].sum())
    if share == 1:
        priced = found.costs is not None
        watch.offset = float(found.cost(found.locked) or 0) if priced else len(found.locked)
        costs = problem.costs if problem.costs is not None else np.ones(len(found.free))
        cover = cover_all(problem.reach, costs, watch)
    else:
        watch.offset = len(found.locked)
        cover = _cover_share(problem, target, watch)
    return _answer(reach, values, found, cover=cover, watch=watch)


@dataclass(frozen=True, eq=False)
class Cover:
    """Columns that cover what was asked, their number or cost, and the least possible."""

    chosen: list[int]
    objective: float
    bound: float
    how: How


def _target(weights: Floats, share: float) -> float:
    target = share * float(weights.sum())
    return float(np.ceil(target - 1e-6)) if is_whole(weights) else target * (1 - SAME)


def _hold_possible(reach: Reach, weights: Floats, found: Sites, share: float) -> None:
    everywhere = np.concatenate([found.open, found.free])
    never = np.flatnonzero(~hit_rows(reach, everywhere) & (weights > 0))
    lost, total = float(weights[never].sum()), float(weights.sum())
    if lost > 0 and total - lost < _target(weights, share):
        raise SitingError(
            "error.siting_never_covered",
            count=len(never),
            people=tidy(lost),
            examples=examples(never),
            possible=np.floor((total - lost) / total * 10_000) / 100,
            rows=tuple(int(row) for row in never),
        )


def cover_all(reach: Reach, costs: Floats, watch: Watch, *, at_most: float = np.inf) -> Cover:
    """Return the cheapest columns that cover every row; every row has one.

    The question is reduced until nothing changes and split into parts that
    share no site; each part is proven on its own. `at_most` lets a caller that
    only asks whether so few suffice stop at the first answer either way.
    """
    rows, columns = core(reach, costs)
    left = only_columns(reach[rows], columns)
    count, row_part, column_part = components(left)
    chosen: list[int] = []
    bound, greedily = 0.0, False
    parts = [
        (np.flatnonzero(row_part == part), np.flatnonzero(column_part == part))
        for part in range(count)
    ]
    for own_rows, own_columns in sorted(parts, key=lambda part: len(part[0])):
        if len(own_rows) == 0:
            continue
        part = only_columns(left[own_rows], own_columns)
        picked, least, tried = _cover_part(part, costs[columns[own_columns]], watch)
        chosen.extend(int(columns[own_columns[k]]) for k in picked)
        bound, greedily = bound + least, greedily or not tried
        if bound > at_most:
            break
    objective = float(costs[chosen].sum())
    if gap_between(objective, bound) <= SAME:
        return Cover(chosen, objective, objective, "proven")
    return Cover(chosen, objective, bound, "greedy" if greedily else "within")


def core(reach: Reach, costs: Floats) -> tuple[Positions, Positions]:
    """Return the rows and columns that are left when the implied ones are gone."""
    rows, columns = np.arange(reach.shape[0]), np.arange(reach.shape[1])
    for _ in range(5):
        part = only_columns(reach[rows], columns)
        _, _, merged = aggregated(part, np.ones(len(rows)))
        first = np.unique(merged, return_index=True)[1]
        rows = rows[np.sort(first)]
        part = only_columns(reach[rows], columns)
        kept_rows = ~dominated_rows(part)
        part = part[np.flatnonzero(kept_rows)]
        kept_columns = ~dominated_columns(part, costs[columns])
        rows, columns = rows[kept_rows], columns[kept_columns]
        if kept_rows.all() and kept_columns.all():
            break
    return rows, columns


def _cover_part(reach: Reach, costs: Floats, watch: Watch) -> tuple[list[int], float, bool]:
    """Return columns that cover one part, the least possible cost, and whether it was tried."""
    if reach.shape[1] == 1:
        return [0], float(costs[0]), True
    whole, by_site = is_whole(costs), reach.T.tocsr()
    ones = np.ones(reach.shape[0])
    by_cost = not (costs == costs[0]).all()
    problem = CoverProblem(reach, ones, None, costs, None, True)
    chosen = without_spare(by_site, greedy(problem, per_cost=by_cost)[0], costs)
    # Some column must open, and every row needs its cheapest one.
    least = float(costs[reach.indices].min())
    if watch.stopped():
        return chosen, least, False
    prices = price_cover(reach, costs, chosen, whole=whole, watch=watch)
    chosen, least = prices.chosen, max(least, prices.bound)
    value = float(costs[chosen].sum())
    if least >= value * (1 - SAME) or watch.stopped():
        return chosen, min(least, value), True
    picked, bound = _cover_model(reach, costs, prices, watch)
    if picked is not None and costs[picked].sum() < value:
        chosen, value = picked, float(costs[picked].sum())
    return chosen, min(max(least, bound), value), True


def _cover_model(
    reach: Reach, costs: Floats, prices: SetPrices, watch: Watch
) -> tuple[list[int] | None, float]:
    """Look for a cover better than the priced one among the columns that could be in it."""
    value = float(costs[prices.chosen].sum())
    part = only_columns(reach, prices.useful)
    if (np.diff(part.indptr) == 0).any():
        return None, value
    rows, columns = core(part, costs[prices.useful])
    columns_left = prices.useful[columns]
    model_costs = costs[columns_left]
    ones = np.ones(len(columns_left))
    lower = np.ones(len(rows))
    model = Model(
        model_costs,
        ones,
        ones > 0,
        only_columns(part[rows], columns),
        lower,
        np.full(len(rows), np.inf),
    )
    start = np.isin(columns_left, prices.chosen).astype(np.float64)
    whole = is_whole(costs)
    feasible = bool((model.rows @ start >= 1).all())
    outcome = solve(model, watch, start=start if feasible else None, whole=whole)
    bound = value if outcome.infeasible else rounded(outcome.bound, whole=whole)
    if outcome.values is None:
        return None, min(bound, value)
    return [int(columns_left[k]) for k in np.flatnonzero(outcome.values > 0.5)], min(bound, value)


def _cover_share(problem: CoverProblem, target: float, watch: Watch) -> Cover:
    """Find the fewest sites that reach `target`."""
    if target <= 0:
        return Cover([], 0, 0, "proven")
    first = _greedy_share(problem, target)
    return _by_counting(problem, target, Cover(first, len(first), 1, "greedy"), watch)


def _by_counting(problem: CoverProblem, target: float, known: Cover, watch: Watch) -> Cover:
    """Ask maximal cover for one number of sites after the other, halving what is open.

    Maximal cover proves quickly how much k sites can cover at most, so whole
    ranges of k are ruled out; a model with a share constraint has no such help.
    First the numbers that are too small are ruled out from below, then better
    answers are looked for among the rest.
    """
    chosen, least, how = known.chosen, int(known.bound), known.how
    top = len(chosen)
    while least < top and not watch.stopped():
        middle = (least + top - 1) // 2
        trial, bound = _with_so_many(problem, middle, target, watch)
        how = "within"
        if trial is not None:
            chosen = trial
            top = len(chosen)
        elif bound < target:
            least = middle + 1
        else:
            top = middle
        watch.tell(len(chosen), least)
    low = top
    while low < len(chosen) and not watch.stopped():
        middle = (low + len(chosen) - 1) // 2
        trial, _ = _with_so_many(problem, middle, target, watch)
        low = low if trial is not None else middle + 1
        chosen = chosen if trial is None else trial
        watch.tell(len(chosen), least)
    if least >= len(chosen):
        return Cover(chosen, len(chosen), len(chosen), "proven")
    return Cover(chosen, len(chosen), least, how)


def _with_so_many(
    problem: CoverProblem, sites: int, target: float, watch: Watch
) -> tuple[list[int] | None, float]:
    """Return columns that reach `target` with so many sites, if found, and the bound."""
    # A part of the time for each number: an undecided one must not use it up.
    slice_ = SitingOptions(time_limit=watch.left / 3, cancel=watch.options.cancel)
    asked = CoverProblem(problem.reach, problem.weights, sites, None, None, problem.whole)
    trial, bound, _ = best_cover(asked, Watch(slice_), target=target)
    return (trial if problem.covered(trial) >= target else None), bound


def _greedy_share(problem: CoverProblem, target: float) -> list[int]:
    chosen, _ = greedy(problem)
    hit = np.zeros(len(problem.weights), dtype=bool)
    for count, column in enumerate(chosen, start=1):
        hit[problem.rows_of(column)] = True
        if problem.weights[hit].sum() >= target:
            return chosen[:count]
    return chosen


def _answer(reach: Reach, weights: Floats, found: Sites, *, cover: Cover, watch: Watch) -> Siting:
    new = np.concatenate([found.locked, found.free[cover.chosen]]).astype(np.int64)
    everyone = np.concatenate([found.existing, new])
    return Siting(
        chosen=by_gain(reach, weights, found.existing, new),
        objective=tidy(cover.objective + watch.offset),
        covered=tidy(float(weights[hit_rows(reach, everyone)].sum())),
        covered_before=tidy(float(weights[hit_rows(reach, found.existing)].sum())),
        bound=tidy(cover.bound + watch.offset),
        proven_optimal=cover.how == "proven",
        how=cover.how,
        seconds=watch.seconds,
        cost=found.cost(new),
    )
