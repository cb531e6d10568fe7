"""Where people live: counts of communities spread over points, to the person.

A district office knows how many people each community has, not where they
live in it. Its counts are spread over *candidates* — buildings, compounds,
residential streets, or a plain grid — in whole people by largest remainder, so
that every community total is kept exactly. Nothing is drawn at random: equal
remainders go to the candidate that comes first.

Parts of a whole stay parts of it: the elders of a point are spread in
proportion to its people, those aged 80 and over to its 65 and over, and so no
point has more elders than people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import TableError
from geo.phrases import Phrase
from geo.residents_candidates import WEIGHT
from geo.tables import BASES, COUNT_COLUMNS, RESIDENTS, checked

# The column each count is a part of; its points weigh as much as they hold of it.
PART_OF = {
    "elders": "people",
    "elders_65": "elders",
    "elders_80": "elders_65",
    "children": "people",
    "disabled": "people",
    "low_income": "people",
    "households": "people",
}

# Remainders closer than this are equal: what is left of sums of unequal order.
TIE = 9


def largest_remainder(total: int, weights: np.ndarray) -> np.ndarray:
    """Share `total` whole units out in proportion to `weights`.

    Every weight first gets the whole part of its exact share; the units left
    over go one each to the largest remainders, and among equal remainders (to
    nine decimals) to those that come first. This is Hamilton's method.

    Parameters
    ----------
    total
        Non-negative whole number to share out.
    weights
        Non-negative finite weights, shape (n,).

    Returns
    -------
    int64 array of shape (n,) that sums to `total`. No share is more than one
    away from the exact one; a weight of zero gets nothing.

    Raises
    ------
    TableError
        The total is negative or not whole, a weight is negative or not a
        number, or there is something to share and nothing to share it over.
    """
    totals = _whole_totals(np.array([total]), "total")
    weights = _fair_weights(weights)
    if totals[0] and not weights.sum() > 0:
        raise TableError("error.nothing_to_spread_over", total=int(totals[0]))
    return _shared_out(totals, weights, np.zeros(len(weights), dtype=np.intp))


def spread_counts(
    communities: gpd.GeoDataFrame,
    counts: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    weight: str = WEIGHT,
    basis: str | Mapping[str, str] = "estimated",
) -> gpd.GeoDataFrame:
    """Spread the counts of communities over candidate points, to the person.

    Parameters
    ----------
    communities
        Communities table in a metric CRS.
    counts
        Indexed by ``community_code``, exactly the communities given; count
        columns of `geo.tables.COUNT_COLUMNS`, ``people`` among them.
    candidates
        Points with ``community_code`` and a column `weight`, in the CRS of
        `communities` (see `geo.residents_candidates`).
    weight
        Name of the weight column: floor area, dwellings, metres of street.
    basis
        What the counts of the communities rest on, one for all or one a column.

    Returns
    -------
    Residents table. A candidate that receives nobody is no resident point. A
    community whose people found no candidate keeps them at one point inside
    its polygon; its counts are then marked ``estimated`` unless assumed.

    Raises
    ------
    TableError
        A count is negative, missing or fractional; a community stands in only
        one of the tables; a basis is unknown; ``people`` is missing.
    """
    columns = _held_counts(communities, counts)
    bases = _held_bases(columns, basis)
    points = _with_lone_communities(communities, counts, candidates, weight)
    group = counts.index.get_indexer(points["community_code"])
    shared: dict[str, np.ndarray] = {}
    for column in columns:
        weights = points[weight].to_numpy(float)
        parent = shared.get(PART_OF.get(column, ""))
        if parent is not None:
            weights = _parent_weights(parent, weights, group, counts[column].to_numpy())
        shared[column] = _shared_out(counts[column].to_numpy(np.int64), weights, group)
    return _residents_table(points, shared, bases)


def share_of_people(
    residents: gpd.GeoDataFrame, column: str, share: float, *, of: str = "people"
) -> gpd.GeoDataFrame:
    """Add a count that is only assumed: a national rate applied to a district.

    The district total ``round(share x people)`` goes by largest remainder to
    the communities and from there to their points, so that it closes at every
    level; the new column is marked ``assumed``.

    Parameters
    ----------
    residents
        Residents table.
    column
        Count column to add, such as ``disabled``.
    share
        Declared rate, 0 to 1 (6.3 % disabled: 0.063).
    of
        The column the rate applies to.

    Returns
    -------
    New residents table with `column` and ``basis_<column>``.

    Raises
    ------
    TableError
        The rate is outside 0 to 1, or a column is not one of the counts.
    """
    if not 0 <= share <= 1:
        raise TableError("error.share_out_of_bounds", column=column, given=share)
    if column not in COUNT_COLUMNS or of not in residents.columns:
        known = "、".join(COUNT_COLUMNS)
        raise TableError("error.counts_unknown", given=f"{column}、{of}", known=known)
    people = residents[of].to_numpy(np.int64)
    codes, group = np.unique(residents["community_code"].to_numpy(str), return_inverse=True)
    of_community = np.bincount(group, weights=people, minlength=len(codes))
    # Half a person counts as one: Python's round would send it to the even number.
    district = int(np.floor(people.sum() * share + 0.5))
    totals = largest_remainder(district, of_community)
    return residents.assign(
        **{column: _shared_out(totals, people.astype(float), group), f"basis_{column}": "assumed"}
    )


def _shared_out(totals: np.ndarray, weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Share each group's total over its rows: `totals` (g,), `weights` and `group` (n,)."""
    sums = np.bincount(group, weights=weights, minlength=len(totals))
    # Total times weight first: an exact product divided exactly stays a whole number.
    exact = totals[group] * weights / np.where(sums > 0, sums, 1.0)[group]
    exact = np.where(np.abs(exact - np.rint(exact)) < 10.0**-TIE, np.rint(exact), exact)
    shares = np.floor(exact).astype(np.int64)
    left = totals - np.bincount(group, weights=shares, minlength=len(totals)).astype(np.int64)
    remainder = np.round(exact - shares, TIE)
    order = np.lexsort((np.arange(len(group)), -remainder, group))
    starts = np.searchsorted(group[order], np.arange(len(totals)))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    extra = (rank < left[group]) & (sums[group] > 0)
    return np.asarray(shares + extra, dtype=np.int64)


