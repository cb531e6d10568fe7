"""All pairs of an origin and a destination within reach, sparse.

Origins are taken in groups of neighbours. Each group looks only at the
junctions and destinations of its own box and halo, so memory and time follow
the number of answers, not origins x network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from coverage.search_groups import groups
from coverage.search_junctions import with_rows
from coverage.search_parts import Cells, Part, box_around, part_within
from geo.network import TICK, WalkGraph
from geo.snapping import OnStreets

LOOKS = 2**19  # origins x destinations, or x junctions, looked at together: a few megabytes
OUTSIDE = np.iinfo(np.int32).max

Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[Any]  # int32 where the longest walk allows it, else int64


@dataclass(frozen=True, eq=False)
class _Found:
    """The walks of some origins, one after the other: how many each has, where to, how far."""

    origins: Rows
    counts: npt.NDArray[np.int64]
    destinations: npt.NDArray[np.int32]
    millimetres: Whole


def pairs(
    graph: WalkGraph, origins: OnStreets, destinations: OnStreets, *, within_mm: int
) -> sparse.csr_array:
    """Return the walks from origins to destinations, in millimetres.

    Returns
    -------
    Sparse float64 matrix origins x destinations: absent is beyond `within_mm`,
    an explicit zero is the same place. Whole numbers; legs included.
    """
    here, there = np.flatnonzero(origins.placed), np.flatnonzero(destinations.placed)
    if len(here) > len(there):
        return pairs(graph, destinations, origins, within_mm=within_mm).T.tocsr()
    x, y = destinations.foot_x[there], destinations.foot_y[there]
    cells, reach = Cells(x, y), within_mm / 1000
    node = graph.junction_node
    around = (np.append(x, graph.network.x[node]), np.append(y, graph.network.y[node]))
    spare = np.full(len(node), OUTSIDE, dtype=np.int32)
    found: list[_Found] = []
    for some in groups(origins.foot_x[here], origins.foot_y[here], *around, reach=reach):
        rows = here[some]
        group = origins.take(rows)
        box = box_around(group).grown(reach)
        near = there[cells.rows_in(box)]
        if len(near):
            part = part_within(graph, box, spare=spare)
            longest = max(within_mm, int(group.leg.max()))
            ends = _Ends.of(part, destinations.take(near), near, longest)
            step = max(LOOKS // max(len(near), part.junctions), 1)
            for begin in range(0, len(rows), step):
                few = slice(begin, begin + step)
                found.append(_of_few(part, (rows[few], group.take(few)), ends, within_mm))
            spare[part.rows] = OUTSIDE
    return _assembled(found, (len(origins), len(destinations)))


@dataclass(frozen=True, eq=False)
class _Ends:
    """Destinations near a group: their rows, and how far from the ends of their chains."""

    points: OnStreets
    rows: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    last: npt.NDArray[np.int32]
    to_first: Whole
    to_last: Whole
    far: int

    @classmethod
    def of(cls, part: Part, points: OnStreets, rows: Rows, longest: int) -> _Ends:
        first, last, to_first, to_last = part.ends(points)
        to_first = to_first / TICK + points.leg
        to_last = to_last / TICK + points.leg
        longest = max(int(to_first.max()), int(to_last.max()), longest)
        # "Far", a way to the end of a chain and a leg make half, a quarter and a quarter of all.
        kind, far = (np.int32, 2**30 - 1) if longest < 2**29 else (np.int64, 2**62 - 1)
        whole = to_first.astype(kind), to_last.astype(kind)
        return cls(points, rows.astype(np.int32), first, last, *whole, far)

    def take(self, some: Rows) -> _Ends:
        return _Ends(
            self.points.take(some),
            self.rows[some],
            self.first[some],
            self.last[some],
            self.to_first[some],
            self.to_last[some],
            self.far,
        )


def _of_few(part: Part, few: tuple[Rows, OnStreets], ends: _Ends, within_mm: int) -> _Found:
    """Return the walks of a few origins to what is near."""
    rows, origins = few
    reached = _reached(part, origins, within_mm)
    i, j = _at_one_place(origins, ends.points)
    kept = _worth_a_look(reached, origins, ends, within_mm)
    kept[j] = True
    number = np.cumsum(kept) - 1
    ends = ends.take(np.flatnonzero(kept))
    whole = np.minimum(reached, ends.far).astype(ends.to_first.dtype)
    walks: Whole = np.take(whole, ends.first, axis=1, mode="clip")
    walks += ends.to_first
    by_last = np.take(whole, ends.last, axis=1, mode="clip")
    by_last += ends.to_last
    np.minimum(walks, by_last, out=walks)
    a, b = _where(origins.chain[:, None] == ends.points.chain)
    apart = np.abs(origins.position[a] - ends.points.position[b]) + ends.points.leg[b]
    walks[a, b] = np.minimum(walks[a, b], apart)
    walks += origins.leg[:, None].astype(walks.dtype)
    walks[i, number[j]] = 0
    within = walks <= within_mm
    row, column = _where(within)
    counts = np.count_nonzero(within, axis=1)
    return _Found(rows, counts, ends.rows[column], walks[row, column])


def _reached(part: Part, origins: OnStreets, within_mm: int) -> npt.NDArray[np.float64]:
    """Return the millimetres from origins, on their streets, to junctions and to "outside"."""
    sources = part.junctions + 1 + np.arange(len(origins))
    arcs, limit = _with_origins(part, origins), float(within_mm) * TICK
    found = csgraph.dijkstra(arcs, directed=True, indices=sources, limit=limit)
    reached: npt.NDArray[np.float64] = found[:, : part.junctions + 1]
    reached *= 1 / TICK
    return reached


def _worth_a_look(
    reached: npt.NDArray[np.float64], origins: OnStreets, ends: _Ends, within_mm: int
) -> npt.NDArray[np.bool_]:
    """Return which places have an end that somebody reaches, or somebody on their chain."""
    seen = reached.min(axis=0) <= within_mm
    looked: npt.NDArray[np.bool_] = seen[ends.first] | seen[ends.last]
    looked |= np.isin(ends.points.chain, origins.chain, kind="table")
    return looked


def _where(flags: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Return rows and columns, as `np.nonzero` does; of a flat array it is sooner done."""
    return np.divmod(np.flatnonzero(flags), max(flags.shape[1], 1))


