"""What the first screen says: a card a headline group, and the matrix community by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.gaps import SERIOUS
from coverage.reach import CoverageResult, covered_points
from coverage.standard import Standard
from coverage.subjects import subjects_of
from coverage.walking import Walks
from geo.place import Place
from geo.taxonomy import Category, Group


@dataclass(frozen=True)
class Card:
    """The figures of one headline group.

    `share` is None where nobody benefits; `on_paper` is the share when doubtful
    organisations count (账面口径), `with_committees` the share when people's
    mediation committees do. Communities are counted once.
    """

    group: Group
    first_category: Category
    beneficiaries: int
    covered: int
    uncovered: int
    unreached: int
    basis: str
    share: float | None
    on_paper: float | None
    with_committees: float | None
    gap_communities: int
    serious_communities: int


def headline(
    place: Place,
    result: CoverageResult,
    group_gaps: pd.DataFrame,
    *,
    on_paper: Mapping[str, float],
    with_committees: Mapping[str, float],
) -> tuple[Card, ...]:
    """Return one card a headline group that can be measured here.

    Parameters
    ----------
    place, result
        The place and its measured question.
    group_gaps
        `coverage.gaps.gap_list` of kind ``group``.
    on_paper, with_committees
        `group_shares` of the same question under `Standard.on_paper` and
        `Standard.with_committees`.
    """
    district = result.district.set_index("category").to_dict("index")
    serious = (group_gaps["level"] == SERIOUS).to_numpy()
    cards = []
    for group in place.taxonomy.groups:
        if group.code not in result.subjects:
            continue
        row = district[group.code]
        gap = (group_gaps["category"] == group.code).to_numpy()
        cards.append(
            Card(
                group=group,
                first_category=place.taxonomy[group.categories[0]],
                beneficiaries=int(row["beneficiaries"]),
                covered=int(row["covered"]),
                uncovered=int(row["uncovered"]),
                unreached=int(row["unreached"]),
                basis=str(row["basis"]),
                share=_known(row["share"]),
                on_paper=_known(on_paper[group.code]),
                with_committees=_known(with_committees[group.code]),
                gap_communities=int(gap.sum()),
                serious_communities=int((gap & serious).sum()),
            )
        )
    return tuple(cards)


def group_shares(place: Place, walks: Walks, standard: Standard) -> dict[str, float]:
    """Return the district's covered share of each headline group, NaN without beneficiaries.

    The same counting as `measure_coverage`, without the tables per community: a
    card needs one figure of each further question.
    """
    subjects = tuple(one for one in subjects_of(place, walks, standard) if one.kind == "group")
    reach = {code: standard.reach_mm(place.taxonomy[code]) for code in walks.categories}
    covered = covered_points(walks, subjects, reach)
    shares = {}
    for k, subject in enumerate(subjects):
        counts = place.residents[subject.column].to_numpy(np.int64)
        total = int(counts.sum())
        shares[subject.code] = int(counts[covered[:, k]].sum()) / total if total else np.nan
    return shares


def matrix(place: Place, result: CoverageResult) -> pd.DataFrame:
    """Return communities by groups, those with the lowest group first.

    Returns
    -------
    DataFrame indexed by ``community_code`` with ``community``, ``subdistrict``
    and, for each group code, ``<code>`` (share, NaN without beneficiaries) and
    ``<code>.has_one`` (organisations standing in the community).
    """
    table = result.communities[["community_code", "category", "share", "has_one"]]
    groups = [group.code for group in place.taxonomy.groups if group.code in result.subjects]
    frame = pd.DataFrame(
        {
            "community": place.communities["name"],
            "subdistrict": place.communities["subdistrict"],
        },
        index=place.communities.index,
    )
    for code in groups:
        of_group = table[table["category"] == code].set_index("community_code")
        of_group = of_group.reindex(frame.index)
        frame[code] = of_group["share"]
        frame[f"{code}.has_one"] = of_group["has_one"].fillna(0).astype(np.int64)
    lowest = frame[groups].min(axis=1).rename("lowest") if groups else frame["community"]
    return frame.loc[lowest.sort_values(kind="stable").index]


def measurable(place: Place) -> tuple[str, ...]:
    """Return the categories and groups whose beneficiaries the place counts, in order."""
    standard = Standard()
    codes = tuple(
        category.code
        for category in place.taxonomy
        if standard.column_for(category, place.count_columns) is not None
    )
    groups = (one.code for one in place.taxonomy.groups if set(one.categories) <= set(codes))
    return (*codes, *groups)


def whole_percents(shares: pd.Series) -> pd.Series:
    """Return shares as whole percent (Int64, missing where nobody benefits).

    Rounded down, so that a share below a cut-off never reads as the cut-off.
    """
    # 1e-9 keeps 0.29 from reading 28 because 0.29 * 100 is 28.999999999999996.
    return pd.Series(np.floor(shares * 100 + 1e-9), index=shares.index).astype("Int64")


def _known(share: float) -> float | None:
    return None if np.isnan(share) else float(share)
