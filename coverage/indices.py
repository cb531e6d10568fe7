"""Numbers of access from plain arrays, each with its formula and its source.

`costs` is demand x supply: dense, where infinity stands for "beyond", or scipy
sparse, where an absent entry stands for "beyond" and a stored zero for "the
same place". Demand is people, supply is capacity; both zero or more. Results
follow the rows of `costs`: a Series with the index of `costs` when that is a
DataFrame, else with the index of `demand` when that is a Series, else an array.

Stated behaviour: a row that reaches nothing gets 0 (`nearest`: infinity); a
supply without capacity, or one that no demand reaches, adds nothing; rows
without demand still get their access. Missing, infinite or negative numbers,
lengths that do not match and labels in another order are `TableError`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from coverage.arrays import Floats, Pairs, read_numbers, read_pairs
from coverage.decay import (
    Weight,
    exponential,
    gaussian,
    hold_parameter,
    power,
    stepped,
    weigh,
    within,
)
from coverage.inequality import (
    Poverty,
    concentration_index,
    fgt_poverty,
    gini,
    lorenz,
    palma,
    theil,
)
from geo.errors import TableError

__all__ = [
    "Poverty",
    "Weight",
    "balanced_floating_catchment",
    "category_mix",
    "concentration_index",
    "cumulative",
    "enhanced_two_step_floating_catchment",
    "exponential",
    "fgt_poverty",
    "gaussian",
    "gini",
    "gravity",
    "lorenz",
    "nearest",
    "palma",
    "power",
    "provision_ratio",
    "stepped",
    "theil",
    "three_step_floating_catchment",
    "two_step_floating_catchment",
    "within",
]

_within = within  # `cumulative` has a parameter of that name


def nearest(costs: Any, supply: Any = None) -> Any:
    """Return the cost of the way to the nearest supply.

    ``A_i = min_j c_ij`` over supplies with a capacity above zero (without
    `supply`: over all). Infinity where nothing is within reach.

    Source: Pereira, R. H. M. and Herszenhut, D. (2023), Introduction to urban
    accessibility, ch. 2 (minimum travel cost).

    Raises
    ------
    TableError
        `costs` or `supply` is not what the module asks for.
    """
    pairs = read_pairs(costs)
    open_pairs = np.ones(len(pairs.costs), dtype=bool)
    if supply is not None:
        open_pairs = (_supply(supply, pairs) > 0)[pairs.columns]
    least = np.full(pairs.shape[0], np.inf)
    np.minimum.at(least, pairs.rows[open_pairs], pairs.costs[open_pairs])
    return _like_rows(least, pairs, None)


def cumulative(costs: Any, supply: Any, *, within: float) -> Any:
    """Return how much supply lies within a cost: ``A_i = sum_j S_j [c_ij <= within]``.

    A supply exactly at the limit counts.

    Source: Wachs, M. and Kumagai, T. G. (1973), Socio-Economic Planning
    Sciences 7(5), 437-456.

    Raises
    ------
    TableError
        `costs` or `supply` is not what the module asks for.
    QuestionError
        `within` is negative or missing.
    """
    hold_parameter("within", within)
    return gravity(costs, supply, weight=_within(within))


def gravity(costs: Any, supply: Any, *, weight: Weight) -> Any:
    """Return the supply within reach, weighted by its cost: ``A_i = sum_j S_j f(c_ij)``.

    Source: Hansen, W. G. (1959), Journal of the American Institute of Planners
    25(2), 73-76.

    Raises
    ------
    TableError
        `costs` or `supply` is not what the module asks for.
    QuestionError
        `weight` returns another shape, something missing or negative.
    """
    pairs = read_pairs(costs)
    capacity = _supply(supply, pairs)
    return _like_rows(_weights(pairs, weight) @ capacity, pairs, None)


def two_step_floating_catchment(costs: Any, demand: Any, supply: Any, *, weight: Weight) -> Any:
    """Return supply per head, where everybody within reach shares it (2SFCA).

    ``R_j = S_j / sum_k D_k f(c_kj)``, then ``A_i = sum_j R_j f(c_ij)``; `weight`
    is a plain catchment, such as ``within(15)`` (t <= limit). What is handed
    out is what there is: ``sum_i D_i A_i`` is the supply that any demand reaches.

    Source: Luo, W. and Wang, F. (2003), Environment and Planning B 30(6), 865-884.

    Parameters
    ----------
    costs
        Demand x supply.
    demand
        People of each row.
    supply
        Capacity of each column; of zero: adds nothing.
    weight
        Maps an array of finite costs to weights.

    Raises
    ------
    TableError
        `costs`, `demand` or `supply` is not what the module asks for.
    QuestionError
        `weight` returns another shape, something missing or negative.
    """
    pairs = read_pairs(costs)
    people, capacity = _demand(demand, pairs), _supply(supply, pairs)
    weights = _weights(pairs, weight)
    return _like_rows(_shared_out(weights, weights, people, capacity), pairs, demand)


def enhanced_two_step_floating_catchment(
    costs: Any, demand: Any, supply: Any, *, weight: Weight
) -> Any:
    """Return supply per head, where nearer people weigh more (E2SFCA).

    The formula of `two_step_floating_catchment` with a `weight` that falls with
    the cost: ``stepped([10, 20, 30], [1, 0.68, 0.22])`` or ``gaussian(20, 60)``.
    A cost exactly at a band's edge takes the nearer band (t <= edge), as in
    pysal/access; ipeaGIT/accessibility takes the farther one.

    Source: Luo, W. and Qi, Y. (2009), Health & Place 15(4), 1100-1107 (bands);
    Dai, D. (2010), Health & Place 16(5), 1038-1052 (gaussian).

    Parameters and errors as for `two_step_floating_catchment`.
    """
    return two_step_floating_catchment(costs, demand, supply, weight=weight)


def three_step_floating_catchment(costs: Any, demand: Any, supply: Any, *, weight: Weight) -> Any:
    """Return supply per head, where services compete for people too (3SFCA).

    People divide themselves over the supplies they reach,
    ``G_ij = f(c_ij) / sum_k f(c_ik)``; then ``R_j = S_j / sum_i D_i f(c_ij) G_ij``
    and ``A_i = sum_j R_j f(c_ij) G_ij``. Every column is something to choose,
    whatever its capacity (as in pysal/access): leave out columns that are not.

    Source: Wan, N., Zou, B. and Sternberg, T. (2012), International Journal of
    Geographical Information Science 26(6), 1073-1089.

    Parameters and errors as for `two_step_floating_catchment`.
    """
    pairs = read_pairs(costs)
    people, capacity = _demand(demand, pairs), _supply(supply, pairs)
    weights = _weights(pairs, weight)
    chosen = weights.multiply(_divided(weights, axis=1)).tocsr()
    return _like_rows(_shared_out(chosen, chosen, people, capacity), pairs, demand)


def balanced_floating_catchment(costs: Any, demand: Any, supply: Any, *, weight: Weight) -> Any:
    """Return supply per head, nobody and nothing counted twice (balanced FCA).

    Weights are divided by their row's sum when demand is allotted and by their
    column's sum when supply is handed back:
    ``R_j = S_j / sum_i D_i f(c_ij) / sum_k f(c_ik)``, then
    ``A_i = sum_j R_j f(c_ij) / sum_k f(c_kj)``.

    Source: Paez, A., Higgins, C. D. and Vivona, S. F. (2019), PLoS ONE 14(6),
    e0218773. Equal to ipeaGIT/accessibility.

    Parameters and errors as for `two_step_floating_catchment`.
    """
    pairs = read_pairs(costs)
    people, capacity = _demand(demand, pairs), _supply(supply, pairs)
    weights = _weights(pairs, weight)
    allotted, handed_back = _divided(weights, axis=1), _divided(weights, axis=0)
    return _like_rows(_shared_out(allotted, handed_back, people, capacity), pairs, demand)


def category_mix(counts: pd.DataFrame, *, even: bool = False) -> pd.Series:
    """Return how mixed the categories of each row are: ``H = -sum_k p_k ln p_k``.

    0 where one category has everything; at most the logarithm of the number of
    columns. With `even` divided by that, so 1 is an even mix (one column: 0).
    Not a number for a row that counts nothing: there is no mix of nothing.

    Source: Shannon, C. E. (1948), Bell System Technical Journal 27, 379-423;
    evenness: Pielou, E. C. (1966), Journal of Theoretical Biology 13, 131-144.

    Parameters
    ----------
    counts
        One row a community, one column a category; zero or more.

    Raises
    ------
    TableError
        A count is missing, infinite, negative or not a number, or no column.
    """
    if counts.shape[1] == 0:
        raise TableError("error.numbers_none", name="counts")
    table = read_numbers(counts.to_numpy().ravel(), "counts", length=counts.size).reshape(
        counts.shape
    )
    total = table.sum(axis=1, keepdims=True)
    share = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    logarithm = np.log(share, out=np.zeros_like(share), where=share > 0)
    mix = np.where(total[:, 0] > 0, -(share * logarithm).sum(axis=1) + 0.0, np.nan)
    if even and counts.shape[1] > 1:
        mix = mix / np.log(counts.shape[1])
    return pd.Series(mix, index=counts.index, name="category_mix")


def provision_ratio(supply: Any, people: Any, *, per: float = 10_000) -> Any:
    """Return supply for every `per` people: ``S / P * per``, such as organisations per 10,000.

    Not a number where nobody lives.

    Parameters
    ----------
    supply, people
        One a row (a Series or an array), or one number each.

    Raises
    ------
    TableError
        Missing, negative, of different lengths or labelled otherwise.
    """
    single = np.ndim(supply) == 0 and np.ndim(people) == 0
    had = read_numbers(np.atleast_1d(supply) if single else supply, "supply")
    labels = supply.index if isinstance(supply, pd.Series) else None
    living = read_numbers(
        np.atleast_1d(people) if single else people, "people", length=len(had), labels=labels
    )
    ratio = np.divide(had * per, living, out=np.full(len(had), np.nan), where=living > 0)
    if single:
        return float(ratio[0])
    return pd.Series(ratio, index=labels, name="provision_ratio") if labels is not None else ratio


def _weights(pairs: Pairs, weight: Weight) -> sparse.csr_array:
    values = weigh(weight, pairs.costs)
    return sparse.csr_array((values, (pairs.rows, pairs.columns)), shape=pairs.shape)


def _shared_out(
    takes: sparse.csr_array, gives: sparse.csr_array, people: Floats, capacity: Floats
) -> Floats:
    """Divide each supply by the demand it takes, then hand the ratios back to the rows."""
    served = takes.T @ people
    ratio = np.divide(capacity, served, out=np.zeros_like(capacity), where=served > 0)
    access: Floats = gives @ ratio
    return access


def _divided(weights: sparse.csr_array, *, axis: int) -> sparse.csr_array:
    """Return the weights divided by the sum of their row (axis 1) or column (axis 0)."""
    total = np.asarray(weights.sum(axis=axis), dtype=np.float64)
    factor = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    diagonal = sparse.diags_array(factor)
    return sparse.csr_array(diagonal @ weights if axis == 1 else weights @ diagonal)


def _demand(demand: Any, pairs: Pairs) -> Floats:
    return read_numbers(demand, "demand", length=pairs.shape[0], labels=pairs.index)


def _supply(supply: Any, pairs: Pairs) -> Floats:
    return read_numbers(supply, "supply", length=pairs.shape[1], labels=pairs.labels)


def _like_rows(result: Floats, pairs: Pairs, demand: Any) -> Any:
    index = pairs.index
    if index is None and isinstance(demand, pd.Series):
        index = demand.index
    return result if index is None else pd.Series(result, index=index)
