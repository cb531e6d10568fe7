from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datum import (
    SYSTEMS,
    from_projected,
    from_wgs84,
    metres_apart,
    metric_crs_for,
    projected_systems,
    shift_metres,
    to_wgs84,
)
from geo.errors import GeographyError

# District, longitude, latitude, published difference of GCJ-02 from WGS-84 in metres. The
# difference varies by some metres within a district, so a few metres of tolerance remain.
DISTRICTS = [
    ("Kundulun", 109.822, 40.640, 499),
    ("Qingshan", 109.902, 40.643, 489),
    ("Wuchang", 114.316, 30.554, 587),
    ("Yinzhou", 121.547, 29.817, 494),
    ("Pingfang", 126.637, 45.598, 511),
]

INLAND = {"lon": st.floats(73.5, 136.5), "lat": st.floats(3.0, 54.0)}


@pytest.mark.parametrize(("name", "lon", "lat", "metres"), DISTRICTS)
def test_offsets_at_the_five_districts(name, lon, lat, metres):
    amap = float(shift_metres(lon, lat, system="gcj02"))
    baidu = float(shift_metres(lon, lat, system="bd09"))
    assert amap == pytest.approx(metres, abs=4), name
    assert 1_102 <= baidu <= 1_310, name
    u, v = from_wgs84(lon, lat, system="gcj02")
    x, y = from_wgs84(lon, lat, system="bd09")
    assert 815 <= float(metres_apart(u, v, x, y)) <= 940, name


def test_offsets_of_other_cities():
    # Independent measurement: Suzhou 465, Shanghai 479, Beijing 556 m.
    assert float(shift_metres(120.62, 31.30, system="gcj02")) == pytest.approx(465, abs=8)
    assert float(shift_metres(121.47, 31.23, system="gcj02")) == pytest.approx(479, abs=8)
    assert float(shift_metres(116.40, 39.91, system="gcj02")) == pytest.approx(556, abs=8)


def test_the_longitude_term_by_hand():
    # At 105 E, 35 N every polynomial and sine term vanishes: 300 m east, 100 m south remain.
    lon, lat = from_wgs84(105.0, 35.0, system="gcj02")
    bulge = 1 - 0.00669342162296594323 * math.sin(math.radians(35)) ** 2
    parallel = 6378245.0 / math.sqrt(bulge) * math.cos(math.radians(35))
    meridian = 6378245.0 * (1 - 0.00669342162296594323) / bulge**1.5
    assert float(lon) == pytest.approx(105 + math.degrees(300 / parallel), abs=1e-12)
    assert float(lat) == pytest.approx(35 - math.degrees(100 / meridian), abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(**INLAND, system=st.sampled_from(SYSTEMS))
def test_round_trips_close_below_a_millimetre(lon, lat, system):
    there = from_wgs84(lon, lat, system=system)
    back = to_wgs84(*there, system=system)
    assert float(metres_apart(lon, lat, *back)) < 1e-3


@settings(max_examples=200, deadline=None)
@given(**INLAND, system=st.sampled_from(SYSTEMS))
def test_inverses_shift_forward_onto_what_was_given(lon, lat, system):
    there = to_wgs84(lon, lat, system=system)
    back = from_wgs84(*there, system=system)
    assert float(metres_apart(lon, lat, *back)) < 1e-3


def test_many_points_close_too():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(74, 136, 20_000), rng.uniform(4, 53, 20_000)
    for system in SYSTEMS:
        back = to_wgs84(*from_wgs84(lon, lat, system=system), system=system)
        assert np.max(metres_apart(lon, lat, *back)) < 1e-3


@pytest.mark.parametrize("system", SYSTEMS)
def test_outside_the_rectangle_nothing_moves(system):
    lon, lat = np.array([-51.2, 7.4, 140.0, 0.0]), np.array([-30.0, 43.7, 36.0, 0.0])
    for convert in (from_wgs84, to_wgs84):
        x, y = convert(lon, lat, system=system)
        assert np.array_equal(x, lon)
        assert np.array_equal(y, lat)


@pytest.mark.parametrize("system", SYSTEMS)
def test_missing_and_infinite_become_nan_and_nothing_else_suffers(system):
    lon, lat = np.array([114.3, np.nan, np.inf, 114.3]), np.array([30.5, 30.5, 30.5, -np.inf])
    kept = lon.copy(), lat.copy()
    for convert in (from_wgs84, to_wgs84):
        x, y = convert(lon, lat, system=system)
        assert np.isnan(x).tolist() == np.isnan(y).tolist() == [False, True, True, True]
    assert np.array_equal(lon, kept[0], equal_nan=True)
    assert np.array_equal(lat, kept[1], equal_nan=True)


def test_empty_stays_empty_and_lists_do():
    for system in SYSTEMS:
        x, y = to_wgs84([], [], system=system)
        assert x.shape == y.shape == (0,)
    assert to_wgs84([114.3], [30.5], system="wgs84")[0].tolist() == [114.3]


def test_results_are_no_views_of_the_input():
    lon, lat = np.array([114.3]), np.array([30.5])
    to_wgs84(lon, lat, system="wgs84")[0][0] = 0
    assert lon[0] == 114.3


def test_unknown_systems_and_uneven_arrays_are_refused():
    with pytest.raises(GeographyError, match="WGS"):
        to_wgs84(114.3, 30.5, system="WGS")
    with pytest.raises(GeographyError, match="2 longitudes and 1"):
        from_wgs84([114.3, 114.4], [30.5], system="gcj02")


@pytest.mark.parametrize(
    ("lon", "code"), [(109.8, 4546), (114.3, 4547), (121.5, 4549), (126.6, 4551), (75, 4534)]
)
def test_metric_zones_of_the_districts(lon, code):
    assert metric_crs_for(lon, 30.5) == f"EPSG:{code}"


def test_metric_zone_of_many_points_and_of_none():
    assert metric_crs_for([114.2, np.nan, 114.4], [30.5, 30.5, 30.6]) == "EPSG:4547"
    with pytest.raises(GeographyError, match="Not one usable"):
        metric_crs_for([np.nan], [30.0])
    with pytest.raises(GeographyError, match="outside the CGCS2000"):
        metric_crs_for(-51.2, -30.0)


@pytest.mark.parametrize(
    ("lon", "lat"), [(114.3, 30.55), (109.8, 40.6), (121.5, 29.8), (126.6, 45.6)]
)
def test_plane_coordinates_are_recognised_and_converted(lon, lat):
    from pyproj import Transformer

    meridian = 3 * round(lon / 3)
    zoned, plain = f"EPSG:{4488 + meridian // 3}", metric_crs_for(lon, lat)
    for crs in (zoned, plain):
        x, y = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(lon, lat)
        assert projected_systems(x, y, near_longitude=lon)[0] == crs
        u, v = from_projected(x, y, crs=crs)
        assert float(metres_apart(lon, lat, u, v)) < 1e-3


def test_six_degree_zones_and_what_is_no_plane_coordinate():
    assert projected_systems(20_432_000, 3_381_000) == ("EPSG:4498",)
    assert projected_systems(432_000, 3_381_000) == ()
    assert projected_systems(99_432_000, 3_381_000) == ()
    assert projected_systems(12_432_000, 3_381_000) == ()
    assert projected_systems(114.3, 30.5, near_longitude=114) == ()
    assert projected_systems([np.nan], [np.nan]) == ()
    assert projected_systems(1_000.0, 3_381_000, near_longitude=114) == ()
    with pytest.raises(GeographyError, match="EPSG:3857"):
        from_projected(1.0, 1.0, crs="EPSG:3857")
