"""Fair cover: the worst-off community first, or some communities before others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_cover import CoverProblem, cover_model
from coverage.siting_fewest import cover_all
from coverage.siting_input import read_sites, read_weights, within_reach
from coverage.siting_matrices import aggregated, one_below_another, one_beside_another, only_columns
from coverage.siting_maximal import (
    DEFAULT,
    best_cover,
    cover_answer,
    hit_rows,
    hold_reachable,
    maximal_cover,
)
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
    is_whole,
    summed,
)
from coverage.siting_solver import Model, solve
from geo.errors import SitingError


def favoured_cover(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    sites: int | None,
    favour: npt.ArrayLike,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Cover as `maximal_cover`, with some people counting more than others.

    Parameters
    ----------
    metres, weights, within_metres, sites, existing, options
        As in `maximal_cover`.
    favour
        One factor a demand row, such as 2 for a community to be preferred.

    Returns
    -------
    Siting; `objective` and `bound` count with the factors, `covered` are people.
    """
    values = np.asarray(weights, dtype=np.float64)
    factors = np.asarray(favour, dtype=np.float64)
    if factors.shape != values.shape or not (np.isfinite(factors) & (factors >= 0)).all():
        raise SitingError("error.siting_favour", rows=len(values))
    existing = list(existing)
    found = maximal_cover(
        metres,
        values * factors,
        within_metres=within_metres,
        sites=sites,
        existing=existing,
        options=options,
    )
    reach = within_reach(metres, within_metres)
    opened = np.array([*existing, *found.chosen], dtype=np.int64)
    covered = float(values[hit_rows(reach, opened)].sum())
    before = float(values[hit_rows(reach, np.array(existing, dtype=np.int64))].sum())
    return replace(found, covered=covered, covered_before=before)


