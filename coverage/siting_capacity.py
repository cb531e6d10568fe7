"""Capacitated cover: a site serves no more people than it has places for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_matrices import aggregated, in_blocks, one_below_another, only_columns
from coverage.siting_maximal import DEFAULT, hold_reachable
from coverage.siting_question import (
    SAME,
    Floats,
    How,
    Metres,
    Positions,
    Reach,
    Sites,
    Siting,
    SitingOptions,
    Watch,
    gap_between,
    is_whole,
    read_sites,
    read_weights,
    summed,
    tidy,
    within_reach,
)
from coverage.siting_solver import Model, solve
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
    case = _read(metres, weights, within_metres, capacities, existing, options, sites=sites)
    if sites is None and options.budget is None:
        raise SitingError("error.siting_no_limit")
    hold_reachable(case.reach, case.weights, case.found, within_metres)
    before = _served(case, case.found.existing, watch)[0]
    first = _greedy(case, sites, watch)
    outcome = solve(_model(case, sites), watch, whole=case.whole, negated=True)
    value, loads = _served(case, first, watch)
    if outcome.values is not None:
        found = _opened(case, outcome.values)
        more, other = _served(case, found, watch)
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
    case = _read(metres, weights, within_metres, capacities, existing, options, sites=None)
    if not 0 < share <= 1:
        raise SitingError("error.siting_share", given=share)
    target = share * float(case.weights.sum())
    target = float(np.ceil(target - 1e-6)) if case.whole else target * (1 - SAME)
    everywhere = np.concatenate([case.found.open, case.found.free])
    most = _served(case, everywhere, watch)[0]
    if most < target * (1 - SAME):
        raise SitingError(
            "error.siting_capacity_short",
            most=tidy(most),
            wanted=tidy(target),
            lacking=tidy(np.ceil(target - most)),
        )
    before = _served(case, case.found.existing, watch)[0]
    outcome = solve(_model(case, None, target=target), watch, whole=True)
    # Without an answer in time every candidate opens: feasible, and said to be no more than that.
    opened = everywhere if outcome.values is None else _opened(case, outcome.values)
    value, loads = _served(case, opened, watch)
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


_NOBODY = np.empty(0, dtype=np.int64)
NO_SITES = Sites(_NOBODY, _NOBODY, _NOBODY, None, None)


@dataclass(frozen=True, eq=False)
class _Case:
    """Merged rows within reach, what they weigh, and what each column can serve."""

    reach: Reach
    weights: Floats
    capacities: Floats
    found: Sites
    whole: bool


def _read(
    metres: Metres,
    weights: npt.ArrayLike,
    within_metres: float,
    capacities: npt.ArrayLike,
    existing: Iterable[int],
    options: SitingOptions,
    *,
    sites: int | None,
) -> _Case:
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    places = np.asarray(capacities, dtype=np.float64)
    if places.shape != (reach.shape[1],) or not (places >= 0).all():
        raise SitingError("error.siting_capacities", columns=reach.shape[1])
    if not (places > 0).any():
        raise SitingError("error.siting_no_places")
    found = read_sites(reach.shape[1], existing, options, sites=sites)
    merged, people, group = aggregated(reach, values)
    lost = float(values[group < 0].sum())
    whole = is_whole(values) and is_whole(places[np.isfinite(places)])
    # A column never serves more than everybody in its reach.
    places = np.minimum(places, merged.T @ people)
    if lost > 0:
        # People out of reach stay in the total, in a row of their own.
        merged = one_below_another([merged, sparse.csr_matrix((1, merged.shape[1]))])
        people = np.append(people, lost)
    return _Case(merged, people, places, found, whole)


def _model(case: _Case, sites: int | None, *, target: float | None = None) -> Model:
    """Return the model: open x_j, people z_ij of row i served at column j."""
    rows, columns = case.reach.shape
    entries = case.reach.tocoo()
    flows = len(entries.row)
    at = np.arange(flows)
    from_rows = sparse.csr_matrix((np.ones(flows), (entries.row, at)), (rows, flows))
    at_sites = sparse.csr_matrix((np.ones(flows), (entries.col, at)), (columns, flows))
    may_open = np.zeros(columns)
    may_open[case.found.free] = 1.0
    is_open = np.zeros(columns)
    is_open[case.found.open] = 1.0
    blocks: list[list[Reach]] = [
        [sparse.csr_matrix((rows, columns)), from_rows],
        [-sparse.diags(case.capacities * may_open, format="csr"), at_sites],
    ]
    upper = [case.weights, case.capacities * is_open]
    limits: list[tuple[Floats, float]] = []
    if sites is not None:
        limits.append((may_open, float(sites - len(case.found.locked))))
    left = case.found.budget_left()
    if left is not None and case.found.costs is not None:
        limits.append((case.found.costs * may_open, left))
    for line, limit in limits:
        blocks.append([sparse.csr_matrix(line), sparse.csr_matrix((1, flows))])
        upper.append(np.array([limit]))
    lower = [np.full(sum(len(one) for one in upper), -np.inf)]
    cost = np.concatenate([np.zeros(columns), -np.ones(flows)])
    if target is not None:
        blocks.append([sparse.csr_matrix((1, columns)), sparse.csr_matrix(np.ones((1, flows)))])
        upper.append(np.array([np.inf]))
        lower.append(np.array([target]))
        cost = np.concatenate([may_open, np.zeros(flows)])
    return Model(
        cost=cost,
        upper=np.concatenate([may_open, case.weights[entries.row]]),
        integer=np.arange(columns + flows) < columns,
        rows=in_blocks(blocks),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
    )


def _opened(case: _Case, values: Floats) -> Positions:
    new = case.found.free[values[: case.reach.shape[1]][case.found.free] > 0.5]
    return np.concatenate([case.found.open, new])


def served_at(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    capacities: npt.ArrayLike,
    columns: Sequence[int],
) -> Reach:
    """Return who is served where when `columns` are open: a fullest possible distribution.

    Returns
    -------
    csr matrix of the shape of `metres`: people of a row served at a column.
    """
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    places = np.asarray(capacities, dtype=np.float64)
    whole = is_whole(values) and is_whole(places[np.isfinite(places)])
    case = _Case(reach, values, np.minimum(places, reach.T @ values), NO_SITES, whole)
    row, column, flows = _flows(case, np.asarray(columns, dtype=np.int64), Watch(DEFAULT))
    return sparse.csr_matrix((flows, (row, column)), reach.shape)


def _served(
    case: _Case, columns: Positions, watch: Watch
) -> tuple[float, tuple[tuple[int, float], ...]]:
    """Return how many people `columns` serve at most, and the load of each."""
    _, at, flows = _flows(case, columns, watch)
    loads = summed(at, flows, case.reach.shape[1])
    named = tuple((int(k), tidy(float(loads[k]))) for k in columns)
    return float(loads.sum()), named


def _flows(case: _Case, columns: Positions, watch: Watch) -> tuple[Positions, Positions, Floats]:
    """Return rows, columns and people of a fullest distribution over open `columns`."""
    if len(columns) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0)
    part = only_columns(case.reach, columns)
    rows = np.flatnonzero(np.diff(part.indptr) > 0)
    part = part[rows].tocoo()
    at = np.arange(part.nnz)
    from_rows = sparse.csr_matrix((np.ones(part.nnz), (part.row, at)), (len(rows), part.nnz))
    at_sites = sparse.csr_matrix((np.ones(part.nnz), (part.col, at)), (len(columns), part.nnz))
    model = Model(
        cost=-np.ones(part.nnz),
        upper=case.weights[rows][part.row],
        integer=np.zeros(part.nnz, dtype=bool),
        rows=one_below_another([from_rows, at_sites]),
        row_lower=np.full(len(rows) + len(columns), -np.inf),
        row_upper=np.concatenate([case.weights[rows], case.capacities[columns]]),
    )
    # A flow of this size is solved at once; it is the answer itself and never cut short.
    patient = Watch(SitingOptions(time_limit=3600.0, cancel=watch.options.cancel))
    outcome = solve(model, patient)
    flows = np.zeros(part.nnz) if outcome.values is None else outcome.values
    flows = np.rint(flows) if case.whole else flows
    return rows[part.row], columns[part.col], flows


def _greedy(case: _Case, sites: int | None, watch: Watch) -> Positions:
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
    case: _Case,
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
