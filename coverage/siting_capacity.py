"""Capacitated cover: a site serves no more people than it has places for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coverage.siting_capacity_model import (
    CapacityCase,
    capacity_model,
    open_columns,
    read_case,
    served,
)
from coverage.siting_maximal import DEFAULT, hold_reachable
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
    gap_between,
    tidy,
)
from coverage.siting_solver import solve
from geo.errors import SitingError


def capacitated_cover(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    sites: int | None,
    capacities: npt.ArrayLike,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Serve as many people as possible when every site has so many places.

    Parameters
    ----------
    metres, weights, within_metres, sites, existing, options
        As in `maximal_cover`.
    capacities
        How many people each column can serve, existing ones included; inf: any.

    Returns
    -------
    Siting; `covered` are people served, `loads` how many each open site
    serves. People of one demand row may be served at different sites.

    Raises
    ------
    SitingError
        As `maximal_cover`; also when no site has any place.

    Notes
    -----
    Capacitated maximal covering: H. Pirkul and D. Schilling, Management
    Science 37 (1991). Whole weights and capacities give whole loads, because
    what remains once the sites are chosen is a flow.
    """
    watch = Watch(options)
    case = read_case(metres, weights, within_metres, capacities, existing, options, sites=sites)
    if sites is None and options.budget is None:
        raise SitingError("error.siting_no_limit")
    hold_reachable(case.reach, case.weights, case.found, within_metres)
    before = served(case, case.found.existing)[0]
    first = _greedy(case, sites, watch)
    outcome = solve(capacity_model(case, sites), watch, whole=case.whole, negated=True)
    value, loads = served(case, first)
    if outcome.values is not None:
        found = open_columns(case, outcome.values)
        more, other = served(case, found)
        if more > value * (1 + SAME):
            first, value, loads = found, more, other
    most = float(case.weights.sum())
    bound = min(-outcome.bound, most) if np.isfinite(outcome.bound) else most
    bound = float(np.floor(bound + 1e-6)) if case.whole else bound
    return _answer(case, first, value, loads, before, max(bound, value), watch)


def fewest_with_capacity(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    capacities: npt.ArrayLike,
    share: float = 1.0,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Serve everyone, or `share` of the weight, with the fewest new sites of limited capacity.

    Parameters as in `fewest_sites` and `capacitated_cover`.

    Raises
    ------
    SitingError
        When all sites together cannot serve so many: how many they can, and
        how many places are lacking.
    """
    watch = Watch(options)
    case = read_case(metres, weights, within_metres, capacities, existing, options, sites=None)
    if not 0 < share <= 1:
        raise SitingError("error.siting_share", given=share)
    target = share * float(case.weights.sum())
    target = float(np.ceil(target - 1e-6)) if case.whole else target * (1 - SAME)
    everywhere = np.concatenate([case.found.open, case.found.free])
    most = served(case, everywhere)[0]
    if most < target * (1 - SAME):
        raise SitingError(
            "error.siting_capacity_short",
            most=tidy(most),
            wanted=tidy(target),
            lacking=tidy(np.ceil(target - most)),
        )
    before = served(case, case.found.existing)[0]
    outcome = solve(capacity_model(case, None, target=target), watch, whole=True)
    # Without an answer in time every candidate opens: feasible, and said to be no more than that.
    opened = everywhere if outcome.values is None else open_columns(case, outcome.values)
    value, loads = served(case, opened)
    new = [int(one) for one in opened if one not in set(case.found.existing.tolist())]
    bound = float(np.ceil(max(outcome.bound, 0.0) - 1e-6)) if np.isfinite(outcome.bound) else 0.0
    how: How = "greedy" if outcome.values is None else "within"
    proven = outcome.finished or bound >= len(new)
    return Siting(
        chosen=tuple(new),
        objective=len(new),
        covered=tidy(value),
        covered_before=tidy(before),
        bound=len(new) if proven else int(bound),
        proven_optimal=proven,
        how="proven" if proven else how,
        seconds=watch.seconds,
        cost=case.found.cost(new),
        loads=loads,
    )


def _greedy(case: CapacityCase, sites: int | None, watch: Watch) -> Positions:
    """Open the site that could serve most of those not yet served, again and again."""
    left = case.weights.copy()
    by_site = case.reach.T.tocsr()
    places = case.capacities.copy()
    chosen = list(case.found.open)
    most = len(case.found.free) if sites is None else sites - len(case.found.locked)
    for column in case.found.open:
        _fill(by_site, left, places, int(column))
    budget = case.found.budget_left()
    may_open = np.zeros(len(places), dtype=bool)
    may_open[case.found.free] = True
    for _ in range(most):
        worth = np.where(may_open, np.minimum(by_site @ left, places), 0.0)
        if budget is not None and case.found.costs is not None:
            worth[case.found.costs > budget] = 0.0
        column = int(worth.argmax())
        if not worth[column] > 0 or (len(chosen) > 200 and watch.stopped()):
            break
        _fill(by_site, left, places, column)
        may_open[column] = False
        chosen.append(column)
        if budget is not None and case.found.costs is not None:
            budget -= float(case.found.costs[column])
    return np.array(chosen, dtype=np.int64)


def _fill(by_site: Reach, left: Floats, places: Floats, column: int) -> None:
    """Serve people at `column` until it is full; changes `left` and `places`."""
    rows = by_site.indices[by_site.indptr[column] : by_site.indptr[column + 1]]
    before = np.concatenate([[0.0], np.cumsum(left[rows])])[:-1]
    taken = np.clip(places[column] - before, 0.0, left[rows])
    left[rows] -= taken
    places[column] -= taken.sum()


def _answer(
    case: CapacityCase,
    opened: Positions,
    value: float,
    loads: tuple[tuple[int, float], ...],
    before: float,
    bound: float,
    watch: Watch,
) -> Siting:
    kept = set(case.found.existing.tolist())
    load = dict(loads)
    useful = [
        int(one)
        for one in opened
        if one not in kept and (load.get(int(one), 0) > 0 or one in case.found.locked)
    ]
    proven = gap_between(value, bound) <= SAME
    how: How = "proven" if proven else "greedy" if watch.options.time_limit == 0 else "within"
    return Siting(
        chosen=tuple(sorted(useful, key=lambda one: (-load.get(one, 0), one))),
        objective=tidy(value),
        covered=tidy(value),
        covered_before=tidy(before),
        bound=tidy(value if proven else bound),
        proven_optimal=proven,
        how=how,
        seconds=watch.seconds,
        cost=case.found.cost(useful),
        loads=loads,
    )
