"""Dead ends a few steps from a street that is far to walk: a way through may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from coverage.search_pairs import pairs
from geo.network import WalkGraph
from geo.osm import BRIDGE, FERRY, TUNNEL
from geo.snapping import at_nodes, on_streets
from geo.street_bits import BIT_METRES, bits_of

# Two carriageways and their verges lie closer than this; a path across is often unmapped.
DEAD_END_METRES = 20.0
# Ten times that gap: whoever walks round this far would have used a way through.
ROUND_METRES = 200.0

Metres = npt.NDArray[np.float64]
Short = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DeadEnd:
    """The chain of a street that ends, and the straight line to the street it ends by."""

    chain: int
    gap: shapely.LineString


def near_misses(graph: WalkGraph, chains: Short) -> Iterator[DeadEnd]:
    """Return the dead ends of `chains` by which another street passes, far to walk.

    Within `DEAD_END_METRES` of the end lies a street to whose nearest spot one
    walks more than `ROUND_METRES`; of several the nearest is named. Bridges and
    tunnels pass on another level, boats do not count: they are no near miss.
    """
    nodes, feet = _candidates(graph, chains)
    if not len(nodes):
        return
    ends, at = np.unique(nodes, return_inverse=True)
    standing = at_nodes(graph).take(ends)
    walks = pairs(graph, standing, on_streets(graph, feet), within_mm=int(ROUND_METRES * 1000))
    near = walks.tocoo()
    far = np.ones(len(nodes), dtype=np.bool_)
    far[near.col[at[near.col] == near.row]] = False
    xy = np.column_stack([graph.network.x[nodes], graph.network.y[nodes]])
    gap = np.hypot(*(xy - feet).T)
    rows = np.flatnonzero(far)
    rows = rows[np.lexsort((gap[rows], at[rows]))]
    for k in rows[np.flatnonzero(np.diff(at[rows], prepend=-1))]:
        yield DeadEnd(int(standing.chain[at[k]]), shapely.LineString([xy[k], feet[k]]))


def _candidates(graph: WalkGraph, chains: Short) -> tuple[Short, Metres]:
    """Return dead ends and the nearest spots of the streets by them, one row a pair."""
    network = graph.network
    level = graph.captures & ((network.flags & (BRIDGE | TUNNEL | FERRY)) == 0)
    nodes, own = _ends_of(graph, level & np.isin(graph.chain, chains))
    edge, middle = bits_of(network, np.flatnonzero(level).astype(np.int32))
    tree = cKDTree(middle, balanced_tree=False, compact_nodes=False)
    xy = np.column_stack([network.x[nodes], network.y[nodes]])
    reach = DEAD_END_METRES + BIT_METRES / 2 + 0.001
    near = cKDTree(xy).sparse_distance_matrix(tree, reach, output_type="coo_matrix")
    row, met = near.row, edge[near.col]
    row, met = np.unique(np.column_stack([row, met])[met != own[row]], axis=0).T
    feet = _nearest_spots(graph, xy[row], met)
    close = np.hypot(*(xy[row] - feet).T) <= DEAD_END_METRES
    return nodes[row[close]], feet[close]


def _ends_of(graph: WalkGraph, edges: npt.NDArray[np.bool_]) -> tuple[Short, Short]:
    """Return the nodes at which nothing else meets one of `edges`, and that edge."""
    network = graph.network
    ends = np.concatenate([network.lower, network.neighbour])
    degree = np.bincount(ends[np.tile(graph.chain >= 0, 2)], minlength=len(network.x))
    last = np.flatnonzero((degree[ends] == 1) & np.tile(edges, 2))
    return ends[last], (last % len(edges)).astype(np.int32)


def _nearest_spots(graph: WalkGraph, xy: Metres, edge: Short) -> Metres:
    """Return the nearest spot to each point on an edge of its own."""
    network = graph.network
    a, b = network.lower[edge], network.neighbour[edge]
    start = np.column_stack([network.x[a], network.y[a]])
    along = np.column_stack([network.x[b], network.y[b]]) - start
    share = ((xy - start) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12)
    return np.asarray(start + np.clip(share, 0.0, 1.0)[:, None] * along)
