"""Order of points along a Hilbert curve: what is near on the ground is near in the order."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

BITS = 16
TOGETHER = 4  # levels looked up at once: the table has 4 x 16 x 16 rows and stays in the cache

Rows = npt.NDArray[np.intp]


def hilbert_index(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Return the place of every point on a Hilbert curve over their bounding square.

    Source: D. Hilbert, Math. Ann. 38 (1891); from the coarsest quadrant to the
    finest, each turns or mirrors the curve inside it.
    """
    if not len(x):
        return np.empty(0, dtype=np.uint32)
    side = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    cells = float(2**BITS - 1)
    a = ((x - x.min()) / side * cells).astype(np.intp)
    b = ((y - y.min()) / side * cells).astype(np.intp)
    steps, turns = _levels()
    place = np.zeros(len(x), dtype=np.uint32)
    turned = np.zeros(len(x), dtype=np.intp)
    low = 2**TOGETHER - 1
    for level in range(BITS - TOGETHER, -1, -TOGETHER):
        row = turned | (a >> level & low) << TOGETHER | b >> level & low
        place = place << np.uint32(2 * TOGETHER) | steps[row]
        turned = turns[row]
    return place


@cache
def _levels() -> tuple[npt.NDArray[np.uint32], Rows]:
    """Return for each way the curve may lie, and each cell of a few levels, where that leads.

    A row is (way, cell of x, cell of y); a way is two bits: axes exchanged,
    axes turned round. The answers are the place on the curve within these
    levels, and the way the curve lies inside the cell, as the start of its rows.
    """
    side = 2**TOGETHER
    way, one, other = np.indices((4, side, side)).reshape(3, -1)
    exchanged, turned = way >> 1, way & 1
    place = np.zeros(len(way), dtype=np.intp)
    for level in range(TOGETHER - 1, -1, -1):
        p, q = one >> level & 1, other >> level & 1
        right = np.where(exchanged, q, p) ^ turned
        upper = np.where(exchanged, p, q) ^ turned
        place = place * 4 + (3 * right ^ upper)
        turned = turned ^ (right & ~upper & 1)
        exchanged = exchanged ^ (1 - upper)
    return place.astype(np.uint32), (exchanged * 2 + turned) * side * side