def fairest_cover(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    sites: int,
    communities: npt.ArrayLike,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> Siting:
    """Make the smallest covered share of any community as large as possible, then cover most.

    Parameters
    ----------
    metres, weights, within_metres, sites, existing, options
        As in `maximal_cover`; no budget.
    communities
        The community of each demand row, any labels. Communities that no
        site can reach at all are left out of the comparison: nothing here helps
        them, and they would hide all the others.

    Returns
    -------
    Siting; `objective`, `bound` and `smallest_share` are shares, `covered` people.

    Notes
    -----
    Max-min fairness (Rawls). With fewer sites than communities without any
    service the smallest share is 0 whatever is done, and this is plain cover.
    """
    watch = Watch(options)
    if options.budget is not None:
        raise SitingError("error.siting_budget_cover_only")
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    labels = np.asarray(communities)
    if labels.shape != (reach.shape[0],):
        raise SitingError("error.siting_communities", rows=reach.shape[0])
    found = read_sites(reach.shape[1], existing, options, sites=sites)
    hold_reachable(reach, values, found, within_metres)
    already = hit_rows(reach, found.open)
    watch.offset = 0.0
    of_row = np.unique(labels, return_inverse=True)[1].reshape(-1)
    count = int(of_row.max()) + 1
    total = summed(of_row, values, count)
    base = summed(of_row[already], values[already], count)
    reachable = already | hit_rows(reach, found.free)
    possible = summed(of_row[reachable], values[reachable], count)
    rows = np.flatnonzero(~already & (values > 0))
    merged, merged_weights, group = aggregated(
        only_columns(reach[rows], found.free), values[rows], keep_apart=of_row[rows]
    )
    unit = np.zeros(len(merged_weights), dtype=np.int64)
    unit[group[group >= 0]] = of_row[rows][group >= 0]
    problem = CoverProblem(
        merged, merged_weights, sites - len(found.locked), None, None, is_whole(values)
    )
    compared = np.flatnonzero(possible > 0)
    chosen, share, bound, how = _fairest(problem, unit, (total, base, compared), watch)
    new = np.concatenate([found.locked, found.free[chosen]]).astype(np.int64)
    answer = cover_answer(reach, values, found, new=new, bound=0.0, how=how, watch=watch)
    return replace(answer, objective=share, bound=max(share, bound), smallest_share=share)


def _fairest(
    problem: CoverProblem,
    unit: Positions,
    counts: tuple[Floats, Floats, Positions],
    watch: Watch,
) -> tuple[list[int], float, float, How]:
    """Return columns, the smallest share, its bound and how sure both steps are."""
    total, base, compared = counts
    chosen, _, plain = best_cover(problem, replace_limit(watch, 0.3))
    share = _smallest(problem, chosen, unit, counts)
    if _not_all_served(problem, unit, counts, watch):
        return chosen, share, share, plain
    if watch.stopped():
        return chosen, share, 1.0, "greedy"
    first = solve(_share_model(problem, unit, counts), watch, negated=True)
    bound = min(1.0, -first.bound) if np.isfinite(first.bound) else 1.0
    proven = first.finished
    if first.values is not None:
        found = _columns(problem, first.values)
        other = _smallest(problem, found, unit, counts)
        if other > share * (1 + SAME):
            chosen, share, plain = found, other, "within"
    if proven and abs(bound - share) <= 1e-7:
        bound = share
    if plain != "proven" and not watch.stopped():
        needed = np.ceil(share * total - base - 1e-6) if problem.whole else share * total - base
        second = solve(
            _floor_model(problem, unit, needed, compared), watch, whole=problem.whole, negated=True
        )
        proven = proven and second.finished
        if second.values is not None:
            found = _columns(problem, second.values)
            keeps = _smallest(problem, found, unit, counts) >= share * (1 - SAME)
            if keeps and problem.covered(found) > problem.covered(chosen):
                chosen = found
    return chosen, share, bound, "proven" if proven and bound <= share * (1 + 1e-7) else "within"


def _not_all_served(
    problem: CoverProblem,
    unit: Positions,
    counts: tuple[Floats, Floats, Positions],
    watch: Watch,
) -> bool:
    """Whether some community stays without any cover whatever opens: the share is 0 then."""
    _, base, compared = counts
    empty = compared[base[compared] == 0]
    if len(empty) == 0:
        return False
    rows, _ = problem.reach.shape
    of_unit = sparse.csr_matrix((np.ones(rows), (unit, np.arange(rows))), (len(base), rows))
    touched = (of_unit[empty] @ problem.reach).tocsr()
    touched.data[:] = 1.0
    cover = cover_all(touched, np.ones(touched.shape[1]), replace_limit(watch, 0.3))
    return problem.sites is not None and cover.bound > problem.sites


def replace_limit(watch: Watch, part: float) -> Watch:
    """Return a silent watch over a part of the time that is left."""
    options = SitingOptions(time_limit=watch.left * part, cancel=watch.options.cancel)
    return Watch(options)


def _columns(problem: CoverProblem, values: Floats) -> list[int]:
    return [int(k) for k in np.flatnonzero(values[: problem.reach.shape[1]] > 0.5)]


def _smallest(
    problem: CoverProblem,
    chosen: list[int],
    unit: Positions,
    counts: tuple[Floats, Floats, Positions],
) -> float:
    total, base, compared = counts
    hit = np.zeros(len(problem.weights), dtype=bool)
    for column in chosen:
        hit[problem.rows_of(column)] = True
    covered = base + summed(unit[hit], problem.weights[hit], len(total))
    return float((covered[compared] / total[compared]).min())


def _by_unit(problem: CoverProblem, unit: Positions, compared: Positions) -> Reach:
    rows, columns = problem.reach.shape
    count = int(max(unit.max(initial=0), compared.max())) + 1
    lines = sparse.csr_matrix(
        (problem.weights, (unit, columns + np.arange(rows))), (count, columns + rows)
    )
    return lines[compared]


def _share_model(
    problem: CoverProblem, unit: Positions, counts: tuple[Floats, Floats, Positions]
) -> Model:
    """Return the cover model with one more variable, the smallest share, to be maximised."""
    total, base, compared = counts
    plain = cover_model(problem)
    lines = one_beside_another(
        [_by_unit(problem, unit, compared), sparse.csr_matrix(-total[compared][:, None])]
    )
    above = one_beside_another([plain.rows, sparse.csr_matrix((plain.rows.shape[0], 1))])
    return Model(
        cost=np.append(np.zeros(len(plain.cost)), -1.0),
        upper=np.append(plain.upper, 1.0),
        integer=np.append(plain.integer, False),
        rows=one_below_another([above, lines]),
        row_lower=np.concatenate([plain.row_lower, -base[compared]]),
        row_upper=np.concatenate([plain.row_upper, np.full(len(compared), np.inf)]),
    )


def _floor_model(
    problem: CoverProblem, unit: Positions, needed: Floats, compared: Positions
) -> Model:
    """Return the cover model in which every compared community keeps what it needs."""
    plain = cover_model(problem)
    return replace(
        plain,
        rows=one_below_another([plain.rows, _by_unit(problem, unit, compared)]),
        row_lower=np.concatenate([plain.row_lower, needed[compared]]),
        row_upper=np.concatenate([plain.row_upper, np.full(len(compared), np.inf)]),
    )
