"""Coordinates as people type them: read exactly, or not at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinate_text import parse_coordinate, parse_coordinates, parse_pair


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("114.3056", 114.3056),
        (114.3056, 114.3056),
        (114, 114.0),
        ("１１４．３０５６", 114.3056),
        (" 114.3056°", 114.3056),
        ("114°18′20″", 114 + 18 / 60 + 20 / 3600),
        ("114.18.20", 114 + 18 / 60 + 20 / 3600),
        ("114.18.20.5", 114 + 18 / 60 + 20.5 / 3600),
        ("１１４°１８′２０″", 114 + 18 / 60 + 20 / 3600),
        ("114度18分20秒", 114 + 18 / 60 + 20 / 3600),
        ("114º18'20''", 114 + 18 / 60 + 20 / 3600),
        ("114：18：20", 114 + 18 / 60 + 20 / 3600),
        ("114 18 20", 114 + 18 / 60 + 20 / 3600),
        ("东经114°18.333′", 114 + 18.333 / 60),
        ("北纬 30 度 33 分", 30.55),
        ("30:33:14N", 30 + 33 / 60 + 14 / 3600),
        ("W51.2", -51.2),
        ("30°3′S", -30.05),
        ("-51.2", -51.2),
        ("经度：114.3", 114.3),
        ("38523456.12", 38523456.12),
    ],
)
def test_coordinates_as_people_type_them(text, degrees):
    read = parse_coordinate(text)
    assert read is not None
    assert read == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", " ", "无", "114°60′", "114.18.75", "114.5°18′", "114°18''", "--3", "-51.2W", "nan", "inf",
     "1e400", "E", "1,2", "114.3E N", None, True, float("nan"), float("inf"), b"114", "9" * 500],
)  # fmt: skip
def test_what_is_no_coordinate_is_none(text):
    assert parse_coordinate(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_finite_number_or_none(text):
    read = parse_coordinate(text)
    assert read is None or math.isfinite(read)


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59))
def test_degrees_minutes_seconds_survive_the_trip(d, m, s):
    for text in (f"{d}°{m}′{s}″", f"{d}.{m:02d}.{s:02d}", f"{d}度{m}分{s}秒"):
        assert parse_coordinate(text) == pytest.approx(d + m / 60 + s / 3600, abs=1e-12)


def test_many_at_once_and_pairs():
    read = parse_coordinates(["114.3", "?", None])
    assert read[0] == 114.3
    assert np.isnan(read[1:]).all()
    assert parse_coordinates([]).shape == (0,)
    assert parse_pair("(114.3，30.5)") == (114.3, 30.5)
    assert parse_pair("114.3 30.5") == (114.3, 30.5)
    assert parse_pair("114°18′，30°33′") == (114.3, 30.55)
    for broken in ("", "114.3", "1,2,3", "114.3,?", None):
        assert parse_pair(broken) is None


def test_pairs_as_other_programmes_write_them():
    for text in ("POINT (114.3 30.5)", "point zm(114.3 30.5)", "[114.3, 30.5]", "114.3;30.5",
                 "114.3、30.5", "114.3|30.5", "E114.3,N30.5", "１１４．３，３０．５"):  # fmt: skip
        assert parse_pair(text) == (114.3, 30.5)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_pair_is_the_two_numbers_in_their_order(x, y):
    assert parse_pair(f"{x:.6f},{y:.6f}") == (float(f"{x:.6f}"), float(f"{y:.6f}"))


@given(st.floats(0, 180), st.sampled_from(["西经{}", "{}W", "W{}", "-{}", "南纬 {}", "{}s"]))
def test_west_and_south_are_negative(degrees, pattern):
    assert parse_coordinate(pattern.format(f"{degrees:.5f}")) == -float(f"{degrees:.5f}")
