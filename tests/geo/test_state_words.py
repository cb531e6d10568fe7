"""What a row says about an organisation's standing, denials understood both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.state_words import ORDER, state_of
from geo.tables import STATES


def state(
    said: str = "",
    *,
    inspection: str = "",
    abnormal: str = "",
    dishonest: str = "",
    ended: str = "",
) -> str:
    return state_of(said, inspection, abnormal, dishonest, ended)[0]


def doubts(said: str, **cells: str) -> list[str]:
    row = {"inspection": "", "abnormal": "", "dishonest": "", "cancelled_on": ""} | cells
    return [one.key for one in state_of(said, *row.values())[1]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("正常", "正常"), ("存续（在营、开业、在册）", "正常"), ("active", "正常"),
        ("正常，无异常", "正常"), ("无异常", "正常"), ("未发现异常", "正常"),
        ("正常（未被列入异常名录）", "正常"), ("未列入异常名录或失信名单，正常", "正常"),
        ("正常，未注销", "正常"), ("正常，未被吊销", "正常"), ("无失信记录，运营正常", "正常"),
        ("异常名录（已移出）", "正常"), ("2023年移出异常名录", "正常"),
        ("异常", "异常名录"), ("列入活动异常名录", "异常名录"), ("异常名录，未移出", "异常名录"),
        ("尚未移出异常名录", "异常名录"), ("列入异常名录，没有修复", "异常名录"),
        ("严重违法失信", "失信名单"), ("失信被执行人", "失信名单"),
        ("已注销", "注销"), ("因非法活动被取缔", "撤销"), ("已吊销", "撤销"),
        ("异常，已注销", "注销"), ("未年检", "未年检"), ("逾期未报", "未年检"),
        ("长期未开展活动", "僵尸"), ("停业", "僵尸"), ("停止运营", "僵尸"),
        ("不正常", "未知"), ("非正常户", "未知"), ("未正常运营", "未知"), ("暂停运营", "未知"),
        ("不活跃", "未知"), ("未开业", "未知"), ("not active", "未知"), ("无效", "未知"),
        ("不合格", "未知"), ("火星", "未知"), ("筹备中，无异常", "未知"),
        ("", "未知"), ("拟注销", "未知"),
    ],
)  # fmt: skip
def test_the_state_cell(said: str, expected: str) -> None:
    assert state(said) == expected


@pytest.mark.parametrize("said", ["不正常", "非正常户", "暂停运营", "未开业", "火星", "未停业"])
def test_what_is_not_understood_is_said(said: str) -> None:
    assert doubts(said) == ["doubtful.state_unknown"]


def test_who_says_that_nobody_knows_is_not_asked_again() -> None:
    assert doubts("未知") == doubts("不详") == doubts("") == []


NO = ("", "否", "无", "未列入", "未列入异常名录", "无异常", "无异常情况", "不在异常名录",
      "没有失信", "未发现失信行为", "/", "—", "否（正常）", "无（截至2024年）", "不详", "No",
      "2022年列入，已移出")  # fmt: skip
YES = ("是", "列入", "2023年列入", "异常", "未按规定报送年报", "失信被执行人", "有",
       "2022年列入，未移出", "通过登记的住所无法联系")  # fmt: skip


@pytest.mark.parametrize("cell", NO)
def test_list_columns_that_say_no(cell: str) -> None:
    assert state("正常", abnormal=cell) == "正常"
    assert state("正常", dishonest=cell) == "正常"


@pytest.mark.parametrize("cell", YES)
def test_list_columns_that_say_yes(cell: str) -> None:
    assert state("正常", abnormal=cell) == "异常名录"
    assert state("正常", dishonest=cell) == "失信名单"


def test_columns_that_contradict_each_other() -> None:
    assert state("正常", inspection="未参检") == "未年检"
    assert state("正常", inspection="合格（无异常）") == "正常"
    assert state("", inspection="合格") == "正常"
    assert state("正常", inspection="不合格") == "未知"
    assert state("正常", ended="2023-05-01") == "注销"
    assert state("正常", ended="无") == "正常"
    assert state("撤销", ended="2023-05-01") == "撤销"
    assert doubts("正常", cancelled_on="2023-05-01") == ["doubtful.state_but_cancelled"]
    assert doubts("拟注销") == ["doubtful.state_planned", "doubtful.state_unknown"]


WORDS = st.text(
    alphabet="未没无不非被列入移出异常失信名录单注销撤正合格年检停业运营活动，。（） ", max_size=14
)


@given(WORDS, WORDS, WORDS, WORDS)
def test_any_cells_give_a_state_of_the_house(a: str, b: str, c: str, d: str) -> None:
    found, doubted = state_of(a, b, c, d, "")
    assert found in STATES
    assert all(one.key for one in doubted)


@given(
    st.sampled_from(["无", "没有", "未", "未被列入", "未发现", "不存在", "从未被列入"]),
    st.sampled_from(["异常", "异常名录", "失信名单", "失信记录", "经营异常名录", "活动异常"]),
    st.sampled_from(["正常", "注销", "失信", "未年检", "停业", "火星"]),
)
def test_a_denial_beside_it_changes_nothing(denial: str, word: str, said: str) -> None:
    assert state(f"{said}，{denial}{word}") == state(f"{denial}{word}；{said}") == state(said)


def test_the_more_serious_word_decides() -> None:
    for at, serious in enumerate(ORDER):
        for lesser in ORDER[at:]:
            assert state(f"{lesser}，{serious}") == serious
