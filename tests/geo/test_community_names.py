"""Which community is meant: by code, by name, by address; what is only similar is a question."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.community_names import (
    BY_CODE,
    BY_NAME,
    LONGEST,
    CommunityNames,
    community_key,
    subdistrict_key,
)

ROWS = (
    ("420106001001", "积玉桥社区", "积玉桥街道"),
    ("420106001002", "三玉里", "积玉桥街道"),
    ("420106002001", "水果湖社区", "水果湖街道"),
    ("420106003001", "水果湖社区居委会", "另湖街道"),
    ("420106003201", "东湖村", "另湖街道"),
    ("420106003002", "示例中南路社区", "另湖街道"),
)


@pytest.fixture
def names() -> CommunityNames:
    return CommunityNames(*zip(*ROWS, strict=True))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("积玉桥社区", "420106001001"),
        ("积玉桥", "420106001001"),
        ("積玉橋社區居民委員會", "420106001001"),
        ("积玉桥居委会", "420106001001"),
        (" 积玉桥 社区 ", "420106001001"),
        ("三玉里", "420106001002"),
        ("三玉社区", "420106001002"),
        ("东湖村委会", "420106003201"),  # the village is told by its stem
        ("东湖村村委会", "420106003201"),
        ("东湖", "420106003201"),
        ("水果湖社区", ""),  # two bear that name
        ("积玉侨社区", ""),  # similar is not the same
        ("社区", ""),
        ("", ""),
    ],
)
def test_names_as_offices_write_them(names: CommunityNames, written: str, code: str) -> None:
    assert names.find(written) == (code, BY_NAME if code else "")


def test_a_code_beats_a_name_and_may_stand_in_its_cell(names: CommunityNames) -> None:
    assert names.find("三玉里", code="420106001001") == ("420106001001", BY_CODE)
    assert names.find("420106001001") == ("420106001001", BY_CODE)
    assert names.find("三玉里", code="999999999999") == ("420106001002", BY_NAME)


def test_a_name_borne_twice_needs_its_subdistrict(names: CommunityNames) -> None:
    assert names.find("水果湖社区", subdistrict="另湖街道办事处")[0] == "420106003001"
    assert names.find("水果湖社区", subdistrict="第三街道") == ("", "")
    # One that is borne once is found whatever subdistrict is stated.
    assert names.find("积玉桥社区", subdistrict="第三街道")[0] == "420106001001"


def test_a_list_of_communities(names: CommunityNames) -> None:
    text = "积玉桥社区、三玉里，积玉桥\n东湖村;无此社区"
    assert names.find_all(text) == ["420106001001", "420106001002", "420106003201"]
    assert names.find_all("") == []


def test_addresses_name_a_community_by_its_whole_name(names: CommunityNames) -> None:
    assert names.in_text("武汉市武昌区积玉桥社区3号") == "420106001001"
    assert names.in_text("三玉里12号") == "420106001002"
    assert names.in_text("积玉桥路3号") == ""  # a bare name is too often a road
    assert names.in_text("另湖街道水果湖社区3号") == "420106003001"
    assert names.in_text("水果湖街道水果湖社区3号") == "420106002001"
    assert names.in_text("水果湖社区3号") == ""
    assert names.in_text("积玉桥社区和三玉里之间") == ""
    assert names.in_text("") == ""


def test_the_most_similar_is_shown_for_a_person_to_confirm(names: CommunityNames) -> None:
    assert names.similar("示列中南路社区居委会") == "示例中南路社区"
    assert names.similar("完全不同") == ""
    assert names.similar("积玉桥" * LONGEST) == ""


def test_a_place_without_communities_finds_nothing() -> None:
    frame = pd.DataFrame({"name": [], "subdistrict": []}, dtype="str")
    none = CommunityNames.of(frame)
    assert none.find("甲社区", code="1") == ("", "")
    assert none.find_all("甲、乙") == [] and none.in_text("甲社区") == "" == none.similar("甲社区")


def test_the_table_is_left_alone() -> None:
    frame = pd.DataFrame(
        {"name": [one[1] for one in ROWS], "subdistrict": [one[2] for one in ROWS]},
        index=[one[0] for one in ROWS],
    )
    before = frame.copy()
    names = CommunityNames.of(frame)
    assert names.find("三玉里")[0] == "420106001002"
    assert names.shown["420106001002"] == "三玉里"
    pd.testing.assert_frame_equal(frame, before)


@given(st.text(alphabet="甲乙丙社区村里居委会民街道办事处 （）", max_size=12))
def test_keys_are_never_empty_where_there_are_words(name: str) -> None:
    for key in (community_key, subdistrict_key):
        reduced = key(name)
        assert reduced or not any(one.isalnum() for one in name)
        assert len(reduced) <= len(name)


@given(st.text(alphabet="甲乙丙丁", min_size=2, max_size=5))
def test_every_ending_leads_to_the_same_community(stem: str) -> None:
    names = CommunityNames(["c1"], [stem + "社区"], ["某街道"])
    for ending in ("", "社区", "居委会", "社区居委会", "社区居民委员会", "居民委员会"):
        assert names.find(stem + ending) == ("c1", BY_NAME)
    assert names.in_text(f"某路{stem}社区5号") == "c1"
