"""The classes a map is painted in, and what a class tells of how many people there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from coverage.papers.suppression import BELOW
from coverage.standard import Standard

GOOD_FROM = 0.95
FAIR_FROM = 0.80
NOBODY = "-"
NOBODY_COLOUR = "#e4e8e9"
FEW = "*"  # so few people that a class would give their small counts away
FEW_COLOUR = "#b9c3c8"


@dataclass(frozen=True)
class ShareClass:
    """One class of the ramp: shares in [lower, upper), painted `fill`, hatched or not."""

    mark: str
    lower: float
    upper: float
    fill: str
    hatched: bool


def share_classes(standard: Standard) -> tuple[ShareClass, ...]:
    """Return the ramp, best first; a gap changes hue at the question's own cut-offs."""
    fair = max(FAIR_FROM, standard.gap_below)
    good = max(GOOD_FROM, fair)
    bounds = (good, fair, standard.gap_below, standard.serious_below, 0.0)
    uppers = (float("inf"), *bounds[:-1])
    fills = ("#2f7f86", "#9cc7c1", "#f2e3c6", "#e39a6f", "#b5422c")
    return tuple(
        ShareClass(str(k), bounds[k], uppers[k], fills[k], hatched=k == len(fills) - 1)
        for k in range(len(fills))
    )


def share_marks(shares: npt.NDArray[np.float64], standard: Standard) -> str:
    """Return one character a share: its class, or `NOBODY` where the share is NaN."""
    classes = share_classes(standard)
    # Lower bounds ascending, so that the unrounded share decides and a share on a bound is above.
    bounds = np.array([one.lower for one in reversed(classes)])
    at = len(classes) - np.searchsorted(bounds, shares, side="right")
    marks = np.array([*(one.mark for one in classes), NOBODY])
    return "".join(marks[np.where(np.isnan(shares), len(classes), at)])


def telling_sizes(
    sizes: npt.NDArray[np.int64], standard: Standard, *, below: int = BELOW
) -> npt.NDArray[np.bool_]:
    """Return where a class may tell a small count to whoever knows how many people there are.

    Of 5 people "30 to 60 %" can only be 2; of 12, "80 to 95 %" leaves 1 or 2
    out. Decided by the number of people alone, so that which communities are
    left out does not tell a class.

    Parameters
    ----------
    sizes
        Beneficiaries of each community.
    standard
        The question, for its cut-offs.
    below
        Counts from 1 to below - 1 are small.
    """
    different, at = np.unique(sizes, return_inverse=True)
    telling = [_tells(int(size), standard, below) for size in different]
    return np.array(telling, dtype=np.bool_)[at] if len(sizes) else np.zeros(0, np.bool_)


def class_bounds(size: int, standard: Standard) -> dict[str, tuple[int, int]]:
    """Return, for each class that can occur among `size` people, the least and most covered."""
    found: dict[str, tuple[int, int]] = {}
    most = size
    for one in share_classes(standard):
        least = _first_from(size, one.lower)
        if least <= most:
            found[one.mark] = (least, most)
        most = min(most, least - 1)
    return found


def _first_from(size: int, lower: float) -> int:
    """Return the fewest covered whose share is `lower` or more, divided as shares are."""
    first = math.ceil(lower * size)
    while first > 0 and (first - 1) / size >= lower:
        first -= 1
    while first / size < lower:
        first += 1
    return first


def _tells(size: int, standard: Standard, below: int) -> bool:
    if size == 0:
        return False
    bounds = sorted(class_bounds(size, standard).values())
    # Nor may one class at one minute and the next at another be few people apart.
    return any(
        (least >= 1 and most < below) or (size - most >= 1 and size - least < below)
        for least, most in bounds
    ) or any(longer[1] - shorter[0] < below for shorter, longer in pairwise(bounds))
