"""Which components of a network matter: islands told from places.

A component that is not the largest is nearly always a gap in the map (a
rooftop, a courtyard, a path nobody joined up) and must not capture the people
beside it. It *matters* all the same when it has

- at least `ISLAND_METRES` of street: a village of its own; routers draw the
  same line at some hundred crossings; or
- at least `ISLAND_SHARE` of the street of the largest: two banks of a river
  without a bridge; or
- at least `PLACE_METRES` and lies beyond the snap limit of all those (to some
  25 m, on the safe side): an islet with streets of its own, whose people have
  no other street to stand on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.street_bits import BIT_METRES, bits_of
from geo.street_network import StreetNetwork

ISLAND_METRES = 10_000.0
ISLAND_SHARE = 0.1
PLACE_METRES = 1_000.0
CHUNK = 2**18  # edges cut into bits at a time

Flags = npt.NDArray[np.bool_]


def mattering(
    network: StreetNetwork,
    usable: Flags,
    component: npt.NDArray[np.int32],
    component_mm: npt.NDArray[np.int64],
) -> Flags:
    """Return which components carry walks.

    Parameters
    ----------
    network
        The streets.
    usable
        The edges in question.
    component
        Per node its component.
    component_mm
        Per component its millimetres of street.
    """
    matters = component_mm >= ISLAND_METRES * 1000
    matters |= component_mm >= ISLAND_SHARE * float(component_mm.max())
    perhaps = ~matters & (component_mm >= PLACE_METRES * 1000)
    if not perhaps.any():
        return matters
    of_edge = component[network.lower]
    of_small = np.flatnonzero(usable & perhaps[of_edge]).astype(np.int32)
    small, here = bits_of(network, of_small)
    of_bit = of_edge[small]
    # Middles of two bits may be half a bit each nearer than the streets themselves.
    reach = network.snap_limit_metres + BIT_METRES
    others = np.flatnonzero(usable & matters[of_edge]).astype(np.int32)
    there = _bits_near(network, others, here, reach)
    beside = np.zeros(len(matters), dtype=np.bool_)
    if len(there):
        from scipy.spatial import cKDTree  # noqa: PLC0415  (few networks have such islands)

        away, _ = cKDTree(there).query(here, distance_upper_bound=reach)
        beside[of_bit[np.isfinite(away)]] = True
    return matters | (perhaps & ~beside)


def _bits_near(
    network: StreetNetwork,
    edges: npt.NDArray[np.int32],
    here: npt.NDArray[np.float64],
    reach: float,
) -> npt.NDArray[np.float64]:
    """Return the middles of the bits of `edges` in the cells around the places `here`."""
    side = max(reach, BIT_METRES)
    origin = here.min(axis=0) - side
    cell = ((here - origin) // side).astype(np.int64)
    marked = np.zeros(tuple(cell.max(axis=0) + 2), dtype=np.bool_)
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            marked[cell[:, 0] + east, cell[:, 1] + north] = True
    found = []
    for begin in range(0, len(edges), CHUNK):
        _, there = bits_of(network, edges[begin : begin + CHUNK])
        at = (there - origin) // side
        inside = ((at >= 0) & (at < marked.shape)).all(axis=1)
        there, at = there[inside], at[inside].astype(np.int64)
        found.append(there[marked[at[:, 0], at[:, 1]]])
    return np.concatenate(found)
