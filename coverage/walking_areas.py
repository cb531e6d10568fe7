"""What can be walked to, for drawing: streets reached, and a shape that hugs them.

Coverage is never decided here (law 4): these lines and shapes only show it. An
area claims no more than a strip of `STRIP_METRES` on either side of the streets
reached, so that land nobody can walk to stays outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csgraph

from coverage.search_parts import Part, box_around, part_within
from coverage.walking import ADULT, Walker
from geo.errors import NetworkError
from geo.network import TICK, WalkGraph, walk_graph
from geo.points import Points, metric_points
from geo.snapping import OnStreets, on_streets
from geo.street_network import StreetNetwork

STRIP_METRES = 40.0
# A courtyard smaller than this between reached streets is not worth a hole on a map.
HOLE_SQUARE_METRES = 5_000.0

Metres = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WalkingArea:
    """Streets within a walk, and their outline, in the network's CRS.

    Parameters
    ----------
    within_metres
        The longest walk, legs included.
    streets
        MultiLineString of every stretch of street reached.
    area
        Polygon or MultiPolygon along them; empty when nothing is reached.
    """

    within_metres: float
    streets: shapely.MultiLineString
    area: shapely.Geometry

    @property
    def street_metres(self) -> float:
        """The length of street reached."""
        return float(self.streets.length)


def walking_area(
    network: StreetNetwork,
    point: Points,
    *,
    within_metres: float,
    legs: bool = True,
    walker: Walker = ADULT,
) -> WalkingArea:
    """Return what can be walked to from a point, or from the nearest of several.

    Parameters
    ----------
    network
        The streets.
    point
        One or more points in any declared CRS: an organisation, or all of a
        category.
    within_metres
        The longest walk.
    legs
        Whether the straight leg between a point and its street is walked.
    walker
        Whose edges.

    Raises
    ------
    NetworkError
        The bound is not a positive number.
    GeographyError
        No CRS, or something that is not a point.
    """
    (area,) = walking_bands(network, point, within_metres=[within_metres], legs=legs, walker=walker)
    return area


def walking_bands(
    network: StreetNetwork,
    point: Points,
    *,
    within_metres: Sequence[float],
    legs: bool = True,
    walker: Walker = ADULT,
) -> tuple[WalkingArea, ...]:
    """Return walking areas for several bounds at once, such as 5, 10 and 15 minutes.

    One search serves all bounds; the areas come in the order of the bounds.
    Parameters and errors as `walking_area`.
    """
    bounds = [float(one) for one in within_metres]
    if not bounds or not all(np.isfinite(one) and one > 0 for one in bounds):
        raise NetworkError("error.within_metres", given=list(within_metres))
    graph = walk_graph(network, avoid=walker.avoid)
    ends = on_streets(graph, metric_points(point, network.crs, what="what.services"))
    ends = ends.take(np.flatnonzero(ends.placed))
    if not legs:
        ends = ends.without_legs()
    if not len(ends):
        return tuple(_nothing(one) for one in bounds)
    edges, low, up = edge_walks(graph, ends, within_metres=max(bounds))
    return tuple(_area(graph, ends, edges, low, up, one) for one in bounds)


def _nothing(within_metres: float) -> WalkingArea:
    return WalkingArea(within_metres, shapely.MultiLineString(), shapely.Polygon())


def edge_walks(
    graph: WalkGraph, ends: OnStreets, *, within_metres: float
) -> tuple[npt.NDArray[np.intp], Metres, Metres]:
    """Return the edges around some points and the walk to both their nodes.

    Returns
    -------
    (edges, low, up): numbers of edges of the network, and metres to their
    lower and upper node; inf beyond the bound.
    """
    box = box_around(ends).grown(within_metres)
    part = part_within(graph, box)
    to_junction = _junction_metres(part, ends, within_metres)
    edges = _edges_near(graph, part)
    chain = graph.chain[edges]
    first, last = part.number[graph.first[chain]], part.number[graph.last[chain]]
    at_low = graph.position[edges] / 1000
    at_up = at_low + graph.sign[edges] * graph.network.millimetres[edges] / 1000
    length = graph.millimetres[chain] / 1000
    low, up = (
        np.minimum(to_junction[first] + at, to_junction[last] + length - at)
        for at in (at_low, at_up)
    )
    _along_own_chains(graph, ends, edges, low, up)
    return edges, low, up


def _junction_metres(part: Part, ends: OnStreets, within_metres: float) -> Metres:
    """Return the walk to every junction of a part; inf for the one that stands for outside."""
    first, last, to_first, to_last = part.ends(ends)
    legs = ends.leg * float(TICK)
    start = np.full(part.junctions + 1, np.inf)
    np.minimum.at(start, first, to_first + legs)
    np.minimum.at(start, last, to_last + legs)
    metres = np.full(part.junctions + 1, np.inf)
    seeds = np.flatnonzero(np.isfinite(start[:-1]))
    if not len(seeds):
        return metres
    limit = (within_metres * 1000 + 1) * float(TICK)
    walks = csgraph.dijkstra(part.weights, directed=True, indices=seeds, limit=limit)
    metres[:-1] = (walks + start[seeds][:, None]).min(axis=0) / TICK / 1000
    return metres


def _edges_near(graph: WalkGraph, part: Part) -> npt.NDArray[np.intp]:
    """Return the edges whose chains touch the part."""
    inside = part.number < part.junctions
    touches = inside[graph.first] | inside[graph.last]
    by_chain = edges_by_chain(graph)
    chains = np.flatnonzero(touches)
    begin, end = by_chain.begin[chains], by_chain.begin[chains + 1]
    count = end - begin
    offset = np.cumsum(count) - count
    rows = np.arange(int(count.sum())) - np.repeat(offset - begin, count)
    return np.asarray(by_chain.edges[rows], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class ChainEdges:
    """The edges of every chain, in order along it: ``edges[begin[c]:begin[c + 1]]``."""

    edges: npt.NDArray[np.intp]
    begin: npt.NDArray[np.int64]


def edges_by_chain(graph: WalkGraph) -> ChainEdges:
    """Return the edges of every chain of a graph, sorted once."""
    prepared, key = graph.network.prepared, ("edges by chain", graph.avoid)
    if key not in prepared:
        usable = np.flatnonzero(graph.chain >= 0)
        along = np.minimum(
            graph.position[usable],
            graph.position[usable] + graph.sign[usable] * graph.network.millimetres[usable],
        )
        order = usable[np.lexsort((along, graph.chain[usable]))]
        begin = np.searchsorted(graph.chain[order], np.arange(len(graph.first) + 1))
        prepared[key] = ChainEdges(order, begin.astype(np.int64))
    edges: ChainEdges = prepared[key]
    return edges


def _along_own_chains(
    graph: WalkGraph, ends: OnStreets, edges: npt.NDArray[np.intp], low: Metres, up: Metres
) -> None:
    """Lower the walks to nodes on a chain that carries one of the points: straight along it."""
    at_low = graph.position[edges]
    at_up = at_low + graph.sign[edges] * graph.network.millimetres[edges]
    for chain, position, leg in zip(ends.chain, ends.position, ends.leg, strict=True):
        own = np.flatnonzero(graph.chain[edges] == chain)
        for walk, at in ((low, at_low), (up, at_up)):
            direct = (np.abs(at[own] - position) + leg) / 1000
            walk[own] = np.minimum(walk[own], direct)


def _area(
    graph: WalkGraph,
    ends: OnStreets,
    edges: npt.NDArray[np.intp],
    low: Metres,
    up: Metres,
    within: float,
) -> WalkingArea:
    network = graph.network
    length = network.millimetres[edges] / 1000
    from_low = np.clip(within - low, 0, length)
    from_up = np.clip(within - up, 0, length)
    whole = from_low + from_up >= length
    a, b = network.lower[edges], network.neighbour[edges]
    start = np.column_stack([network.x[a], network.y[a]])
    along = np.column_stack([network.x[b], network.y[b]]) - start
    pieces = [
        _stretches(start, along, np.zeros(len(edges)), np.where(whole, 1.0, from_low / length)),
        _stretches(start, along, np.where(whole, 1.0, 1 - from_up / length), np.ones(len(edges))),
        *_around_feet(graph, ends, within),
    ]
    lines = np.concatenate(pieces)
    if not len(lines):
        return _nothing(within)
    streets = shapely.line_merge(shapely.union_all(lines))
    if streets.geom_type == "LineString":
        streets = shapely.MultiLineString([streets])
    return WalkingArea(within, streets, _hugging(streets))


def _stretches(start: Metres, along: Metres, begin: Metres, end: Metres) -> npt.NDArray[np.object_]:
    """Return the stretch of every edge between two shares of its length, where there is one."""
    kept = end - begin > 1e-9
    a = start[kept] + along[kept] * begin[kept, None]
    b = start[kept] + along[kept] * end[kept, None]
    return np.asarray(shapely.linestrings(np.stack([a, b], axis=1)))


def _around_feet(graph: WalkGraph, ends: OnStreets, within: float) -> list[npt.NDArray[np.object_]]:
    """Return the stretch of each point's own edge around its foot, which no node may reach."""
    network, edge = graph.network, ends.edge
    length = network.millimetres[edge] / 1000
    at = (ends.position - graph.position[edge]) * graph.sign[edge] / 1000
    left = np.maximum(within - ends.leg / 1000, 0.0)
    a, b = network.lower[edge], network.neighbour[edge]
    start = np.column_stack([network.x[a], network.y[a]])
    along = np.column_stack([network.x[b], network.y[b]]) - start
    begin, end = np.clip(at - left, 0, length) / length, np.clip(at + left, 0, length) / length
    return [_stretches(start, along, begin, end)]


def _hugging(streets: shapely.Geometry) -> shapely.Geometry:
    strip = shapely.buffer(streets, STRIP_METRES, quad_segs=4)
    polygons = [
        shapely.Polygon(
            one.exterior,
            [hole for hole in one.interiors if shapely.Polygon(hole).area >= HOLE_SQUARE_METRES],
        )
        for one in shapely.get_parts(strip)
    ]
    return shapely.simplify(shapely.union_all(polygons), 2.0)
