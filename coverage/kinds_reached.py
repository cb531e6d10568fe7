"""How many kinds of a scheme are within the walk: "k of the five kinds reached" (R14).

A kind is reached in a unit when the share of its beneficiaries whom any of its
categories covers, each at its own distance, is not below the cut-off of a gap.
A kind that nobody in a unit is counted for is neither reached nor one of the n.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.kinds import Member, Scheme
from coverage.reach import DISTRICT, CoverageResult, measure_subjects
from coverage.standard import Standard
from coverage.subjects import Subject
from coverage.walking import Walks
from geo.place import Place

KIND = "kind"
REACHED_COLUMNS = ("level", "unit_code", "unit", "subdistrict", "reached", "of")


def kind_code(scheme: Scheme, member: Member) -> str:
    """Return the subject code of a kind, such as ``five_kinds/0``."""
    return f"{scheme.code}/{scheme.members.index(member)}"


def kind_subjects(
    place: Place, walks: Walks, standard: Standard, scheme: Scheme
) -> tuple[Subject, ...]:
    """Return the kinds of `scheme` as subjects; one without any measurable category is left out."""
    subjects = []
    for member in scheme.members:
        columns = {
            code: column
            for code in walks.categories
            if code.startswith(member.codes)
            and (column := standard.column_for(place.taxonomy[code], place.count_columns))
        }
        if columns:
            counted = next(iter(columns.values()))
            # People of two kinds cannot be added up: the first category says who is counted.
            codes = tuple(code for code, column in columns.items() if column == counted)
            subjects.append(Subject(kind_code(scheme, member), KIND, counted, codes))
    return tuple(subjects)


def measure_kinds(place: Place, walks: Walks, standard: Standard, scheme: Scheme) -> CoverageResult:
    """Return the coverage of every kind of `scheme`: `CoverageResult`, subjects `kind_code`."""
    return measure_subjects(place, walks, standard, kind_subjects(place, walks, standard, scheme))


def kinds_reached(place: Place, measured: CoverageResult, scheme: Scheme) -> pd.DataFrame:
    """Return how many kinds each unit reaches.

    Parameters
    ----------
    place
        The place.
    measured
        `measure_kinds` of the same scheme.
    scheme
        The scheme, such as ``read_crosswalks(place.taxonomy)["five_kinds"]``.

    Returns
    -------
    DataFrame with `REACHED_COLUMNS`, one row a unit: the district, subdistricts,
    communities (fewest kinds first); and for every measured kind its code with
    the covered share (NaN without beneficiaries). ``reached`` of ``of`` kinds;
    those ``beside`` the scheme count in neither.
    """
    tables = (
        (DISTRICT, measured.district.assign(unit_code=place.place_id, unit=place.name.zh)),
        ("subdistrict", _named(measured.subdistricts, "subdistrict")),
        ("community", _named(measured.communities, "community")),
    )
    return pd.concat(
        [_counted(level, table, measured, scheme) for level, table in tables], ignore_index=True
    )


def _named(table: pd.DataFrame, level: str) -> pd.DataFrame:
    return table.assign(unit_code=table[f"{level}_code"], unit=table[level])


def _counted(
    level: str, table: pd.DataFrame, measured: CoverageResult, scheme: Scheme
) -> pd.DataFrame:
    own = [code for code in measured.subjects if not scheme.members[int(code.split("/")[1])].beside]
    units = table.drop_duplicates("unit_code").set_index("unit_code")
    shares = table.pivot(index="unit_code", columns="category", values="share")
    shares = shares.reindex(index=units.index, columns=list(measured.subjects)).astype(np.float64)
    frame = pd.DataFrame(
        {
            "level": level,
            "unit_code": units.index,
            "unit": units["unit"].to_numpy(object),
            "subdistrict": units["subdistrict"].to_numpy(object) if "subdistrict" in units else "",
            "reached": (shares[own] >= measured.standard.gap_below).sum(axis=1).to_numpy(),
            "of": shares[own].notna().sum(axis=1).to_numpy(),
        },
        columns=list(REACHED_COLUMNS),
    )
    for code in measured.subjects:
        frame[code] = shares[code].to_numpy()
    return frame.sort_values(["reached", "unit_code"], kind="stable").reset_index(drop=True)


def reached_counts(reached: pd.DataFrame, kinds: int) -> list[tuple[int, int]]:
    """Return how many communities reach each number of kinds, from `kinds` down to none."""
    here = reached.loc[(reached["level"] == "community") & (reached["of"] > 0), "reached"]
    counts = here.value_counts()
    return [(k, int(counts.get(k, 0))) for k in range(kinds, -1, -1)]
