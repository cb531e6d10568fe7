"""Groups of origins: everybody once, neighbours together, wide where little is to be seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import search_groups, search_pairs
from coverage.search_groups import groups
from coverage.search_pairs import pairs
from geo.network import walk_graph
from geo.snapping import at_nodes
from geo.streets import streets_from_lines
from tests.desert import desert_lines

PLACES = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=60)
NOBODY = np.empty(0)


@given(PLACES, PLACES, st.floats(0, 5e4))
@settings(max_examples=60, deadline=None)
def test_everybody_is_in_one_group_and_no_group_is_wider_than_the_widest_square(
    places: list[tuple[float, float]], around: list[tuple[float, float]], reach: float
) -> None:
    x, y = np.array(places).T
    kept = x.copy(), y.copy()
    found = groups(x, y, *np.array(around).T, reach=reach)
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(len(x)))
    widest = max(search_groups.WIDEST * reach, search_groups.NARROWEST_METRES * 2**5)
    for rows in found:
        assert max(np.ptp(x[rows]), np.ptp(y[rows])) <= widest + 1e-6
    np.testing.assert_array_equal([x, y], kept)


def test_nobody_is_no_group() -> None:
    assert groups(NOBODY, NOBODY, np.ones(3), np.ones(3), reach=100.0) == []


def test_little_to_see_makes_wide_groups_and_much_makes_narrow_ones() -> None:
    """Forty origins on a line of 1,560 m; a reach of 200 m, so squares of 50 to 1,600 m."""
    x, y = np.arange(40) * 40.0, np.zeros(40)
    assert len(groups(x, y, x, y, reach=200.0)) == 1
    crowd = np.repeat(x, 5000), np.repeat(y, 5000)
    assert len(groups(x, y, *crowd, reach=200.0)) > 4


@pytest.mark.parametrize(("looks", "price"), [(1, 0), (1, 10**9), (10**9, 0), (10**9, 10**9)])
def test_groups_do_not_change_the_walks(
    looks: int, price: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the desert every walk is that of Manhattan."""
    monkeypatch.setattr(search_pairs, "LOOKS", looks)
    monkeypatch.setattr(search_groups, "GROUP_PRICE", price)
    network = streets_from_lines(desert_lines(14, 14))
    nodes = at_nodes(walk_graph(network))
    some = nodes.take(np.arange(0, len(network.x), 3))
    matrix = pairs(walk_graph(network), some, nodes, within_mm=400_000)
    apart = np.abs(some.x[:, None] - network.x) + np.abs(some.y[:, None] - network.y)
    row, column = np.nonzero(np.rint(apart * 1000) <= 400_000)
    got = matrix.tocoo()
    np.testing.assert_array_equal(got.coords[0], row)
    np.testing.assert_array_equal(got.coords[1], column)
    np.testing.assert_array_equal(got.data, np.rint(apart[row, column] * 1000))


def test_the_longest_bound_of_all() -> None:
    network = streets_from_lines(desert_lines(4, 4))
    nodes = at_nodes(walk_graph(network))
    matrix = pairs(walk_graph(network), nodes, nodes, within_mm=2**31 - 2)
    apart = np.abs(network.x[:, None] - network.x) + np.abs(network.y[:, None] - network.y)
    np.testing.assert_array_equal(matrix.toarray(), np.rint(apart * 1000))
