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
    wanted = (table["share"] < standard.gap_below) & (table["core"] > 0)
    rows = table[wanted].reset_index(drop=True)
    serious = rows["share"] < standard.serious_below
    rows["level"] = np.where(serious, SERIOUS, GAP)
    rows["at_home"] = _at_home(place, rows, standard)
    rows = rows.join(_nearest(place, walks, result, rows))
    return _ordered(place, rows)[list(GAP_COLUMNS)]


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
    answers = []
    for community, subject in zip(rows["community_code"], rows["category"], strict=True):
        codes = [category.code for category in subject_categories(place, subject)]
        answers.append(any((community, code) in pairs for code in codes))
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
    counts = counting(place.register, points, away, placed_only=False)
    frame = points.loc[counts.to_numpy(), ["organisation_id", "delivery", "categories", "serves"]]
    frame = pd.DataFrame(frame).assign(
        category=frame["categories"].map(split_codes),
        community_code=frame["serves"].map(split_codes),
    )
    frame = frame.explode("community_code").explode("category").dropna()
    columns = ["community_code", "category", "organisation_id", "delivery"]
    return frame[columns].reset_index(drop=True)


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
        subject_metres, subject_minutes = nearest.metres, nearest.minutes(result.standard)
        uncovered = ~result.covered[:, result.subjects.index(str(subject))]
        counts = place.residents[rows.loc[of[0], "column"]].to_numpy(np.int64) * uncovered
        for row in of:
            inside = members[codes[row]]
            middle = inside[weighted_median(nearest.millimetres[inside], counts[inside])]
            at[row], metres[row] = nearest.service_point[middle], subject_metres[middle]
            minutes[row] = subject_minutes[middle]
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
    eldest = _eldest(place)
    order = [category.code for category in place.taxonomy]
    order += [group.code for group in place.taxonomy.groups]
    keyed = rows.assign(
        _level=rows["level"].map({level: k for k, level in enumerate(LEVELS)}),
        _people=-rows["uncovered"],
        _eldest=-rows["community_code"].map(eldest).astype(np.int64),
        _category=rows["category"].map({code: k for k, code in enumerate(order)}),
    )
    own = ["_level", "share", "_people", "_eldest", "community_code"]
    keyed = keyed.sort_values(["_category", *own], kind="stable")
    keyed["_turn"] = keyed.groupby(["_category", "_level", "share"]).cumcount()
    by = ["_level", "share", "_turn", "_category"]
    return keyed.sort_values(by, kind="stable").reset_index(drop=True)


def _eldest(place: Place) -> pd.Series:
    """Return people aged 80+ per community, the tie breaker; zero where nobody counted them."""
    if "elders_80" not in place.count_columns:
        return pd.Series(0, index=place.communities.index)
    counts = pd.DataFrame(place.residents).groupby("community_code")["elders_80"].sum()
    return counts.reindex(place.communities.index, fill_value=0)
