"""Weights that fall with the cost of the way: what a catchment is made of.

Each function returns a function that maps an array of finite costs to weights
of the same shape. A cost exactly at a limit or an edge still belongs to what
lies within it (t <= edge).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from coverage.arrays import Floats
from geo.errors import QuestionError

Weight = Callable[[Floats], Floats]


def within(limit: float) -> Weight:
    """Return the weight of a plain catchment: 1 up to `limit`, 0 beyond (t <= limit).

    Raises
    ------
    QuestionError
        `limit` is negative or missing.
    """
    _hold("limit", limit, at_least=0, infinite=True)

    def weight(costs: Floats) -> Floats:
        return (costs <= limit).astype(np.float64)

    return weight


def stepped(edges: Sequence[float], weights: Sequence[float]) -> Weight:
    """Return the weight of banded catchments: ``weights[k]`` for edges[k-1] < t <= edges[k].

    Beyond the last edge the weight is 0. A cost exactly at an edge takes the
    nearer band. (ipeaGIT/accessibility puts it into the farther one, which
    changes most rows when minutes are whole.)

    Source: Luo, W. and Qi, Y. (2009), Health & Place 15(4), 1100-1107.

    Raises
    ------
    QuestionError
        No edges, not rising, not as many weights as edges, or one negative.
    """
    if len(edges) == 0 or len(edges) != len(weights):
        raise QuestionError("error.bands_length", edges=len(edges), weights=len(weights))
    for edge in edges:
        _hold("edges", edge, at_least=0, infinite=True)
    for one in weights:
        _hold("weights", one, at_least=0)
    upper = np.asarray(edges, dtype=np.float64)
    if (np.diff(upper) <= 0).any():
        raise QuestionError("error.bands_order", given=", ".join(map(str, edges)))
    of_band = np.append(np.asarray(weights, dtype=np.float64), 0.0)

    def weight(costs: Floats) -> Floats:
        found: Floats = of_band[np.searchsorted(upper, costs, side="left")]
        return found

    return weight


def exponential(decay: float, cut: float = np.inf) -> Weight:
    """Return the weight ``exp(-decay * t)`` for t <= cut, 0 beyond.

    Raises
    ------
    QuestionError
        `decay` or `cut` is negative or missing.
    """
    _hold("decay", decay, at_least=0)
    _hold("cut", cut, at_least=0, infinite=True)

    def weight(costs: Floats) -> Floats:
        return np.where(costs <= cut, np.exp(-decay * costs), 0.0)

    return weight


def power(decay: float, cut: float = np.inf, *, least: float = 1.0) -> Weight:
    """Return the weight ``max(t, least) ** -decay`` for t <= cut, 0 beyond.

    Without `least` the weight of a service at one's own door would be infinite.

    Raises
    ------
    QuestionError
        `decay` or `cut` is negative or missing, or `least` is not positive.
    """
    _hold("decay", decay, at_least=0)
    _hold("cut", cut, at_least=0, infinite=True)
    _hold("least", least, above=0)

    def weight(costs: Floats) -> Floats:
        return np.where(costs <= cut, np.maximum(costs, least) ** -decay, 0.0)

    return weight


def gaussian(sigma: float, cut: float = np.inf) -> Weight:
    """Return the weight ``exp(-t**2 / (2 * sigma**2))`` for t <= cut, 0 beyond.

    Not normalised: the weight at no cost is 1 (as in pysal/access).

    Source: Dai, D. (2010), Health & Place 16(5), 1038-1052, for the gaussian in
    catchments (his own curve is stretched to reach 0 at the cut; this one is not).

    Raises
    ------
    QuestionError
        `sigma` is not positive, or `cut` is negative or missing.
    """
    _hold("sigma", sigma, above=0)
    _hold("cut", cut, at_least=0, infinite=True)

    def weight(costs: Floats) -> Floats:
        return np.where(costs <= cut, np.exp(-(costs**2) / (2 * sigma**2)), 0.0)

    return weight


def weigh(weight: Weight, costs: Floats) -> Floats:
    """Return the weights of finite `costs`, held to what a weight must be.

    Raises
    ------
    QuestionError
        `weight` returns another shape, something missing, infinite or negative.
    """
    weights = np.asarray(weight(costs.copy()), dtype=np.float64)
    if weights.shape != costs.shape:
        raise QuestionError("error.weight_shape", given=str(weights.shape), wanted=str(costs.shape))
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise QuestionError("error.weight_values")
    return weights


def hold_parameter(name: str, given: float) -> None:
    """Hold a limit of a question to "zero or more"; infinity is allowed.

    Raises
    ------
    QuestionError
        Negative, missing or not a number.
    """
    _hold(name, given, at_least=0, infinite=True)


def _hold(
    name: str,
    given: float,
    *,
    at_least: float | None = None,
    above: float | None = None,
    infinite: bool = False,
) -> None:
    number = isinstance(given, (int, float, np.integer, np.floating)) and not np.isnan(given)
    good = (
        number
        and (infinite or bool(np.isfinite(given)))
        and (at_least is None or given >= at_least)
        and (above is None or given > above)
    )
    if not good:
        raise QuestionError("error.parameter", name=name, given=str(given))