def _parent_weights(
    parent: np.ndarray, weights: np.ndarray, group: np.ndarray, totals: np.ndarray
) -> np.ndarray:
    """Weigh by the whole a count is a part of, where that whole can hold it."""
    whole = np.bincount(group, weights=parent, minlength=len(totals))
    return np.where((whole >= totals)[group] & (whole > 0)[group], parent, weights)


def _with_lone_communities(
    communities: gpd.GeoDataFrame,
    counts: pd.DataFrame,
    candidates: gpd.GeoDataFrame,
    weight: str,
) -> gpd.GeoDataFrame:
    """Add a point for every community that has people and nowhere to put them."""
    foreign = ~candidates["community_code"].isin(communities.index)
    if foreign.any():
        examples = "、".join(candidates["community_code"][foreign].astype(str).unique()[:3])
        raise TableError("error.candidates_foreign", count=int(foreign.sum()), examples=examples)
    kept = candidates[["community_code", "geometry"]].assign(
        **{weight: _fair_weights(candidates[weight].to_numpy()), "lone": False}
    )
    weighs = kept.groupby("community_code")[weight].sum().reindex(communities.index).fillna(0) > 0
    held = counts.reindex(communities.index).sum(axis=1) > 0
    lone = communities[(held & ~weighs).to_numpy()]
    added = gpd.GeoDataFrame(
        {"community_code": lone.index.to_numpy(), weight: 1.0, "lone": True},
        geometry=lone.geometry.representative_point().to_numpy(),
        crs=communities.crs,
    )
    parts = [part for part in (kept, added) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else kept


def _residents_table(
    points: gpd.GeoDataFrame, shared: dict[str, np.ndarray], bases: dict[str, str]
) -> gpd.GeoDataFrame:
    lone = points["lone"].to_numpy(bool)
    table: dict[str, Any] = {"community_code": points["community_code"].astype("str")}
    for column, values in shared.items():
        table[column] = values
        weaker = "assumed" if bases[column] == "assumed" else "estimated"
        table[f"basis_{column}"] = np.where(lone, weaker, bases[column])
    frame = gpd.GeoDataFrame(table, geometry=points.geometry.to_numpy(), crs=points.crs)
    for column in bases:
        frame[f"basis_{column}"] = frame[f"basis_{column}"].astype("str")
    frame = frame[frame[list(shared)].sum(axis=1) > 0].copy()
    order = frame.groupby("community_code").cumcount() + 1
    ids = frame["community_code"] + "-" + order.astype("str").str.zfill(4)
    frame.index = pd.Index(ids.astype("str"), name=RESIDENTS.index)
    checked(frame, RESIDENTS)
    return frame


def _held_counts(communities: gpd.GeoDataFrame, counts: pd.DataFrame) -> list[str]:
    columns = [name for name in COUNT_COLUMNS if name in counts.columns]
    if "people" not in columns:
        raise TableError("error.counts_without_people")
    apart = communities.index.symmetric_difference(counts.index)
    if len(apart) or counts.index.has_duplicates:
        named = apart if len(apart) else counts.index[counts.index.duplicated()]
        raise TableError(
            "error.counts_and_communities",
            count=len(named),
            examples="、".join(map(str, named[:3])),
        )
    for name in columns:
        _whole_totals(counts[name].to_numpy(), name, counts.index)
    return columns


def _held_bases(columns: list[str], basis: str | Mapping[str, str]) -> dict[str, str]:
    bases = {name: basis if isinstance(basis, str) else basis.get(name, "") for name in columns}
    for name, given in bases.items():
        if given not in BASES:
            raise TableError(
                "error.spread_basis", column=name, given=given or "（空）", allowed="、".join(BASES)
            )
    return bases


def _whole_totals(totals: np.ndarray, column: str, ids: pd.Index | None = None) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(totals), errors="coerce").to_numpy(float, na_value=np.nan)
    ids = pd.RangeIndex(len(numbers)) if ids is None else ids
    faults = []
    missing = ~np.isfinite(numbers)
    with np.errstate(invalid="ignore"):
        wrong = (
            ("fault.missing_values", missing),
            ("fault.negative", numbers < 0),
            ("fault.fractional", ~missing & (numbers != np.floor(numbers))),
        )
    for key, rows in wrong:
        if rows.any():
            examples = "、".join(map(str, ids[rows][:3]))
            faults.append(Phrase.of(key, column=column, count=int(rows.sum()), examples=examples))
    if faults:
        raise TableError("error.counts_impossible", faults=faults)
    return numbers.astype(np.int64)


def _fair_weights(weights: np.ndarray) -> np.ndarray:
    numbers = np.asarray(weights, dtype=float)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise TableError("error.weights_impossible", count=int(wrong.sum()), row=first + 1)
    return numbers
