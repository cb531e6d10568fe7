"""Walks that meet no junction: along one chain, or none at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.network import TICK
from geo.snapping import OnStreets

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]
LINE = 2**32  # more millimetres than any chain has: chain and position in one number


@dataclass(frozen=True, eq=False)
class Direct:
    """Keys of some points, legs included; `rows` ascend and may repeat."""

    rows: Rows
    keys: npt.NDArray[np.float64]


def direct_keys(
    points: OnStreets, services: OnStreets, rows: Rows, same: tuple[Rows, Rows]
) -> Direct:
    """Return the keys of points on the chain or at the place of one of the services `rows`.

    Parameters
    ----------
    points, services
        Where walks end and begin.
    rows
        The services of a set, each on the network.
    same
        What `same_places` returns for all services.
    """
    if not len(rows):
        return Direct(np.empty(0, dtype=np.intp), np.empty(0))
    at, keys = _along_chains(points, services, rows)
    point, service = same
    belongs = np.isin(service, rows)
    at = np.concatenate([at, point[belongs]])
    keys = np.concatenate([keys, service[belongs]])
    order = np.argsort(at, kind="stable")
    return Direct(at[order], keys[order].astype(np.float64))


def _along_chains(points: OnStreets, services: OnStreets, rows: Rows) -> tuple[Rows, Whole]:
    """Return the points that share a chain with a service, and the way along it.

    Of the services behind a point the best is the one of least leg minus
    position, whatever lies between; of those ahead, of least leg plus position.
    """
    own = services.take(rows)
    carries = np.zeros(int(max(own.chain.max(), points.chain.max(initial=0))) + 2, dtype=np.bool_)
    carries[own.chain] = True
    near = np.flatnonzero(carries[points.chain])  # -1 looks at the last entry, which is free
    order = np.lexsort((own.position, own.chain))
    chain, position = own.chain[order].astype(np.int64), own.position[order].astype(np.int64)
    start = own.leg[order] * TICK + rows[order]
    behind = _running_minimum(start - position * TICK, chain)
    ahead = _running_minimum((start + position * TICK)[::-1], chain[::-1])[::-1]
    line = chain * LINE + position
    at_chain, at = points.chain[near].astype(np.int64), points.position[near].astype(np.int64)
    leg = points.leg[near] * TICK
    before = np.searchsorted(line, at_chain * LINE + at, side="right") - 1
    has = (before >= 0) & (chain[before] == at_chain)
    after = np.searchsorted(line, at_chain * LINE + at, side="left")
    after[after == len(line)] = 0  # the first chain is not behind the last, so it never fits
    fits = (chain[after] == at_chain) & (line[after] >= at_chain * LINE + at)
    keys_before = behind[before[has]] + at[has] * TICK + leg[has]
    keys_after = ahead[after[fits]] - at[fits] * TICK + leg[fits]
    return np.concatenate([near[has], near[fits]]), np.concatenate([keys_before, keys_after])


def _running_minimum(values: Whole, group: Whole) -> Whole:
    """Return the least value so far within each run of equal `group`, by doubling steps."""
    least, step = values.copy(), 1
    while step < len(values):
        same = np.flatnonzero(group[step:] == group[:-step])
        if not len(same):
            break
        least[same + step] = np.minimum(least[same + step], least[same])
        step *= 2
    return least


def same_places(points: OnStreets, services: OnStreets) -> tuple[Rows, Rows]:
    """Return the pairs of a point and a service at one place, to the millimetre.

    Who is there already walks nothing, not to the street and back. Points on
    their street are left out: they walk nothing anyway.
    """
    there = np.flatnonzero(services.placed)
    here = np.flatnonzero(points.placed & (points.leg > 0))
    if not len(here) or not len(there):
        return here[:0], there[:0]
    place, theirs = _place(points, here), _place(services, there)
    order = np.argsort(theirs, kind="stable")
    begin = np.searchsorted(theirs[order], place, side="left")
    count = np.searchsorted(theirs[order], place, side="right") - begin
    passed = np.cumsum(count) - count
    at = np.arange(int(count.sum())) + np.repeat(begin - passed, count)
    return np.repeat(here, count), there[order[at]]


def _place(points: OnStreets, rows: Rows) -> npt.NDArray[np.complex128]:
    place: npt.NDArray[np.complex128] = np.rint(points.x[rows] * 1000) + 1j * np.rint(
        points.y[rows] * 1000
    )
    return place
