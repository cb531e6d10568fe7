"""Draws that come out the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np


class Draw:
    """Repeatable draws, all made from one sequence of numbers in [0, 1)."""

    def __init__(self, seed: int) -> None:
        self._sequence = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """Return whether a thing of this probability happens."""
        return self._sequence.random() < probability

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number from lowest to highest, both included."""
        return lowest + int(self._sequence.random() * (highest - lowest + 1))

    def pick(self, things: Sequence[str]) -> str:
        """Return one of the things."""
        return things[self.whole(0, len(things) - 1)]

    def weighted(self, weights: np.ndarray) -> int:
        """Return a position, by its weight."""
        upto = np.cumsum(weights)
        found = np.searchsorted(upto, self._sequence.random() * upto[-1], side="right")
        return int(min(found, len(weights) - 1))

    def dealt(self, counts: dict[str, int]) -> list[str]:
        """Return every key as often as counted, shuffled."""
        hand = [key for key, count in counts.items() for _ in range(count)]
        for last in range(len(hand) - 1, 0, -1):
            other = self.whole(0, last)
            hand[last], hand[other] = hand[other], hand[last]
        return hand
