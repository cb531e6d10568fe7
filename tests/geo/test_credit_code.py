from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.credit_code import (
    ALPHABET,
    check,
    check_character,
    organisation_check_character,
)

PUBLIC_CODES = ("5233032932953477XD", "53640000MJX173680A", "53640000MJX173672F")


@st.composite
def codes(draw):
    organisation = draw(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
    front = (
        "5" + draw(st.sampled_from("1239")) + draw(st.from_regex(r"[1-6][0-9]{5}", fullmatch=True))
    )
    seventeen = front + organisation + organisation_check_character(organisation)
    return seventeen + check_character(seventeen)


@pytest.mark.parametrize("code", PUBLIC_CODES)
def test_public_codes_pass_both_checks(code):
    read = check(code)
    assert (read.state, read.outer_check, read.inner_check) == ("right", True, True)
    assert read.text == code
    assert read.reason is None
    assert read.usable


def test_legal_form_and_authority():
    service = check(PUBLIC_CODES[0])
    assert (service.legal_form, service.authority) == ("社会服务机构", "330329")
    assert service.authority_level == "县级"
    foundation = check(PUBLIC_CODES[1])
    assert (foundation.legal_form, foundation.authority) == ("基金会", "640000")
    assert foundation.authority_level == "省级"


@given(codes())
def test_made_codes_are_right_also_full_width_small_and_spaced(code):
    assert check(code).state == "right"
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (full_width, code.lower(), f" {code[:6]} {code[6:]}\u200b", f"'{code}"):
        assert check(typed).text == code


@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_change_is_noticed(code, at, letter):
    assume(code[at] != letter)
    changed = code[:at] + letter + code[at + 1 :]
    read = check(changed)
    assert read.state != "right"
    assert not read.outer_check
    assert read.reason is not None


@given(codes(), st.integers(0, 16))
def test_neighbours_that_changed_places_are_noticed(code, at):
    assume(code[at] != code[at + 1])
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert check(swapped).state != "right"


def test_a_wrong_check_is_a_warning_that_keeps_the_rest():
    read = check("5233032932953477XE")
    assert read.state == "wrong_check"
    assert (read.inner_check, read.outer_check) == (True, False)
    assert read.usable
    assert read.legal_form == "社会服务机构"
    assert "5233032932953477XE" in read.reason.say("zh")


@pytest.mark.parametrize(
    "cell",
    [5.2330329329534e17, "5.23303E+17", "5.2E17", 523303293295347000.0, "523303293295347000",
     523303293295347000, 0.5, 1.5e300],
)  # fmt: skip
def test_numbers_that_office_software_rounded_are_damaged(cell):
    read = check(cell)
    assert read.state == "damaged"
    assert not read.usable
    assert "设为文本" in read.reason.say("zh")


def test_a_true_code_that_ends_in_three_zeros_is_no_damage():
    whole = next(
        code
        for serial in range(1_000_000)
        for eight in [f"{serial:06d}00"]
        if organisation_check_character(eight) == "0"
        for seventeen in [f"52110105{eight}0"]
        for code in [seventeen + check_character(seventeen)]
        if code.endswith("000")
    )
    assert check(whole).state == "right"


@pytest.mark.parametrize("cell", [None, "", "  ", float("nan"), float("inf"), "nan", "无", "-"])
def test_nothing_is_empty(cell):
    assert check(cell).state == "empty"


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("某民证字第12号", None),
        ("BA-2019-007", None),
        ("5233032932953477XO", "credit_code.foreign_letters"),
        ("52ABCDEF32953477XD", "credit_code.malformed"),
        ("5233032932953477X", "credit_code.length"),
        ("32953477X", "credit_code.organisation_code"),
        ("32953477-X", "credit_code.organisation_code"),
        ("32953477-1", None),
    ],
)
def test_other_texts_keep_their_words(cell, key):
    read = check(cell)
    assert read.state == "other"
    assert read.text == cell
    assert (read.reason.key if read.reason else None) == key


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary()))
def test_no_cell_raises(cell):
    assert check(cell).state in ("right", "wrong_check", "damaged", "other", "empty")


def test_a_code_outside_civil_affairs_has_no_legal_form():
    seventeen = "91420106" + "MA4K2N0P" + organisation_check_character("MA4K2N0P")
    read = check(seventeen + check_character(seventeen))
    assert (read.state, read.legal_form, read.authority) == ("right", "", "420106")
