"""The story a meeting is led through: district, subdistrict, community, proposal, after.

Everything here is chosen and counted; how it is said stands in `story_words`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coverage.gaps import SERIOUS
from coverage.papers.map_layers import ALL_GROUPS
from coverage.proposals import SiteQuestion
from coverage.reach import CoverageResult
from coverage.scenario import Outcome, Scenario
from coverage.side_by_side import side_by_side
from coverage.standard import Standard
from coverage.subjects import subject_categories
from geo.place import Place

DISTRICT, SUBDISTRICT, COMMUNITY, PROPOSAL, AFTER = (
    "district",
    "subdistrict",
    "community",
    "proposal",
    "after",
)
CHAPTERS = (DISTRICT, SUBDISTRICT, COMMUNITY, PROPOSAL, AFTER)
# A meeting decides on a few at a time.
SITES = 3


@dataclass(frozen=True)
class Figures:
    """What one unit shows for the subject; `share` is None where nobody benefits."""

    code: str
    name: str
    beneficiaries: int
    uncovered: int
    unreached: int
    share: float | None
    has_one: int
    basis: str
    communities: int
    gaps: int
    serious: int


@dataclass(frozen=True)
class Nearest:
    """The nearest one of the median uncovered beneficiary; minutes None beyond the walk."""

    organisation: str
    minutes: float | None
    at_home: bool


@dataclass(frozen=True)
class Story:
    """What stands on the way from the district to one community.

    `part_of_uncovered` is the subdistrict's part of the district's uncovered
    people; None when nobody is uncovered. `subdistrict` and `community` are
    None where nobody benefits anywhere; `nearest` where the community has no gap.
    `judged` says whether the subject has a gap indicator at all.
    """

    subject: str
    judged: bool
    district: Figures
    subdistricts: int
    subdistrict: Figures | None
    part_of_uncovered: float | None
    community: Figures | None
    nearest: Nearest | None


@dataclass(frozen=True)
class Change:
    """What edits do to the subject, in the district and in the story's own places."""

    share_before: float | None
    share: float | None
    uncovered_before: int
    uncovered: int
    gained: int
    lost: int
    gaps_closed: int
    gaps_opened: int
    gaps_left: int
    serious_left: int
    subdistrict: tuple[float | None, float | None]
    community: tuple[float | None, float | None]


def story_subject(place: Place, group_gaps: pd.DataFrame, subject: str) -> str:
    """Return the subject a meeting is told about.

    All groups together cannot be told as one, because people are never added
    across groups: the group that heads the list of gaps stands for them.
    """
    if subject != ALL_GROUPS:
        return subject
    if not group_gaps.empty:
        return str(group_gaps["category"].iloc[0])
    return place.taxonomy.groups[0].code


def tell(place: Place, result: CoverageResult, gaps: pd.DataFrame, subject: str) -> Story:
    """Return the story of `subject`.

    Parameters
    ----------
    place, result
        The place and its measured question; `subject` is among its subjects.
    gaps
        `coverage.gaps.gap_list` of `subject` alone, in its order.

    Notes
    -----
    The subdistrict to look at first is chosen like a gap is ordered: by level,
    uncovered share, then people; the community is the first gap within it, or
    where there is none the one with the lowest share.
    """
    communities = result.communities[result.communities["category"] == subject]
    parts = result.subdistricts[result.subdistricts["category"] == subject]
    whole = result.district[result.district["category"] == subject].iloc[0]
    district = _figures(whole, "", "", communities, gaps)
    judged = subject not in place.taxonomy or place.taxonomy[subject].core > 0
    part = _first(parts, result.standard)
    if part is None:
        return Story(subject, judged, district, len(parts), None, None, None, None)
    code = str(part["subdistrict_code"])
    inside = communities[communities["subdistrict_code"] == code]
    inside_gaps = gaps[gaps["subdistrict_code"] == code]
    row = _first(inside, result.standard)
    nearest = None
    if not inside_gaps.empty:
        first = inside_gaps.iloc[0]
        row = inside[inside["community_code"] == first["community_code"]].iloc[0]
        nearest = _nearest(first)
    community = None
    if row is not None:
        own = inside[inside["community_code"] == row["community_code"]]
        own_gaps = inside_gaps[inside_gaps["community_code"] == row["community_code"]]
        community = _figures(row, str(row["community_code"]), str(row["community"]), own, own_gaps)
    share = int(part["uncovered"]) / district.uncovered if district.uncovered else None
    named = _figures(part, code, str(part["subdistrict"]), inside, inside_gaps)
    return Story(subject, judged, district, len(parts), named, share, community, nearest)


