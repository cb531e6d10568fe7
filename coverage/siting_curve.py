"""What each further site buys: the curve for the meeting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.siting_cover import CoverProblem, greedy
from coverage.siting_input import read_sites, read_weights, within_reach
from coverage.siting_matrices import only_columns
from coverage.siting_maximal import (
    DEFAULT,
    best_cover,
    by_gain,
    hit_rows,
    hold_reachable,
    open_question,
)
from coverage.siting_question import Metres, SitingOptions, Watch, tidy

CURVE_COLUMNS = (
    "sites",
    "column",
    "gain",
    "extra",
    "covered",
    "cost",
    "cost_per_person",
    "best_covered",
    "bound",
    "how",
)


def cover_curve(
    metres: Metres,
    weights: npt.ArrayLike,
    *,
    within_metres: float,
    up_to: int,
    existing: Iterable[int] = (),
    options: SitingOptions = DEFAULT,
) -> pd.DataFrame:
    """Return what 1, 2, … `up_to` more sites cover, one opened after the other.

    Parameters
    ----------
    metres, weights, within_metres, existing
        As in `maximal_cover`.
    up_to
        The longest list of sites.
    options
        The time limit is shared by all rows; 0 leaves the proofs out. The
        budget plays no part: the curve is what a budget is chosen from.

    Returns
    -------
    One row a number of sites, index ``step`` ("1", "2", …), with
    `CURVE_COLUMNS`. ``column`` is the site opened at this step, ``gain`` what
    it adds to the ones before (never more than the step before, but for locked
    sites, which open first), ``extra`` the sum of gains, ``cost_per_person``
    the cost of this step for each person it adds (missing where it adds none
    or costs are unknown). ``best_covered`` is the most that so many sites can
    cover when they need not build on each other, with its ``bound`` and
    ``how``. The rows end where a further site would add nobody.

    Raises
    ------
    SitingError
        As `maximal_cover`.
    """
    watch = Watch(options)
    reach = within_reach(metres, within_metres)
    values = read_weights(weights, reach.shape[0])
    found = read_sites(reach.shape[1], existing, replace(options, budget=None), sites=up_to)
    hold_reachable(reach, values, found, within_metres)
    already = hit_rows(reach, found.existing)
    base = float(values[already].sum())
    locked = np.array(by_gain(reach, values, found.existing, found.locked), dtype=np.int64)
    problem = open_question(reach, values, found, already=hit_rows(reach, found.open), sites=up_to)
    chosen, _ = greedy(replace(problem, costs=None, budget=None))
    order = [*(int(one) for one in locked), *(int(found.free[k]) for k in chosen)]
    gains, best = [], []
    by_site = only_columns(reach, np.array(order, dtype=np.int64)).tocsc()
    left = np.where(already, 0.0, values)
    for step in range(len(order)):
        rows = by_site.indices[by_site.indptr[step] : by_site.indptr[step + 1]]
        gains.append(float(left[rows].sum()))
        left[rows] = 0.0
        best.append(_best(problem, step + 1 - len(locked), gains, base, watch))
    costs = None if found.costs is None else found.costs[order]
    return _table(order, gains, base, costs, best)


def _best(
    problem: CoverProblem, sites: int, gains: list[float], base: float, watch: Watch
) -> tuple[float, float, str]:
    """Return the most so many sites can cover; while locked ones still open, just that."""
    so_far = base + sum(gains)
    if sites <= 0:
        return so_far, so_far, "proven"
    if sites == 1 and not problem.reach.shape[1]:
        return so_far, so_far, "proven"
    locked_gain = so_far - sum(gains[len(gains) - sites :])
    part = Watch(
        SitingOptions(time_limit=watch.left / 2, cancel=watch.options.cancel, gap=watch.options.gap)
    )
    asked = CoverProblem(problem.reach, problem.weights, sites, None, None, problem.whole)
    chosen, bound, how = best_cover(asked, part)
    value = max(asked.covered(chosen) + locked_gain, so_far)
    return value, max(bound + locked_gain, value), how


def _table(
    order: list[int],
    gains: list[float],
    base: float,
    costs: npt.NDArray[np.float64] | None,
    best: list[tuple[float, float, str]],
) -> pd.DataFrame:
    gain = np.array(gains, dtype=np.float64)
    extra = np.cumsum(gain)
    spent = np.full(len(order), np.nan) if costs is None else costs
    per_person = np.divide(spent, gain, out=np.full(len(order), np.nan), where=gain > 0)
    # A longer list can always repeat a shorter one, also when its own search ran out of time.
    covered_best = np.maximum.accumulate(np.array([one[0] for one in best], dtype=np.float64))
    table = pd.DataFrame(
        {
            "sites": np.arange(1, len(order) + 1),
            "column": order,
            "gain": [tidy(one) for one in gain],
            "extra": [tidy(one) for one in extra],
            "covered": [tidy(base + one) for one in extra],
            "cost": spent,
            "cost_per_person": per_person,
            "best_covered": [tidy(float(one)) for one in covered_best],
            "bound": [tidy(one[1]) for one in best],
            "how": pd.Series([one[2] for one in best], dtype="str"),
        },
        columns=list(CURVE_COLUMNS),
    )
    table.index = pd.Index([str(k) for k in table["sites"]], name="step", dtype="str")
    return table