def _at_one_place(origins: OnStreets, points: OnStreets) -> tuple[Rows, Rows]:
    """Return the pairs that stand at one place, to the millimetre: nobody walks there."""
    x, y = np.rint(points.x * 1000), np.rint(points.y * 1000)
    own_x, own_y = np.rint(origins.x * 1000), np.rint(origins.y * 1000)
    i, j = _where(own_x[:, None] == x)
    same = own_y[i] == y[j]
    return i[same], j[same]


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
    return with_rows(part.weights, end[known], ticks[known], known.sum(axis=1))


def _assembled(found: list[_Found], shape: tuple[int, int]) -> sparse.csr_array:
    """Put the walks of every origin into its row."""
    indptr = np.zeros(shape[0] + 1, dtype=np.int64)
    for one in found:
        indptr[one.origins + 1] = one.counts
    np.cumsum(indptr, out=indptr)
    count = int(indptr[-1])
    kind = np.int32 if count <= np.iinfo(np.int32).max else np.int64
    columns, walks = np.empty(count, dtype=kind), np.empty(count, dtype=np.float64)
    for one in found:
        begins = np.cumsum(one.counts) - one.counts
        at = np.repeat(indptr[one.origins] - begins, one.counts) + np.arange(len(one.destinations))
        columns[at], walks[at] = one.destinations, one.millimetres
    matrix: sparse.csr_array = sparse.csr_array((walks, columns, indptr.astype(kind)), shape=shape)
    return matrix
