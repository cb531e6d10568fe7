"""The question: what it refuses, how far it lets people walk, which organisations it counts."""

from __future__ import annotations

from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS, Standard, counting
from geo.errors import QuestionError
from geo.taxonomy import read_taxonomy

TAXONOMY = read_taxonomy()


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 4},
        {"minutes": 31},
        {"minutes": 15.0},
        {"minutes": True},
        {"speed_percent": 49},
        {"speed_percent": 151},
        {"speed_percent": None},
        {"gap_below": 0.2},
        {"gap_below": 1.1},
        {"serious_below": 0.0},
        {"states": frozenset()},
        {"states": frozenset({"注销"})},
        {"states": frozenset({"正常", "撤销"})},
        {"levels": frozenset({"区级"})},
        {"deliveries": frozenset({"到家"})},
        {"providers": frozenset({"社会组织", "企业"})},
        {"elders": "people"},
        {"walker": "bicycle"},
    ],
)
def test_a_question_that_nobody_may_ask_is_refused(wrong):
    with pytest.raises(QuestionError):
        Standard(**wrong)


def test_reach_worked_by_hand():
    own = Standard()
    # 0.8 m/s for 15 and 10 minutes, 1.0 m/s for 15, 0.6 m/s for 15.
    assert own.reach_mm(TAXONOMY["A1"]) == 720_000
    assert own.reach_mm(TAXONOMY["A2"]) == 480_000
    assert own.reach_mm(TAXONOMY["B1"]) == 900_000
    assert own.reach_mm(TAXONOMY["C1"]) == 540_000
    assert Standard(minutes=20, speed_percent=125).reach_mm(TAXONOMY["A2"]) == 1_200_000


@given(
    minutes=st.integers(*MINUTES_BOUNDS),
    percent=st.integers(*SPEED_PERCENT_BOUNDS),
    code=st.sampled_from(TAXONOMY.codes),
)
def test_reach_is_exact_to_the_millimetre_and_grows(minutes, percent, code):
    category = TAXONOMY[code]
    asked = Standard(minutes=minutes, speed_percent=percent)
    exact = Fraction(category.metres_per_minute) * minutes * percent * 10
    assert asked.reach_mm(category) == exact.numerator // exact.denominator
    assert asked.walk_key() == Standard().walk_key()
    # A walk of just that length takes just those minutes.
    assert asked.walk_minutes(category, float(exact)) == pytest.approx(minutes)
    if minutes < MINUTES_BOUNDS[1]:
        longer = Standard(minutes=minutes + 1, speed_percent=percent)
        assert longer.reach_mm(category) > asked.reach_mm(category)


def test_what_changes_walks_is_in_the_key_and_nothing_else():
    plain = Standard().walk_key()
    for same in (
        Standard(minutes=5),
        Standard(speed_percent=50),
        Standard(gap_below=0.7),
        Standard(serious_below=0.1),
    ):
        assert same.walk_key() == plain
    for other in (
        Standard().on_paper(),
        Standard().with_committees(),
        Standard(levels=frozenset({"登记"})),
        Standard(deliveries=frozenset({"到点", "上门"})),
        Standard(walker="wheelchair"),
        Standard(legs=False),
        Standard(across_border=False),
    ):
        assert other.walk_key() != plain


# level, filing status, state -> counts as asked, counts on paper
CASES = [
    ("登记", "", "正常", True, True),
    ("登记", "", "未知", False, True),
    ("登记", "", "异常名录", False, True),
    ("登记", "", "失信名单", False, True),
    ("登记", "", "未年检", False, True),
    ("登记", "", "僵尸", False, True),
    ("登记", "", "注销", False, False),
    ("登记", "", "撤销", False, False),
    ("备案", "已备案", "正常", True, True),
    ("备案", "变更", "未知", True, True),
    ("备案", "初审", "正常", False, False),
    ("备案", "审查", "正常", False, False),
    ("备案", "注销", "正常", False, False),
    ("备案", "已备案", "僵尸", False, True),
    ("备案", "已备案", "注销", False, False),
    ("台账", "", "正常", False, False),
]


def tables(provider="社会组织", delivery="到点", placed=True):
    ids = [f"o{k}" for k in range(len(CASES))]
    register = pd.DataFrame(
        {
            "level": [case[0] for case in CASES],
            "filing_status": [case[1] for case in CASES],
            "state": [case[2] for case in CASES],
            "provider_type": provider,
        },
        index=pd.Index(ids, name="organisation_id"),
    )
    points = gpd.GeoDataFrame(
        {"organisation_id": ids, "delivery": delivery},
        geometry=[shapely.Point(0, 0) if placed else None] * len(ids),
        index=pd.Index([f"p{k}" for k in range(len(ids))], name="service_point_id"),
        crs="EPSG:32650",
    )
    return register, points


def test_which_organisations_count_case_by_case():
    register, points = tables()
    before = register.copy(), points.copy()
    own = counting(register, points, Standard())
    paper = counting(register, points, Standard().on_paper())
    assert own.tolist() == [case[3] for case in CASES]
    assert paper.tolist() == [case[4] for case in CASES]
    assert own.index.equals(points.index)
    assert own.dtype == np.bool_
    pd.testing.assert_frame_equal(register, before[0])
    pd.testing.assert_frame_equal(pd.DataFrame(points), pd.DataFrame(before[1]))


def test_a_ledger_entry_counts_only_when_the_question_names_it():
    register, points = tables()
    asked = counting(register, points, Standard(levels=frozenset({"台账"})))
    assert asked.tolist() == [case[0] == "台账" for case in CASES]


@pytest.mark.parametrize(
    "other",
    [
        {"provider": "企业"},
        {"provider": "人民调解委员会"},
        {"provider": "其他"},
        {"delivery": "上门"},
        {"delivery": "线上"},
        {"placed": False},
    ],
)
def test_who_is_no_social_organisation_with_a_door_does_not_count(other):
    assert not counting(*tables(**other), Standard()).any()


def test_an_empty_register_counts_nothing():
    register, points = tables()
    found = counting(register.iloc[:0], points.iloc[:0], Standard())
    assert found.empty
    assert found.dtype == np.bool_
