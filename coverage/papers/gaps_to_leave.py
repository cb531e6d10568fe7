"""The gap list, fit to leave the house: small counts and what tells them are missing."""

from __future__ import annotations

import pandas as pd

from coverage.gaps import LEVELS
from coverage.papers.suppression import BELOW, coverage_layout, coverage_table, suppressed
from coverage.reach import CoverageResult
from geo.place import Place


def fit_to_leave(
    place: Place,
    result: CoverageResult,
    gaps: pd.DataFrame,
    *,
    kinds: CoverageResult | None = None,
    levels: tuple[str, ...] = LEVELS,
    below: int = BELOW,
) -> pd.DataFrame:
    """Return `gaps` with small measured counts, and what would give them away, missing.

    Counts become nullable whole numbers. Level, sureness and place in the order
    tell a share as well: a row whose share is blank says neither, and stands
    below all others. The screen and ``--json`` are internal and stay exact.

    Parameters
    ----------
    place, result, gaps
        The place, the whole answer, and the list, not narrowed by level.
    kinds
        `coverage.kinds_reached.measure_kinds` when the same file says which
        kinds are reached.
    levels
        Levels wanted; rows that may not say theirs are of every level.
    """
    layout = coverage_layout(place.taxonomy, result.standard)
    told = suppressed(coverage_table(result, kinds), layout=layout, below=below).table
    keys = ["community_code", "category"]
    counted = [name for name in (*layout.counts, *layout.derived) if name in gaps.columns]
    of_communities = told.loc[told["level"] == "community", [*keys, *counted]]
    fit = gaps.drop(columns=counted).merge(of_communities, on=keys, how="left")
    silent = fit["share"].isna()
    for name in ("level", "robustness", "flips_at"):
        if name in fit.columns:
            fit[name] = fit[name].astype(object).mask(silent, None)
    if "near_border" in fit.columns:
        rest = fit["uncovered"].fillna(0) - fit["near_border"]
        few = fit["near_border"].between(1, below - 1) | rest.between(1, below - 1)
        hidden = (fit["uncovered"].isna() | (few & (fit["basis"] == "measured"))).to_numpy(bool)
        fit["near_border"] = fit["near_border"].astype("Int64").mask(hidden)
    wanted = fit[~silent & fit["level"].isin(levels)]
    last = fit[silent].sort_values(["category", "community_code"], kind="stable")
    parts = [part for part in (wanted, last) if len(part)]
    fit = pd.concat(parts, ignore_index=True) if parts else wanted
    return fit[list(gaps.columns)]
