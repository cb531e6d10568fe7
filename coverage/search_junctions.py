"""Distances at junctions from several sets of starts at once.

On a local part Dijkstra's search runs on its junctions as they are. On the
whole graph it runs on the core of the hierarchy only; the rounds below are
passed in plain array steps, all sets side by side as lanes of one array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from coverage.search_parts import Part
from geo.hierarchy import Hierarchy
from geo.network import TICK

BLOCK = 2048  # rows passed at a time: they stay in the processor's cache

Keys = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Short = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Starts:
    """Where the walks of one set begin: junctions, the key each begins with, the bound."""

    junction: npt.NDArray[np.int32]
    key: Keys
    limit: float


def junction_keys(part: Part, starts: Sequence[Starts]) -> Keys:
    """Return the least key of every junction, per set.

    Parameters
    ----------
    part
        All of a graph or a piece of it.
    starts
        The sets. Keys at the bound or below are exact; above it they may be inf.

    Returns
    -------
    Array (junctions + 1) x sets; the last row, "outside", is inf.
    """
    if part.hierarchy is not None:
        return _over_the_core(part.hierarchy, starts)
    return _searched(part.weights, starts)


def _searched(weights: sparse.csr_array, starts: Sequence[Starts]) -> Keys:
    """Search each set from a row of its own that leads to its starts."""
    size = int(weights.shape[0])
    keys = np.full((size + 1, len(starts)), np.inf)
    arcs = with_rows(
        weights,
        np.concatenate([one.junction for one in starts]),
        np.concatenate([one.key for one in starts]),
        np.array([len(one.junction) for one in starts]),
    )
    for number, one in enumerate(starts):
        if len(one.junction):
            found = csgraph.dijkstra(
                arcs,
                directed=True,
                indices=np.array([size + 1 + number]),
                limit=one.limit,
                min_only=True,
            )
            keys[:size, number] = found[:size]
    return keys


def with_rows(
    weights: sparse.csr_array, heads: Short, lengths: Keys, counts: npt.NDArray[np.int64]
) -> sparse.csr_array:
    """Return the weights with a row for "outside" and one a set of further arcs.

    The first ``counts[0]`` of `heads` and `lengths` are those of the first set,
    and so on. Nothing leads to the new rows, so no walk passes through them.
    """
    size = int(weights.shape[0]) + 1 + len(counts)
    ends = weights.indptr[-1] + np.cumsum(counts)
    return sparse.csr_array(
        (
            np.concatenate([weights.data, lengths]),
            np.concatenate([weights.indices, heads]),
            np.concatenate([weights.indptr, weights.indptr[-1:], ends]).astype(np.int32),
        ),
        shape=(size, size),
    )


def _over_the_core(hierarchy: Hierarchy, starts: Sequence[Starts]) -> Keys:
    """Pass the keys up to the core, search there, and pass them down to every junction."""
    lanes, size = len(starts), len(hierarchy.row)
    keys = np.full((size, lanes), np.inf)
    touched = np.zeros(size, dtype=np.bool_)
    for lane, one in enumerate(starts):
        np.minimum.at(keys[:, lane], one.junction, one.key)
        touched[one.junction] = True
    limits = np.array([one.limit for one in starts])
    _up(hierarchy, keys, touched, limits)
    core = keys[hierarchy.core_begin : size - 1]
    ahead = [np.flatnonzero(np.isfinite(core[:, lane])).astype(np.int32) for lane in range(lanes)]
    seeds = [
        Starts(rows, core[rows, lane], one.limit)
        for lane, (rows, one) in enumerate(zip(ahead, starts, strict=True))
    ]
    core[:] = _searched(hierarchy.core, seeds)[:-1]
    _down(hierarchy, keys)
    return keys


def _up(hierarchy: Hierarchy, keys: Keys, touched: npt.NDArray[np.bool_], limits: Keys) -> None:
    """Give every start's key to the neighbours above it, round by round."""
    lanes = keys.shape[1]
    flat = keys.reshape(-1)
    for one in hierarchy.rounds:
        rows = np.flatnonzero(touched[one.begin : one.end])
        if not len(rows):
            continue
        of_rows = keys[one.begin + rows]
        which, lane = np.nonzero(of_rows <= limits)
        row, key = rows[which], of_rows[which, lane]
        for column in hierarchy.columns(one):
            has = np.flatnonzero(row < len(column.up))
            up = column.up[row[has]]
            at = up.astype(np.int64) * lanes + lane[has]
            np.minimum.at(flat, at, key[has] + column.millimetres[row[has]] * float(TICK))
            touched[up] = True


def _down(hierarchy: Hierarchy, keys: Keys) -> None:
    """Give every junction the best of its neighbours above, the last round first."""
    above = np.empty((BLOCK, keys.shape[1]))
    for one in reversed(hierarchy.rounds):
        columns = hierarchy.columns(one)
        for begin in range(one.begin, one.end, BLOCK):
            offset = begin - one.begin
            for column in columns:
                up = column.up[offset : offset + BLOCK]
                if not len(up):
                    break
                near = np.take(keys, up, axis=0, out=above[: len(up)], mode="clip")
                length = column.millimetres[offset : offset + BLOCK] * float(TICK)
                near += length[:, None]
                own = keys[begin : begin + len(up)]
                np.minimum(own, near, out=own)
