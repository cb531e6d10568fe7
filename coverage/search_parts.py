"""The part of a graph a search looks at: all of it, or what lies in a box.

A walk of a given length stays within that length of the straight line from
either end. So a search whose ends lie in a box needs the junctions of that box
and a halo around it, and no others: the answer is the same, the work is local.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.hierarchy import Hierarchy
from geo.network import TICK, WalkGraph
from geo.snapping import OnStreets

CELL_METRES = 250.0
# Lengths are rounded to the millimetre edge by edge, coordinates to the centimetre.
HALO_MARGIN = 1.001

Rows = npt.NDArray[np.intp]
Ticks: TypeAlias = npt.NDArray[np.float64]
Short: TypeAlias = npt.NDArray[np.int32]
Ends: TypeAlias = tuple[Short, Short, Ticks, Ticks]


@dataclass(frozen=True)
class Box:
    """A rectangle in metres."""

    west: float
    south: float
    east: float
    north: float

    def grown(self, metres: float) -> Box:
        """Return the box with a halo."""
        halo = metres * HALO_MARGIN + 1.0
        return Box(self.west - halo, self.south - halo, self.east + halo, self.north + halo)

    def holds(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        """Return which coordinates lie inside."""
        return (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)


def box_around(points: OnStreets) -> Box:
    """Return the box of where points meet the street."""
    x, y = points.foot_x, points.foot_y
    return Box(float(x.min()), float(y.min()), float(x.max()), float(y.max()))


@dataclass(frozen=True, eq=False)
class Cells:
    """Coordinates sorted into square cells, so that a box is found without looking at all."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]

    @cached_property
    def _origin(self) -> tuple[float, float]:
        return float(self.x.min()), float(self.y.min())

    @cached_property
    def _columns(self) -> int:
        return int((float(self.x.max()) - self._origin[0]) // CELL_METRES) + 1

    @cached_property
    def _sorted(self) -> tuple[Rows, npt.NDArray[np.int64]]:
        column = ((self.x - self._origin[0]) // CELL_METRES).astype(np.int64)
        row = ((self.y - self._origin[1]) // CELL_METRES).astype(np.int64)
        cell = row * self._columns + column
        order = np.argsort(cell, kind="stable")
        return order, cell[order]

    def rows_in(self, box: Box) -> Rows:
        """Return, in order, the rows whose coordinates lie in `box`."""
        if not len(self.x):
            return np.empty(0, dtype=np.intp)
        order, cell = self._sorted
        west, south = self._origin
        left = min(max(int((box.west - west) // CELL_METRES), 0), self._columns)
        right = min(int((box.east - west) // CELL_METRES), self._columns - 1)
        bottom = max(int((box.south - south) // CELL_METRES), 0)
        top = min(int((box.north - south) // CELL_METRES), int(cell[-1]) // self._columns)
        if right < left or top < bottom:
            return np.empty(0, dtype=np.intp)
        lines = np.arange(bottom, top + 1, dtype=np.int64) * self._columns
        begin = np.searchsorted(cell, lines + left, side="left")
        end = np.searchsorted(cell, lines + right, side="right")
        rows = np.concatenate([order[a:b] for a, b in zip(begin, end, strict=True)])
        rows = rows[box.holds(self.x[rows], self.y[rows])]
        rows.sort()
        return rows


@dataclass(frozen=True, eq=False)
class Part:
    """Junctions of a graph, numbered anew, with the arcs between them.

    `rows` are the junctions of the graph inside, `number` gives for every
    junction its number here; the number `junctions` and all above stand for what
    is outside, and nothing reaches it. The
    whole graph has a `hierarchy`, whose rows are then the numbers and whose core
    the weights.
    """

    graph: WalkGraph
    weights: sparse.csr_array
    number: npt.NDArray[np.int32]
    rows: Rows | None = None
    hierarchy: Hierarchy | None = None

    @property
    def junctions(self) -> int:
        """How many junctions are inside."""
        return int(self.weights.shape[0]) if self.hierarchy is None else len(self.number) - 1

    def ends(self, points: OnStreets) -> Ends:
        """Return per point both end junctions of its chain, here, and the ticks to each."""
        graph, chain = self.graph, points.chain
        first = np.minimum(self.number[graph.first[chain]], self.junctions)
        last = np.minimum(self.number[graph.last[chain]], self.junctions)
        off = chain < 0
        if off.any():
            first[off] = last[off] = self.junctions
        to_first = points.position * np.float64(TICK)
        to_last = (graph.millimetres[chain] - points.position) * np.float64(TICK)
        return first, last, to_first, to_last


def whole(graph: WalkGraph) -> Part:
    """Return all of a graph."""
    return Part(graph, graph.hierarchy.core, graph.hierarchy.row, hierarchy=graph.hierarchy)


def junction_cells(graph: WalkGraph) -> Cells:
    """Return the junctions of a graph in cells, sorted once."""
    prepared, key = graph.network.prepared, ("cells", graph.avoid)
    if key not in prepared:
        node = graph.junction_node
        prepared[key] = Cells(graph.network.x[node], graph.network.y[node])
    cells: Cells = prepared[key]
    return cells


def part_within(graph: WalkGraph, box: Box, *, spare: Short | None = None) -> Part:
    """Return the junctions in `box` and the arcs between them.

    `spare` becomes the part's `number`: one a junction of the graph, all of
    them above any number of junctions. Who asks for many parts, one after the
    other, gives the same one and undoes it at `rows` of the last part.
    """
    rows = junction_cells(graph).rows_in(box)
    weights = graph.weights
    number = spare
    if number is None:
        number = np.full(len(graph.junction_node), len(rows), dtype=np.int32)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    begin, end = weights.indptr[rows], weights.indptr[rows + 1]
    count = (end - begin).astype(np.int64)
    offset = np.cumsum(count) - count
    arc = np.arange(int(count.sum())) - np.repeat(offset - begin, count)
    to = number[weights.indices[arc]]
    kept = to < len(rows)
    of_row = np.repeat(np.arange(len(rows)), count)[kept]
    indptr = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum(np.bincount(of_row, minlength=len(rows)), out=indptr[1:])
    inner = sparse.csr_array(
        (weights.data[arc[kept]], to[kept], indptr), shape=(len(rows), len(rows))
    )
    return Part(graph, inner, number, rows)
