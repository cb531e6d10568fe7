"""The networks all peers are measured on: real ones, and copies of them laid side by side.

Every peer gets the same arrays: nodes in the same (Hilbert) order, undirected
edges in whole millimetres, one connected network. Islands and boats are left
out beforehand, so nobody gains by ignoring them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asked import Metres, Streets, Whole
from geo.hilbert import hilbert_index
from geo.network import walk_graph
from geo.streets import read_streets

JOINTS = 6  # streets that join a copy to the next one


def connected(path: Path, crs: Any = None) -> Streets:
    """Read a file and keep the largest component that people walk on."""
    network = read_streets(path, crs=crs)
    graph = walk_graph(network)
    largest = graph.component_millimetres.argmax()
    kept = graph.captures & (graph.component[network.lower] == largest)
    return ordered(
        network.x,
        network.y,
        network.lower[kept].astype(np.int64),
        network.neighbour[kept].astype(np.int64),
        network.millimetres[kept].astype(np.int64),
    )


def ordered(x: Metres, y: Metres, a: Whole, b: Whole, millimetres: Whole) -> Streets:
    """Drop nodes without edges; sort nodes along the Hilbert curve and edges by their nodes."""
    used = np.unique(np.concatenate([a, b]))
    used = used[np.lexsort((y[used], x[used], hilbert_index(x[used], y[used])))]
    number = np.full(len(x), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    low, high = np.minimum(number[a], number[b]), np.maximum(number[a], number[b])
    order = np.lexsort((high, low))
    low, high = low[order].astype(np.int32), high[order].astype(np.int32)
    return Streets(x[used], y[used], low, high, millimetres[order].astype(np.int32))


def replicated(streets: Streets, side: int) -> Streets:
    """Lay `side` x `side` copies next to each other, each joined to the next by a few streets."""
    nodes, edges = len(streets.x), len(streets.lower)
    width, height = np.ptp(streets.x) + 100, np.ptp(streets.y) + 100
    copy = np.arange(side * side)
    x = (streets.x + (copy % side * width)[:, None]).ravel()
    y = (streets.y + (copy // side * height)[:, None]).ravel()
    shift = (copy * nodes)[:, None]
    east, west = _facing(streets.x, streets.y)
    north, south = _facing(streets.y, streets.x)
    right = (copy[copy % side < side - 1] * nodes)[:, None]
    above = (copy[copy // side < side - 1] * nodes)[:, None]
    a = [(streets.lower + shift).ravel(), (east + right).ravel(), (north + above).ravel()]
    b = [
        (streets.upper + shift).ravel(),
        (west + right + nodes).ravel(),
        (south + above + side * nodes).ravel(),
    ]
    first, last = np.concatenate(a), np.concatenate(b)
    joints = slice(edges * side * side, None)
    metres = np.hypot(x[last[joints]] - x[first[joints]], y[last[joints]] - y[first[joints]])
    lengths = np.tile(streets.millimetres, side * side)
    return ordered(x, y, first, last, np.append(lengths, np.rint(metres * 1000).astype(np.int64)))


def _facing(along: Metres, across: Metres) -> tuple[Whole, Whole]:
    """Return the outermost nodes of both ends of a network, strip by strip."""
    edge = np.linspace(across.min(), across.max(), JOINTS + 1)
    strip = np.clip(np.searchsorted(edge, across, side="right") - 1, 0, JOINTS - 1)
    there = [np.flatnonzero(strip == k) for k in range(JOINTS)]
    there = [rows for rows in there if len(rows)]
    far = np.array([rows[along[rows].argmax()] for rows in there])
    near = np.array([rows[along[rows].argmin()] for rows in there])
    return far, near
