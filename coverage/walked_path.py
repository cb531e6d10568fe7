"""The way somebody walks: from a resident to the service that is nearest, as a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csgraph

from coverage.search_parts import Part, box_around, part_within
from coverage.walking import ADULT, Walker
from coverage.walking_areas import edges_by_chain
from geo.errors import NetworkError
from geo.network import TICK, WalkGraph, walk_graph
from geo.points import Points, metric_points
from geo.snapping import OnStreets, on_streets
from geo.street_network import StreetNetwork

Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WalkedPath:
    """One walk: its line in the network's CRS, legs included, and its length in metres."""

    line: shapely.LineString
    metres: float


def walked_path(
    network: StreetNetwork,
    origin: Points,
    destination: Points,
    *,
    within_metres: float,
    walker: Walker = ADULT,
) -> WalkedPath | None:
    """Return the shortest walk between two points, or None beyond the bound.

    Parameters
    ----------
    network
        The streets.
    origin, destination
        One point each, in any declared CRS.
    within_metres
        The longest walk looked at, legs included.
    walker
        Whose edges.

    Raises
    ------
    NetworkError
        Not exactly one origin and one destination.
    """
    if len(origin) != 1 or len(destination) != 1:
        raise NetworkError(
            "error.path_needs_two_points", origins=len(origin), ends=len(destination)
        )
    graph = walk_graph(network, avoid=walker.avoid)
    a = on_streets(graph, metric_points(origin, network.crs, what="what.origins"))
    b = on_streets(graph, metric_points(destination, network.crs, what="what.destinations"))
    if not (a.placed.all() and b.placed.all()):
        return None
    here, there = (np.array([float(one.x[0]), float(one.y[0])]) for one in (a, b))
    if (np.rint(here * 1000) == np.rint(there * 1000)).all():
        return WalkedPath(shapely.LineString([here, there]), 0.0)
    millimetres, feet = _shortest(graph, a, b, within_metres)
    if not feet or millimetres > within_metres * 1000:
        return None
    vertices = np.vstack([here[None, :], *feet, there[None, :]])
    return WalkedPath(shapely.LineString(_without_repeats(vertices)), millimetres / 1000)


def _shortest(
    graph: WalkGraph, a: OnStreets, b: OnStreets, within_metres: float
) -> tuple[float, list[Coordinates]]:
    """Return millimetres and the stretches of street walked, foot to foot."""
    legs = int(a.leg[0] + b.leg[0])
    best, stretches = np.inf, list[Coordinates]()
    if a.chain[0] == b.chain[0]:
        best = float(abs(a.position[0] - b.position[0]) + legs)
        stretches = [_along(graph, int(a.chain[0]), int(a.position[0]), int(b.position[0]))]
    part = part_within(graph, box_around(a).grown(within_metres))
    out, home = _ends(part, a), _ends(part, b)
    limit = (within_metres * 1000 + 1) * float(TICK)
    for start, from_a in out:
        walks, before = csgraph.dijkstra(
            part.weights, directed=True, indices=[start], limit=limit, return_predecessors=True
        )
        for end, to_b in home:
            total = from_a + walks[0, end] / TICK + to_b + legs
            if total < best:
                best = float(total)
                stretches = _stretches(graph, part, a, b, _junctions(before[0], start, end))
    return best, stretches


def _ends(part: Part, point: OnStreets) -> list[tuple[int, float]]:
    """Return the junctions at both ends of a point's chain, and millimetres to each."""
    first, last, to_first, to_last = part.ends(point)
    ends = [(int(first[0]), to_first[0] / TICK), (int(last[0]), to_last[0] / TICK)]
    return [(junction, walk) for junction, walk in ends if junction < part.junctions]


def _junctions(before: npt.NDArray[np.int32], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


def _stretches(
    graph: WalkGraph, part: Part, a: OnStreets, b: OnStreets, way: list[int]
) -> list[Coordinates]:
    junction = np.flatnonzero(part.number < part.junctions)  # numbers here to numbers there
    there = [int(junction[one]) for one in way]
    pieces = [_to_junction(graph, a, there[0])]
    for u, v in pairwise(there):
        pieces.append(_chain_between(graph, u, v))
    pieces.append(_to_junction(graph, b, there[-1])[::-1])
    return pieces


def _to_junction(graph: WalkGraph, point: OnStreets, junction: int) -> Coordinates:
    chain, at = int(point.chain[0]), int(point.position[0])
    length = int(graph.millimetres[chain])
    ends = [(graph.first[chain], 0), (graph.last[chain], length)]
    near = min((position for one, position in ends if one == junction), key=lambda p: abs(p - at))
    return _along(graph, chain, at, near)


def _chain_between(graph: WalkGraph, u: int, v: int) -> Coordinates:
    there = (graph.first == u) & (graph.last == v)
    back = (graph.first == v) & (graph.last == u)
    either = np.flatnonzero(there | back)
    chain = int(either[graph.millimetres[either].argmin()])
    length = int(graph.millimetres[chain])
    return _along(graph, chain, 0, length) if there[chain] else _along(graph, chain, length, 0)


def _along(graph: WalkGraph, chain: int, begin: int, end: int) -> Coordinates:
    """Return the vertices of a chain between two positions on it, in that direction."""
    by_chain, network = edges_by_chain(graph), graph.network
    edges = by_chain.edges[by_chain.begin[chain] : by_chain.begin[chain + 1]]
    forward = graph.sign[edges] > 0
    lower, upper = network.lower[edges], network.neighbour[edges]
    nodes = np.append(np.where(forward, lower, upper), np.where(forward[-1], upper[-1], lower[-1]))
    position = np.concatenate([[0], np.cumsum(network.millimetres[edges], dtype=np.int64)])
    low, high = min(begin, end), max(begin, end)
    inner = position[(position > low) & (position < high)]
    at = np.concatenate([[low], inner, [high]]).astype(float)
    vertices = np.column_stack(
        [np.interp(at, position, network.x[nodes]), np.interp(at, position, network.y[nodes])]
    )
    return vertices if begin <= end else vertices[::-1]


def _without_repeats(vertices: Coordinates) -> Coordinates:
    moved = np.append(True, np.abs(np.diff(vertices, axis=0)).sum(axis=1) > 1e-6)
    kept = vertices[moved]
    return kept if len(kept) > 1 else vertices[:2]
