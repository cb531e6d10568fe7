"""Points onto streets: the nearest edge that matters, and how far along it.

Street pieces are cut into bits of at most `BIT_METRES`, and the middles of the
bits stand in a tree. The nearest edge of a point is among those whose middles
are nearest: the search widens until no further bit can be nearer. It is exact,
and takes a tenth of the memory of a tree of shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geo.network import WalkGraph
from geo.street_bits import BIT_METRES, bits_of

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

NEIGHBOURS = 8  # the first look; most points need no second
Metres = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OnStreets:
    """Points on the streets of one graph.

    Parameters
    ----------
    edge
        Per point its edge of the network, -1 when no street lies within the limit.
    chain, position
        Its chain of the graph and the millimetres from the chain's first end.
    leg
        Millimetres of the straight way between the point and its street.
    x, y
        Where the points themselves are, in the network's CRS; NaN where nobody knows.
    foot_x, foot_y
        Where they meet the street.
    """

    edge: npt.NDArray[np.int32]
    chain: npt.NDArray[np.int32]
    position: npt.NDArray[np.int32]
    leg: npt.NDArray[np.int64]
    x: Metres
    y: Metres
    foot_x: Metres
    foot_y: Metres

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def placed(self) -> npt.NDArray[np.bool_]:
        """Which points are on the network."""
        return self.chain >= 0

    def take(self, rows: npt.NDArray[np.integer] | slice) -> OnStreets:
        """Return some of the points; a slice copies nothing."""
        return OnStreets(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def joined(cls, first: OnStreets, second: OnStreets) -> OnStreets:
        """Return the points of both, one after the other."""
        return cls(
            *(
                np.concatenate([getattr(first, column.name), getattr(second, column.name)])
                for column in fields(cls)
            )
        )

    def without_legs(self) -> OnStreets:
        """Return the same points as if each stood on its street."""
        return replace(self, leg=np.zeros_like(self.leg))


@dataclass(frozen=True, eq=False)
class _Bits:
    """Bits of the capturing edges: a tree of their middles and the edge of each."""

    tree: cKDTree
    edge: npt.NDArray[np.int32]
    half: float


def on_streets(graph: WalkGraph, place: Metres) -> OnStreets:
    """Return points on the nearest street that matters, within the network's snap limit.

    Parameters
    ----------
    graph
        The streets of one walker.
    place
        Coordinates (n, 2) in the network's CRS, as `metric_points` returns them.
    """
    edge, along, away = _nearest_edges(graph, place)
    found = edge >= 0
    network = graph.network
    mm = network.millimetres[edge[found]].astype(np.int64)
    offset = np.rint(along[found] * mm).astype(np.int64)
    position = np.zeros(len(place), dtype=np.int32)
    position[found] = graph.position[edge[found]] + graph.sign[edge[found]] * offset
    leg = np.zeros(len(place), dtype=np.int64)
    leg[found] = np.rint(away[found] * 1000).astype(np.int64)
    chain = np.where(found, graph.chain[edge], -1).astype(np.int32)
    lower, upper = _ends(graph, edge)
    foot_x = network.x[lower] + along * (network.x[upper] - network.x[lower])
    foot_y = network.y[lower] + along * (network.y[upper] - network.y[lower])
    x, y = place[:, 0].copy(), place[:, 1].copy()
    return OnStreets(edge, chain, position, leg, x, y, foot_x, foot_y)


def at_nodes(graph: WalkGraph) -> OnStreets:
    """Return every node of the network as a point on its street."""
    network = graph.network
    edge = np.full(len(network.x), -1, dtype=np.int32)
    offset = np.zeros(len(network.x), dtype=np.int32)
    usable = np.flatnonzero(graph.captures).astype(np.int32)
    edge[network.neighbour[usable]] = usable
    offset[network.neighbour[usable]] = network.millimetres[usable]
    lower = network.lower[usable]
    edge[lower], offset[lower] = usable, 0
    lost = edge < 0
    position, chain = graph.position[edge], graph.chain[edge]
    position += graph.sign[edge] * offset
    position[lost], chain[lost] = 0, -1
    leg = np.broadcast_to(np.int64(0), edge.shape)  # nobody has one: a single zero for all
    x, y = network.x, network.y
    return OnStreets(edge, chain, position, leg, x, y, x, y)


def _nearest_edges(graph: WalkGraph, place: Metres) -> tuple[npt.NDArray[np.int32], Metres, Metres]:
    """Return per point its nearest edge (or -1), the share of the edge passed, and metres away."""
    edge = np.full(len(place), -1, dtype=np.int32)
    along, away = np.zeros(len(place)), np.full(len(place), np.inf)
    limit = graph.network.snap_limit_metres
    bits = _bits(graph)
    todo = np.flatnonzero(np.isfinite(place).all(axis=1))
    look = NEIGHBOURS
    while len(todo) and len(bits.edge):
        look = min(look, len(bits.edge))
        # The limit itself still counts: a bound is open in the tree, so it is pushed outwards.
        bound = (limit + bits.half) * (1 + 1e-9) + 1e-6
        some = np.arange(1, look + 1)
        found = bits.tree.query(place[todo], k=some, distance_upper_bound=bound)
        middle, row = np.asarray(found[0]), np.asarray(found[1])
        seen = np.isfinite(middle)
        candidate = np.where(seen, bits.edge[np.where(seen, row, 0)], -1)
        best, share, metres = _closest(graph, place[todo], candidate)
        # A bit not yet seen has its middle beyond the last one; it can be `half` nearer.
        sure = (metres <= middle[:, -1] - bits.half) | (look == len(bits.edge))
        within = metres * 1000 < limit * 1000 + 0.5
        done = todo[sure & within]
        edge[done], along[done], away[done] = (
            best[sure & within],
            share[sure & within],
            metres[sure & within],
        )
        todo, look = todo[~sure], look * 4
    return edge, along, away


def _closest(
    graph: WalkGraph, place: Metres, candidate: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], Metres, Metres]:
    """Return per point the nearest of its candidate edges; the lowest number among equals."""
    network = graph.network
    lower, upper = _ends(graph, candidate)
    ax, ay = network.x[lower], network.y[lower]
    dx, dy = network.x[upper] - ax, network.y[upper] - ay
    px, py = place[:, :1], place[:, 1:]
    # Two nodes of a map may lie at one place: an edge without length has one foot.
    length = np.maximum(dx * dx + dy * dy, 1e-12)
    share = np.clip(((px - ax) * dx + (py - ay) * dy) / length, 0.0, 1.0)
    metres = np.hypot(px - ax - share * dx, py - ay - share * dy)
    metres[candidate < 0] = np.inf
    # To a thousandth of a millimetre edges are equally near: at a crossing all of them.
    rounded = np.round(metres, 6)
    nearest = rounded.min(axis=1, keepdims=True)
    most = np.iinfo(np.int32).max
    pick = np.where((rounded == nearest) & (candidate >= 0), candidate, most).argmin(axis=1)
    rows = np.arange(len(place))
    return candidate[rows, pick], share[rows, pick], metres[rows, pick]


def _ends(
    graph: WalkGraph, edge: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    return graph.network.lower[edge], graph.network.neighbour[edge]


def _bits(graph: WalkGraph) -> _Bits:
    key = ("bits", graph.avoid)
    prepared = graph.network.prepared
    if key not in prepared:
        prepared[key] = _cut(graph)
    bits: _Bits = prepared[key]
    return bits


def _cut(graph: WalkGraph) -> _Bits:
    """Put the middles of the capturing edges' bits into a tree."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  (searches between nodes need no tree)

    edge, middle = bits_of(graph.network, np.flatnonzero(graph.captures).astype(np.int32))
    # Nodes are in Hilbert order, so the bits nearly are: plain halving builds the tree fast.
    tree = cKDTree(middle, balanced_tree=False, compact_nodes=False)
    # A millimetre for the rounding of lengths.
    return _Bits(tree, edge, BIT_METRES / 2 + 0.001)
