"""Small counts cannot be brought back from what a paper prints.

The reader of a paper is played by a linear programme (`narrowed`) and, on tiny
tables, by trying every whole number: both know all printed counts, every sum
and that no count is negative.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from coverage.papers import second_reading
from coverage.papers.counted_cells import read_cells
from coverage.papers.suppression import (
    COVERAGE_LAYOUT,
    Layout,
    coverage_layout,
    coverage_table,
    suppressed,
)
from coverage.reach import CoverageResult
from coverage.standard import Standard
from geo.errors import QuestionError, TableError
from geo.taxonomy import read_taxonomy

COUNTS = list(COVERAGE_LAYOUT.counts)
UNIONS = Layout(unions={"elder_care": ("A1", "A2")})
TOLD_SHARES = {"is_gap": ("covered", "beneficiaries", Fraction(3, 5))}


def paper(communities: list[dict], *, basis: str = "measured") -> pd.DataFrame:
    """Return a three-level table from rows of unit, parent, category, covered, uncovered."""
    base = pd.DataFrame(communities)
    base["unreached"] = base.get("unreached", 0)
    subdistricts = base.groupby(["parent", "category"], sort=False)[
        ["covered", "uncovered", "unreached"]
    ].sum()
    subdistricts = subdistricts.reset_index().rename(columns={"parent": "unit"})
    subdistricts["parent"] = "d"
    district = subdistricts.groupby("category", sort=False)[
        ["covered", "uncovered", "unreached"]
    ].sum()
    district = district.reset_index().assign(unit="d", parent="")
    table = pd.concat([base, subdistricts, district], ignore_index=True)
    table["beneficiaries"] = table["covered"] + table["uncovered"]
    table["share"] = table["covered"] / table["beneficiaries"].where(table["beneficiaries"] > 0)
    return table.assign(basis=basis, column="elders")


def rows(numbers: list[tuple[int, int]], *, category: str = "A1", streets: int = 2) -> list[dict]:
    return [
        {
            "unit": f"c{k}",
            "parent": f"s{k % streets}",
            "category": category,
            "covered": covered,
            "uncovered": uncovered,
        }
        for k, (covered, uncovered) in enumerate(numbers)
    ]


def narrowed(
    table: pd.DataFrame, blank: pd.DataFrame, layout: Layout
) -> dict[tuple[int, str], tuple[float, float]]:
    """Return, for every blank cell, the least and the most a reader can make it be."""
    cells = read_cells(table, layout, 2)
    unknown = np.zeros(len(cells.value), dtype=bool)
    unknown[cells.of[blank.to_numpy()]] = True
    assert not (unknown[cells.of] & ~blank.to_numpy()).any()  # a count is not printed elsewhere
    bounds = Bounds(np.where(unknown, 0, cells.value), np.where(unknown, np.inf, cells.value))
    constraints = [LinearConstraint(cells.equal, 0, 0)]
    if cells.at_most.shape[0]:
        constraints.append(LinearConstraint(cells.at_most, -np.inf, cells.most))

    def end(cell: int, sign: int) -> float:
        goal = np.zeros(len(cells.value))
        goal[cell] = sign
        found = milp(goal, constraints=constraints, bounds=bounds)
        return np.inf if found.status == 3 else sign * found.fun  # 3: no end

    ends = {int(cell): (end(cell, 1), end(cell, -1)) for cell in np.flatnonzero(unknown)}
    names = list(layout.counts)
    return {
        (row, names[k]): ends[int(cells.of[row, k])]
        for row, k in zip(*np.nonzero(blank.to_numpy()), strict=True)
    }


# ---------------------------------------------------------------- by hand


def test_small_counts_and_their_shares_are_blank_and_zero_is_not():
    table = paper(rows([(3, 40), (0, 50), (60, 7), (80, 90)]))
    fit = suppressed(table)
    small = table[COUNTS].gt(0) & table[COUNTS].lt(5)
    assert fit.mask[small].sum().sum() == small.sum().sum() == 1
    assert fit.table["covered"].isna().iloc[0]
    # The total minus the uncovered, or the subdistrict minus the other community, would tell.
    assert fit.mask.sum().sum() >= 4
    assert (
        fit.table["share"]
        .isna()
        .equals(fit.mask[["covered", "beneficiaries"]].any(axis=1) | table["share"].isna())
    )
    assert not fit.exposed.any().any()


def test_district_totals_are_never_blank():
    table = paper(rows([(1, 0), (1, 1), (0, 2), (3, 0)]))
    fit = suppressed(table)
    district = table["parent"] == ""
    assert not fit.mask[district].any().any()
    assert fit.mask[~district].any().any()


def test_nothing_small_leaves_everything_printed():
    table = paper(rows([(30, 40), (0, 50), (60, 7), (80, 90)]))
    fit = suppressed(table)
    assert not fit.mask.any().any()
    assert fit.table[COUNTS].eq(table[COUNTS]).all().all()


def test_estimates_point_at_nobody():
    table = paper(rows([(3, 40), (2, 50), (60, 7), (80, 90)]), basis="estimated")
    assert not suppressed(table).mask.any().any()


def test_the_limit_is_a_choice():
    table = paper(rows([(7, 40), (30, 50), (60, 70), (80, 90)]))
    assert not suppressed(table).mask.any().any()
    assert suppressed(table, below=8).mask["covered"].iloc[0]


def test_one_number_shown_by_two_services_is_blank_in_both():
    numbers = [(2, 1), (0, 50), (60, 7), (80, 90)]
    table = paper([*rows(numbers), *rows([(0, 3), (50, 0), (7, 60), (90, 80)], category="A2")])
    fit = suppressed(table)
    total = fit.mask["beneficiaries"]
    assert total[table["unit"] == "c0"].tolist() == [True, True]
    for unit in table["unit"].unique():
        assert total[table["unit"] == unit].nunique() == 1


def test_a_community_alone_in_its_district_is_blank_and_named_as_exposed():
    table = paper(rows([(3, 40)], streets=1))
    fit = suppressed(table)
    assert fit.mask["covered"].iloc[0]
    assert fit.exposed["covered"].iloc[0]


def test_a_list_without_totals_only_hides_within_the_row():
    table = paper(rows([(3, 40), (20, 50)]))
    table = table[table["unit"].str.startswith("c")].reset_index(drop=True)
    fit = suppressed(table)
    assert fit.mask["covered"].tolist() == [True, False]
    assert fit.mask.iloc[0].sum() == 2


def test_the_table_of_a_coverage_result():
    taxonomy = read_taxonomy()
    layout = coverage_layout(taxonomy, Standard())
    assert layout.unions["elder_care"] == ("A1", "A2", "A3")
    flat = paper(rows([(3, 40), (20, 50), (60, 70), (80, 90)]))
    flat = flat.assign(kind="category", has_one=0)
    communities = flat[flat["unit"].str.startswith("c")].assign(
        community_code=lambda one: one["unit"], subdistrict_code=lambda one: one["parent"]
    )
    subdistricts = flat[flat["unit"].str.startswith("s")].assign(
        subdistrict_code=lambda one: one["unit"]
    )
    result = CoverageResult(
        standard=Standard(),
        subjects=("A1",),
        covered=np.zeros((0, 1), dtype=np.bool_),
        communities=communities.drop(columns=["unit", "parent"]),
        subdistricts=subdistricts.drop(columns=["unit", "parent"]),
        district=flat[flat["unit"] == "d"].drop(columns=["unit", "parent"]),
    )
    table = coverage_table(result)
    assert set(table["level"]) == {"community", "subdistrict", "district"}
    assert table["unit"].is_unique
    fit = suppressed(table, layout=layout)
    assert fit.mask["covered"].sum() >= 2
    for least, most in narrowed(table, fit.mask, layout).values():
        assert most - least >= 1 - 1e-6


# ---------------------------------------------------------------- refused


def test_bad_tables_are_refused_with_a_sentence():
    table = paper(rows([(3, 40), (20, 50)]))
    broken = [
        table.drop(columns="covered"),
        table.drop(columns="basis"),
        pd.concat([table, table]),
        table.assign(covered=-1),
        table.assign(covered=0.5),
        table.assign(covered=np.nan),
    ]
    other = table.assign(category="A2", beneficiaries=999)
    broken.append(pd.concat([table, other]))
    for one in broken:
        with pytest.raises(TableError) as refused:
            suppressed(one)
        assert len(str(refused.value)) > 20
    for below in (1, 0, -5, 2.5, True):
        with pytest.raises(QuestionError):
            suppressed(table, below=below)


def test_columns_stay_when_the_table_is_empty():
    table = paper(rows([(3, 40)])).iloc[:0]
    fit = suppressed(table)
    assert list(fit.table.columns) == list(table.columns)
    assert fit.mask.empty


def test_the_table_given_is_left_alone():
    table = paper(rows([(3, 40), (20, 50)]))
    before = table.copy()
    suppressed(table)
    pd.testing.assert_frame_equal(table, before)


def told_gap(table: pd.DataFrame) -> pd.DataFrame:
    below = (table["share"] < 0.6).astype("boolean").mask(table["share"].isna())
    return table.assign(is_gap=below.mask(table["parent"] == ""))


TOLD = Layout(unions={"elder_care": ("A1", "A2")}, told=TOLD_SHARES)


def test_what_a_list_tells_of_a_share_does_not_give_a_count_away():
    """Five people, known to be a gap: 1 or 2 of them covered unless the reader is left a doubt."""
    table = told_gap(paper(rows([(2, 3), (40, 60), (70, 30), (30, 60)], streets=1)))
    layout = Layout(told=TOLD_SHARES)
    fit = suppressed(table, layout=layout)
    assert fit.mask.loc[0, "covered"]
    for (row, name), (least, most) in narrowed(table, fit.mask, layout).items():
        assert fit.exposed[name].iloc[row] or most - least >= 1 - 1e-6, (row, name)


# ---------------------------------------------------------------- laws

number = st.one_of(st.integers(0, 6), st.integers(0, 60))
pairs = st.tuples(number, number)


@st.composite
def papers(draw):
    """Two services for the same people and their union, over two or three subdistricts."""
    units = draw(st.integers(2, 5))
    first, second, union = [], [], []
    for _ in range(units):
        total = draw(number)
        one, two = draw(st.integers(0, total)), draw(st.integers(0, total))
        both = draw(st.integers(max(one, two), min(one + two, total)))
        first.append((one, total - one))
        second.append((two, total - two))
        union.append((both, total - both))
    streets = draw(st.integers(1, 3))
    return paper(
        [
            *rows(first, streets=streets),
            *rows(second, category="A2", streets=streets),
            *rows(union, category="elder_care", streets=streets),
        ]
    )


@settings(max_examples=8, deadline=None)
@given(papers())
def test_no_blank_count_can_be_worked_out(table):
    fit = suppressed(table, layout=UNIONS)
    counts = table[COUNTS]
    district = table["parent"] == ""
    small = counts.gt(0) & counts.lt(5) & ~np.broadcast_to(district, (4, len(table))).T
    assert not (small & ~fit.mask).any().any()
    assert not fit.mask[district].any().any()
    # What nothing could hide: blank everything below the district and it is still known.
    everything = pd.DataFrame(
        np.broadcast_to(~district, (4, len(table))).T, index=table.index, columns=COUNTS
    )
    best = narrowed(table, everything, UNIONS)
    for (row, name), (least, most) in narrowed(table, fit.mask, UNIONS).items():
        true = counts[name].iloc[row]
        assert least <= true <= most
        low, high = best[row, name]
        if fit.exposed[name].iloc[row]:
            assert high - low < 1e-6
        else:
            assert most - least >= 1 - 1e-6
        if small[name].iloc[row] and not fit.exposed[name].iloc[row]:
            # As wide as the limit, wherever the district has that much room around it.
            roomy = high >= true + 5 * small.sum().sum()
            assert most - least >= (5 if roomy else 1) - 1e-6


@settings(max_examples=8, deadline=None)
@given(papers())
def test_no_blank_count_can_be_worked_out_from_a_list_of_gaps(table):
    table = told_gap(table)
    fit = suppressed(table, layout=TOLD)
    counts = table[COUNTS]
    district = table["parent"] == ""
    small = counts.gt(0) & counts.lt(5) & ~np.broadcast_to(district, (4, len(table))).T
    assert not (small & ~fit.mask).any().any()
    assert not fit.mask[district].any().any()
    for (row, name), (least, most) in narrowed(table, fit.mask, TOLD).items():
        assert least - 1e-6 <= counts[name].iloc[row] <= most + 1e-6
        assert fit.exposed[name].iloc[row] or most - least >= 1 - 1e-6


def ways(total: int, units: int) -> list[tuple[int, ...]]:
    """Return every way to spread `total` people over `units`."""
    if units == 1:
        return [(int(total),)]
    return [(one, *rest) for one in range(total + 1) for rest in ways(total - one, units - 1)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3))
def test_trying_every_whole_table_leaves_a_choice(numbers):
    """The oracle by enumeration: communities straight below a district."""
    table = paper(rows(numbers, streets=1))
    table = table[~table["unit"].str.startswith("s")].reset_index(drop=True)
    table["parent"] = table["parent"].where(table["parent"] != "s0", "d")
    fit = suppressed(table, below=3)
    blank = fit.mask[["covered", "uncovered", "beneficiaries"]].iloc[: len(numbers)]
    true = table[["covered", "uncovered", "beneficiaries"]].iloc[: len(numbers)].to_numpy()
    totals = true.sum(axis=0)
    seen: dict[tuple[int, int], set[int]] = {}
    for covered, uncovered in product(*(ways(totals[k], len(numbers)) for k in (0, 1))):
        world = np.column_stack([covered, uncovered, np.add(covered, uncovered)])
        if ((world == true) | blank.to_numpy()).all():
            for row, k in zip(*np.nonzero(blank.to_numpy()), strict=True):
                seen.setdefault((int(row), int(k)), set()).add(int(world[row, k]))
    exposed = fit.exposed[["covered", "uncovered", "beneficiaries"]].to_numpy()
    for (row, k), values in seen.items():
        assert true[row, k] in values
        assert exposed[row, k] or len(values) >= 2


@settings(max_examples=8, deadline=None)
@given(st.lists(pairs, min_size=3, max_size=8))
def test_a_lower_limit_never_blanks_a_small_count_of_a_higher_one_less(numbers):
    table = paper(rows(numbers))
    small = table[COUNTS].gt(0) & table[COUNTS].lt(3)
    small &= ~np.broadcast_to(table["parent"] == "", (4, len(table))).T
    for below in (3, 5, 9):
        assert not (small & ~suppressed(table, below=below).mask).any().any()


# ---------------------------------------------------------------- a solver that fails


def everything_below_the_district(table: pd.DataFrame) -> pd.DataFrame:
    district = (table["parent"] == "").to_numpy()
    return pd.DataFrame(np.repeat(~district[:, None], len(COUNTS), axis=1), columns=COUNTS)


@pytest.mark.parametrize("status", [1, 4])  # out of time · another trouble
def test_out_of_time_leaves_more_blank_never_less(monkeypatch, status):
    table = paper(rows([(3, 40), (20, 50), (60, 7), (80, 90)]))
    monkeypatch.setattr(
        second_reading, "milp", lambda goal, **asked: OptimizeResult(x=None, status=status)
    )
    fit = suppressed(table)
    pd.testing.assert_frame_equal(fit.mask, everything_below_the_district(table))
    assert not fit.exposed.any().any()


def test_people_in_parts_are_no_second_reading(monkeypatch):
    """Out of time with half persons in hand: nothing they say is taken."""
    table = paper(rows([(3, 40), (20, 50), (60, 7), (80, 90)]))

    def halves(goal, **asked):
        if asked["integrality"].any():
            return OptimizeResult(x=None, status=1)
        return OptimizeResult(x=np.full(len(goal), 0.5) * (np.arange(len(goal)) == 0), status=1)

    monkeypatch.setattr(second_reading, "milp", halves)
    fit = suppressed(table)
    pd.testing.assert_frame_equal(fit.mask, everything_below_the_district(table))


def test_a_reading_that_breaks_a_sum_is_no_second_reading(monkeypatch):
    table = paper(rows([(3, 40), (20, 50), (60, 7), (80, 90)]))

    def wrong(goal, **asked):
        return OptimizeResult(x=np.arange(len(goal), dtype=float), status=0)

    monkeypatch.setattr(second_reading, "milp", wrong)
    pd.testing.assert_frame_equal(suppressed(table).mask, everything_below_the_district(table))


def test_a_wrong_no_in_whole_numbers_reveals_nothing(monkeypatch):
    """HiGHS 1.12 calls some whole programmes impossible that are not."""
    table = told_gap(paper(rows([(2, 3), (40, 60), (70, 30), (30, 60)], streets=1)))
    layout = Layout(told=TOLD_SHARES)

    def denying(goal, **asked):
        if asked["integrality"].any():
            return OptimizeResult(x=None, status=2)
        found = milp(goal, **asked)
        if found.x is not None:  # never whole, so that the whole programme is asked
            found.x = np.append(found.x[: len(goal) // 2] + 0.6, found.x[len(goal) // 2 :])
        return found

    monkeypatch.setattr(second_reading, "milp", denying)
    fit = suppressed(table, layout=layout)
    pd.testing.assert_frame_equal(
        fit.mask, everything_below_the_district(table), check_index_type=False
    )


def test_a_no_is_asked_twice(monkeypatch):
    """A programme that presolving calls impossible is asked again without it."""
    table = paper(rows([(3, 40), (20, 50), (60, 7), (80, 90)]))
    honest = suppressed(table)

    def denying(goal, **asked):
        if asked["options"]["presolve"]:
            return OptimizeResult(x=None, status=2)
        return milp(goal, **asked)

    monkeypatch.setattr(second_reading, "milp", denying)
    fit = suppressed(table)
    assert not fit.exposed.any().any()
    assert fit.mask.sum().sum() >= honest.mask.sum().sum()
    for least, most in narrowed(table, fit.mask, COVERAGE_LAYOUT).values():
        assert most - least >= 1 - 1e-6


def test_many_communities_find_a_second_reading_without_whole_programmes(monkeypatch):
    """What is told of shares breaks the easy programme; large ones are led to whole people."""
    drawn = np.random.default_rng(5)
    numbers = [tuple(drawn.multinomial(drawn.integers(5, 80), [0.9, 0.1])) for _ in range(60)]
    table = told_gap(paper(rows(numbers, streets=3)))
    layout = Layout(told=TOLD_SHARES)

    def easy_only(goal, **asked):
        assert not asked["integrality"].any()
        return milp(goal, **asked)

    monkeypatch.setattr(second_reading, "_SMALL_ENOUGH", 0)
    monkeypatch.setattr(second_reading, "milp", easy_only)
    fit = suppressed(table, layout=layout)
    below = (table["parent"] != "d") & (table["parent"] != "")
    small = table[COUNTS].gt(0) & table[COUNTS].lt(5)
    assert small[below].sum().sum() > 20
    assert fit.mask[small & np.repeat(below.to_numpy()[:, None], 4, axis=1)].sum().sum() > 20
    assert (~fit.mask.loc[below, "covered"]).sum() > 10  # not everything goes
    for (row, name), (least, most) in narrowed(table, fit.mask, layout).items():
        assert fit.exposed[name].iloc[row] or most - least >= 1 - 1e-6, (row, name)