def story_question(place: Place, standard: Standard, subject: str) -> SiteQuestion | None:
    """Return where to open next for `subject`; None where no category of it can be sought.

    For a group, the category its beneficiaries may walk farthest to: any one
    covers them. Whom the group covers already is not gained again.
    """
    columns = place.count_columns
    wanted = standard.column_for(subject_categories(place, subject)[0], columns)
    offered = [
        category
        for category in subject_categories(place, subject)
        if wanted is not None and standard.column_for(category, columns) == wanted
    ]
    if not offered:
        return None
    farthest = max(offered, key=standard.reach_mm)
    group = subject if subject not in place.taxonomy else ""
    return SiteQuestion(farthest.code, sites=SITES, group=group)


def change(story: Story, today: Outcome, after: Outcome) -> Change:
    """Return what lies between two outcomes of one place for the story's subject."""
    sides = side_by_side(today, after)
    whole = sides.district[sides.district["category"] == story.subject].iloc[0]
    table = after.result.communities
    left = table.loc[table["category"] == story.subject, "share"]
    standard = after.result.standard
    return Change(
        share_before=_known(whole["share_first"]),
        share=_known(whole["share"]),
        uncovered_before=int(whole["beneficiaries_first"] - whole["covered_first"]),
        uncovered=int(whole["beneficiaries"] - whole["covered"]),
        gained=int(whole["gained"]),
        lost=int(whole["lost"]),
        gaps_closed=int(whole["gaps_closed"]),
        gaps_opened=int(whole["gaps_opened"]),
        gaps_left=int((left < standard.gap_below).sum()),
        serious_left=int((left < standard.serious_below).sum()),
        subdistrict=_shares(story.subdistrict, "subdistrict_code", story.subject, today, after),
        community=_shares(story.community, "community_code", story.subject, today, after),
    )


def turned(chapter: str, pages: int) -> str:
    """Return the chapter `pages` further on (back where negative), never beyond the ends."""
    at = CHAPTERS.index(chapter) + pages
    return CHAPTERS[min(max(at, 0), len(CHAPTERS) - 1)]


def both(first: Scenario, second: Scenario) -> Scenario:
    """Return the edits of `first`, then those of `second`."""
    return replace(first, edits=(*first.edits, *second.edits))


def _first(rows: pd.DataFrame, standard: Standard) -> pd.Series | None:
    """Return the row to look at first: by level, uncovered share, people; None without people."""
    served = rows[rows["beneficiaries"] > 0]
    if served.empty:
        return None
    level = np.select(
        [served["share"] < standard.serious_below, served["share"] < standard.gap_below], [0, 1], 2
    )
    keyed = served.assign(_level=level, _people=-served["uncovered"])
    ordered = keyed.sort_values(["_level", "share", "_people"], kind="stable")
    return ordered.iloc[0]


def _figures(
    row: pd.Series, code: str, name: str, communities: pd.DataFrame, gaps: pd.DataFrame
) -> Figures:
    return Figures(
        code=code,
        name=name,
        beneficiaries=int(row["beneficiaries"]),
        uncovered=int(row["uncovered"]),
        unreached=int(row["unreached"]),
        share=_known(row["share"]),
        has_one=int(row["has_one"]),
        basis=str(row["basis"]),
        communities=len(communities),
        gaps=len(gaps),
        serious=int((gaps["level"] == SERIOUS).sum()),
    )


def _nearest(gap: pd.Series) -> Nearest:
    minutes = _known(gap["nearest_minutes"])
    return Nearest(str(gap["nearest_organisation"]), minutes, bool(gap["at_home"]))


def _shares(
    unit: Figures | None, column: str, subject: str, today: Outcome, after: Outcome
) -> tuple[float | None, float | None]:
    if unit is None:
        return None, None
    table = "subdistricts" if column == "subdistrict_code" else "communities"
    found = []
    for outcome in (today, after):
        rows: pd.DataFrame = getattr(outcome.result, table)
        mine = rows[(rows["category"] == subject) & (rows[column] == unit.code)]
        found.append(_known(mine["share"].iloc[0]))
    return found[0], found[1]


def _known(share: float) -> float | None:
    return None if np.isnan(share) else float(share)
