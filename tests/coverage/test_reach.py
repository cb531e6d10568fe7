"""Counting who is reached: by hand on the desert grid, and laws that hold for any question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.gaps import (
    GAP_COLUMNS,
    gap_communities,
    gap_levels,
    gap_list,
    served_at_home,
    weighted_median,
)
from coverage.reach import explain, measure_coverage
from coverage.standard import Standard, counting
from coverage.subjects import nearest_of
from coverage.walking import UNREACHED, walk_categories
from geo.errors import TableError
from geo.place import Place, load_place
from tests.desert_place import CODES, Desert, write_desert


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return load_place(write_desert(tmp_path_factory.mktemp("desert")))


def _row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_worked_by_hand(place: Place) -> None:
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    # Day care A1 stands at (100, 100) and reaches 720 m: home 0 (0 m) and home 1 (600 m),
    # not (900, 100) at 800 m or (100, 900) at 800 m.
    a1 = _row(result.district, category="A1")
    assert (a1["beneficiaries"], a1["covered"], a1["uncovered"]) == (100, 60, 40)
    # Mediation at (500, 500) reaches 900 m: every home lies within 800 m.
    assert _row(result.district, category="B1")["covered"] == 500
    # Rehabilitation at (900, 900) reaches 540 m: only home 4, where no disabled person lives.
    assert _row(result.district, category="C1")["covered"] == 0
    # Nobody offers A2: everybody stays uncovered.
    assert _row(result.district, category="A2")["covered"] == 0
    assert _row(result.district, category="elder_care")["covered"] == 60
    north = _row(result.subdistricts, category="elder_care", subdistrict="北街道")
    assert (north["beneficiaries"], north["covered"]) == (30, 0)


def test_group_counts_nobody_twice(tmp_path: Path) -> None:
    two = Desert().organisations[0] | {"organisation_id": "o9", "category": "A3"}
    desert = Desert(organisations=[*Desert().organisations, two])
    place = load_place(write_desert(tmp_path, desert))
    standard = Standard()
    result = measure_coverage(place, walk_categories(place, standard), standard)
    assert _row(result.district, category="elder_care")["covered"] == 60


def test_has_one_and_reached_are_kept_apart(place: Place) -> None:
    standard = Standard()
    result = measure_coverage(place, walk_categories(place, standard), standard)
    here = _row(result.communities, category="C1", community_code=CODES[3])
    assert (here["has_one"], here["beneficiaries"]) == (1, 0)
    assert np.isnan(here["share"])
    away = _row(result.communities, category="B1", community_code=CODES[3])
    assert (away["has_one"], away["share"]) == (0, 1.0)


def test_gap_rows_by_hand(place: Place) -> None:
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    gaps = gap_list(place, walks, result)
    assert tuple(gaps.columns) == GAP_COLUMNS
    a1 = gaps[gaps["category"] == "A1"]
    # East-south (10 elders) and west-north (30 elders) are uncovered; east-north has no elders.
    assert list(a1["community_code"]) == [CODES[2], CODES[1]]
    assert list(a1["level"]) == ["serious", "serious"]
    assert list(a1["nearest_metres"]) == [800.0, 800.0]
    assert list(a1["nearest_organisation"]) == ["示例日间照料"] * 2
    # 800 m at 0.8 m/s are 1,000 s.
    assert a1["nearest_minutes"].to_numpy() == pytest.approx([16.6667, 16.6667], abs=1e-3)
    a2 = gaps[gaps["category"] == "A2"]
    assert (a2["nearest_organisation"] == "").all()
    assert a2["nearest_metres"].isna().all()
    assert (gaps["core"] > 0).all()
    assert gap_communities(gap_list(place, walks, result, kind="group")) == 3


def test_gap_order_is_level_then_share_then_people(place: Place) -> None:
    standard = Standard(gap_below=1.0, serious_below=0.5)
    walks = walk_categories(place, standard)
    gaps = gap_list(place, walks, measure_coverage(place, walks, standard))
    gaps = gaps.assign(rank=gaps["level"].map({"serious": 0, "gap": 1}))
    assert gaps["category"].nunique() > 2
    for _, own in gaps.groupby("category"):
        keys = list(zip(own["rank"], own["share"], -own["uncovered"], strict=True))
        assert keys == sorted(keys)
    keys = list(zip(gaps["rank"], gaps["share"], strict=True))
    assert keys == sorted(keys)


def test_categories_take_turns_among_equals(place: Place) -> None:
    nobody = place.register.assign(state="注销")
    standard = Standard()
    closed = replace(place, register=nobody)
    walks = walk_categories(closed, standard)
    gaps = gap_list(closed, walks, measure_coverage(closed, walks, standard), kind="group")
    # Everybody is uncovered: mediation (500 people) must not stand before the others.
    assert list(gaps["category"][:3]) == ["elder_care", "mediation", "disability"]
    first = gaps.groupby("category")["uncovered"].first()
    assert first.to_dict() == {"elder_care": 60, "mediation": 300, "disability": 18}


def test_a_share_on_the_cut_off_is_no_gap(tmp_path: Path) -> None:
    # 60 of 100 elders of one community are covered: exactly 60 %.
    homes = [
        (100.0, 100.0, {"people": 60, "elders": 60, "elders_80": 0, "disabled": 0}),
        (100.0, 500.0, {"people": 40, "elders": 40, "elders_80": 0, "disabled": 0}),
        (900.0, 900.0, {"people": 1, "elders": 0, "elders_80": 0, "disabled": 0}),
    ]
    place = load_place(write_desert(tmp_path, Desert(homes=homes)))
    standard = Standard(minutes=5)  # 240 m for elders
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    assert _row(result.communities, category="A1", community_code=CODES[0])["share"] == 0.6
    gaps = gap_list(place, walks, result)
    assert not ((gaps["category"] == "A1") & (gaps["community_code"] == CODES[0])).any()


def test_levels_of_shares_by_hand() -> None:
    shares = pd.Series([0.0, 0.2999, 0.3, 0.5999, 0.6, 1.0, np.nan])
    levels = ["serious", "serious", "gap", "gap", "", "", ""]
    assert list(gap_levels(shares, Standard())) == levels
    strict = Standard(gap_below=1.0, serious_below=0.6)
    assert list(gap_levels(shares, strict)) == ["serious"] * 4 + ["gap", "", ""]
    assert len(gap_levels(shares[:0], Standard())) == 0


def test_an_answer_for_nothing_keeps_its_columns(place: Place) -> None:
    walks = walk_categories(place, Standard())
    nothing = measure_coverage(place, walks, Standard(), only=())
    whole = measure_coverage(place, walks, Standard())
    for name in ("communities", "subdistricts", "district"):
        empty, full = getattr(nothing, name), getattr(whole, name)
        assert empty.empty
        assert list(empty.columns) == list(full.columns)
    assert list(gap_list(place, walks, nothing).columns) == list(GAP_COLUMNS)


def test_points_far_from_streets_are_uncovered_and_counted_apart(tmp_path: Path) -> None:
    far = (100.0, -1000.0, {"people": 7, "elders": 7, "elders_80": 0, "disabled": 0})
    desert = Desert(homes=[*Desert().homes, far])
    folder = write_desert(tmp_path, desert)
    homes = pd.read_csv(folder / "residents.csv", dtype=str)
    homes["community_code"] = [CODES[0], CODES[0], CODES[1], CODES[2], CODES[3], CODES[0]]
    homes.to_csv(folder / "residents.csv", index=False)
    place = load_place(folder)
    standard = Standard()
    walks = walk_categories(place, standard)
    row = _row(measure_coverage(place, walks, standard).district, category="A1")
    assert (row["beneficiaries"], row["covered"], row["unreached"]) == (107, 60, 7)


def test_proof_balances_and_names_the_organisations(place: Place) -> None:
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    proof = explain(place, walks, result, subject="elder_care", community_code=CODES[0])
    assert (proof.covered, proof.uncovered, proof.total) == (60, 0, 60)
    assert list(proof.organisations.index) == ["o1"]
    assert list(proof.points["metres"]) == [0.0, 600.0]
    whole = explain(place, walks, result, subject="A1")
    assert whole.covered + whole.uncovered == whole.total == 100


def test_explain_refuses_unknown_names(place: Place) -> None:
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    with pytest.raises(TableError, match="Q7"):
        explain(place, walks, result, subject="Q7")
    with pytest.raises(TableError, match="999"):
        explain(place, walks, result, subject="A1", community_code="999")


def test_which_organisations_count(place: Place) -> None:
    rows = [
        ("登记", "正常", "", True, True),
        ("登记", "异常名录", "", False, True),
        ("登记", "失信名单", "", False, True),
        ("登记", "未年检", "", False, True),
        ("登记", "僵尸", "", False, True),
        ("登记", "未知", "", False, True),
        ("登记", "注销", "", False, False),
        ("登记", "撤销", "", False, False),
        ("备案", "正常", "已备案", True, True),
        ("备案", "正常", "变更", True, True),
        ("备案", "未知", "已备案", True, True),
        ("备案", "正常", "初审", False, False),
        ("备案", "僵尸", "已备案", False, True),
        ("台账", "正常", "", False, False),
    ]
    ids = pd.Index([f"o{k}" for k in range(len(rows))], dtype="str", name="organisation_id")
    register = pd.DataFrame(
        {
            "level": [row[0] for row in rows],
            "state": [row[1] for row in rows],
            "filing_status": [row[2] for row in rows],
            "provider_type": "社会组织",
        },
        index=ids,
    )
    points = place.service_points.iloc[[0] * len(rows)].copy()
    points["organisation_id"] = ids
    points.index = ids
    own = counting(register, points, Standard())
    paper = counting(register, points, Standard().on_paper())
    assert list(own) == [row[3] for row in rows]
    assert list(paper) == [row[4] for row in rows]
    committees = register.assign(provider_type="人民调解委员会")
    assert not counting(committees, points, Standard()).any()
    assert counting(committees, points, Standard().with_committees()).sum() == sum(
        row[3] for row in rows
    )
    enterprise = register.assign(provider_type="企业")
    assert not counting(enterprise, points, Standard().with_committees()).any()


def test_home_service_is_said_and_closes_no_gap(tmp_path: Path) -> None:
    folder = write_desert(tmp_path)
    register = pd.read_csv(folder / "register.csv", dtype=str)
    home = register.iloc[[0]].assign(
        organisation_id="o5", name="示例上门", delivery="上门", serves=CODES[1], x="", y=""
    )
    pd.concat([register, home]).to_csv(folder / "register.csv", index=False)
    place = load_place(folder)
    standard = Standard()
    walks = walk_categories(place, standard)
    gaps = gap_list(place, walks, measure_coverage(place, walks, standard))
    a1 = gaps[gaps["category"] == "A1"].set_index("community_code")["at_home"]
    assert a1.to_dict() == {CODES[2]: False, CODES[1]: True}
    assert list(served_at_home(place, standard)["organisation_id"]) == ["o5"]


def test_weighted_median() -> None:
    values = np.array([5, 1, 9, UNREACHED], dtype=np.int32)
    assert weighted_median(values, np.array([1, 1, 1, 0])) == 0
    assert weighted_median(values, np.array([0, 0, 0, 4])) == 3
    assert weighted_median(values, np.array([1, 3, 1, 1])) == 1


def test_some_walks_are_those_of_all(place: Place) -> None:
    walks = walk_categories(place, Standard())
    every = nearest_of(place, walks, "elder_care")
    some = every.at(np.array([1, 0]))
    assert list(some.millimetres) == [every.millimetres[1], every.millimetres[0]]
    assert list(some.service_point) == [every.service_point[1], every.service_point[0]]
    np.testing.assert_array_equal(some.minutes(Standard()), every.minutes(Standard())[[1, 0]])


def test_group_takes_the_nearest_of_its_categories(place: Place) -> None:
    walks = walk_categories(place, Standard())
    nearest = nearest_of(place, walks, "elder_care")
    assert nearest.metres[0] == 0.0
    assert {nearest.categories[k].code for k in nearest.category} == {"A1"}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    minutes=st.one_of(st.none(), st.integers(5, 30)),
    speed=st.integers(50, 150),
    more=st.integers(0, 10),
)
def test_sums_close_and_coverage_never_falls(
    place: Place, minutes: int | None, speed: int, more: int
) -> None:
    standard = Standard(minutes=minutes, speed_percent=speed)
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    for table in (result.communities, result.subdistricts, result.district):
        assert (table["covered"] + table["uncovered"] == table["beneficiaries"]).all()
    counts = ["beneficiaries", "covered", "uncovered", "unreached"]
    upward = result.communities.groupby("category", sort=False)[counts].sum()
    middle = result.subdistricts.groupby("category", sort=False)[counts].sum()
    pd.testing.assert_frame_equal(upward, middle)
    top = result.district.set_index("category")[counts]
    assert upward.to_dict() == top.to_dict()
    if minutes is not None:
        longer = replace(standard, minutes=min(30, minutes + more))
        again = measure_coverage(place, walks, longer)
        assert (again.communities["covered"] >= result.communities["covered"]).all()
    faster = replace(standard, speed_percent=min(150, speed + more))
    again = measure_coverage(place, walks, faster)
    assert (again.communities["covered"] >= result.communities["covered"]).all()


def test_inputs_are_left_alone(place: Place) -> None:
    before = [frame.copy() for frame in (place.register, place.service_points, place.residents)]
    standard = Standard()
    walks = walk_categories(place, standard)
    gap_list(place, walks, measure_coverage(place, walks, standard))
    for old, new in zip(
        before, (place.register, place.service_points, place.residents), strict=True
    ):
        pd.testing.assert_frame_equal(pd.DataFrame(old), pd.DataFrame(new))
