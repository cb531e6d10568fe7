"""The kernels: the nearest service of every point, and what changes with one service.

They run Dijkstra's search, bounded, on the contracted graph of `geo.network`, in
whole millimetres.

A distance carries which service it belongs to: it is held as millimetres x
`TICK` + the row of the service, exact in a float. So among services equally
near the one of the lower row wins, whatever the order of the search, and no
second search is needed to know whose cell a point lies in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.search_junctions import Starts, junction_keys
from coverage.search_parts import Ends, Part, box_around, part_within, whole
from geo.errors import NetworkError
from geo.network import TICK, TICK_BITS, WalkGraph
from geo.snapping import OnStreets

UNREACHED = 2**31 - 1  # millimetres of a point no service reaches
BLOCK = 8192  # points taken at a time: they stay in the processor's cache
LANES = 8  # sets searched side by side: eight floats are one line of a processor's cache
NOWHERE = float(UNREACHED * TICK + TICK - 1)

Keys = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


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
    keys = _nearest_keys(whole(graph), points, services, sets, within_mm)
    return tuple(_answer(one, bound) for one, bound in zip(keys, within_mm, strict=True))


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
    (keys,) = _nearest_keys(part, some, services, [rows], [before.within_mm])
    found = _answer(np.minimum(keys, _keys(before)[near]), before.within_mm)
    millimetres, service = before.millimetres.copy(), before.service.copy()
    millimetres[near], service[near] = found.millimetres, found.service
    return Nearest(millimetres, service, before.within_mm)


def _nearest_keys(
    part: Part,
    points: OnStreets,
    services: OnStreets,
    sets: Sequence[Rows],
    within_mm: Sequence[int],
) -> Iterator[Keys]:
    """Yield for every set the key of each point's nearest service, inf beyond reach.

    The array is the same one each time: use it before asking for the next.
    """
    if len(services) >= TICK:
        raise NetworkError("error.services_many", count=len(services), most=TICK - 1)
    sets = [rows[services.chain[rows] >= 0] for rows in sets]
    ends, keys = part.ends(points), np.empty(len(points))
    legs = points.leg * float(TICK) if points.leg.any() else None
    same = same_places(points, services)
    for begin in range(0, len(sets), LANES):
        lanes = range(begin, min(begin + LANES, len(sets)))
        reached = junction_keys(
            part, [_starts(part, services, sets[k], within_mm[k]) for k in lanes]
        )
        for k, at_junction in zip(lanes, reached, strict=True):
            _by_ends(keys, at_junction, ends)
            _along_chains(keys, points, services, sets[k])
            if legs is not None:
                keys += legs
            _at_same_place(keys, same, services, sets[k])
            yield keys


def _by_ends(keys: Keys, at_junction: Keys, ends: Ends) -> None:
    """Set the keys of points by way of the ends of their chains."""
    first, last, to_first, to_last = ends
    by_last = np.empty(BLOCK)
    for begin in range(0, len(keys), BLOCK):
        some = slice(begin, begin + BLOCK)
        own = np.take(at_junction, first[some], out=keys[some], mode="clip")
        own += to_first[some]
        other = np.take(at_junction, last[some], out=by_last[: len(own)], mode="clip")
        other += to_last[some]
        np.minimum(own, other, out=own)


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


def _along_chains(keys: Keys, points: OnStreets, services: OnStreets, rows: Rows) -> None:
    """Lower the keys of points that share a chain with a service: the way along it.

    Of the services behind a point the best is the one of least leg minus
    position, whatever lies between; of those ahead, of least leg plus position.
    """
    if not len(rows):
        return
    own = services.take(rows)
    carries = np.zeros(int(max(own.chain.max(), points.chain.max(initial=0))) + 2, dtype=np.bool_)
    carries[own.chain] = True
    near = np.flatnonzero(carries[points.chain])  # -1 looks at the last entry, which is free
    if not len(near):
        return
    order = np.lexsort((own.position, own.chain))
    chain, position = own.chain[order].astype(np.int64), own.position[order]
    start = own.leg[order] * TICK + rows[order]
    behind = _running_minimum(start - position * TICK, chain)
    ahead = _running_minimum((start + position * TICK)[::-1], chain[::-1])[::-1]
    line = chain * 2**32 + position
    at_chain, at = points.chain[near].astype(np.int64), points.position[near]
    place = np.searchsorted(line, at_chain * 2**32 + at, side="right") - 1
    fits = (place >= 0) & (chain[place] == at_chain)
    _lower(keys, near[fits], behind[place[fits]] + at[fits] * TICK)
    place = np.searchsorted(line, at_chain * 2**32 + at, side="left")
    fits = place < len(line)
    fits[fits] = chain[place[fits]] == at_chain[fits]
    _lower(keys, near[fits], ahead[place[fits]] - at[fits] * TICK)


def _running_minimum(
    values: npt.NDArray[np.int64], group: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the least value so far within each run of equal `group`, by doubling steps."""
    least, step = values.copy(), 1
    while step < len(values):
        same = np.flatnonzero(group[step:] == group[:-step])
        if not len(same):
            break
        least[same + step] = np.minimum(least[same + step], least[same])
        step *= 2
    return least


def _lower(keys: Keys, at: Rows, values: npt.NDArray[np.int64]) -> None:
    keys[at] = np.minimum(keys[at], values)


def same_places(points: OnStreets, services: OnStreets) -> tuple[Rows, Rows]:
    """Return the pairs of a point and a service at one place, to the millimetre.

    Who is there already walks nothing, not to the street and back.
    """
    there = np.flatnonzero(services.placed)
    here = np.flatnonzero(points.placed & (points.leg > 0))
    if not len(here) or not len(there):
        return here[:0], there[:0]
    theirs = pd.DataFrame({"place": _place(services, there), "service": there})
    ours = pd.DataFrame({"place": _place(points, here), "point": here})
    pairs = ours.merge(theirs, on="place")
    return pairs["point"].to_numpy(), pairs["service"].to_numpy()


def _place(points: OnStreets, rows: Rows) -> npt.NDArray[np.complex128]:
    return np.rint(points.x[rows] * 1000) + 1j * np.rint(points.y[rows] * 1000)


def _at_same_place(keys: Keys, same: tuple[Rows, Rows], services: OnStreets, rows: Rows) -> None:
    """Set the keys of points where a service of this set stands to no walk at all."""
    point, service = same
    if len(point):
        belongs = np.zeros(len(services), dtype=np.bool_)
        belongs[rows] = True
        kept = belongs[service]
        np.minimum.at(keys, point[kept], service[kept].astype(np.float64))


def _answer(keys: Keys, within_mm: int) -> Nearest:
    """Return keys as millimetres and service rows."""
    millimetres = np.empty(len(keys), dtype=np.int32)
    service = np.empty(len(keys), dtype=np.int32)
    beyond = (within_mm + 1) * float(TICK)
    for begin in range(0, len(keys), BLOCK):
        some = slice(begin, begin + BLOCK)
        key = np.where(keys[some] < beyond, keys[some], NOWHERE).astype(np.int64)
        millimetres[some] = key >> TICK_BITS
        # The last rank stands for no service: one more, the rest, one less make it -1.
        service[some] = ((key + 1) & (TICK - 1)) - 1
    return Nearest(millimetres, service, within_mm)


def _keys(answer: Nearest) -> Keys:
    """Return an answer as keys again."""
    keys = answer.millimetres.astype(np.float64) * TICK + answer.service
    keys[answer.service < 0] = np.inf
    return keys
