"""All pairs of an origin and a destination within reach, sparse.

Origins are taken in groups of neighbours. Each group looks only at the
junctions and destinations of its own box and halo, so memory and time follow
the number of answers, not origins x network.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from coverage.search_junctions import with_rows
from coverage.search_parts import Cells, Part, box_around, part_within
from geo.hilbert import hilbert_index
from geo.network import TICK, WalkGraph
from geo.snapping import OnStreets

GROUP = 48  # origins searched together: their dense rows stay within a few megabytes
GROUP_SIDE = 0.8  # a group's box is at most this share of the reach wide

Rows = npt.NDArray[np.intp]


def pairs(
    graph: WalkGraph, origins: OnStreets, destinations: OnStreets, *, within_mm: int
) -> sparse.csr_array:
    """Return the walks from origins to destinations, in millimetres.

    Returns
    -------
    Sparse float64 matrix origins x destinations: absent is beyond `within_mm`,
    an explicit zero is the same place. Whole numbers; legs included.
    """
    shape = (len(origins), len(destinations))
    if int(origins.placed.sum()) > int(destinations.placed.sum()):
        return pairs(graph, destinations, origins, within_mm=within_mm).T.tocsr()
    found: list[tuple[Rows, Rows, npt.NDArray[np.float64]]] = []
    placed = np.flatnonzero(destinations.placed)
    cells = Cells(destinations.foot_x[placed], destinations.foot_y[placed])
    for rows in _groups(origins, within_mm / 1000):
        group = origins.take(rows)
        box = box_around(group).grown(within_mm / 1000)
        near = placed[cells.rows_in(box)]
        if len(near):
            walks = _dense(part_within(graph, box), group, destinations.take(near), within_mm)
            i, j = np.nonzero(walks <= within_mm)
            found.append((rows[i], near[j], walks[i, j]))
    if not found:
        return sparse.csr_array(shape, dtype=np.float64)
    row, column, walk = (np.concatenate(one) for one in zip(*found, strict=True))
    matrix: sparse.csr_array = sparse.coo_array((walk, (row, column)), shape=shape).tocsr()
    matrix.sort_indices()
    return matrix


def _groups(origins: OnStreets, reach_metres: float) -> list[Rows]:
    """Return the placed origins in groups of neighbours."""
    placed = np.flatnonzero(origins.placed)
    if not len(placed):
        return []
    x, y = origins.foot_x[placed], origins.foot_y[placed]
    side = max(reach_metres * GROUP_SIDE, 50.0)
    column, row = ((x - x.min()) // side), ((y - y.min()) // side)
    order = np.lexsort((hilbert_index(x, y), column, row))
    cell = row[order] * (column.max() + 1) + column[order]
    new = np.flatnonzero(np.diff(cell, prepend=-1.0))
    groups = []
    for begin, end in zip(new, np.append(new[1:], len(order)), strict=True):
        groups += [
            placed[order[k : min(k + GROUP, end)]] for k in range(int(begin), int(end), GROUP)
        ]
    return groups


def _dense(
    part: Part, origins: OnStreets, destinations: OnStreets, within_mm: int
) -> npt.NDArray[np.float64]:
    """Return the walks of one group, millimetres, inf beyond the bound."""
    first, last, to_first, to_last = part.ends(destinations)
    count = len(origins)
    sources = np.arange(part.junctions + 1, part.junctions + 1 + count)
    reached = csgraph.dijkstra(
        _with_origins(part, origins),
        directed=True,
        indices=sources,
        limit=float(within_mm) * TICK,
    )
    walks: npt.NDArray[np.float64] = (
        np.minimum(reached[:, first] + to_first, reached[:, last] + to_last) / TICK
    )
    apart = np.abs(origins.position[:, None] - destinations.position[None, :])
    shared = origins.chain[:, None] == destinations.chain[None, :]
    walks = np.where(shared, np.minimum(walks, apart), walks)
    walks += origins.leg[:, None] + destinations.leg[None, :]
    here = np.rint(origins.x * 1000)[:, None] == np.rint(destinations.x * 1000)[None, :]
    here &= np.rint(origins.y * 1000)[:, None] == np.rint(destinations.y * 1000)[None, :]
    walks[here] = 0.0
    return walks


def _with_origins(part: Part, origins: OnStreets) -> sparse.csr_array:
    """Return the weights with a row for "outside" and one an origin, to its chain's ends."""
    first, last, to_first, to_last = part.ends(origins)
    end = np.column_stack([first, last])
    ticks = np.column_stack([to_first, to_last])
    # A chain that comes back to its junction has one end: the nearer way counts.
    ring = first == last
    ticks[ring, 0] = ticks[ring].min(axis=1)
    known = end < part.junctions
    known[ring, 1] = False
    return with_rows(
        part.weights,
        [row[here] for row, here in zip(end, known, strict=True)],
        [row[here] for row, here in zip(ticks, known, strict=True)],
    )
