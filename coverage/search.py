"""The kernels: the nearest service of every point, and what changes with one service.

They run Dijkstra's search, bounded, on the contracted graph of `geo.network`, in
whole millimetres.

A distance carries which service it belongs to: it is held as millimetres x
`TICK` + the row of the service, exact in a float. So among services equally
near the one of the lower row wins, whatever the order of the search, and no
second search is needed to know whose cell a point lies in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.search_direct import Direct, direct_keys, same_places
from coverage.search_junctions import Starts, junction_keys
from coverage.search_parts import Part, box_around, part_within, whole
from geo.errors import NetworkError
from geo.network import TICK, TICK_BITS, WalkGraph
from geo.snapping import OnStreets

UNREACHED = 2**31 - 1  # millimetres of a point no service reaches
BLOCK = 8192  # points taken at a time: they stay in the processor's cache
LANES = 8  # sets searched side by side: eight floats are one line of a processor's cache
NOWHERE = float(UNREACHED * TICK + TICK - 1)

Keys = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Short = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest of some services for every point.

    Parameters
    ----------
    millimetres
        Int32 per point: the walk, legs included; `UNREACHED` beyond the bound.
    service
        Int32 per point: the row of the service, -1 when unreached.
    within_mm
        The bound.
    """

    millimetres: npt.NDArray[np.int32]
    service: npt.NDArray[np.int32]
    within_mm: int


def nearest(
    graph: WalkGraph,
    points: OnStreets,
    services: OnStreets,
    *,
    members: Sequence[npt.ArrayLike],
    within_mm: Sequence[int],
) -> tuple[Nearest, ...]:
    """Return the nearest service of every point, for several sets of services.

    Parameters
    ----------
    graph
        Streets of one walker, on which `points` and `services` stand.
    points, services
        Where walks end and begin. The order of the services is their rank:
        among equally near ones the earlier wins.
    members
        For each set (a category) its rows of `services`.
    within_mm
        For each set the longest walk, in millimetres.
    """
    sets = [np.unique(np.asarray(one, dtype=np.intp)) for one in members]
    return tuple(_search(whole(graph), points, services, sets, within_mm))


def with_added(
    graph: WalkGraph,
    points: OnStreets,
    services: OnStreets,
    before: Nearest,
    *,
    added: npt.ArrayLike,
) -> Nearest:
    """Return the answer once the services in rows `added` stand too.

    A search from the new ones alone, in their neighbourhood, and the minimum.
    `before` names rows of the same `services`.
    """
    rows = np.asarray(added, dtype=np.intp)
    rows = rows[services.chain[rows] >= 0]
    if not len(rows):
        return before
    box = box_around(services.take(rows)).grown(before.within_mm / 1000)
    near = np.flatnonzero(box.holds(points.foot_x, points.foot_y) & points.placed)
    return _patched(graph, points, services, before, near, rows)


def with_removed(
    graph: WalkGraph,
    points: OnStreets,
    services: OnStreets,
    before: Nearest,
    *,
    lost: npt.NDArray[np.bool_],
    remaining: npt.ArrayLike,
) -> Nearest:
    """Return the answer once some services are gone.

    Parameters
    ----------
    graph, points, services, before
        As of `with_added`.
    lost
        Per point whether the service it was nearest to is gone. Only these
        points are searched for again.
    remaining
        The rows of the services that stand.
    """
    owned = np.flatnonzero(lost)
    if not len(owned):
        return before
    millimetres, service = before.millimetres.copy(), before.service.copy()
    millimetres[owned], service[owned] = UNREACHED, -1
    emptied = Nearest(millimetres, service, before.within_mm)
    rows = np.asarray(remaining, dtype=np.intp)
    box = box_around(points.take(owned)).grown(before.within_mm / 1000)
    rows = rows[box.holds(services.foot_x[rows], services.foot_y[rows])]
    return _patched(graph, points, services, emptied, owned, rows)


def _patched(
    graph: WalkGraph,
    points: OnStreets,
    services: OnStreets,
    before: Nearest,
    near: Rows,
    rows: Rows,
) -> Nearest:
    """Return `before` with the points `near` searched for again among the services `rows`."""
    if not len(near) or not len(rows):
        return before
    some = points.take(near)
    part = part_within(graph, box_around(some).grown(before.within_mm / 1000))
    (found,) = _search(part, some, services, [rows], [before.within_mm])
    everyone = np.arange(len(near))
    keys = np.minimum(_joined(found, everyone), _joined(before, near))
    millimetres, service = before.millimetres.copy(), before.service.copy()
    millimetres[near], service[near] = _split(keys, (before.within_mm + 1) * float(TICK))
    return Nearest(millimetres, service, before.within_mm)


