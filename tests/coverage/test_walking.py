"""Walks as the house asks for them: by hand, against published distances, refusing bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from coverage.standard import Standard
from coverage.walking import (
    ADULT,
    ELDER,
    UNREACHED,
    WALKER,
    WHEELCHAIR,
    Walks,
    walk_categories,
    walk_matrix,
    walk_metres,
)
from coverage.walking_changes import walks_after
from geo.errors import GeographyError, NetworkError, TableError
from geo.place import Place, load_place
from geo.streets import StreetNetwork, read_streets, streets_from_lines
from geo.taxonomy import WALKERS
from tests.desert import CRS, ORIGIN, desert_lines, desert_points, manhattan
from tests.desert_place import SETTINGS, Desert, write_desert


@pytest.fixture(scope="module")
def desert() -> StreetNetwork:
    return streets_from_lines(desert_lines())


def _degrees(*pairs: tuple[float, float]) -> gpd.GeoSeries:
    latitude, longitude = zip(*pairs, strict=True)
    ids = [f"q{k}" for k in range(len(pairs))]
    return gpd.GeoSeries(gpd.points_from_xy(longitude, latitude), index=ids, crs="EPSG:4326")


# ---- published results -------------------------------------------------------------------


@pytest.fixture(scope="module")
def monaco(root: Path) -> StreetNetwork:
    return read_streets(root / "tests" / "reference" / "monaco" / "monaco.osm.gz")


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        ((43.730729, 7.421288), (43.727697, 7.419199), 1566),
        ((43.727687, 7.418737), (43.74958, 7.436566), 3438),
        ((43.728677, 7.41016), (43.739213, 7.427806), 2085),
        ((43.733802, 7.413433), (43.739662, 7.424355), 1425),
    ],
)
def test_monaco_as_published(
    monaco: StreetNetwork, start: tuple[float, float], end: tuple[float, float], metres: float
) -> None:
    """Shortest walks from GraphHopper's test suite, on its extract of 2012-07-06 (± 5 m).

    Data © OpenStreetMap contributors, ODbL.
    """
    options = {"within_metres": 5_000, "legs": False}
    there = walk_metres(monaco, _degrees(start), _degrees(end), **options)
    back = walk_metres(monaco, _degrees(end), _degrees(start), **options)
    assert there["metres"].iat[0] == pytest.approx(metres, abs=5)
    assert back["metres"].iat[0] == there["metres"].iat[0]
    matrix = walk_matrix(monaco, _degrees(start), _degrees(end), **options)
    assert matrix.toarray() == there["metres"].iat[0]


def test_porto_alegre_as_a_router_measures_it(root: Path) -> None:
    """Nearest healthcare from 1,227 hexagons: OSRM on foot, on the extract of 2020-08-12.

    Population and healthcare from ipeaGIT/r5r (MIT); streets © OpenStreetMap
    contributors, ODbL. Share of people within 1,250 m: 0.93262 (± 0.003);
    distances: median |d| ≤ 5 m, 95 % ≤ 60 m; at least 99 % of its points reached.
    """
    hexes = pd.read_csv(
        root / "tests" / "reference" / "porto_alegre" / "nearest_healthcare.csv", index_col="id"
    )
    points = gpd.GeoDataFrame(
        hexes, geometry=gpd.points_from_xy(hexes["lon"], hexes["lat"]), crs="EPSG:4326"
    )
    network = read_streets(root / "data" / "porto_alegre" / "streets.osm.pbf")
    services = points[points["healthcare"] > 0]
    walks = walk_metres(network, points, services, within_metres=12_000, legs=False)
    near = walks["metres"] <= 1_250
    share = hexes["population"][near].sum() / hexes["population"].sum()
    assert share == pytest.approx(0.93262, abs=0.003)
    reached = np.isfinite(walks["metres"])
    assert reached.mean() >= 0.99
    apart = (walks["metres"] - hexes["near_healthcare_m"])[reached].abs()
    assert apart.median() <= 5
    assert apart.quantile(0.95) <= 60
    legs = walk_metres(network, points, services, within_metres=12_000)
    assert (legs["metres"] >= walks["metres"])[~points["healthcare"].gt(0)].all()


# ---- by hand on the desert ---------------------------------------------------------------


def test_the_desert_by_hand(desert: StreetNetwork) -> None:
    homes = desert_points([(0, 0), (50, 30), (1000, 1000), (330, 400), (-301, 0)], "h")
    services = desert_points([(200, 0), (900, 900)], "s")
    walks = walk_metres(desert, homes, services, within_metres=800)
    assert walks["metres"].tolist() == [200, 180, 200, 530, np.inf]
    assert walks["organisation_id"].tolist()[:4] == ["s0000", "s0000", "s0001", "s0000"]
    assert walks["organisation_id"].isna().tolist() == [False] * 4 + [True]
    assert walks["organisation_id"].iat[4] is pd.NA
    assert walks.index.equals(homes.index)
    without = walk_metres(desert, homes, services, within_metres=800, legs=False)
    assert without["metres"].tolist() == [200, 150, 200, 530, np.inf]


def test_the_bound_holds_for_the_total_and_is_inclusive(desert: StreetNetwork) -> None:
    home, service = desert_points([(50, 30)], "h"), desert_points([(170, 20)], "s")
    # 30 m to the street, 120 m along it, and the service's own 20 m.
    assert walk_metres(desert, home, service, within_metres=170)["metres"].iat[0] == 170
    assert np.isinf(walk_metres(desert, home, service, within_metres=169.999)["metres"].iat[0])
    assert walk_metres(desert, home, service, within_metres=120, legs=False)["metres"].iat[0] == 120
    # A quarter of an hour at 0.8 m/s is 720.0000000000001 m to a computer, and 720 m to us.
    far = desert_points([(720, 0)], "h")
    corner = desert_points([(0, 0)], "s")
    for bound in (0.8 * 15 * 60, 720.0, np.nextafter(720, 0)):
        assert walk_metres(desert, far, corner, within_metres=bound)["metres"].iat[0] == 720
    assert np.isinf(walk_metres(desert, far, corner, within_metres=719.999)["metres"].iat[0])


def test_two_points_on_one_edge_walk_directly(desert: StreetNetwork) -> None:
    homes = desert_points([(110, 7), (190, -7), (150, 0)], "h")
    services = desert_points([(120, 3)], "s")
    walks = walk_metres(desert, homes, services, within_metres=500)
    assert walks["metres"].tolist() == [20, 80, 33]


def test_the_same_place_is_an_explicit_zero(desert: StreetNetwork) -> None:
    points = desert_points([(50, 40), (300, 300), (9_000, 0)], "p")
    matrix = walk_matrix(desert, points, points, within_metres=700)
    assert matrix.has_sorted_indices
    stored = matrix.tocoo()
    pairs = set(zip(stored.coords[0].tolist(), stored.coords[1].tolist(), strict=True))
    assert pairs == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert matrix[0, 0] == matrix[1, 1] == 0
    assert matrix[0, 1] == matrix[1, 0] == 40 + manhattan((50, 0), (300, 300))
    walks = walk_metres(desert, points, points, within_metres=700)
    assert walks["metres"].tolist() == [0, 0, np.inf]


def test_order_of_inputs_does_not_matter(desert: StreetNetwork) -> None:
    random = np.random.default_rng(5)
    homes = desert_points([tuple(one) for one in random.uniform(-50, 1050, (60, 2))], "h")
    services = desert_points([tuple(100 * one) for one in random.integers(0, 11, (30, 2))], "s")
    walks = walk_metres(desert, homes, services, within_metres=600)
    shuffled = walk_metres(
        desert,
        homes.sample(frac=1, random_state=1),
        services.sample(frac=1, random_state=2),
        within_metres=600,
    )
    pd.testing.assert_frame_equal(shuffled.loc[walks.index], walks)


def test_ids_keep_their_kind(desert: StreetNetwork) -> None:
    homes = desert_points([(0, 0), (5_000, 0)])
    services = desert_points([(100, 0)]).set_axis([7])
    walks = walk_metres(desert, homes, services, within_metres=600)
    assert walks["organisation_id"].dtype == "Int64"
    assert walks["organisation_id"].iat[0] == 7
    assert walks["organisation_id"].iat[1] is pd.NA


def test_wheels_take_no_stairs() -> None:
    def at(shape: str) -> shapely.Geometry:
        return shapely.transform(shapely.from_wkt(shape), lambda place: place + np.array(ORIGIN))

    shapes = ["LINESTRING (0 0, 100 0)", "LINESTRING (100 0, 130 0)", "LINESTRING (130 0, 200 0)"]
    around = "LINESTRING (100 0, 100 200, 130 200, 130 0)"
    network = streets_from_lines(
        gpd.GeoDataFrame(
            {"highway": ["footway", "steps", "footway", "footway"]},
            geometry=[at(one) for one in [*shapes, around]],
            crs=CRS,
        )
    )
    home, service = desert_points([(50, 0)], "h"), desert_points([(200, 0)], "s")
    walked = {
        walker.name: walk_metres(network, home, service, within_metres=900, walker=walker)
        for walker in (ADULT, ELDER, WHEELCHAIR)
    }
    assert [one["metres"].iat[0] for one in walked.values()] == [150, 150, 550]
    assert tuple(WALKER) == WALKERS


# ---- what the functions refuse, promise and leave alone ------------------------------------


def test_inputs_are_left_alone(desert: StreetNetwork) -> None:
    homes, services = desert_points([(0, 0)], "h").to_crs(4326), desert_points([(100, 0)], "s")
    before = homes.copy(deep=True), services.copy(deep=True)
    walk_metres(desert, homes, services, within_metres=600)
    walk_matrix(desert, homes, services, within_metres=600)
    assert_geodataframe_equal(homes, before[0])
    assert_geodataframe_equal(services, before[1])


def test_empty_tables(desert: StreetNetwork) -> None:
    homes, services = desert_points([(0, 0)], "h"), desert_points([(100, 0)], "s")
    nobody = walk_metres(desert, homes.iloc[:0], services, within_metres=600)
    assert list(nobody.columns) == ["metres", "organisation_id"]
    assert nobody["metres"].dtype == float
    assert len(nobody) == 0
    with pytest.raises(NetworkError, match="no service point"):
        walk_metres(desert, homes, services.iloc[:0], within_metres=600)
    assert walk_matrix(desert, homes.iloc[:0], services, within_metres=600).shape == (0, 1)
    assert walk_matrix(desert, homes, services.iloc[:0], within_metres=600).shape == (1, 0)


def test_services_off_the_streets_reach_nobody_and_far_ones_are_refused(
    desert: StreetNetwork,
) -> None:
    homes = desert_points([(0, 0)], "h")
    beside = walk_metres(desert, homes, desert_points([(-301, 0)], "s"), within_metres=600)
    assert np.isinf(beside["metres"].iat[0])
    with pytest.raises(NetworkError, match="far outside the streets"):
        walk_metres(desert, homes, desert_points([(50_000, 0)], "s"), within_metres=600)
    missing = desert_points([(0, 0)], "s")
    missing.loc["s0000", "geometry"] = None
    assert np.isinf(walk_metres(desert, homes, missing, within_metres=600)["metres"].iat[0])


def test_bad_input_is_a_sentence(desert: StreetNetwork) -> None:
    homes, services = desert_points([(0, 0)], "h"), desert_points([(100, 0)], "s")
    bare = services.set_crs(None, allow_override=True)
    with pytest.raises(GeographyError, match="service points declare no coordinate system"):
        walk_metres(desert, homes, bare, within_metres=600)
    with pytest.raises(GeographyError, match="resident points declare no coordinate system"):
        walk_metres(desert, homes.set_crs(None, allow_override=True), services, within_metres=600)
    with pytest.raises(TableError, match="more than once"):
        walk_metres(desert, homes, services.iloc[[0, 0]], within_metres=600)
    for bound in (0, -5, float("nan"), float("inf"), 1e9):
        with pytest.raises(NetworkError, match="walking limit"):
            walk_metres(desert, homes, services, within_metres=bound)
    with pytest.raises(GeographyError, match="destinations declare no coordinate system"):
        walk_matrix(desert, homes, bare, within_metres=600)


# ---- all categories of a place -------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return load_place(write_desert(tmp_path_factory.mktemp("walks")))


def _column(walks: Walks, code: str) -> list[float]:
    return walks.millimetres[:, walks.categories.index(code)].tolist()


def test_categories_by_hand(place: Place) -> None:
    walks = walk_categories(place, Standard())
    assert walks.residents.equals(place.residents.index)
    assert walks.categories == place.taxonomy.codes
    assert walks.millimetres.dtype == walks.service_point.dtype == np.int32
    # Day care stands at (100, 100).
    assert _column(walks, "A1") == [0, 600_000, 800_000, 800_000, 1_600_000]
    assert _column(walks, "A2") == [UNREACHED] * 5
    assert not walks.off_network.any()
    a1 = walks.service_point[:, walks.categories.index("A1")]
    assert place.service_points["organisation_id"].iloc[a1].tolist() == ["o1"] * 5
    assert (walks.service_point[:, walks.categories.index("A2")] == -1).all()
    some = walk_categories(place, Standard(), categories=("C1", "A1"))
    assert some.categories == ("C1", "A1")
    assert _column(some, "A1") == _column(walks, "A1")
    none = walk_categories(place, Standard(), categories=())
    assert none.millimetres.shape == (5, 0)


def test_the_bound_lies_beyond_every_question(place: Place) -> None:
    standard = Standard(minutes=30, speed_percent=150)
    walks = walk_categories(place, standard)
    longest = max(standard.reach_mm(category) for category in place.taxonomy)
    # Robustness asks about walkers who are 20 % quicker, and about two minutes more.
    assert longest / 1000 * 1.2 < walks.within_metres < longest / 1000 * 1.3


def test_straight_lines_times_a_detour(tmp_path: Path) -> None:
    settings = SETTINGS.replace(
        'basis = "network"\nstreets = "streets.parquet"', 'basis = "straight_line"\ndetour = 1.3'
    )
    place = load_place(write_desert(tmp_path, settings=settings))
    walks = walk_categories(place, Standard())
    expected = [1.3 * 1000 * np.hypot(x, y) for x, y in ((0, 0), (300, 300), (800, 0), (0, 800))]
    assert _column(walks, "A1")[:4] == [round(one) for one in expected]
    assert not walks.off_network.any()
    assert walks_after(walks, place, place, Standard()).millimetres.tolist() == (
        walks.millimetres.tolist()
    )


def _edited(place: Place, points: gpd.GeoDataFrame) -> Place:
    return replace(place, service_points=points)


def _assert_same_walks(one: Walks, other: Walks) -> None:
    np.testing.assert_array_equal(one.millimetres, other.millimetres)
    np.testing.assert_array_equal(one.service_point, other.service_point)
    np.testing.assert_array_equal(one.off_network, other.off_network)
    assert one.categories == other.categories
    assert one.within_metres == other.within_metres


def test_edits_equal_measuring_anew(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    codes = ("A1", "A2", "B1", "C1")
    spots = random.integers(0, 101, (40, 2)) * 10
    organisations = [
        {
            "organisation_id": f"o{k:02d}",
            "name": f"示例{k}",
            "category": codes[k % 4],
            "x": int(x),
            "y": int(y),
        }
        for k, (x, y) in enumerate(spots)
    ]
    homes = [
        (int(x), int(y), {"people": 1, "elders": 1, "elders_80": 0, "disabled": 1})
        for x, y in random.integers(0, 1001, (80, 2))
    ]
    place = load_place(write_desert(tmp_path, Desert(homes=homes, organisations=organisations)))
    standard = Standard()
    all_points = place.service_points
    today = _edited(place, all_points.iloc[:30])
    walks = walk_categories(today, standard)
    moved = all_points.iloc[:30].copy()
    moved.geometry = [
        shapely.Point(one.x + 240, one.y) if k % 7 == 0 else one
        for k, one in enumerate(moved.geometry)
    ]
    home_only = all_points.iloc[:30].copy()
    home_only.loc[home_only.index[3:9], "delivery"] = "上门"
    for points in (
        all_points,  # added
        all_points.iloc[5:30],  # removed
        all_points.iloc[::-1],  # added, in another order
        moved,
        home_only,  # closed: they no longer count
        all_points.iloc[:0],
    ):
        after = _edited(place, points)
        patched = walks_after(walks, today, after, standard)
        _assert_same_walks(patched, walk_categories(after, standard))
        # And back again, from the patched walks.
        _assert_same_walks(walks_after(patched, after, today, standard), walks)
