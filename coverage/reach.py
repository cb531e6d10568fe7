"""Who is reached: a question applied to walks, counted per unit, closed to the person.

Coverage is decided at the resident point, in whole millimetres::

    covered = walks.millimetres <= standard.reach_mm(category)

Everything else in this room is counting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.proof import Proof, explain
from coverage.standard import Standard, counting
from coverage.subjects import Subject, subjects_of
from coverage.walking import Walks
from geo.errors import TableError
from geo.place import Place
from geo.tables import split_codes

__all__ = [
    "BASIS_ORDER",
    "COUNT_FIELDS",
    "DISTRICT",
    "KEY_COLUMNS",
    "TABLE_COLUMNS",
    "CoverageResult",
    "Proof",
    "community_shares",
    "counted",
    "covered_points",
    "explain",
    "measure_coverage",
    "measure_subjects",
]

BASIS_ORDER = ("measured", "estimated", "assumed")
DISTRICT = "district"

KEY_COLUMNS = ("category", "kind")
COUNT_FIELDS = ("beneficiaries", "covered", "uncovered", "unreached")
TABLE_COLUMNS = (*KEY_COLUMNS, *COUNT_FIELDS, "share", "has_one", "column", "basis")


@dataclass(frozen=True, eq=False)
class CoverageResult:
    """The answer to one question about one place.

    Parameters
    ----------
    standard
        The question.
    subjects
        Category codes, then group codes: the columns of `covered`.
    covered
        Bool, resident points x subjects.
    communities, subdistricts, district
        One row a unit and subject, with columns ``category`` (a category or a
        group code), ``kind`` (category/group), ``beneficiaries``, ``covered``,
        ``uncovered`` (``unreached`` of them 待核), ``share`` (NaN without
        beneficiaries), ``has_one`` (organisations of the kind standing in the
        unit), ``column`` (the residents column counted) and ``basis``.
        Counts are whole and close: covered + uncovered = beneficiaries, and
        communities = subdistricts = district.
    """

    standard: Standard
    subjects: tuple[str, ...]
    covered: npt.NDArray[np.bool_]
    communities: pd.DataFrame
    subdistricts: pd.DataFrame
    district: pd.DataFrame

    def share(self, subject: str) -> float:
        """Return the district's covered share of a category or group."""
        row = self.district.loc[self.district["category"] == subject]
        if row.empty:
            raise TableError(
                "error.category_unknown", given=subject, known="、".join(self.subjects)
            )
        return float(row["share"].iloc[0])


def measure_coverage(
    place: Place,
    walks: Walks,
    standard: Standard,
    *,
    only: Collection[str] | None = None,
) -> CoverageResult:
    """Apply a question to the walks of a place.

    Parameters
    ----------
    place
        The place.
    walks
        `coverage.walking.walk_categories(place, standard)`; walks measured for
        another question with the same ``walk_key()`` serve as well.
    standard
        The question.
    only
        Categories and groups to answer for; None: all that can be measured.

    Returns
    -------
    CoverageResult. Time and memory grow with resident points x categories.
    """
    subjects = subjects_of(place, walks, standard)
    if only is not None:
        subjects = tuple(subject for subject in subjects if subject.code in only)
    return measure_subjects(place, walks, standard, subjects)


def measure_subjects(
    place: Place, walks: Walks, standard: Standard, subjects: tuple[Subject, ...]
) -> CoverageResult:
    """Apply a question to subjects of the caller's own, such as the kinds of another scheme."""
    reach = {code: standard.reach_mm(place.taxonomy[code]) for code in walks.categories}
    covered = covered_points(walks, subjects, reach)
    communities = _per_community(place, walks, subjects, covered)
    communities["has_one"] = _has_one(place, subjects, standard)
    subdistricts = _summed(communities, ["subdistrict_code", "subdistrict"])
    district = _summed(communities, [])
    return CoverageResult(
        standard=standard,
        subjects=tuple(subject.code for subject in subjects),
        covered=covered,
        communities=communities,
        subdistricts=subdistricts,
        district=district,
    )


def covered_points(
    walks: Walks, subjects: tuple[Subject, ...], reach_mm: Mapping[str, int]
) -> npt.NDArray[np.bool_]:
    """Return which resident points each subject covers: the one line where a reach acts.

    Parameters
    ----------
    walks
        The walks of a place.
    subjects
        Columns of the answer.
    reach_mm
        How far the beneficiaries of each category may walk, in millimetres.

    Returns
    -------
    Bool array, resident points x subjects. A group is covered where any of its
    categories is.
    """
    covered = np.zeros((len(walks.residents), len(subjects)), dtype=np.bool_)
    for k, subject in enumerate(subjects):
        for code in subject.categories:
            walk = walks.millimetres[:, walks.categories.index(code)]
            covered[:, k] |= walk <= reach_mm[code]
    return covered


