"""Streets as they could be: a link closed, a link added.

The network that comes back is a new one; the given one stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geo.errors import NetworkError
from geo.street_network import StreetNetwork, row_starts

# A link is drawn by hand on a map: its ends meet the nearest street within this distance.
JOIN_METRES = 50.0

XY = tuple[float, float]
Metres = npt.NDArray[np.float64]


def with_street_closed(network: StreetNetwork, at: XY) -> StreetNetwork:
    """Return the network without the piece of street nearest to `at`.

    Parameters
    ----------
    network
        The streets.
    at
        A point in the CRS of the network, on or beside the piece to close.

    Raises
    ------
    NetworkError
        No street within `JOIN_METRES`.
    """
    edge, _ = _nearest_edge(network, at)
    keep = np.ones(len(network.neighbour), dtype=np.bool_)
    keep[edge] = False
    return _rebuilt(
        network,
        (network.x, network.y),
        (network.lower[keep], network.neighbour[keep]),
        network.millimetres[keep],
        network.flags[keep],
    )


def with_street_added(network: StreetNetwork, line: Sequence[XY]) -> StreetNetwork:
    """Return the network with one more walkable link.

    Parameters
    ----------
    network
        The streets.
    line
        At least two points in the CRS of the network. Both ends join the
        nearest street within `JOIN_METRES`, there and nowhere else: a link
        may cross other streets on a bridge.

    Raises
    ------
    NetworkError
        A line of fewer than two points, or an end without a street near it.
    """
    points = np.asarray(line, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise NetworkError("error.street_link_short", given=str(points.shape))
    if not np.isfinite(points).all():
        raise NetworkError("error.street_link_short", given="NaN")
    network, start = _joined_at(network, _pair(points[0]))
    network, end = _joined_at(network, _pair(points[-1]))
    if start == end:
        raise NetworkError("error.street_link_same_place")
    inner = points[1:-1]
    count = len(network.x)
    x, y = np.append(network.x, inner[:, 0]), np.append(network.y, inner[:, 1])
    way = np.array([start, *range(count, count + len(inner)), end])
    low, high = np.minimum(way[:-1], way[1:]), np.maximum(way[:-1], way[1:])
    length = np.hypot(x[high] - x[low], y[high] - y[low])
    return _rebuilt(
        network,
        (x, y),
        (np.append(network.lower, low), np.append(network.neighbour, high)),
        np.append(network.millimetres, np.rint(length * 1000)),
        np.append(network.flags, np.zeros(len(low), dtype=network.flags.dtype)),
    )


def _pair(point: Metres) -> XY:
    return float(point[0]), float(point[1])


def _nearest_edge(network: StreetNetwork, at: XY) -> tuple[int, float]:
    """Return the edge nearest to `at` and how far along it (0 to 1) the foot lies."""
    low, high = network.lower, network.neighbour
    east, north = network.x[high] - network.x[low], network.y[high] - network.y[low]
    length = np.maximum(east**2 + north**2, 1e-12)
    along = ((at[0] - network.x[low]) * east + (at[1] - network.y[low]) * north) / length
    along = np.clip(along, 0.0, 1.0)
    apart = np.hypot(network.x[low] + along * east - at[0], network.y[low] + along * north - at[1])
    edge = int(apart.argmin())
    if not apart[edge] <= JOIN_METRES:
        raise NetworkError(
            "error.street_link_far", x=at[0], y=at[1], metres=float(apart[edge]), limit=JOIN_METRES
        )
    return edge, float(along[edge])


def _joined_at(network: StreetNetwork, at: XY) -> tuple[StreetNetwork, int]:
    """Return the network with a node where `at` meets it, and that node."""
    edge, along = _nearest_edge(network, at)
    low, high = int(network.lower[edge]), int(network.neighbour[edge])
    first = int(np.rint(along * network.millimetres[edge]))
    second = int(network.millimetres[edge]) - first
    if first == 0 or second == 0:
        return network, low if first == 0 else high
    node = len(network.x)
    x = network.x[low] + along * (network.x[high] - network.x[low])
    y = network.y[low] + along * (network.y[high] - network.y[low])
    keep = np.ones(len(network.neighbour), dtype=np.bool_)
    keep[edge] = False
    flag = network.flags[edge]
    split = _rebuilt(
        network,
        (np.append(network.x, x), np.append(network.y, y)),
        (
            np.append(network.lower[keep], [low, high]),
            np.append(network.neighbour[keep], [node, node]),
        ),
        np.append(network.millimetres[keep], [first, second]),
        np.append(network.flags[keep], [flag, flag]),
    )
    return split, node


def _rebuilt(
    network: StreetNetwork,
    nodes: tuple[Metres, Metres],
    edges: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]],
    millimetres: npt.NDArray[np.generic],
    flags: npt.NDArray[np.generic],
) -> StreetNetwork:
    """Return a network of these parts, edges by their nodes, nothing prepared yet."""
    x, y = nodes
    low, high = edges
    order = np.lexsort((millimetres, high, low))
    low, high = low[order], high[order]
    # Of two ways between the same nodes the shorter one is walked.
    first = np.ones(len(low), dtype=np.bool_)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return replace(
        network,
        x=x,
        y=y,
        indptr=row_starts(low[first], len(x)),
        neighbour=high[first].astype(np.int32),
        millimetres=millimetres[order][first].astype(np.int32),
        flags=flags[order][first].astype(np.uint16),
        prepared={},
    )
