"""Walks without streets: the straight line times the detour, the lower row among equals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.search import UNREACHED
from coverage.straight import straight_nearest
from geo.errors import GeographyError
from geo.place import Place, load_place
from tests.desert import CRS
from tests.desert_place import write_desert

Spot = tuple[int, int]


def _points(spots: Sequence[Spot | None], prefix: str) -> gpd.GeoDataFrame:
    shapes = [None if spot is None else shapely.Point(spot) for spot in spots]
    ids = [f"{prefix}{k}" for k in range(len(spots))]
    return gpd.GeoDataFrame(geometry=shapes, index=ids, crs=CRS)


def _place(homes: Sequence[Spot], services: Sequence[Spot | None], detour: float = 1.0) -> Place:
    """Return what the room looks at of a place: points, detour and CRS."""
    return SimpleNamespace(  # type: ignore[return-value]
        residents=_points(homes, "h"),
        service_points=_points(services, "s"),
        detour=detour,
        crs=pyproj.CRS(CRS),
    )


def test_by_hand() -> None:
    place = _place([(0, 0), (300, 400), (5000, 0)], [(0, 0), (600, 800), None], detour=1.3)
    both, second, nowhere = straight_nearest(
        place,
        [np.array([0, 1, 2]), np.array([1]), np.array([2])],
        [650_000, 1_300_000, 10_000_000],
    )
    # 500 m x 1.3 = 650 m, on the bound; equally near to both, so the first row stands.
    assert both.millimetres.tolist() == [0, 650_000, UNREACHED]
    assert both.service.tolist() == [0, 0, -1]
    assert second.millimetres.tolist() == [1_300_000, 650_000, UNREACHED]
    assert second.service.tolist() == [1, 1, -1]
    # A service point that nobody could place serves nobody.
    assert nowhere.millimetres.tolist() == [UNREACHED] * 3
    assert nowhere.service.tolist() == [-1] * 3


def test_nobody_and_nothing() -> None:
    rows = np.array([0])
    (nobody,) = straight_nearest(_place([], [(0, 0)]), [rows], [1000])
    assert len(nobody.millimetres) == len(nobody.service) == 0
    (nothing,) = straight_nearest(_place([(0, 0)], [(0, 0)]), [rows[:0]], [1000])
    assert nothing.millimetres.tolist() == [UNREACHED]
    assert straight_nearest(_place([(0, 0)], [(0, 0)]), [], []) == []


def test_services_at_one_address_are_told_by_the_first_of_them() -> None:
    spots = [(90, 0), *[(10, 0)] * 6]
    (found,) = straight_nearest(_place([(0, 0)], spots), [np.arange(7)], [50_000])
    assert (found.millimetres.tolist(), found.service.tolist()) == ([10_000], [1])


SPOTS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9)


@settings(max_examples=40)
@given(SPOTS, SPOTS, st.sampled_from([1.0, 1.3, 1.5]), st.integers(0, 12_000))
def test_the_nearest_is_that_of_comparing_all(
    homes: list[Spot], services: list[Spot], detour: float, within_mm: int
) -> None:
    rows = np.arange(len(services))
    (found,) = straight_nearest(_place(homes, services, detour), [rows], [within_mm])
    apart = np.array([[np.hypot(a - c, b - d) for c, d in services] for a, b in homes])
    walks = np.rint(apart * detour * 1000).astype(int)
    least = walks.min(axis=1)
    expected = np.where(least <= within_mm, least, UNREACHED)
    assert found.millimetres.tolist() == expected.tolist()
    told = found.service[least <= within_mm]
    assert (walks[least <= within_mm, told] == least[least <= within_mm]).all()
    # At most four places can be equally near before ties are cut; here all are compared.
    ties = (walks == least[:, None]).sum(axis=1) <= 4
    first = walks.argmin(axis=1)
    kept = ties & (least <= within_mm)
    assert (found.service[kept] == first[kept]).all()


def test_a_place_of_degrees_is_refused_and_inputs_are_left_alone(tmp_path) -> None:
    place = load_place(write_desert(tmp_path))
    before = place.service_points.copy(), place.residents.copy()
    straight_nearest(place, [np.arange(3)], [900_000])
    assert place.service_points.equals(before[0]) and place.residents.equals(before[1])
    bare = replace(place, residents=place.residents.set_crs(None, allow_override=True))
    with pytest.raises(GeographyError):
        straight_nearest(bare, [np.arange(3)], [900_000])
