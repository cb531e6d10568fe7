"""The numbers of a capacitated cover question, its model, and who is served where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_input import Sites, read_sites, read_weights, within_reach
from coverage.siting_matrices import aggregated, in_blocks, one_below_another, only_columns
from coverage.siting_question import (
    Floats,
    Metres,
    Positions,
    Reach,
    SitingOptions,
    Watch,
    is_whole,
    summed,
    tidy,
)
from coverage.siting_solver import Model, solve
from geo.errors import SitingError

_NOBODY = np.empty(0, dtype=np.int64)
NO_SITES = Sites(_NOBODY, _NOBODY, _NOBODY, None, None)


@dataclass(frozen=True, eq=False)
class CapacityCase:
    """Merged rows within reach, what they weigh, and what each column can serve."""

    reach: Reach
    weights: Floats
    capacities: Floats
    found: Sites
    whole: bool


def read_case(
    metres: Metres,
    weights: npt.ArrayLike,
    within_metres: float,
    capacities: npt.ArrayLike,
    existing: Iterable[int],
    options: SitingOptions,
    *,
    sites: int | None,
) -> CapacityCase:
    """Return a checked case; people out of everyone's reach stay in the total."""
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
    return CapacityCase(merged, people, places, found, whole)


def capacity_model(case: CapacityCase, sites: int | None, *, target: float | None = None) -> Model:
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


def open_columns(case: CapacityCase, values: Floats) -> Positions:
    """Return the columns that are open in a solution of the model, existing ones included."""
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
    case = CapacityCase(reach, values, np.minimum(places, reach.T @ values), NO_SITES, whole)
    row, column, flows = _flows(case, np.asarray(columns, dtype=np.int64))
    return sparse.csr_matrix((flows, (row, column)), reach.shape)


def served(case: CapacityCase, columns: Positions) -> tuple[float, tuple[tuple[int, float], ...]]:
    """Return how many people `columns` serve at most, and the load of each."""
    _, at, flows = _flows(case, columns)
    loads = summed(at, flows, case.reach.shape[1])
    named = tuple((int(k), tidy(float(loads[k]))) for k in columns)
    return float(loads.sum()), named


def _flows(case: CapacityCase, columns: Positions) -> tuple[Positions, Positions, Floats]:
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
    patient = Watch(SitingOptions(time_limit=3600.0))
    outcome = solve(model, patient)
    flows = np.zeros(part.nnz) if outcome.values is None else outcome.values
    flows = np.rint(flows) if case.whole else flows
    return rows[part.row], columns[part.col], flows
