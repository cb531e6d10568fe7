"""What changes between two answers, fit to leave the house.

A comparison prints people covered before and after, and who comes and goes in
between: each of them can be subtracted from the others and from the totals of
the district. All go through `coverage.papers.suppression` as one table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from coverage.papers.counted_cells import Layout
from coverage.papers.suppression import BELOW, suppressed
from coverage.reach import DISTRICT
from coverage.side_by_side import SideBySide

# People covered on both sides, on neither, and those that only one side has at all.
_SUMS = {
    "beneficiaries_first": ("covered_first", "uncovered_first"),
    "beneficiaries": ("covered", "uncovered"),
    "covered_first": ("stayed", "lost", "left"),
    "covered": ("stayed", "gained", "arrived"),
    "uncovered_first": ("never", "gained", "left_uncovered"),
    "uncovered": ("never", "lost", "arrived_uncovered"),
}
CHANGES_LAYOUT = Layout(
    counts=tuple(dict.fromkeys(name for total, parts in _SUMS.items() for name in (total, *parts))),
    sums=_SUMS,
    inside={},
    shared={"beneficiaries_first": "column", "beneficiaries": "column"},
    derived={
        "share_first": ("covered_first", "beneficiaries_first"),
        "share": ("covered", "beneficiaries"),
        "built": ("arrived", "left"),
    },
)
PRINTED = ("share_first", "share", "covered_first", "gained", "lost", "built", "covered")


@dataclass(frozen=True, eq=False)
class ChangesToLeave:
    """The communities of a comparison, fit to leave the house.

    Parameters
    ----------
    communities
        The rows of `SideBySide.communities`; blank counts and what is worked
        out from them missing.
    blank
        Bool, a column for each of `PRINTED`: left blank.
    """

    communities: pd.DataFrame
    blank: pd.DataFrame


def counted_changes(sides: SideBySide, gap_below: tuple[float, float]) -> pd.DataFrame:
    """Return a comparison as one table of counts, communities and district.

    Parameters
    ----------
    sides
        The comparison.
    gap_below
        The cut-offs of the first and the second side.

    Returns
    -------
    DataFrame with the columns of `CHANGES_LAYOUT`, ``is_gap_first`` and
    ``is_gap``. Of residents that only one side has, the two sides tell no more
    than the difference, so that is what stands in it.
    """
    # The code of a community may read like the name of the level.
    units = "community/" + sides.communities["community_code"].astype(str)
    table = sides.communities.assign(unit=units, parent=DISTRICT)
    table["uncovered_first"] = table["beneficiaries_first"] - table["covered_first"]
    table["uncovered"] = table["beneficiaries"] - table["covered"]
    rest = table["uncovered"] - table["uncovered_first"] + table["gained"] - table["lost"]
    for net, more, fewer in (
        (table["built"], "arrived", "left"),
        (rest, "arrived_uncovered", "left_uncovered"),
    ):
        table[more], table[fewer] = net.clip(lower=0), (-net).clip(lower=0)
    table["stayed"] = table["covered_first"] - table["lost"] - table["left"]
    table["never"] = table["uncovered_first"] - table["gained"] - table["left_uncovered"]
    for name, cut, share in zip(
        ("is_gap_first", "is_gap"), gap_below, ("share_first", "share"), strict=True
    ):
        table[name] = (table[share] < cut).astype("boolean").mask(table[share].isna())
    names = list(CHANGES_LAYOUT.counts)
    district = table.groupby(["category", "column", "basis"], sort=False, as_index=False)[
        names
    ].sum()
    return pd.concat([table, district.assign(unit=DISTRICT, parent="")], ignore_index=True)


def changes_layout(gap_below: tuple[float, float]) -> Layout:
    """Return `CHANGES_LAYOUT` for a reader who knows where a gap closes or opens."""
    first, second = (Fraction(str(cut)) for cut in gap_below)
    told = {
        "is_gap_first": ("covered_first", "beneficiaries_first", first),
        "is_gap": ("covered", "beneficiaries", second),
    }
    return replace(CHANGES_LAYOUT, told=told)


def changes_to_leave(
    sides: SideBySide,
    gap_below: tuple[float, float],
    subjects: tuple[str, ...],
    *,
    below: int = BELOW,
) -> ChangesToLeave:
    """Return the changes of a comparison with small measured counts left blank for good.

    Parameters
    ----------
    sides, gap_below
        The comparison, and the cut-offs of its two sides.
    subjects
        The groups or categories that the file prints.
    below
        Measured counts from 1 to below - 1 are small.
    """
    table = counted_changes(sides, gap_below)
    table = table[table["category"].isin(subjects)].reset_index(drop=True)
    fit = suppressed(table, layout=changes_layout(gap_below), below=below)
    here = (table["parent"] != "").to_numpy()
    mask = fit.mask[here].reset_index(drop=True)
    blank = pd.DataFrame(
        {
            name: mask[list(CHANGES_LAYOUT.derived.get(name, (name,)))].any(axis=1)
            for name in PRINTED
        },
        columns=list(PRINTED),
    )
    communities = fit.table[here].reset_index(drop=True)
    # Which way a gap turned tells two shares.
    silent = blank["share_first"] | blank["share"]
    communities["gap"] = communities["gap"].astype(object).mask(silent, None)
    return ChangesToLeave(communities[list(sides.communities.columns)], blank)
