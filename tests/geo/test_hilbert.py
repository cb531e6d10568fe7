"""The order along the curve: every cell once, neighbours beside each other, whatever the scale."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.hilbert import BITS, hilbert_index


def plain(a: int, b: int) -> int:
    """Return the place of one cell, bit by bit, as the definition says."""
    place = 0
    for level in range(BITS - 1, -1, -1):
        right, upper = a >> level & 1, b >> level & 1
        place = place * 4 + (3 * right ^ upper)
        if not upper:
            if right:
                a, b = ~a, ~b
            a, b = b, a
    return place


@given(st.lists(st.tuples(*[st.integers(0, 2**BITS - 1)] * 2), min_size=1, max_size=30))
def test_it_is_the_curve_of_the_definition(cells):
    # Two corners fix the square, so that a coordinate is its cell.
    cells = [(0, 0), (2**BITS - 1, 2**BITS - 1), *cells]
    x, y = (np.array(one, dtype=float) for one in zip(*cells, strict=True))
    assert hilbert_index(x, y).tolist() == [plain(a, b) for a, b in cells]


def test_every_step_leads_to_the_next_cell():
    side = 64
    x, y = (one.ravel().astype(float) for one in np.indices((side, side)))
    order = np.argsort(hilbert_index(x, y))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()


def test_no_points_and_points_on_one_spot():
    assert len(hilbert_index(np.empty(0), np.empty(0))) == 0
    assert hilbert_index(np.ones(3), np.ones(3)).tolist() == [0, 0, 0]


def test_the_points_stay_as_they_are():
    x, y = np.array([3.0, 1.0, 2.0]), np.array([0.0, 5.0, 1.0])
    before = x.copy(), y.copy()
    hilbert_index(x, y)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])
