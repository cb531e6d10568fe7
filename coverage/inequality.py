"""How evenly something is shared: Gini, Lorenz, Palma, Theil, concentration, poverty.

Everywhere `values` is what each row has (access, minutes, organisations per
head), `weights` how many people the row stands for (None: one each). A row of
weight k counts exactly like k rows of weight one. Rows of weight zero are
nobody's: they change no index but the bounds of the corrected concentration
index, and their income or rank may be missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage.arrays import Floats, read_numbers
from geo.errors import QuestionError, TableError


class Poverty(NamedTuple):
    """Foster-Greer-Thorbecke measures of order 0, 1 and 2."""

    headcount: float
    gap: float
    severity: float


def gini(values: Any, weights: Any = None) -> float:
    """Return the Gini coefficient, 0 (all the same) to just under 1.

    ``G = sum_ij w_i w_j |x_i - x_j| / (2 W^2 mean)``, the mean difference over
    everybody, oneself included (no small-sample factor n / (n - 1)), which is
    also one minus twice the area under the Lorenz curve.

    Source: Gini, C. (1912); in this form Yitzhaki, S. and Schechtman, E. (2013),
    The Gini Methodology, ch. 2. Equal to ipeaGIT/accessibility and PySAL/inequality.

    Parameters
    ----------
    values
        Zero or more, one a row. All zero: everybody has the same, 0.
    weights
        People of each row; None: one each.

    Raises
    ------
    TableError
        No values, missing, negative, of different lengths, or no weight at all.
    """
    x, w = _values_and_weights(values, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    mean = float(x @ w)
    if mean == 0:
        return 0.0
    middle = np.cumsum(w) - w / 2
    # Taken from the mean, equal values give zero and not a rounding error.
    return max(0.0, float(((2 * middle - 1) * w) @ (x - mean)) / mean)


def lorenz(values: Any, weights: Any = None) -> pd.DataFrame:
    """Return the Lorenz curve: poorest first, what share of all they hold.

    Source: Lorenz, M. O. (1905), Publications of the American Statistical
    Association 9(70), 209-219. Ties stay in the order given; the curve is the
    same in any order.

    Returns
    -------
    DataFrame with ``people_share`` and ``value_share``, from (0, 0) to (1, 1),
    one row more than there are values. With nothing to share the curve is the
    diagonal.

    Raises
    ------
    TableError
        As for `gini`.
    """
    x, w = _values_and_weights(values, weights)
    order = np.argsort(x, kind="stable")
    people = np.append(0.0, np.cumsum(w[order]))
    held = np.append(0.0, np.cumsum(x[order] * w[order]))
    if held[-1] == 0:
        held = people
    return pd.DataFrame(
        {"people_share": people / people[-1], "value_share": held / held[-1]},
    )


def palma(values: Any, incomes: Any, weights: Any) -> float:
    """Return the mean of the richest tenth over the mean of the poorest four tenths.

    The poorest are those with an income <= the 40th percentile, the richest
    those with one > the 90th. Percentiles are taken over people: with whole
    weights everybody is lined up by income and the percentile is interpolated
    between the two people next to rank ``1 + (n - 1) p`` (Hmisc's weighted
    quantile, as in ipeaGIT/accessibility); weights that are shares have no
    single people, and the percentile is the first income at which the
    cumulated share reaches p. Rows of one income are never torn apart.

    Source: Palma, J. G. (2011), Development and Change 42(1), 87-153, as a ratio
    of means between income groups: Pereira, R. H. M. and Herszenhut, D.,
    Introduction to urban accessibility (2023), ch. 5.

    Parameters
    ----------
    values, incomes
        One a row, values zero or more; an income may be below zero, and missing
        where nobody lives.
    weights
        People of each row.

    Returns
    -------
    float; not a number when nobody is richer than the 90th percentile (one
    income holds more than a tenth of the people at the top) or the poorest
    have nothing at all.

    Raises
    ------
    TableError
        No values, missing, negative, of different lengths, or no weight at all.
    """
    people = read_numbers(weights, "weights")
    x, shares = _values_and_weights(values, weights)
    income = _read_ranks(incomes, "incomes", people, weights)
    poorest = income <= _percentile(income, people, 0.4)
    richest = income > _percentile(income, people, 0.9)
    poor_people, rich_people = shares[poorest].sum(), shares[richest].sum()
    if rich_people == 0 or x[poorest] @ shares[poorest] == 0:
        return float("nan")
    rich_mean = (x[richest] @ shares[richest]) / rich_people
    return float(rich_mean / ((x[poorest] @ shares[poorest]) / poor_people))


def _percentile(income: Floats, people: Floats, p: float) -> float:
    heeded = people > 0
    order = np.argsort(income[heeded], kind="stable")
    sorted_income = income[heeded][order]
    upto = np.cumsum(people[heeded][order])
    last = len(upto) - 1
    if (people == np.floor(people)).all():
        rank = 1 + (upto[-1] - 1) * p
        below = np.floor(rank)
        low = sorted_income[np.searchsorted(upto, below)]
        high = sorted_income[min(int(np.searchsorted(upto, below + 1)), last)]
        return float(low + (rank - below) * (high - low))
    return float(sorted_income[min(int(np.searchsorted(upto, p * upto[-1])), last)])


def theil(values: Any, weights: Any = None) -> float:
    """Return Theil's T, 0 (all the same) to the logarithm of the number of people.

    ``T = sum_i (w_i / W) (x_i / mean) ln(x_i / mean)``, with 0 ln 0 = 0: people
    who have nothing count with their weight. (ipeaGIT/accessibility leaves them
    out of the sum and of the weights; the results agree where nobody has
    nothing.)

    Source: Theil, H. (1967), Economics and Information Theory, ch. 4.

    Parameters
    ----------
    values
        Zero or more, one a row. All zero: everybody has the same, 0.
    weights
        People of each row; None: one each.

    Raises
    ------
    TableError
        As for `gini`.
    """
    x, w = _values_and_weights(values, weights)
    mean = float(x @ w)
    if mean == 0:
        return 0.0
    ratio = x / mean
    some = ratio > 0
    return max(0.0, float(w[some] @ (ratio[some] * np.log(ratio[some]))))


def concentration_index(
    values: Any, ranks: Any, weights: Any, *, corrected: bool = True, ties: str = "order"
) -> float:
    """Return how much more the high-ranked have: -1 (only the poor) to 1 (only the rich).

    ``C = (2 / mean) sum_i (w_i / W) (R_i - 1/2) (x_i - mean)``, where R_i is the
    share of people ranked below row i plus half its own. Corrected (the
    default): ``C * 4 mean / (largest - smallest)``, which neither the bounds
    nor the direction of the measure distort; the bounds are those of the
    values given, rows of weight zero included.

    Sources: Van Doorslaer, E. and Koolman, X. (2004), Health Economics 13(7),
    609-628, eq. 4 (rank); Erreygers, G. (2009), Journal of Health Economics
    28(2), 504-515 (correction).

    Parameters
    ----------
    values
        Zero or more, one a row.
    ranks
        What people are ranked by, such as income; may be below zero, and
        missing where nobody lives.
    weights
        People of each row.
    corrected
        False: the standard index of Kakwani, Wagstaff and Van Doorslaer.
    ties
        ``"order"``: rows of equal rank follow each other as they stand, as in
        ipeaGIT/accessibility, whose published figures rest on it. ``"average"``:
        they share their mean rank, and the order of the rows does not matter.

    Raises
    ------
    TableError
        No values, missing, negative, of different lengths, or no weight at all.
    QuestionError
        `ties` is neither of the two.
    """
    if ties not in ("order", "average"):
        raise QuestionError("error.not_among", name="ties", given=ties, allowed="order、average")
    people = read_numbers(weights, "weights")
    x, w = _values_and_weights(values, weights)
    rank_by = _read_ranks(ranks, "ranks", people, weights)
    order = np.argsort(rank_by, kind="stable")
    fraction = np.empty_like(w)
    fraction[order] = np.cumsum(w[order]) - w[order] / 2
    if ties == "average":
        fraction = _shared_rank(rank_by, fraction, w)
    mean = float(x @ w)
    covariance = float(((fraction - 0.5) * w) @ (x - mean))
    divisor = (x.max() - x.min()) / 4 if corrected else mean
    return float(2 * covariance / divisor) if divisor > 0 else 0.0


def _shared_rank(rank_by: Floats, fraction: Floats, w: Floats) -> Floats:
    _, group = np.unique(rank_by, return_inverse=True)
    weight = np.bincount(group, weights=w)
    total = np.bincount(group, weights=w * fraction)
    shared = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return shared[group]


def fgt_poverty(values: Any, weights: Any = None, *, line: float) -> Poverty:
    """Return the share of people below a line, how far, and how far squared.

    ``FGT_a = sum_i (w_i / W) ((line - x_i) / line)^a`` over x_i < line, for
    a = 0, 1, 2. A value exactly at the line is not below it.

    Source: Foster, J., Greer, J. and Thorbecke, E. (1984), Econometrica 52(3),
    761-766.

    Raises
    ------
    TableError
        As for `gini`.
    QuestionError
        `line` is not a positive number.
    """
    if not (isinstance(line, (int, float, np.integer, np.floating)) and 0 < line < np.inf):
        raise QuestionError("error.parameter", name="line", given=str(line))
    x, w = _values_and_weights(values, weights)
    below = x < line
    shortfall = (line - x[below]) / line
    share = w[below]
    return Poverty(float(share.sum()), float(share @ shortfall), float(share @ shortfall**2))


def _values_and_weights(values: Any, weights: Any) -> tuple[Floats, Floats]:
    """Return values and weights that sum to one."""
    x = read_numbers(values, "values")
    if weights is None:
        return x, np.full(len(x), 1 / len(x))
    labels = values.index if isinstance(values, pd.Series) else None
    w = read_numbers(weights, "weights", length=len(x), labels=labels)
    if w.max() == 0:
        raise TableError("error.no_weight")
    # Divided by the largest first, so that no sum leaves the range of numbers.
    w = w / w.max()
    return x, w / w.sum()


def _read_ranks(given: Any, name: str, people: NDArray[np.float64], weights: Any) -> Floats:
    labels = weights.index if isinstance(weights, pd.Series) else None
    return read_numbers(
        given, name, length=len(people), labels=labels, unheeded=people == 0, signed=True
    )
