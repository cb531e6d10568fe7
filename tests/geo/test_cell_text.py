"""Cells made comparable: widths, scripts, dates, destroyed codes, and numbers of persons."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.cell_text import (
    MASK,
    clean,
    clean_name,
    destroyed_code,
    each,
    heading_key,
    is_personal,
    is_resident_id,
    match_key,
    number_text,
    numbers_apart,
    parse_date,
    simplified,
    without_personal,
    without_resident_id,
)

# The specimen of GB 11643 itself, and an invented one with the check character X.
PERSON, PERSON_X = "11010519491231002", "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("　示例　组织 ", "示例 组织"),
        ("Ａ１－２，（甲）", "A1-2，（甲）"),
        ("甲\u200b乙\ufeff\u00ad", "甲乙"),
        ("甲\n\t乙", "甲 乙"),
        ("⻓⻘社区", "长青社区"),
        ("abc123", "abc123"),
        ("", ""),
    ],
)
def test_cells_are_tidied(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(max_size=30))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert clean_name(clean_name(text)) == clean_name(text)


def test_names_lose_spaces_inside_chinese_only() -> None:
    assert clean_name("示例 社区 (一) 队") == "示例社区（一）队"
    assert clean_name("Example Club (1)") == "Example Club (1)"
    assert clean_name("示例 Club 队") == "示例Club队"


def test_keys_join_what_is_one_word() -> None:
    assert match_key("臺北市 積玉橋（社區）") == match_key("台北市积玉桥社区") == "台北市积玉桥社区"
    assert heading_key(" 組織_名稱：") == heading_key("组织名称") == "组织名称"
    assert match_key("Ａ-ｂ") == "ab"
    assert simplified("養老") == "养老" and simplified("abc") == "abc"


@given(st.text(alphabet="社区社區臺台养養老Ａa1 （）-", max_size=12))
def test_keys_hold_letters_and_digits_only(text: str) -> None:
    key = match_key(text)
    assert match_key(key) == key
    assert all(unicodedata.category(one)[0] in "LN" for one in key)
    assert len(simplified(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2015-03-02", date(2015, 3, 2)),
        ("2015/3/2", date(2015, 3, 2)),
        ("２０１５．３．２", date(2015, 3, 2)),
        ("2015 年 3 月 2 日", date(2015, 3, 2)),
        ("2015年3月", date(2015, 3, 1)),
        ("2015-03-02 08:30:00", date(2015, 3, 2)),
        ("20150302", date(2015, 3, 2)),
        ("民國107年7月9日", date(2018, 7, 9)),
        ("109.5.29", date(2020, 5, 29)),
        ("1130102", date(2024, 1, 2)),
        ("42065", date(2015, 3, 2)),
        ("42065.75", date(2015, 3, 2)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2023-02-29", None),
        ("2015-13-01", None),
        ("15-03-02", None),
        ("150302", None),
        ("2015", None),
        ("99999", None),
        ("长期", None),
        ("", None),
    ],
)
def test_dates_as_offices_write_them(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_way_of_writing_a_day_gives_that_day(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    for text in (f"{y}-{m:02}-{d:02}", f"{y}年{m}月{d}日", f"{y}.{m}.{d}", f"{y}{m:02}{d:02}"):
        assert parse_date(text) == day
    assert parse_date(str(serial)) == day


def test_codes_that_a_spreadsheet_destroyed() -> None:
    for text in ("1.50203E+11", "5.2E17", "1234567890123450", "123456789012345000"):
        assert destroyed_code(text)
    for text in ("123456789012345", "1234567890123456", "52420106MJ0000018X", "1.5", ""):
        assert not destroyed_code(text)


def test_numbers_of_persons_are_known_by_their_check_character() -> None:
    assert is_resident_id(PERSON_X) and is_resident_id(PERSON_X.lower())
    assert not any(is_resident_id(PERSON + digit) for digit in "0123456789")
    assert is_resident_id("110105491231002")
    assert not is_resident_id("110105491331002")  # a thirteenth month
    assert not is_resident_id("11010518991231002X")
    assert without_resident_id(PERSON_X) == MASK
    assert without_resident_id("52420106MJ0000018X") == "52420106MJ0000018X"


@pytest.mark.parametrize(
    "text", ["13800138000", "+86 138 0013 8000", "138-0013-8000", "027-88886666", "(027)8888666",
             "0278888666-801", PERSON_X, " 13800138000 "],
)  # fmt: skip
def test_cells_that_are_a_persons(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", ["420106001001", "2015-03-02", "114.305678", "12800138000", "8",
                                  "52420106MJ0000018X", ""])  # fmt: skip
def test_cells_that_are_no_persons(text: str) -> None:
    assert not is_personal(text)


def test_what_stands_inside_a_text_is_blotted_out() -> None:
    text = f"请找示例甲138 0013 8000，证号{PERSON_X}，旧110105491231002。门牌20150302"
    told = without_personal(text)
    assert told == f"请找示例甲{MASK}，证号{MASK}，旧{MASK}。门牌20150302"
    assert without_personal(told) == told
    assert without_personal("单号420106200101010011") == "单号420106200101010011"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (-0.0, "0"), (0.1, "0.1"), (150204001001.0, "150204001001"),
     (1e15, "1000000000000000"), (123456789012345678.0, "123456789012346000"),
     (float("nan"), ""), (float("inf"), "")],
)  # fmt: skip
def test_numbers_of_spreadsheets_become_text(value: float, text: str) -> None:
    assert number_text(value) == text


def test_equal_texts_are_asked_about_once_and_the_column_is_left_alone() -> None:
    asked: list[str] = []
    texts = pd.Series(["甲", "乙", "甲"], index=[5, 7, 9])
    kept = texts.copy()

    def act(text: str) -> str:
        asked.append(text)
        return text + "队"

    told = each(texts, act)
    assert told.to_dict() == {5: "甲队", 7: "乙队", 9: "甲队"}
    assert asked == ["甲", "乙"]
    pd.testing.assert_series_equal(texts, kept)
    empty = each(pd.Series(dtype="str"), act)
    assert empty.empty and empty.dtype == "str"


def test_marks_between_two_digits_keep_numbers_apart() -> None:
    assert numbers_apart("8－1栋 2-3号") == "8之1栋 2之3号"
    assert match_key(numbers_apart("12-3号")) != match_key("123号")
    assert numbers_apart("8号-甲") == "8号-甲"
