"""Which column is what: a proposal with its reason, a planner's word above it, persons never."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import (
    TABLES,
    ColumnMapping,
    Mapped,
    corrected,
    field_words,
    mapped,
    mapping_text,
    propose_mapping,
    read_mapping,
)
from geo.errors import FileError, TableError


def cells(*headings: str, value: str = "") -> pd.DataFrame:
    return pd.DataFrame({heading: [value] for heading in headings}, dtype="str")


def fields(mapping: ColumnMapping) -> dict[str, tuple[str, str]]:
    return {one.heading: (one.field, one.how) for one in mapping.columns}


@pytest.mark.parametrize(
    ("heading", "field", "how"),
    [
        ("组织名称", "name", "alias"),
        ("組織 名稱", "name", "alias"),
        ("3.登记状态", "state", "alias"),
        ("状态（正常/注销）", "state", "alias"),
        ("坐标-经度", "lon", "alias"),
        ("某某协会名称", "name", "ending"),
        ("2023年度年检结论", "inspection", "ending"),
        ("ＮＡＭＥ", "name", "alias"),
    ],
)
def test_headings_as_offices_write_them(heading: str, field: str, how: str) -> None:
    mapping = propose_mapping(cells("无名列", heading), "register")
    assert fields(mapping) == {heading: (field, how)}
    assert mapping.kept == ("无名列",)
    assert field in mapping and mapping.heading(field) == heading


def test_an_exact_heading_beats_an_ending_wherever_it_stands() -> None:
    mapping = propose_mapping(cells("活动名称", "组织名称", "单位名称"), "register")
    assert fields(mapping) == {"组织名称": ("name", "alias")}
    assert mapping.kept == ("活动名称", "单位名称")


def test_scope_alone_takes_several_headings_in_their_order() -> None:
    mapping = propose_mapping(cells("服务内容", "组织名称", "业务范围"), "register")
    assert mapping.headings("scope") == ("服务内容", "业务范围")
    assert [one.heading for one in mapping.columns] == ["服务内容", "组织名称", "业务范围"]
    assert mapping.heading("state") is None and mapping.headings("state") == ()


@pytest.mark.parametrize("table", TABLES)
def test_persons_are_never_columns_of_any_table(table: str) -> None:
    frame = cells("联系电话", "法定代表人").assign(列甲="13800138000", 列乙="一")
    mapping = propose_mapping(frame, table)
    assert set(mapping.personal) == {"联系电话", "列甲"}
    assert mapping.hidden == ("法定代表人",)
    assert mapping.kept == ("列乙",)
    assert mapping.columns == ()


def test_a_few_telephones_do_not_hide_a_column() -> None:
    filled = pd.DataFrame({"备注列": ["13800138000", *"甲乙丙丁"], "空列": ""}, dtype="str")
    assert propose_mapping(filled, "register").kept == ("备注列", "空列")
    more = pd.DataFrame({"备注列": ["13800138000", "13900138000", *"甲乙丙", ""]}, dtype="str")
    assert propose_mapping(more, "register").personal == ("备注列",)


def test_an_empty_table_and_an_unknown_one() -> None:
    nothing = propose_mapping(pd.DataFrame(), "residents")
    assert nothing == ColumnMapping("residents", (), (), (), ())
    with pytest.raises(TableError, match="streets"):
        propose_mapping(cells("名称"), "streets")
    with pytest.raises(TableError, match="shoe_size"):
        field_words("register", "shoe_size")
    assert field_words("register", "name").zh == "组织名称"


def test_a_planners_word_moves_headings_and_touches_nothing_else() -> None:
    frame = cells("组织名称", "登记状态", "列甲", "联系电话")
    before = frame.copy()
    proposed = propose_mapping(frame, "register")
    told = corrected(proposed, {"name": "列甲", "scope": ["组织名称"]})
    assert told.heading("name") == "列甲"
    assert told.headings("scope") == ("组织名称",)
    assert told.heading("state") == "登记状态"
    assert told.personal == ("联系电话",)
    assert {one.how for one in told.columns} == {"given", "alias"}
    assert proposed == propose_mapping(frame, "register")
    pd.testing.assert_frame_equal(frame, before)
    freed = corrected(proposed, {"state": []})
    assert "state" not in freed and "登记状态" in freed.kept


@pytest.mark.parametrize(
    ("given_words", "key"),
    [
        ({"shoe_size": "列甲"}, "error.field_unknown"),
        ({"name": "不在此处"}, "error.heading_unknown"),
        ({"name": "联系电话"}, "error.heading_unknown"),
        ({"name": "法定代表人"}, "error.heading_unknown"),
    ],
)
def test_what_a_planner_cannot_say(given_words: dict[str, str], key: str) -> None:
    mapping = propose_mapping(cells("列甲", "联系电话", "法定代表人"), "register")
    with pytest.raises(TableError) as caught:
        corrected(mapping, given_words)
    assert caught.value.key == key


def test_sheets_share_one_statement_and_take_what_they_have() -> None:
    words = {"name": ["甲", "乙"], "state": []}
    first = mapped(cells("甲", "登记状态"), "register", words)
    second = mapped(cells("组织名称", "登记状态"), "register", words)
    assert first.heading("name") == "甲"
    assert second.heading("name") == "组织名称"  # neither 甲 nor 乙 stands here
    assert "state" not in first and "state" not in second
    with pytest.raises(TableError):
        mapped(cells("甲"), "register", {"shoe_size": ["甲"]})


HEADINGS = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3, unique=True)


@given(HEADINGS, st.sampled_from(["name", "scope"]))
def test_a_saved_mapping_is_read_again(headings: list[str], field: str) -> None:
    try:
        "".join(headings).encode()
    except UnicodeEncodeError:
        return  # half a character cannot stand in a file
    used = ColumnMapping(
        "register", tuple(Mapped(one, field, "given") for one in headings), (), (), ()
    )
    text = mapping_text([used, used], {"residents": {"people": []}, "communities": None})
    assert tomllib.loads(text) == {"register": {field: headings}, "residents": {"people": []}}


def test_a_mapping_file_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('[register]\nname = "甲"\nscope = ["乙", "丙"]\n', encoding="utf-8")
    assert read_mapping(path) == {"register": {"name": ["甲"], "scope": ["乙", "丙"]}}
    for broken in (
        "[streets]\nname = 'a'\n",
        "register = 3\n",
        "[register]\nname = 3\n",
        "[register]\nname = [3]\n",
        '[register]\nname = [["a"]]\n',
        "[register]\nname = {a = 1}\n",
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(FileError) as caught:
            read_mapping(path)
        assert caught.value.key == "error.mapping_file"
    path.write_bytes(b"name = '\xb0")
    with pytest.raises(FileError, match=r"mapping\.toml"):
        read_mapping(path)
    with pytest.raises(FileError):
        read_mapping(tmp_path / "nowhere.toml")
