"""Two answers about one place side by side: today, a scenario, or another question.

`coverage.scenario.compare` sets scenarios against today under one question;
here either side may be a scenario and may ask with its own minutes and speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.reach import BASIS_ORDER, measure_coverage
from coverage.scenario import CLOSES, OPENS, Outcome
from coverage.standard import Standard
from coverage.walking import Walks
from geo.place import Place

COUNTED_COLUMNS = (
    "beneficiaries_first",
    "beneficiaries",
    "covered_first",
    "gained",
    "lost",
    "built",
    "covered",
)
SIDE_COLUMNS = (
    "category",
    "kind",
    "community_code",
    "community",
    "subdistrict",
    *COUNTED_COLUMNS,
    "share_first",
    "share",
    "gap",
    "column",
    "basis",
)


@dataclass(frozen=True, eq=False)
class SideBySide:
    """What differs between a first and a second answer.

    Attributes
    ----------
    communities
        `SIDE_COLUMNS`, one row a category or group and community. ``gained``
        and ``lost`` count residents of both sides; ``built`` is the difference
        in covered residents that only one side has (a new estate). So
        ``covered = covered_first + gained - lost + built``. ``gap`` says
        whether a gap ``closes`` or ``opens`` from first to second. ``column``
        names the residents counted on both sides; ``basis`` is the stronger of
        theirs, because a side that was measured counts real people.
    district
        The same summed, with ``gaps_closed`` and ``gaps_opened``.
    """

    communities: pd.DataFrame
    district: pd.DataFrame


def headline_codes(place: Place, subject: str) -> tuple[str, ...]:
    """Return the categories behind the headline groups and `subject`: what a click waits for."""
    codes = dict.fromkeys(code for group in place.taxonomy.groups for code in group.categories)
    if subject in place.taxonomy:
        codes[subject] = None
    return tuple(codes)


def outcome_today(place: Place, walks: Walks, standard: Standard) -> Outcome:
    """Return the place as it is, measured for the categories of `walks`."""
    return Outcome("", place, walks, measure_coverage(place, walks, standard))


def side_by_side(first: Outcome, second: Outcome) -> SideBySide:
    """Compare two outcomes of the same place.

    Parameters
    ----------
    first, second
        Outcomes over the same communities; residents are recognised by their ids.
    """
    units = first.place.communities
    at = _rows_of(first, second)
    tables = [
        _compared(first, second, at, subject)
        for subject in first.result.subjects
        if subject in second.result.subjects
    ]
    joined = pd.concat(tables, ignore_index=True)
    joined["community"] = units["name"].reindex(joined["community_code"]).to_numpy()
    joined["subdistrict"] = units["subdistrict"].reindex(joined["community_code"]).to_numpy()
    joined["share_first"] = _share(joined["covered_first"], joined["beneficiaries_first"])
    joined["share"] = _share(joined["covered"], joined["beneficiaries"])
    joined["gap"] = _gap(joined, first.result.standard, second.result.standard)
    communities = joined[list(SIDE_COLUMNS)]
    return SideBySide(communities, _summed(communities))


def _rows_of(first: Outcome, second: Outcome) -> npt.NDArray[np.intp]:
    """Return for every resident point of `second` its row in `first`, -1 where it has none."""
    rows = first.place.residents.index.get_indexer(second.place.residents.index)
    return np.asarray(rows, dtype=np.intp)


def _compared(
    first: Outcome, second: Outcome, at: npt.NDArray[np.intp], subject: str
) -> pd.DataFrame:
    """Return one row a community for one subject."""
    old_people, old_unit, old = _counted(first, subject)
    people, unit, now = _counted(second, subject)
    shared = at >= 0
    before = shared & np.append(old, False)[at]
    left_out = np.ones(len(old), dtype=np.bool_)
    left_out[at[shared]] = False
    units = len(first.place.communities)

    def summed(where: npt.NDArray[np.intp], weights: npt.NDArray[np.int64]) -> pd.Series:
        return pd.Series(np.bincount(where, weights, minlength=units).astype(np.int64))

    was, row = (_row(side, subject) for side in (first, second))
    columns = dict.fromkeys((str(was["column"]), str(row["column"])))
    return pd.DataFrame(
        {
            "category": subject,
            "kind": str(row["kind"]),
            "community_code": first.place.communities.index.astype(str),
            "beneficiaries_first": summed(old_unit, old_people),
            "beneficiaries": summed(unit, people),
            "covered_first": summed(old_unit, old_people * old),
            "gained": summed(unit, people * (shared & now & ~before)),
            "lost": summed(unit, people * (before & ~now)),
            "built": summed(unit, people * (now & ~shared))
            - summed(old_unit, old_people * (old & left_out)),
            "covered": summed(unit, people * now),
            "column": "/".join(columns),
            "basis": min(str(was["basis"]), str(row["basis"]), key=BASIS_ORDER.index),
        }
    )


def _row(side: Outcome, subject: str) -> pd.Series:
    rows = side.result.district
    return rows[rows["category"] == subject].iloc[0]


def _counted(
    side: Outcome, subject: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return beneficiaries, community row and covered flag of every resident point."""
    column = str(_row(side, subject)["column"])
    people = side.place.residents[column].to_numpy(np.int64)
    unit = side.place.communities.index.get_indexer(side.place.residents["community_code"])
    return people, unit, side.result.covered[:, side.result.subjects.index(subject)]


def _share(covered: pd.Series, beneficiaries: pd.Series) -> pd.Series:
    return covered / beneficiaries.where(beneficiaries > 0)


def _gap(table: pd.DataFrame, first: Standard, second: Standard) -> pd.Series:
    was, is_now = table["share_first"] < first.gap_below, table["share"] < second.gap_below
    change = np.select([was & ~is_now, is_now & ~was], [CLOSES, OPENS], default="")
    return pd.Series(change, index=table.index, dtype="str")


def _summed(communities: pd.DataFrame) -> pd.DataFrame:
    table = communities.assign(
        gaps_closed=(communities["gap"] == CLOSES).astype(np.int64),
        gaps_opened=(communities["gap"] == OPENS).astype(np.int64),
    )
    columns = [*COUNTED_COLUMNS, "gaps_closed", "gaps_opened"]
    keys = ["category", "kind", "column", "basis"]
    summed = table.groupby(keys, sort=False, as_index=False)[columns].sum()
    summed["share_first"] = _share(summed["covered_first"], summed["beneficiaries_first"])
    summed["share"] = _share(summed["covered"], summed["beneficiaries"])
    return summed
