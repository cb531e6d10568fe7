"""A comparison that leaves the house: its small counts cannot be subtracted back."""

from __future__ import annotations

import csv
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.papers.changes_to_leave import (
    CHANGES_LAYOUT,
    PRINTED,
    changes_layout,
    changes_to_leave,
    counted_changes,
)
from coverage.papers.compare_table import Side, compare_csv, compare_workbook
from coverage.papers.suppression import suppressed
from coverage.side_by_side import SIDE_COLUMNS, SideBySide, outcome_today, side_by_side
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.coverage.test_suppression import narrowed
from tests.desert_place import Desert, write_desert

CUTS = (0.6, 0.6)


def sides_of(numbers: list[tuple[int, int, int, int]], basis: str = "measured") -> SideBySide:
    """Return a comparison from stayed, gained, lost, never covered of each community."""
    rows = pd.DataFrame(numbers, columns=["stayed", "gained", "lost", "never"])
    table = pd.DataFrame(
        {
            "category": "elder_care",
            "kind": "group",
            "community_code": [f"c{k}" for k in range(len(rows))],
            "community": [f"c{k}" for k in range(len(rows))],
            "subdistrict": "s",
            "beneficiaries_first": rows.sum(axis=1),
            "beneficiaries": rows.sum(axis=1),
            "covered_first": rows["stayed"] + rows["lost"],
            "gained": rows["gained"],
            "lost": rows["lost"],
            "built": 0,
            "covered": rows["stayed"] + rows["gained"],
            "column": "elders",
            "basis": basis,
        }
    )
    whole = table["beneficiaries"].where(table["beneficiaries"] > 0)
    table["share_first"], table["share"] = table["covered_first"] / whole, table["covered"] / whole
    was, now = table["share_first"] < 0.6, table["share"] < 0.6
    table["gap"] = np.select([was & ~now, now & ~was], ["closes", "opens"], default="")
    return SideBySide(table[list(SIDE_COLUMNS)], table.iloc[:0])


def test_two_people_gained_are_blank_and_no_subtraction_brings_them_back():
    sides = sides_of([(40, 2, 0, 30), (50, 20, 0, 10), (60, 0, 0, 40), (30, 30, 0, 30)])
    fit = changes_to_leave(sides, CUTS, ("elder_care",))
    assert fit.blank.loc[0, "gained"]
    # covered - covered_first = gained - lost: one of the two must be blank as well.
    assert fit.blank.loc[0, ["covered", "covered_first"]].any()
    # gained of the district is printed: another community hides behind the same total.
    assert fit.blank["gained"].sum() >= 2
    assert fit.communities.loc[fit.blank["gained"], "gained"].isna().all()


def test_estimates_stay_as_they_are_and_the_comparison_is_left_alone():
    sides = sides_of([(40, 2, 1, 30), (50, 20, 0, 10)], basis="assumed")
    before = sides.communities.copy()
    fit = changes_to_leave(sides, CUTS, ("elder_care",))
    assert not fit.blank.any(axis=None)
    assert list(fit.communities.columns) == list(SIDE_COLUMNS)
    pd.testing.assert_frame_equal(sides.communities, before)


def test_nothing_asked_still_has_its_columns():
    fit = changes_to_leave(sides_of([(1, 2, 0, 30)]), CUTS, ())
    assert list(fit.communities.columns) == list(SIDE_COLUMNS)
    assert list(fit.blank.columns) == list(PRINTED)
    assert fit.blank.empty


counts = st.tuples(*[st.one_of(st.integers(0, 6), st.integers(0, 60)) for _ in range(4)])


@settings(max_examples=10, deadline=None)
@given(st.lists(counts, min_size=2, max_size=5))
def test_a_reader_who_subtracts_everything_is_left_in_doubt(numbers):
    """The reader knows every sum of before and after, the district, and where gaps turn."""
    table = counted_changes(sides_of(numbers), CUTS)
    layout = changes_layout(CUTS)
    fit = suppressed(table, layout=layout)
    small = table[list(CHANGES_LAYOUT.counts)].isin(range(1, 5)).to_numpy()
    small &= (table["parent"] != "").to_numpy()[:, None]
    assert not (small & ~fit.mask.to_numpy()).any()
    for (row, name), (least, most) in narrowed(table, fit.mask, layout).items():
        true = table[name].iloc[row]
        assert least - 1e-6 <= true <= most + 1e-6
        assert fit.exposed[name].iloc[row] or most - least >= 1 - 1e-6, (row, name)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    elders = {
        (100, 100): 60,
        (400, 400): 3,
        (900, 100): 2,
        (600, 300): 40,
        (100, 900): 4,
        (300, 700): 70,
        (900, 900): 9,
        (700, 700): 30,
    }
    homes = [
        (*at, {"people": 90, "elders": count, "elders_80": 0, "disabled": 30})
        for at, count in elders.items()
    ]
    place = load_place(write_desert(tmp_path_factory.mktemp("compared"), Desert(homes=homes)))
    short, long = Standard(minutes=5), Standard(minutes=30)
    walks = walk_categories(place, short)
    sides = side_by_side(outcome_today(place, walks, short), outcome_today(place, walks, long))
    return place, sides, Side("今", short), Side("后", long)


def small_ones(sides: SideBySide) -> pd.DataFrame:
    rows = sides.communities[sides.communities["kind"] == "group"]
    assert (rows["basis"] == "measured").any()
    few = (rows["basis"] == "measured").to_numpy()[:, None] & rows[["gained", "covered"]].isin(
        range(1, 5)
    )
    return rows[few.any(axis=1)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_files_print_no_small_count(compared, language):
    place, sides, first, second = compared
    assert len(small_ones(sides))
    mark = {"zh": "＊", "en": "*"}[language]
    book = openpyxl.load_workbook(
        io.BytesIO(compare_workbook(place, sides, first, second, language))
    )
    sheet = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows(min_row=3)]
    text = compare_csv(place, sides, first, second, language).decode("utf-8-sig")
    listed = list(csv.reader(io.StringIO(text)))
    for rows in (sheet, [row for row in listed if len(row) == 11][1:]):
        assert rows
        printed = {(row[0], row[2]) for row in rows}
        names = small_ones(sides)["community"]
        assert set(names) <= {name for name, _ in printed}
        counts = [cell for row in rows for cell in row[5:10]]
        assert mark in counts
        assert not [one for one in counts if str(one) in {"1", "2", "3", "4"}]
    assert any("5" in row[1] and mark in row[1] for row in listed if len(row) == 2)
