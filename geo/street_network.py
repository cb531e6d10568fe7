"""The street network of a place: nodes in metres, straight edges in whole millimetres.

Every vertex of a street is a node and every straight piece between two
vertices an edge, so that a point can stand anywhere along a street and nothing
of its shape is lost. Lengths are whole millimetres: sums stay exact, and "just
15 minutes away" never falls to rounding.

`geo.streets` makes networks from files. The searches know the noun alone, so
they load none of the libraries that reading needs.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geo.phrases import Phrase

if TYPE_CHECKING:
    import pyproj

SNAP_LIMIT_METRES = 300.0


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Streets as nodes and straight edges.

    Parameters
    ----------
    x, y
        Float, one per node: metres in `crs`. Nodes lie in Hilbert order, so
        that neighbours on the ground are neighbours in memory.
    indptr, neighbour, millimetres, flags
        The edges as sparse rows, each edge once, at its lower node: those of
        node i are ``indptr[i]:indptr[i + 1]``, lead to ``neighbour``, are
        ``millimetres`` long and carry the flags of `geo.osm`.
    crs
        Metric CRS of the coordinates.
    snap_limit_metres
        How far from a street a point may lie and still be on the network.
    source
        Name of the file.
    notes
        What a reader should know about the file.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    indptr: npt.NDArray[np.int32]
    neighbour: npt.NDArray[np.int32]
    millimetres: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint16]
    crs: pyproj.CRS
    snap_limit_metres: float = SNAP_LIMIT_METRES
    source: str = ""
    notes: tuple[Phrase, ...] = ()
    # What `geo.network` prepares from the arrays above, once for each mask.
    prepared: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        kilometres = self.millimetres.sum(dtype=np.int64) / 1e6
        return (
            f"<StreetNetwork {self.source}: {len(self.x):,} nodes, "
            f"{len(self.neighbour):,} edges, {kilometres:,.1f} km>"
        )

    @cached_property
    def lower(self) -> npt.NDArray[np.int32]:
        """The lower node of every edge; `neighbour` is the upper one."""
        return np.repeat(np.arange(len(self.x), dtype=np.int32), np.diff(self.indptr))


def row_starts(lower: npt.NDArray[np.integer], nodes: int) -> npt.NDArray[np.int32]:
    """Return where the edges of every node begin, and the end: `lower` ascends."""
    starts = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(lower, minlength=nodes), out=starts[1:])
    return starts
