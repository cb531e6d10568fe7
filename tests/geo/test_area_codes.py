"""Division codes: their parts, what spreadsheets make of them, and the official list."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.area_codes import parse_area_code


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("150204001001", ("街道", "居委会", "社区")),
        ("150204100201", ("镇", "村委会", "村")),
        ("150204200201", ("乡", "村委会", "村")),
        ("150203400400", ("其他", "类似居委会", "虚拟")),
        ("330212007500", ("街道", "类似村委会", "虚拟")),
        ("420106005", ("街道", "", "")),
        ("420106", ("", "", "")),
    ],
)
def test_division_codes_fall_into_parts(code, kinds):
    read = parse_area_code(code)
    assert read.valid
    assert (read.subdistrict_kind, read.committee_kind, read.unit_kind) == kinds
    assert read.district == code[:6]
    assert (read.province, read.city) == (code[:2] + "0000", code[:4] + "00")


def test_division_codes_as_numbers_and_full_width():
    for cell in (
        150204001001,
        150204001001.0,
        "150204001001.0",
        "１５０２０４００１００１",
        "'150204001001",
    ):
        assert parse_area_code(cell).text == "150204001001"
        assert parse_area_code(cell).valid


def test_division_codes_that_were_destroyed():
    read = parse_area_code("1.50203E+11")
    assert not read.valid
    assert read.reason.key == "area_code.damaged"
    for cell in ("15020400100", "99", "abc", "990204001001"):
        assert parse_area_code(cell).reason.key == "area_code.malformed"
    for cell in ("", None, float("nan"), float("inf")):
        assert parse_area_code(cell).reason is None


def test_virtual_units_by_name():
    assert parse_area_code("150204001001", name="示例虚拟社区").unit_kind == "虚拟"


def test_the_official_list_agrees(root):
    listed = pd.read_csv(root / "data/codes/communities.csv", dtype=str, encoding="utf-8-sig")
    code = next(one for one in listed.columns if listed[one].str.fullmatch(r"\d{12}").all())
    read = [parse_area_code(one) for one in listed[code]]
    assert len(read) == 796
    assert all(one.valid for one in read)
    assert sum(one.committee_kind.startswith("类似") for one in read) == 5


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary()))
def test_any_cell_is_a_code_or_says_why_not(cell):
    read = parse_area_code(cell)
    if read.valid:
        assert read.text.startswith(read.subdistrict) and read.text.startswith(read.district)
        assert read.reason is None
    else:
        assert read.reason is not None or not read.text
        assert (read.district, read.subdistrict, read.unit_kind) == ("", "", "")


@given(st.integers(110000, 829999), st.integers(0, 999), st.integers(0, 999))
def test_a_code_keeps_its_parts_however_it_is_typed(district, street, committee):
    code = f"{district}{street:03d}{committee:03d}"
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    read = {parse_area_code(one) for one in (code, int(code), float(code), wide, f" {code} ")}
    assert len(read) == 1
    assert read.pop().subdistrict == code[:9]
