"""The gap list: which communities lack what, in the order they should be looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.reach import CoverageResult
from coverage.standard import Standard, counting
from coverage.subjects import nearest_of, subject_categories
from coverage.walking import Walks
from geo.place import Place
from geo.tables import split_codes

SERIOUS, GAP = "serious", "gap"
LEVELS = (SERIOUS, GAP)

GAP_COLUMNS = (
    "community_code",
    "community",
    "subdistrict_code",
    "subdistrict",
    "category",
    "kind",
    "core",
    "beneficiaries",
    "covered",
    "uncovered",
    "unreached",
    "share",
    "level",
    "has_one",
    "at_home",
    "nearest_organisation_id",
    "nearest_organisation",
    "nearest_metres",
    "nearest_minutes",
    "basis",
)


def gap_list(
    place: Place, walks: Walks, result: CoverageResult, *, kind: str = "category"
) -> pd.DataFrame:
    """Return the gaps of a place, ordered as they should be looked at.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    kind
        ``category``: community x core or extended category; ``group``:
        community x headline group.

    Returns
    -------
    DataFrame with `GAP_COLUMNS`, one row a gap. A gap is a community whose
    unrounded covered share is below ``standard.gap_below``; ``serious`` below
    ``standard.serious_below``. A community without beneficiaries has no row.
    `nearest_*` are those of the uncovered beneficiary at the weighted median
    distance; empty and NaN when that walk lies beyond the search bound.
    Within a category ordered by level, uncovered share, uncovered people, then
    people aged 80+; among equals of level and share the categories take turns.
    """
    standard = result.standard
    table = result.communities[result.communities["kind"] == kind].copy()
    table["core"] = _core(place, table["category"])
    table["level"] = gap_levels(table["share"], standard)
    rows = table[(table["level"] != "") & (table["core"] > 0)].reset_index(drop=True)
    rows["at_home"] = _at_home(place, rows, standard)
    rows = rows.join(_nearest(place, walks, result, rows))
    return _ordered(place, rows)[list(GAP_COLUMNS)]


def gap_levels(shares: pd.Series, standard: Standard) -> npt.NDArray[np.str_]:
    """Return for each unrounded share `SERIOUS`, `GAP`, or "" where it is no gap.

    A share that is NaN, where nobody benefits, is no gap.
    """
    serious, gap = shares < standard.serious_below, shares < standard.gap_below
    return np.select([serious.to_numpy(), gap.to_numpy()], [SERIOUS, GAP], "")


def gap_communities(gaps: pd.DataFrame) -> int:
    """Return the number of distinct communities on a gap list."""
    return int(gaps["community_code"].nunique())


def _core(place: Place, subjects: pd.Series) -> pd.Series:
    core = {category.code: category.core for category in place.taxonomy}
    core.update({group.code: 1 for group in place.taxonomy.groups})
    return subjects.map(core)


def _at_home(place: Place, rows: pd.DataFrame, standard: Standard) -> npt.NDArray[np.bool_]:
    """Return whether somebody who counts comes to the homes of the community."""
    points = place.service_points
    if rows.empty or "serves" not in points or (points["delivery"] == "到点").all():
        return np.zeros(len(rows), dtype=np.bool_)
    comes = served_at_home(place, standard)
    pairs = set(zip(comes["community_code"], comes["category"], strict=True))
    subjects = rows["category"].to_list()
    codes = {
        subject: [category.code for category in subject_categories(place, subject)]
        for subject in set(subjects)
    }
    answers = [
        any((community, code) in pairs for code in codes[subject])
        for community, subject in zip(rows["community_code"].to_list(), subjects, strict=True)
    ]
    return np.array(answers, dtype=np.bool_)


def served_at_home(place: Place, standard: Standard) -> pd.DataFrame:
    """Return which communities counting organisations serve at home or online.

    Returns
    -------
    DataFrame with ``community_code``, ``category``, ``organisation_id``,
    ``delivery``: a row for each community a service point lists.
    """
    away = Standard(
        states=standard.states,
        levels=standard.levels,
        providers=standard.providers,
        deliveries=frozenset({"上门", "线上"}),
    )
    points = place.service_points
    # Few of many visit homes: only they and their owners are looked at.
    points = points[points["delivery"].isin(away.deliveries)]
    owners = place.register[place.register.index.isin(points["organisation_id"])]
    counts = counting(owners, points, away, placed_only=False).to_numpy()
    cells = ("serves", "categories", "organisation_id", "delivery")
    rows = [
        (community, category, organisation, delivery)
        for serves, categories, organisation, delivery in zip(
            *(points[name].to_numpy(object)[counts] for name in cells), strict=True
        )
        for community in split_codes(serves)
        for category in split_codes(categories)
    ]
    columns = ["community_code", "category", "organisation_id", "delivery"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _nearest(
    place: Place, walks: Walks, result: CoverageResult, rows: pd.DataFrame
) -> pd.DataFrame:
    """Return the nearest organisation of each gap's median uncovered beneficiary."""
    at = np.full(len(rows), -1)
    metres, minutes = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    members = place.residents.groupby("community_code", sort=False).indices
    codes = rows["community_code"].to_numpy(object)
    for subject, of in rows.groupby("category", sort=False).groups.items():
        nearest = nearest_of(place, walks, str(subject))
        uncovered = ~result.covered[:, result.subjects.index(str(subject))]
        counts = place.residents[rows.loc[of[0], "column"]].to_numpy(np.int64) * uncovered
        middles = np.zeros(len(of), np.intp)
        for k, row in enumerate(of):
            inside = members[codes[row]]
            middles[k] = inside[weighted_median(nearest.millimetres[inside], counts[inside])]
        nearest = nearest.at(middles)
        at[of], metres[of] = nearest.service_point, nearest.metres
        minutes[of] = nearest.minutes(result.standard)
    ids = np.append(place.service_points["organisation_id"].to_numpy(object), "")[at]
    return pd.DataFrame(
        {
            "nearest_organisation_id": ids,
            "nearest_organisation": place.register["name"].reindex(ids).fillna("").to_numpy(object),
            "nearest_metres": metres,
            "nearest_minutes": minutes,
        },
        index=rows.index,
    )


