"""What a published ratio implies: the basis nobody wrote beside it.

A district prints "8.1 per 10,000" or "72.8 %" without saying of what. These
functions say which denominators are possible. They explain a published figure;
they never stand in for one of ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from coverage.rulebook import Published, Rules
from geo.errors import QuestionError

PUBLISHED_COLUMNS = (
    "rule",
    "zh",
    "en",
    "source_zh",
    "source_en",
    "value",
    "per",
    "numerator",
    "implied",
    "implied_least",
    "implied_most",
)


@dataclass(frozen=True)
class Implied:
    """The denominator a rounded ratio stands for: best guess and the bounds of rounding."""

    best: int
    least: int
    most: int


def implied_denominator(
    numerator: int, ratio: str | Fraction, *, per: int = 10_000, digits: int = 1
) -> Implied:
    """Return how many people (or communities) a published ratio was divided by.

    ``numerator / ratio x per``; 514 organisations at 8.1 per 10,000 imply
    634,568 people, between 630,675 and 638,509 for rounding to one digit.

    Parameters
    ----------
    numerator
        What was counted.
    ratio
        As printed, as text so that no digit is lost.
    per
        10,000 for "per 10,000", 100 for per cent, 1 for an average.
    digits
        How many decimals are printed.

    Raises
    ------
    QuestionError
        The numerator is negative, or the ratio is not positive after rounding.
    """
    value = Fraction(str(ratio))
    half = Fraction(1, 2 * 10**digits)
    if numerator < 0 or value <= half or per <= 0:
        raise QuestionError("error.implied_denominator", numerator=numerator, ratio=str(ratio))
    least = numerator * per / (value + half)
    most = numerator * per / (value - half)
    return Implied(round(numerator * per / value), math.ceil(least), math.floor(most))


def ratio_is_possible(
    ratio: str | Fraction, denominator: int, *, per: int = 100, digits: int = 1
) -> bool:
    """Return whether some whole number of `denominator` is printed as `ratio`.

    72.8 % is no whole number of 53 communities: 38 are 71.7 %, 39 are 73.6 %.
    Halves may have been rounded either way.

    Raises
    ------
    QuestionError
        The denominator is not positive.
    """
    if denominator <= 0:
        raise QuestionError("error.implied_denominator", numerator=denominator, ratio=str(ratio))
    value, half = Fraction(str(ratio)), Fraction(1, 2 * 10**digits)
    lowest = math.ceil((value - half) * denominator / per)
    return lowest * Fraction(per, denominator) <= value + half


def published_figures(rules: Rules) -> pd.DataFrame:
    """Return the districts' own figures with what they imply: `PUBLISHED_COLUMNS`.

    ``implied*`` hold a denominator where the document says the numerator and
    the figure is a ratio; else they are blank.
    """
    rows = []
    for one in rules.published:
        implied = _implied(one)
        rows.append(
            {
                "rule": one.rule,
                "zh": one.words.zh,
                "en": one.words.en,
                "source_zh": one.source.zh,
                "source_en": one.source.en,
                "value": float(one.value),
                "per": one.per,
                "numerator": one.numerator,
                "implied": implied.best if implied else None,
                "implied_least": implied.least if implied else None,
                "implied_most": implied.most if implied else None,
            }
        )
    frame = pd.DataFrame(rows, columns=list(PUBLISHED_COLUMNS))
    whole = ["numerator", "implied", "implied_least", "implied_most"]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _implied(one: Published) -> Implied | None:
    if one.numerator is None:
        return None
    return implied_denominator(one.numerator, one.value, per=one.per, digits=one.digits)