def _search(
    part: Part,
    points: OnStreets,
    services: OnStreets,
    sets: Sequence[Rows],
    within_mm: Sequence[int],
) -> list[Nearest]:
    """Return for every set the nearest of its services, in the part of the graph given."""
    if len(services) >= TICK:
        raise NetworkError("error.services_many", count=len(services), most=TICK - 1)
    sets = [rows[services.chain[rows] >= 0] for rows in sets]
    same = same_places(points, services)
    answers: list[Nearest] = []
    for begin in range(0, len(sets), LANES):
        lanes = range(begin, min(begin + LANES, len(sets)))
        bounds = [within_mm[k] for k in lanes]
        reached = junction_keys(
            part, [_starts(part, services, sets[k], within_mm[k]) for k in lanes]
        )
        direct = [direct_keys(points, services, sets[k], same) for k in lanes]
        answers += _at_points(part, points, reached, direct, bounds)
    return answers


def _starts(part: Part, services: OnStreets, rows: Rows, within_mm: int) -> Starts:
    """Return where walks from services begin: at both ends of their chains, legs included."""
    own = services.take(rows)
    first, last, to_first, to_last = part.ends(own)
    junction = np.concatenate([first, last])
    key = np.concatenate([to_first, to_last]) + np.tile(own.leg * float(TICK) + rows, 2)
    known = np.flatnonzero(junction < part.junctions)
    order = known[np.lexsort((key[known], junction[known]))]
    best = order[np.flatnonzero(np.diff(junction[order], prepend=-1))]
    return Starts(junction[best], key[best], (within_mm + 1) * float(TICK) - 1)


def _at_points(
    part: Part,
    points: OnStreets,
    reached: Keys,
    direct: Sequence[Direct],
    bounds: Sequence[int],
) -> list[Nearest]:
    """Return the answers at points from the keys at junctions, lane by lane, block by block."""
    # An array a lane, as each is kept or thrown away by itself.
    millimetres = [np.empty(len(points), dtype=np.int32) for _ in bounds]
    service = [np.empty(len(points), dtype=np.int32) for _ in bounds]
    beyond = (np.array(bounds, dtype=np.float64)[:, None] + 1) * TICK
    for begin in range(0, len(points), BLOCK):
        some = points.take(slice(begin, begin + BLOCK))
        end = begin + len(some)
        keys = np.ascontiguousarray(_by_ends(part, some, reached).T)
        for lane, short in enumerate(direct):
            low, high = np.searchsorted(short.rows, (begin, end))
            np.minimum.at(keys[lane], short.rows[low:high] - begin, short.keys[low:high])
        short_mm, rows = _split(keys, beyond)
        for lane in range(len(bounds)):
            millimetres[lane][begin:end] = short_mm[lane]
            service[lane][begin:end] = rows[lane]
    return [Nearest(*one) for one in zip(millimetres, service, bounds, strict=True)]


def _by_ends(part: Part, points: OnStreets, reached: Keys) -> Keys:
    """Return the keys of points by way of the ends of their chains, legs included."""
    first, last, to_first, to_last = part.ends(points)
    legs = points.leg * float(TICK)
    keys = np.take(reached, first, axis=0, mode="clip")
    keys += (to_first + legs)[:, None]
    by_last = np.take(reached, last, axis=0, mode="clip")
    by_last += (to_last + legs)[:, None]
    return np.minimum(keys, by_last, out=keys)


def _split(keys: Keys, beyond: Keys | float) -> tuple[Short, Short]:
    """Return keys as millimetres and service rows; those `beyond` or more are unreached."""
    key = np.where(keys < beyond, keys, NOWHERE).astype(np.int64)
    # The last rank stands for no service: one more, the rest, one less make it -1.
    service = ((key + 1) & (TICK - 1)).astype(np.int32) - np.int32(1)
    return (key >> TICK_BITS).astype(np.int32), service


def _joined(answer: Nearest, at: Rows) -> Keys:
    """Return an answer at some points as keys again."""
    keys = answer.millimetres[at].astype(np.float64) * TICK + answer.service[at]
    return np.where(answer.service[at] < 0, np.inf, keys)