def community_shares(
    place: Place, subjects: tuple[Subject, ...], covered: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the covered share of every community (rows) and subject (columns).

    NaN where a community has no beneficiaries.
    """
    units = place.communities.index
    of_point = units.get_indexer(place.residents["community_code"])
    shares = {}
    for k, subject in enumerate(subjects):
        counts = place.residents[subject.column].to_numpy(np.int64)
        total = counted(of_point, counts, len(units))
        served = counted(of_point, counts * covered[:, k], len(units))
        shares[subject.code] = served / np.where(total > 0, total, np.nan)
    return pd.DataFrame(shares, index=units)


def _per_community(
    place: Place,
    walks: Walks,
    subjects: tuple[Subject, ...],
    covered: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    units = place.communities
    of_point = units.index.get_indexer(place.residents["community_code"])
    blocks = {field: np.zeros((len(subjects), len(units)), np.int64) for field in COUNT_FIELDS}
    totals: dict[str, npt.NDArray[np.int64]] = {}
    unreached: dict[str, npt.NDArray[np.int64]] = {}
    for k, subject in enumerate(subjects):
        counts = place.residents[subject.column].to_numpy(np.int64)
        if subject.column not in totals:
            totals[subject.column] = counted(of_point, counts, len(units))
            unreached[subject.column] = counted(of_point, counts * walks.off_network, len(units))
        blocks["beneficiaries"][k] = totals[subject.column]
        blocks["covered"][k] = counted(of_point, counts * covered[:, k], len(units))
        blocks["unreached"][k] = unreached[subject.column]
    blocks["uncovered"] = blocks["beneficiaries"] - blocks["covered"]
    frame = pd.DataFrame(
        {
            "community_code": np.tile(units.index.to_numpy(object), len(subjects)),
            "community": np.tile(units["name"].to_numpy(object), len(subjects)),
            "subdistrict_code": np.tile(units["subdistrict_code"].to_numpy(object), len(subjects)),
            "subdistrict": np.tile(units["subdistrict"].to_numpy(object), len(subjects)),
            "category": np.repeat([subject.code for subject in subjects], len(units)),
            "kind": np.repeat([subject.kind for subject in subjects], len(units)),
            **{field: blocks[field].ravel() for field in COUNT_FIELDS},
            "column": np.repeat([subject.column for subject in subjects], len(units)),
            "basis": np.repeat([_basis(place, subject) for subject in subjects], len(units)),
        }
    )
    frame["share"] = _share(frame)
    return frame


def counted(
    of_point: npt.NDArray[np.intp], counts: npt.NDArray[np.int64], units: int
) -> npt.NDArray[np.int64]:
    """Return how many people of the points at `of_point` are counted in each unit."""
    # bincount adds in float64, which is exact for people: no district has 2**53 of them.
    return np.bincount(of_point, weights=counts, minlength=units).astype(np.int64)


def _basis(place: Place, subject: Subject) -> str:
    """Return the weakest basis any of the counted numbers rests on."""
    seen: set[str] = set(place.residents[f"basis_{subject.column}"].unique())
    return max(seen, key=BASIS_ORDER.index)


def _share(frame: pd.DataFrame) -> pd.Series:
    return frame["covered"] / frame["beneficiaries"].where(frame["beneficiaries"] > 0)


def _summed(communities: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    number = np.zeros(len(communities), np.int64)
    for key in (*KEY_COLUMNS, *unit):
        code, values = pd.factorize(communities[key], use_na_sentinel=False)
        number = number * len(values) + code
    of_row, groups = pd.factorize(number)
    # What a subject counts, and on which basis, is the same in all its units.
    first = np.unique(of_row, return_index=True)[1]
    frame = communities[[*unit, *KEY_COLUMNS, "column", "basis"]].iloc[first]
    frame = frame.reset_index(drop=True)
    for field in (*COUNT_FIELDS, "has_one"):
        frame[field] = counted(of_row, communities[field].to_numpy(), len(groups))
    frame["share"] = _share(frame)
    return frame[[*unit, *TABLE_COLUMNS]]


def _has_one(
    place: Place, subjects: tuple[Subject, ...], standard: Standard
) -> npt.NDArray[np.int64]:
    """Return, subject by community, how many counting organisations stand there."""
    counts = counting(place.register, place.service_points, standard).to_numpy()
    columns = ["community_code", "organisation_id", "categories"]
    points = pd.DataFrame(place.service_points[columns])[counts]
    at = place.communities.index.get_indexer(points["community_code"])
    organisation = pd.factorize(points["organisation_id"])[0]
    # Few different cells, many rows: each different one is taken apart once.
    cell, cells = pd.factorize(points["categories"])
    codes = [set(split_codes(one)) for one in cells]
    found = np.zeros((len(subjects), len(place.communities)), np.int64)
    for k, subject in enumerate(subjects):
        of_subject = np.array([not one.isdisjoint(subject.categories) for one in codes], np.bool_)
        here = of_subject[cell] & (at >= 0) if codes else np.zeros(0, np.bool_)
        once = np.unique(organisation[here] * len(place.communities) + at[here])
        found[k] = np.bincount(once % len(place.communities), minlength=len(place.communities))
    return found.ravel()
