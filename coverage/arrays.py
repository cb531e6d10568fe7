"""The one check of the numbers and cost matrices that `coverage.indices` is handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.errors import TableError

Floats = NDArray[np.float64]

# These formats cannot tell a cost of zero from an absent pair: DIA drops the one when it is
# read out, BSR fills its blocks up with the other.
_AMBIGUOUS_FORMATS = ("dia", "bsr")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair of a demand row and a supply column that can reach each other.

    Parameters
    ----------
    rows, columns
        Positions of the pair, one entry a pair; no pair stands twice.
    costs
        What the way costs: finite, zero or more.
    shape
        Number of demand rows and of supply columns.
    index, labels
        Labels of rows and columns when the costs came as a DataFrame.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    costs: Floats
    shape: tuple[int, int]
    index: pd.Index | None = None
    labels: pd.Index | None = None


def read_pairs(costs: Any) -> Pairs:
    """Return the reachable pairs of a demand x supply cost matrix.

    Parameters
    ----------
    costs
        Dense (array or DataFrame), where infinity stands for "beyond"; or
        scipy sparse, where an absent entry stands for "beyond" and a stored
        zero for "the same place". Stored zeros are kept.

    Raises
    ------
    TableError
        Not two-dimensional, not numbers, a missing or negative cost, a pair
        that stands twice, or a sparse format that loses stored zeros.
    """
    if sparse.issparse(costs):
        return _sparse_pairs(costs)
    index = costs.index if isinstance(costs, pd.DataFrame) else None
    labels = costs.columns if isinstance(costs, pd.DataFrame) else None
    table = _as_floats(costs, "costs")
    if table.ndim != 2:
        raise TableError("error.costs_shape", given=str(table.shape))
    _hold_costs(table)
    rows, columns = np.nonzero(np.isfinite(table))
    shape = (int(table.shape[0]), int(table.shape[1]))
    return Pairs(rows, columns, table[rows, columns], shape, index, labels)


def _sparse_pairs(costs: Any) -> Pairs:
    if costs.format in _AMBIGUOUS_FORMATS:
        raise TableError("error.costs_format", given=costs.format)
    if costs.ndim != 2:
        raise TableError("error.costs_shape", given=str(costs.shape))
    entries = costs.tocoo()
    rows = entries.coords[0].astype(np.intp)
    columns = entries.coords[1].astype(np.intp)
    values = _as_floats(entries.data, "costs")
    # scipy would add the costs of a pair that stands twice.
    places = rows * max(costs.shape[1], 1) + columns
    twice = len(places) - len(np.unique(places))
    if twice:
        raise TableError("error.costs_twice", count=twice)
    _hold_costs(values)
    reached = np.isfinite(values)
    return Pairs(
        rows[reached],
        columns[reached],
        values[reached],
        (int(costs.shape[0]), int(costs.shape[1])),
    )


def _hold_costs(costs: Floats) -> None:
    missing = int(np.isnan(costs).sum())
    if missing:
        raise TableError("error.costs_missing", count=missing)
    negative = int((costs < 0).sum())
    if negative:
        raise TableError("error.costs_negative", count=negative)


def read_numbers(
    given: Any,
    name: str,
    *,
    length: int | None = None,
    labels: pd.Index | None = None,
    unheeded: NDArray[np.bool_] | None = None,
    signed: bool = False,
) -> Floats:
    """Return `given` as finite numbers, zero or more unless `signed`, one a row.

    Parameters
    ----------
    given
        Array, list or Series.
    name
        What it is called in the sentence.
    length
        How many there must be; None: at least one.
    labels
        Labels a Series must carry, in this order; None: any.
    unheeded
        Rows whose number is never looked at (rows that weigh nothing): a
        missing one is no fault there and reads zero.
    signed
        Whether numbers below zero are allowed: what only orders, such as incomes.

    Raises
    ------
    TableError
        Not one-dimensional, not numbers, too many or too few, labelled
        otherwise, missing, infinite or negative.
    """
    numbers = _as_floats(given, name)
    if numbers.ndim != 1:
        raise TableError("error.numbers_shape", name=name, given=str(numbers.shape))
    if length is not None and len(numbers) != length:
        raise TableError("error.numbers_length", name=name, given=len(numbers), wanted=length)
    if length is None and len(numbers) == 0:
        raise TableError("error.numbers_none", name=name)
    if labels is not None and isinstance(given, pd.Series) and not given.index.equals(labels):
        raise TableError("error.numbers_labels", name=name)
    if unheeded is not None:
        numbers = np.where(unheeded & np.isnan(numbers), 0.0, numbers)
    missing = int((~np.isfinite(numbers)).sum())
    if missing:
        raise TableError("error.numbers_missing", name=name, count=missing)
    negative = int((numbers < 0).sum())
    if negative and not signed:
        raise TableError("error.numbers_negative", name=name, count=negative)
    return numbers


def _as_floats(given: Any, name: str) -> Floats:
    try:
        raw = np.asarray(given)
        if raw.dtype.kind not in "biuf":
            # Nullable columns of pandas arrive as objects; text does not become a number.
            if raw.dtype.kind != "O" or any(isinstance(one, str) for one in raw.ravel()):
                raise TypeError
            raw = np.where(pd.isna(raw), np.nan, raw)
        return np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise TableError("error.numbers_kind", name=name) from fault
