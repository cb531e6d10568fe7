"""Walks that meet no junction: who stands where a service stands."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coverage.search_direct import same_places
from geo.snapping import OnStreets

SPOTS = st.lists(
    # Whether it is on the network, how far from its street, where.
    st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)),
    max_size=12,
)


def _standing(spots: list[tuple[bool, int, int, int]]) -> OnStreets:
    chain = np.array([0 if placed else -1 for placed, *_ in spots], dtype=np.int32)
    leg = np.array([leg for _, leg, *_ in spots], dtype=np.int64)
    x, y = (np.array([spot[at] for spot in spots], dtype=np.float64) for at in (2, 3))
    return OnStreets(chain, chain, np.zeros_like(chain), leg, x, y, x, y)


@given(SPOTS, SPOTS)
def test_every_pair_at_one_place_once(
    homes: list[tuple[bool, int, int, int]], services: list[tuple[bool, int, int, int]]
) -> None:
    point, service = same_places(_standing(homes), _standing(services))
    # Who is on their street walks nothing anyway and is left out.
    wanted = [
        (i, j)
        for i, home in enumerate(homes)
        for j, other in enumerate(services)
        if home[0] and home[1] > 0 and other[0] and home[2:] == other[2:]
    ]
    assert sorted(zip(point.tolist(), service.tolist(), strict=True)) == wanted


def test_a_millimetre_apart_is_not_one_place() -> None:
    home, other = _standing([(True, 1, 5, 5)]), _standing([(True, 0, 5, 5)])
    other.x[0] += 0.001
    assert len(same_places(home, other)[0]) == 0
    other.x[0] -= 0.0008
    assert [one.tolist() for one in same_places(home, other)] == [[0], [0]]
