"""Which origins are searched together: neighbours, in squares as wide as pays.

Every group has a price of its own (finding the streets around it), and every
origin looks at all that lies within reach of its group's square. So squares are
small in a dense town and wide in the countryside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.hilbert import hilbert_index

LEVELS = 6  # squares from 8 times the reach wide down to a quarter of it
WIDEST = 8.0
NARROWEST_METRES = 12.5
MOST_BINS = 2**18
GROUP_PRICE = 200_000  # as many looks of one origin at one place cost what a group costs

Coordinates = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Whole = npt.NDArray[np.int64]


def groups(
    x: Coordinates,
    y: Coordinates,
    around_x: Coordinates,
    around_y: Coordinates,
    *,
    reach: float,
) -> list[Rows]:
    """Return the rows of origins in groups of neighbours.

    Parameters
    ----------
    x, y
        Where the origins are, in metres.
    around_x, around_y
        Where is what may be looked at.
    reach
        How far from a group's square it is looked at, in metres.
    """
    if not len(x):
        return []
    narrow = max(WIDEST * reach / 2 ** (LEVELS - 1), NARROWEST_METRES)
    west, south = float(x.min()), float(y.min())
    column = ((x - west) // narrow).astype(np.int64)
    row = ((y - south) // narrow).astype(np.int64)
    counted = _Counted.of(around_x, around_y, max(reach / 4, NARROWEST_METRES))
    chosen = _chosen(column, row, (west, south, narrow), counted, reach)
    order = np.lexsort((hilbert_index(x, y), chosen))
    begins = np.flatnonzero(np.diff(chosen[order])) + 1
    return np.split(order, begins)


def _chosen(
    column: Whole,
    row: Whole,
    grid: tuple[float, float, float],
    counted: _Counted,
    reach: float,
) -> Whole:
    """Return per origin the number of its square: of all ways to divide, the cheapest.

    From the narrowest squares upwards: four stay apart where they cost less
    than the square of all four.
    """
    west, south, narrow = grid
    square = np.zeros(len(column), dtype=np.int64)
    price = np.zeros(0)
    for level in range(LEVELS):
        width = narrow * 2**level
        at = np.stack([row >> level, column >> level])
        key = at[0] * (int(at[1].max()) + 1) + at[1]
        _, first, number, count = np.unique(
            key, return_index=True, return_inverse=True, return_counts=True
        )
        left, below = west + at[1, first] * width, south + at[0, first] * width
        seen = counted.within(left - reach, below - reach, width + 2 * reach)
        together = GROUP_PRICE + count * seen
        if level == 0:
            square, price = number, together.astype(np.float64)
            continue
        members, once = np.unique(square, return_index=True)
        apart = np.bincount(number[once], weights=price[members], minlength=len(count))
        join = together <= apart
        # Numbers of squares joined come after those of squares that stay as they are.
        square = np.where(join[number], len(price) + number, square)
        price = np.concatenate([price, together])
    return square


@dataclass(frozen=True, eq=False)
class _Counted:
    """How many places lie west and south of every corner of a grid."""

    sums: Whole
    west: float
    south: float
    width: float

    @classmethod
    def of(cls, x: Coordinates, y: Coordinates, width: float) -> _Counted:
        west, south = float(x.min()), float(y.min())
        across, up = float(np.ptp(x)), float(np.ptp(y))
        # No more bins than that, however large the land or long the strip.
        width = max(width, math.sqrt(across * up / MOST_BINS), (across + up) / MOST_BINS)
        columns, rows = int(across // width) + 1, int(up // width) + 1
        at = ((y - south) // width).astype(np.int64) * columns
        at += ((x - west) // width).astype(np.int64)
        counts = np.bincount(at, minlength=rows * columns).reshape(rows, columns)
        sums = np.zeros((rows + 1, columns + 1), dtype=np.int64)
        sums[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
        return cls(sums, west, south, width)

    def within(self, left: Coordinates, below: Coordinates, side: float) -> Whole:
        """Return how many lie in squares, to a bin's width."""
        rows, columns = (size - 1 for size in self.sums.shape)
        low = np.clip((below - self.south) // self.width, 0, rows).astype(np.int64)
        high = np.clip((below + side - self.south) // self.width + 1, 0, rows).astype(np.int64)
        begin = np.clip((left - self.west) // self.width, 0, columns).astype(np.int64)
        end = np.clip((left + side - self.west) // self.width + 1, 0, columns).astype(np.int64)
        sums = self.sums
        found: Whole = sums[high, end] - sums[low, end] - sums[high, begin] + sums[low, begin]
        return found
