"""Maximal cover: the most people with a given number of sites or a given budget."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coverage.siting_cover import (
    CoverProblem,
    exchange,
    greedy,
    no_better,
    prove,
    proven_bound,
    reduced,
)
from coverage.siting_input import Sites, read_sites, read_weights, within_reach
from coverage.siting_matrices import only_columns
from coverage.siting_prices import price, worth_keeping
from coverage.siting_question import (
    Flags,
    Floats,
    How,
    Metres,
    Positions,
    Reach,
    Siting,
    SitingOptions,
    Watch,
    is_whole,
    tidy,
)
from geo.errors import SitingError

DEFAULT = SitingOptions()


def maximal_cover(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    sites: int | None,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Cover as much weight as possible with at most `sites` more sites.

    Parameters
    ----------
    metres
        Demand x candidate, metres; see `coverage.siting`.
    weights
        People at each demand row.
    within_metres
        How far counts as covered, inclusive.
    sites
        How many may open, locked ones included, existing ones not; None when
        the budget of `options` alone limits them.
    existing
        Columns that are open already.
    options
        Locks, bans, costs and budget, time limit, cancel, progress.

    Returns
    -------
    Siting; `chosen` holds fewer than `sites` when the rest would add nobody.

    Raises
    ------
    SitingError
        More sites than candidates, contradictory locks, nobody to cover, or
        no candidate that reaches anyone.

    Notes
    -----
    Maximal covering location: R. Church and C. ReVelle, Papers of the Regional
    Science Association 32 (1974).
    """
    watch = Watch(options)
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    if sites is None and options.budget is None:
        raise SitingError("error.siting_no_limit")
    found = read_sites(reach.shape[1], existing, options, sites=sites)
    already = hit_rows(reach, found.open)
    hold_reachable(reach, values, found, within_metres)
    watch.offset = float(values[already].sum())
    problem = open_question(reach, values, found, already=already, sites=sites)
    chosen, bound, how = best_cover(problem, watch)
    new = np.concatenate([found.locked, found.free[chosen]]).astype(np.int64)
    return cover_answer(reach, values, found, new=new, bound=bound, how=how, watch=watch)


def cover_answer(
    reach: Reach,
    weights: Floats,
    found: Sites,
    *,
    new: Positions,
    bound: float,
    how: How,
    watch: Watch,
) -> Siting:
    """Return the answer of a cover question; `bound` is of the weight not covered before."""
    before = tidy(float(weights[hit_rows(reach, found.existing)].sum()))
    everyone = np.concatenate([found.existing, new])
    covered = tidy(float(weights[hit_rows(reach, everyone)].sum()))
    return Siting(
        chosen=by_gain(reach, weights, found.existing, new),
        objective=covered,
        covered=covered,
        covered_before=before,
        bound=covered if how == "proven" else max(covered, tidy(bound + watch.offset)),
        proven_optimal=how == "proven",
        how=how,
        seconds=watch.seconds,
        cost=found.cost(new),
    )


def hit_rows(reach: Reach, columns: Positions) -> Flags:
    """Return the rows that at least one of `columns` covers."""
    is_open = np.zeros(reach.shape[1])
    is_open[columns] = 1.0
    hit: Flags = (reach @ is_open) > 0
    return hit


def by_gain(reach: Reach, weights: Floats, existing: Positions, new: Positions) -> tuple[int, ...]:
    """Return `new` in the order in which opening them gains most."""
    columns = only_columns(reach, new).tocsc()
    open_weight = np.where(hit_rows(reach, existing), 0.0, weights)
    left, ordered = list(range(len(new))), []
    while left:
        gains = columns.T @ open_weight
        best = max(left, key=lambda k: (gains[k], -int(new[k])))
        rows = columns.indices[columns.indptr[best] : columns.indptr[best + 1]]
        open_weight[rows] = 0.0
        left.remove(best)
        ordered.append(int(new[best]))
    return tuple(ordered)


def hold_reachable(reach: Reach, weights: Floats, found: Sites, within_metres: float) -> None:
    """Refuse a question in which no candidate reaches anyone."""
    may_open = np.concatenate([found.locked, found.free])
    if not (hit_rows(reach, may_open) & (weights > 0)).any():
        raise SitingError(
            "error.siting_nobody_in_reach",
            within_metres=tidy(within_metres),
            candidates=len(may_open),
            people=tidy(float(weights.sum())),
        )


def never_covered(
    metres: Metres, weights: npt.ArrayLike, *, within_metres: float, banned: Iterable[int] = ()
) -> Positions:
    """Return the demand rows with weight that no column reaches, banned ones left out."""
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    may_open = np.setdiff1d(np.arange(reach.shape[1]), np.asarray(list(banned), dtype=np.int64))
    return np.flatnonzero(~hit_rows(reach, may_open) & (values > 0))


def open_question(
    reach: Reach, weights: Floats, found: Sites, *, already: Flags, sites: int | None
) -> CoverProblem:
    """Return what remains to be chosen: the uncovered rows and the free columns."""
    rows = ~already & (weights > 0)
    return CoverProblem(
        only_columns(reach[rows], found.free),
        weights[rows],
        None if sites is None else sites - len(found.locked),
        None if found.costs is None else found.costs[found.free],
        found.budget_left(),
        is_whole(weights),
    )


def best_cover(
    problem: CoverProblem, watch: Watch, *, target: float = np.inf
) -> tuple[list[int], float, How]:
    """Return the columns to open, an upper bound of the weight, and how sure it is.

    With a `target` the search ends as soon as it is reached or out of reach.
    """
    small, kept = reduced(problem)
    if small.most == 0 or len(small.weights) == 0:
        return [], 0.0, "proven"
    chosen, bound = _first_answer(small, watch)
    how: How = "greedy"
    if not _settled(small, chosen, bound, watch, target) and not watch.stopped():
        prices = price(small, chosen, bound, watch)
        chosen, bound, how = prices.chosen, prices.bound, "within"
        if not _settled(small, chosen, bound, watch, target) and not watch.stopped():
            left = worth_keeping(small, prices)
            start = [int(k) for k in np.flatnonzero(np.isin(left, chosen))]
            found, proof = prove(small.restricted(left), start, watch)
            proof = max(proof, small.covered(chosen))
            trial = [int(left[k]) for k in found]
            if small.covered(trial) > small.covered(chosen):
                chosen = trial
            bound = min(bound, proof)
    value = small.covered(chosen)
    if no_better(small, bound, value):
        how = "proven"
    return [int(kept[k]) for k in chosen], proven_bound(small, bound, value), how


def _first_answer(problem: CoverProblem, watch: Watch) -> tuple[list[int], float]:
    chosen, bound = greedy(problem)
    if problem.costs is not None and problem.budget is not None:
        # Either rule alone can be arbitrarily bad under a budget; the better one is not.
        other, other_bound = greedy(problem, per_cost=True)
        bound = min(bound, other_bound)
        chosen = max(chosen, other, key=problem.covered)
    chosen = exchange(problem, chosen, watch)
    watch.tell(problem.covered(chosen), proven_bound(problem, bound, problem.covered(chosen)))
    return chosen, bound


def _settled(
    problem: CoverProblem, chosen: list[int], bound: float, watch: Watch, target: float
) -> bool:
    value = problem.covered(chosen)
    decided = value >= target or bound < target < np.inf
    return decided or no_better(problem, bound, value) or watch.near_enough(value, bound)
