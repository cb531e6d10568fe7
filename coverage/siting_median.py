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

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_fewest import cover_all
from coverage.siting_input import (
    Sites,
    is_sparse,
    never_reached,
    read_metres,
    read_sites,
    read_weights,
)
from coverage.siting_maximal import DEFAULT
from coverage.siting_median_model import MedianProblem, service
from coverage.siting_median_prices import climb, search
from coverage.siting_median_search import exchange, greedy, no_better
from coverage.siting_question import (
    Floats,
    How,
    Metres,
    Siting,
    SitingOptions,
    Watch,
    tidy,
)
from geo.errors import SitingError


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
    objective = tidy(float(service(problem, chosen).first.sum()))
    return Siting(
        chosen=_by_saving(problem, found, chosen),
        objective=objective,
        covered=tidy(float(values.sum())),
        covered_before=None,
        bound=objective if how == "proven" else min(objective, tidy(bound)),
        proven_optimal=how == "proven",
        how=how,
        seconds=watch.seconds,
        cost=found.cost(new),
    )


def _question(matrix: Metres, weights: Floats, found: Sites, sites: int) -> MedianProblem:
    """Return weighted metres by column; open sites become what a row has without new ones."""
    rows = np.flatnonzero(weights > 0)
    if not is_sparse(matrix):
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
        raise never_reached(~reached)


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
    chosen = exchange(problem, greedy(problem), watch)
    state = service(problem, chosen)
    bound, value = float(problem.cheapest.sum()), float(state.first.sum())
    how: How = "greedy"
    if not state.everyone:
        _hold_enough(problem, watch)
    watch.tell(value, bound)
    if not no_better(problem, bound, value) and not watch.stopped():
        chosen, ascent = climb(problem, chosen, watch)
        bound, how = max(bound, ascent.bound), "within"
        value = float(service(problem, chosen).first.sum())
        near = no_better(problem, bound, value) or watch.near_enough(value, bound)
        if not near and not watch.stopped():
            chosen, proof = search(ascent, chosen, watch)
            bound = max(bound, proof)
    state = service(problem, chosen)
    if not state.everyone:
        raise SitingError("error.siting_no_answer_in_time", seconds=watch.options.time_limit)
    value = float(state.first.sum())
    if no_better(problem, bound, value):
        return chosen, value, "proven"
    return chosen, float(np.ceil(bound - 1e-6)) if problem.whole else bound, how


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
