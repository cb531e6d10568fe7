"""Order of points along a Hilbert curve: what is near on the ground is near in the order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS = 16


def hilbert_index(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Return the place of every point on a Hilbert curve over their bounding square.

    Source: D. Hilbert, Math. Ann. 38 (1891); from the coarsest quadrant to the
    finest, each turns or mirrors the curve inside it.
    """
    if not len(x):
        return np.empty(0, dtype=np.uint32)
    side = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    cells = float(2**BITS - 1)
    a = ((x - x.min()) / side * cells).astype(np.uint32)
    b = ((y - y.min()) / side * cells).astype(np.uint32)
    place = np.zeros(len(x), dtype=np.uint32)
    for level in range(BITS - 1, -1, -1):
        bit = np.uint32(1 << level)
        right, upper = (a & bit) > 0, (b & bit) > 0
        place += bit * bit * ((np.uint32(3) * right) ^ upper).astype(np.uint32)
        turned = right & ~upper
        a = np.where(turned, ~a & np.uint32(2**BITS - 1), a)
        b = np.where(turned, ~b & np.uint32(2**BITS - 1), b)
        a, b = np.where(upper, a, b), np.where(upper, b, a)
    return place
