"""What a measure of the rules hands back: numerators and denominators per unit, unjudged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from coverage.ground import REGISTER, Bools, Floats, Ground
from coverage.rulebook import Rule, Rules
from geo.phrases import Phrase

ORGANISATIONS, PEOPLE, COMMUNITIES = "organisations", "people", "communities"


@dataclass(frozen=True, eq=False)
class Measured:
    """What a rule found, one number a unit.

    Parameters
    ----------
    numerator, denominator, scale
        value = numerator / denominator x scale; without a denominator the
        value is the numerator. A denominator of zero has no value (不适用).
    counted
        What the numerator counts: the unit of the distance to the target.
    basis
        What the numbers rest on, one word for all or one a unit.
    lacking
        Units without the data (数据不足).
    sure
        Units whose value may carry a verdict; False: 待核.
    thresholds
        A threshold of its own for each unit, None for no threshold.
    notes
        What a reader must see beside every unit.
    missing
        What the whole rule lacks; everything else is then empty.
    column
        The residents column that is counted or divided by; empty: none.
    """

    numerator: Floats
    denominator: Floats | None = None
    scale: int = 1
    counted: str = ORGANISATIONS
    basis: str | npt.NDArray[np.object_] = REGISTER
    lacking: Bools | None = None
    sure: Bools | None = None
    thresholds: tuple[Fraction | None, ...] | None = None
    notes: tuple[Phrase, ...] = ()
    missing: str = ""
    column: str = ""


Measure = Callable[[Ground, Rule, Rules], Measured]


def without(missing: str) -> Measured:
    """Return that a place lacks something the whole rule needs."""
    return Measured(np.empty(0), missing=missing)