def weighted_median(values: npt.NDArray[np.int32], weights: npt.NDArray[np.int64]) -> int:
    """Return the position of the first value by which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[order])
    half = -(-int(running[-1]) // 2)
    return int(order[np.searchsorted(running, max(half, 1))])


def _ordered(place: Place, rows: pd.DataFrame) -> pd.DataFrame:
    """Order each category's gaps, then all of them, never by people across categories.

    Gaps of one level and share stand in the order of their own category, and
    the categories take turns: by people alone mediation, which is for
    everybody, would bury what is for a few.
    """
    order = [category.code for category in place.taxonomy]
    order += [group.code for group in place.taxonomy.groups]
    category = rows["category"].map({code: k for k, code in enumerate(order)}).to_numpy()
    level = rows["level"].map({level: k for k, level in enumerate(LEVELS)}).to_numpy()
    share, codes = rows["share"].to_numpy(), rows["community_code"].to_numpy(object)
    eldest = _eldest(place).reindex(codes).to_numpy()
    code = np.unique(codes, return_inverse=True)[1]
    # Positions are ordered, not the table: it is turned round once.
    own = np.lexsort((code, -eldest, -rows["uncovered"].to_numpy(), share, level, category))
    category, level, share = category[own], level[own], share[own]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (np.diff(category) != 0) | (np.diff(level) != 0) | (share[1:] != share[:-1])
    here = np.arange(len(rows))
    turn = here - np.maximum.accumulate(np.where(first, here, 0))
    return rows.iloc[own[np.lexsort((category, turn, share, level))]].reset_index(drop=True)


def _eldest(place: Place) -> pd.Series:
    """Return people aged 80+ per community, the tie breaker; zero where nobody counted them."""
    if "elders_80" not in place.count_columns:
        return pd.Series(0, index=place.communities.index)
    counts = pd.DataFrame(place.residents).groupby("community_code")["elders_80"].sum()
    return counts.reindex(place.communities.index, fill_value=0)
