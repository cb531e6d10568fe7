"""Addresses to points: the same address however it is written, and never another one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import ColumnMapping, Mapped
from geo.datum import from_wgs84
from geo.errors import TableError
from geo.gazetteer import Gazetteer, address_key, door_key, read_gazetteer
from geo.office_files import read_office_bytes
from geo.raw_table import RawTable
from tests.messy.corpus import lines


def table(*rows: str) -> RawTable:
    (found,) = read_office_bytes(lines([row.split("|") for row in rows]).encode(), "址.csv")
    return found


def gazetteer(*rows: str, **options: str) -> Gazetteer:
    return read_gazetteer(table("地址|经度|纬度", *rows), **options)


@pytest.mark.parametrize(
    "spellings",
    [
        ("中山路12号", "中山路１２號", " 中山路 12号", "中山路十二号", "武汉市中山路12号"),
        ("中山路12号", "湖北省武汉市武昌区中山路12号", "武汉市武昌区中山路12号"),
        ("和平东路2段12之3号", "台北市大安區和平東路二段12-3號", "臺北市大安區和平東路二段12之3號"),
        ("中山路12号", "湖北省黄冈市武穴市中山路12号", "湖北省恩施土家族苗族自治州中山路12号"),
        ("解放路20号", "解放路二十号", "解放路二〇号"),
        ("宜城市中山路12号", "湖北省宜城市中山路12号"),
    ],
)
def test_one_address_in_many_spellings(spellings: Sequence[str]) -> None:
    assert {address_key(one) for one in spellings} == {address_key(spellings[0])}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("中山路12-3号", "中山路123号"),
        ("中山路1 2号", "中山路12号"),
        ("武汉市光明小区12号", "武汉市红旗小区12号"),
        ("武汉市水果湖社区12号", "武汉市积玉桥社区12号"),
        ("友谊市场路12号", "光明市场路12号"),
        ("武汉市友谊市场12号", "武汉市光明市场12号"),
        ("东湖城市花园1号", "南湖城市花园1号"),
        ("武汉市东湖城市花园1号", "武汉市南湖城市花园1号"),
        ("东米市街12号", "西米市街12号"),
        ("中山路1号院2号", "中山路1号院3号"),
    ],
)
def test_two_addresses_stay_two(first: str, second: str) -> None:
    assert address_key(first) != address_key(second)
    assert door_key(first) != door_key(second)


def test_a_door_is_found_without_floor_and_room() -> None:
    found = gazetteer("示例路12号|114.29|30.55", "示例路12号3楼|114.31|30.56")
    assert found.find("示例路12号3楼") == (114.31, 30.56)
    assert found.find("示例路12号5楼501室") == (114.29, 30.55)
    assert found.find("示例路13号") is None
    assert found.find("") is None


def test_the_first_entry_of_an_address_stands() -> None:
    found = gazetteer("示例路1号|114.29|30.55", "示例路一号|114.39|30.65", "示例路2号||30.55")
    assert found.find("示例路1号") == (114.29, 30.55)
    assert found.find("示例路2号") is None  # half a point is none


def test_pairs_in_one_cell_and_a_stated_system() -> None:
    x, y = from_wgs84([114.3], [30.5], system="gcj02")
    given_pair = table("地址|坐标", f"示例路1号|{x[0]} {y[0]}")
    found = read_gazetteer(given_pair, system="gcj02").find("示例路1号")
    assert found == pytest.approx((114.3, 30.5), abs=1e-8)


def test_a_corrected_mapping_is_followed_and_the_table_left_alone() -> None:
    raw = table("何处|甲|乙", "示例路1号|114.3|30.5")
    before = raw.cells.copy()
    columns = tuple(
        Mapped(heading, field, "given")
        for heading, field in (("何处", "address"), ("甲", "lon"), ("乙", "lat"))
    )
    found = read_gazetteer(raw, mapping=ColumnMapping("gazetteer", columns, (), (), ()))
    assert found.find("示例路1号") == (114.3, 30.5)
    assert raw.cells.equals(before)


@pytest.mark.parametrize("headings", ["甲列|经度|纬度", "地址|经度|丙列", "地址|乙列|丙列"])
def test_without_address_or_coordinates_there_is_none(headings: str) -> None:
    with pytest.raises(TableError) as caught:
        read_gazetteer(table(headings, "一|114.3|30.5"))
    assert caught.value.key == "error.gazetteer_columns"


def test_an_empty_table_is_an_empty_gazetteer() -> None:
    assert gazetteer().points == {}


@given(st.text(alphabet="武汉市省区县小城中山路街号0123456789十-  之", max_size=20))
def test_spaces_around_an_address_do_not_matter(address: str) -> None:
    assert address_key(f" {address} ") == address_key(address)
