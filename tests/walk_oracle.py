"""Walks by brute force: every point put into the uncontracted graph, one plain Dijkstra.

Slow and simple on purpose; it shares no step with the engine but the arrays of
the network and which of its edges a point may stand on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from geo.network import walk_graph
from geo.streets import StreetNetwork, streets_from_lines

CORNER = np.array([240_000.0, 3_380_000.0])
Metres = npt.NDArray[np.float64]


def walks_mm(
    network: StreetNetwork, places: Metres, *, avoid: int = 0, legs: bool = True
) -> npt.NDArray[np.float64]:
    """Return the walks in millimetres between all `places` (n, 2), inf where there is none."""
    lower, upper = network.lower, network.neighbour
    open_edges = (network.flags & avoid) == 0
    may_stand = walk_graph(network, avoid=avoid).captures
    edge, offset, leg = _nearest(network, places, may_stand)
    count, nodes = len(places), len(network.x)
    arcs: dict[tuple[int, int], int] = {}

    def join(a: int, b: int, mm: int) -> None:
        key = (min(a, b), max(a, b))
        arcs[key] = min(arcs.get(key, mm), mm)

    for e in np.flatnonzero(open_edges):
        here = sorted((int(offset[k]), nodes + k) for k in range(count) if edge[k] == e)
        stops = [(0, int(lower[e])), *here, (int(network.millimetres[e]), int(upper[e]))]
        for (from_mm, a), (to_mm, b) in pairwise(stops):
            join(a, b, to_mm - from_mm)
    size = nodes + count
    a, b = (np.array(one) for one in zip(*arcs, strict=True))
    # A length of nothing would read as no arc in a dense graph; sparse keeps it.
    graph = sparse.coo_array((np.array(list(arcs.values()), float), (a, b)), (size, size)).tocsr()
    along = csgraph.dijkstra(graph, directed=False, indices=np.arange(nodes, size))[:, nodes:]
    placed = edge >= 0
    walks = np.where(placed[:, None] & placed[None, :], along, np.inf)
    if legs:
        walks = walks + leg[:, None] + leg[None, :]
        same = np.rint(places * 1000)
        here_too = (same[:, None, :] == same[None, :, :]).all(axis=2)
        walks[here_too & np.isfinite(walks)] = 0
    return walks


def _nearest(
    network: StreetNetwork, places: Metres, may_stand: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    edge = np.full(len(places), -1)
    offset, leg = np.zeros(len(places), dtype=np.int64), np.zeros(len(places), dtype=np.int64)
    for k, (x, y) in enumerate(places):
        best = np.inf
        for e in np.flatnonzero(may_stand):
            a, b = network.lower[e], network.neighbour[e]
            line = np.array([network.x[b] - network.x[a], network.y[b] - network.y[a]])
            share = np.dot([x - network.x[a], y - network.y[a]], line) / np.dot(line, line)
            share = min(max(share, 0.0), 1.0)
            away = np.hypot(network.x[a] + share * line[0] - x, network.y[a] + share * line[1] - y)
            if round(away, 6) < best:
                best = round(away, 6)
                edge[k], leg[k] = e, round(away * 1000)
                offset[k] = round(share * int(network.millimetres[e]))
        if leg[k] > network.snap_limit_metres * 1000:
            edge[k] = -1
    return edge, offset, leg


def tangle(crossings: Sequence[tuple[int, int]], links: Sequence[tuple[int, int]]) -> StreetNetwork:
    """Return streets between places in metres, each bent in the middle so that chains arise."""
    shapes = []
    for a, b in links:
        (xa, ya), (xb, yb) = crossings[a % len(crossings)], crossings[b % len(crossings)]
        bend = ((xa + xb) / 2 + (yb - ya) / 7, (ya + yb) / 2 - (xb - xa) / 7)
        shapes.append(shapely.LineString([(xa, ya), bend, (xb, yb)]))
    lines = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32650")
    lines.geometry = lines.translate(*CORNER)
    return streets_from_lines(lines)


def points_at(places: Metres | Sequence[tuple[float, float]], prefix: str) -> gpd.GeoDataFrame:
    """Return points at metres from the corner of a tangle."""
    place = np.asarray(places, dtype=float).reshape(-1, 2) + CORNER
    ids = [f"{prefix}{k:03d}" for k in range(len(place))]
    return gpd.GeoDataFrame(geometry=shapely.points(place), index=ids, crs="EPSG:32650")


def coordinates(points: gpd.GeoDataFrame) -> Metres:
    """Return the coordinates of points (n, 2)."""
    return shapely.get_coordinates(points.geometry.to_numpy())
