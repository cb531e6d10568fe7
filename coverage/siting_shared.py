"""Several categories in one building: a site may host a set of services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.siting_cover import CoverProblem
from coverage.siting_input import Sites, read_sites, read_weights, within_reach
from coverage.siting_matrices import (
    aggregated,
    in_blocks,
    one_below_another,
    one_beside_another,
    only_columns,
)
from coverage.siting_maximal import DEFAULT, best_cover, hit_rows
from coverage.siting_question import (
    Flags,
    Floats,
    How,
    Metres,
    Reach,
    SitingOptions,
    Watch,
    is_whole,
    tidy,
)
from coverage.siting_solver import Model, solve
from geo.errors import SitingError


@dataclass(frozen=True, eq=False)
class Layer:
    """One category: its matrix (the same columns in every layer), people and distance.

    `existing` are the columns that offer this category already.
    """

    metres: Metres
    weights: npt.ArrayLike
    within_metres: float
    existing: Sequence[int] = field(default=())


@dataclass(frozen=True)
class SharedSiting:
    """Buildings, what each hosts, and what that covers.

    Attributes
    ----------
    chosen
        Columns of the buildings to open.
    hosts
        For each of them the layers it hosts.
    covered, covered_before
        Weight covered in each layer; never added up across layers for a reader.
    objective, bound
        Sum over the layers, the number that was optimised, and its bound.
    """

    chosen: tuple[int, ...]
    hosts: tuple[tuple[int, ...], ...]
    covered: tuple[float, ...]
    covered_before: tuple[float, ...]
    objective: float
    bound: float
    proven_optimal: bool
    how: How
    seconds: float


def shared_cover(
    layers: Sequence[Layer],
    *,
    sites: int,
    rooms: int | None = None,
    options: SitingOptions = DEFAULT,
) -> SharedSiting:
    """Open `sites` buildings that together cover most in all layers.

    Parameters
    ----------
    layers
        The categories.
    sites
        How many buildings.
    rooms
        How many categories one building can host; None: all of them.
    options
        Locks, bans, costs and budget, time limit, cancel, progress.

    Raises
    ------
    SitingError
        As `maximal_cover`, or layers with different candidates.
    """
    watch = Watch(options)
    reaches = [within_reach(one.metres, one.within_metres) for one in layers]
    if not reaches or len({one.shape[1] for one in reaches}) > 1:
        raise SitingError("error.siting_layers", layers=len(reaches))
    if rooms is not None and not rooms >= 1:
        raise SitingError("error.siting_option", name="rooms", given=rooms)
    weights = [
        read_weights(layer.weights, reach.shape[0])
        for layer, reach in zip(layers, reaches, strict=True)
    ]
    found = read_sites(reaches[0].shape[1], (), options, sites=sites)
    done = [
        hit_rows(reach, np.asarray(layer.existing, dtype=np.int64))
        for layer, reach in zip(layers, reaches, strict=True)
    ]
    if rooms is None or rooms >= len(layers):
        chosen, bound, how = _all_in_each(reaches, weights, done, found, sites, watch)
        hosts = [tuple(range(len(layers)))] * len(chosen)
    else:
        chosen, hosts, bound, how = _some_in_each(
            (reaches, weights, done), found, sites, rooms, watch
        )
    hosts = _needed(reaches, weights, done, chosen, hosts)
    return _answer((reaches, weights, done), chosen, hosts, bound, how, watch)


_Layers = tuple[list[Reach], list[Floats], list[Flags]]


def _all_in_each(
    reaches: list[Reach],
    weights: list[Floats],
    done: list[Flags],
    found: Sites,
    sites: int,
    watch: Watch,
) -> tuple[list[int], float, How]:
    """Every building hosts everything: one cover question with all rows."""
    reach = one_below_another(reaches)
    values, covered = np.concatenate(weights), np.concatenate(done)
    base = covered | hit_rows(reach, found.locked)
    rows = np.flatnonzero(~base & (values > 0))
    problem = CoverProblem(
        only_columns(reach[rows], found.free),
        values[rows],
        sites - len(found.locked),
        None if found.costs is None else found.costs[found.free],
        found.budget_left(),
        is_whole(values),
    )
    watch.offset = float(values[base].sum())
    chosen, bound, how = best_cover(problem, watch)
    columns = [*(int(k) for k in found.locked), *(int(found.free[k]) for k in chosen)]
    return columns, bound + watch.offset, how


def _some_in_each(
    layers: _Layers, found: Sites, sites: int, rooms: int, watch: Watch
) -> tuple[list[int], list[tuple[int, ...]], float, How]:
    """Choose what each building hosts: x_j open, v_jl hosts layer l, y covered."""
    reaches, weights, done = layers
    base = sum(float(w[d].sum()) for w, d in zip(weights, done, strict=True))
    watch.offset = base
    model, columns = _hosting_model(layers, found, sites, rooms)
    whole = all(is_whole(one) for one in weights)
    outcome = solve(model, watch, whole=whole, negated=True)
    bound = base - outcome.bound if np.isfinite(outcome.bound) else np.inf
    if outcome.values is None:
        most = sum(float(one.sum()) for one in weights)
        locked = [int(k) for k in found.locked]
        return locked, [tuple(range(rooms))] * len(locked), min(bound, most), "greedy"
    count = len(columns)
    hosting = outcome.values[count : count * (1 + len(reaches))].reshape(len(reaches), count) > 0.5
    kept = [k for k in range(count) if hosting[:, k].any() or columns[k] in found.locked]
    chosen = [int(columns[k]) for k in kept]
    hosts = [tuple(int(one) for one in np.flatnonzero(hosting[:, k])) for k in kept]
    return chosen, hosts, bound, "proven" if outcome.finished else "within"


def _hosting_model(
    layers: _Layers, found: Sites, sites: int, rooms: int
) -> tuple[Model, npt.NDArray[np.int64]]:
    columns = np.concatenate([found.locked, found.free])
    count, several = len(columns), len(layers[0])
    parts, values = _uncovered(layers, columns)
    demand = sum(len(one) for one in values)
    eye = sparse.identity(count, format="csr")
    stacked = one_below_another([eye] * several)
    hosted = sparse.identity(count * several, format="csr")
    together = one_beside_another([eye] * several)
    covering = sparse.block_diag(parts, format="csr")
    one = np.ones(count)
    costs = None if found.costs is None else found.costs[columns]
    limits = [(one, float(sites))]
    if found.budget is not None and costs is not None:
        limits.append((costs, found.budget))
    blocks = [
        [-stacked, hosted, None],
        [-rooms * eye, together, None],
        [None, -covering, sparse.identity(demand, format="csr")],
        *([sparse.csr_matrix(line), None, None] for line, _ in limits),
    ]
    upper = [np.zeros(count * several + count + demand), [limit for _, limit in limits]]
    locked = len(found.locked)
    total = count * (1 + several) + demand
    fixed = sparse.csr_matrix(
        (np.ones(locked), (np.arange(locked), np.arange(locked))), (locked, total)
    )
    rows = one_below_another([in_blocks(blocks), fixed])
    above = np.concatenate([*upper, np.ones(locked)])
    below = np.full(len(above), -np.inf)
    below[len(below) - locked :] = 1.0
    model = Model(
        cost=np.concatenate([np.zeros(total - demand), *(-one for one in values)]),
        upper=np.ones(total),
        integer=np.arange(total) < total - demand,
        rows=rows,
        row_lower=below,
        row_upper=above,
    )
    return model, columns


def _uncovered(layers: _Layers, columns: npt.NDArray[np.int64]) -> tuple[list[Reach], list[Floats]]:
    """Return what each layer lacks: its merged uncovered rows and their weights."""
    parts, values = [], []
    for reach, weight, covered in zip(*layers, strict=True):
        rows = np.flatnonzero(~covered & (weight > 0))
        merged, people, _ = aggregated(only_columns(reach[rows], columns), weight[rows])
        parts.append(merged)
        values.append(people)
    return parts, values


def _needed(
    reaches: list[Reach],
    weights: list[Floats],
    done: list[Flags],
    chosen: list[int],
    hosts: list[tuple[int, ...]],
) -> list[tuple[int, ...]]:
    """Leave a category out of a building where it would cover nobody new."""
    needed: list[tuple[int, ...]] = []
    covered = [one.copy() for one in done]
    for column, several in zip(chosen, hosts, strict=True):
        useful = []
        for layer in several:
            hit = hit_rows(reaches[layer], np.array([column])) & ~covered[layer]
            if float(weights[layer][hit].sum()) > 0:
                useful.append(layer)
            covered[layer] |= hit
        needed.append(tuple(useful))
    return needed


def _answer(
    layers: _Layers,
    chosen: list[int],
    hosts: list[tuple[int, ...]],
    bound: float,
    how: How,
    watch: Watch,
) -> SharedSiting:
    covered, before = [], []
    for k, (reach, weight, done) in enumerate(zip(*layers, strict=True)):
        here = np.array([c for c, h in zip(chosen, hosts, strict=True) if k in h], dtype=np.int64)
        covered.append(tidy(float(weight[done | hit_rows(reach, here)].sum())))
        before.append(tidy(float(weight[done].sum())))
    objective = tidy(float(sum(covered)))
    proven = how == "proven"
    return SharedSiting(
        chosen=tuple(chosen),
        hosts=tuple(hosts),
        covered=tuple(covered),
        covered_before=tuple(before),
        objective=objective,
        bound=objective if proven else max(objective, tidy(bound)),
        proven_optimal=proven,
        how=how,
        seconds=watch.seconds,
    )
