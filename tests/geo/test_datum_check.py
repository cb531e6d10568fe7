from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geo.datum import SYSTEMS, from_wgs84
from geo.datum_check import SURE, UNDETERMINED, detect, reading_name
from geo.datum_evidence import SHARE_COLUMNS
from geo.errors import GeographyError
from geo.phrases import Phrase

SEEDS = {"wgs84": 1, "gcj02": 2, "bd09": 3}


class Town:
    """Real streets and units, with simulated points in WGS-84 degrees."""

    def __init__(self, streets: gpd.GeoDataFrame, units: gpd.GeoDataFrame):
        self.streets, self.units = streets, units.to_crs(streets.crs)
        self.district = shapely.union_all(self.units.geometry.to_numpy())
        shapely.prepare(self.district)
        self.lines = streets.geometry[streets.intersects(self.district)].to_numpy()
        self.degrees = Transformer.from_crs(streets.crs, "EPSG:4326", always_xy=True)

    def beside_streets(self, count: int, seed: int) -> np.ndarray:
        """Points 5 to 40 m beside the streets, drawn by street length."""
        rng = np.random.default_rng(seed)
        lengths = shapely.length(self.lines)
        chosen = self.lines[rng.choice(len(lengths), 4 * count, p=lengths / lengths.sum())]
        at = rng.uniform(0.02, 0.98, len(chosen))
        here = self._xy(chosen, at)
        along = self._xy(chosen, at + 0.01) - here
        along /= np.hypot(along[:, 0], along[:, 1])[:, None] + 1e-12
        aside = np.column_stack([-along[:, 1], along[:, 0]])
        away = rng.uniform(5, 40, len(chosen)) * rng.choice([-1, 1], len(chosen))
        points = here + aside * away[:, None]
        return points[shapely.contains_xy(self.district, *points.T)][:count]

    def anywhere(self, count: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        west, south, east, north = self.district.bounds
        points = rng.uniform((west, south), (east, north), (40 * count, 2))
        return points[shapely.contains_xy(self.district, *points.T)][:count]

    def copy(self, points: np.ndarray, system: str) -> pd.DataFrame:
        """What a file in `system` would hold."""
        lon, lat = from_wgs84(*self.degrees.transform(*points.T), system=system)
        ids = pd.Index([f"o{i}" for i in range(len(points))], dtype="str")
        return pd.DataFrame({"x": lon, "y": lat}, index=ids)

    def unit_names(self, points: np.ndarray) -> list[str]:
        where = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=self.units.crs)
        joined = gpd.sjoin(where.to_frame("geometry"), self.units, predicate="within")
        first = joined[~joined.index.duplicated()]
        return list(first["name"].reindex(range(len(points))))

    @staticmethod
    def _xy(lines, at):
        places = shapely.line_interpolate_point(lines, at, normalized=True)
        return np.column_stack([shapely.get_x(places), shapely.get_y(places)])


@pytest.fixture(scope="module")
def daan(root_of_tests) -> Town:
    folder = root_of_tests / "reference" / "datum"
    return Town(
        gpd.read_parquet(folder / "daan_streets.parquet"),
        gpd.read_parquet(folder / "daan_communities.parquet"),
    )


@pytest.fixture(scope="module")
def wuchang(root_of_tests) -> Town:
    folder = root_of_tests.parent / "data" / "wuchang"
    streets = gpd.read_parquet(folder / "streets.parquet")
    units = gpd.read_file(folder / "communities.geojson")
    return Town(streets, units)


@pytest.fixture(scope="module")
def root_of_tests():
    from pathlib import Path

    return Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("system", SEEDS)
@pytest.mark.parametrize("count", [60, 400])
@pytest.mark.parametrize("town", ["daan", "wuchang"])
def test_copies_are_detected_where_there_are_streets(town, system, count, request):
    place = request.getfixturevalue(town)
    given = place.copy(place.beside_streets(count, SEEDS[system]), system)
    found = detect(given, place.units, streets=place.streets)
    assert found.best == system
    assert found.scores.index[0] == system
    assert found.scores.iloc[0] >= SURE
    assert not found.swapped
    assert found.projected is None
    assert found.approximate == (system != "wgs84")


@pytest.mark.parametrize("town", ["daan", "wuchang"])
def test_few_points_are_detected_or_undetermined_never_mistaken(town, request):
    place = request.getfixturevalue(town)
    answers = []
    for system in SEEDS:
        for seed in range(4):
            given = place.copy(place.beside_streets(30, 50 + seed), system)
            answers.append((system, detect(given, place.units, streets=place.streets).best))
    assert all(best in (system, UNDETERMINED) for system, best in answers)
    assert sum(best == system for system, best in answers) >= 8


@pytest.mark.parametrize("system", SEEDS)
def test_noise_does_not_mislead(daan, system):
    # 70 % beside streets, 15 % anywhere, 15 % far outside, all with 5 m of scatter.
    rng = np.random.default_rng(8)
    far = daan.anywhere(45, 9) + rng.choice([-1, 1], (45, 2)) * rng.uniform(800, 2000, (45, 2))
    parts = [daan.beside_streets(210, 7), daan.anywhere(45, 8), far]
    given = daan.copy(np.vstack(parts) + rng.normal(0, 5, (300, 2)), system)
    assert detect(given, daan.units, streets=daan.streets).best == system


@pytest.mark.parametrize("system", SEEDS)
def test_communities_alone_say_how_sure(daan, system):
    points = daan.anywhere(400, 11)
    found = detect(daan.copy(points, system), daan.units)
    assert found.best == system
    few = detect(daan.copy(points[:12], system), daan.units)
    assert few.best in (system, UNDETERMINED)
    assert few.scores.sum() == pytest.approx(1)
    assert found.shares["near_street"].isna().all()


def test_points_deep_inside_the_district_stay_undetermined(wuchang):
    # 300 m around one spot, far from the border: every reading puts all of them inside.
    middle = shapely.maximum_inscribed_circle(wuchang.district).coords[0]
    points = np.array(middle) + np.random.default_rng(4).uniform(-300, 300, (200, 2))
    for system in SEEDS:
        found = detect(wuchang.copy(points, system), wuchang.units)
        assert found.best == UNDETERMINED
        assert found.reason.key == "datum.reason_close"


def test_a_shift_of_no_known_system_is_not_named(daan):
    moved = daan.beside_streets(400, 21) + np.array([-450.0, 520.0])
    for system in SEEDS:
        found = detect(daan.copy(moved, system), daan.units, streets=daan.streets)
        assert found.best == UNDETERMINED


def test_stated_communities_decide_by_code_or_name(daan):
    points = daan.anywhere(60, 31)
    given = daan.copy(points, "gcj02")
    names = pd.Series(daan.unit_names(points), index=given.index)
    codes = names.map(dict(zip(daan.units["name"], daan.units.index, strict=True)))
    for stated in (names, codes, names.sample(frac=1, random_state=1)):
        found = detect(given, daan.units, stated_communities=stated)
        assert found.best == "gcj02"
        assert found.shares.loc["gcj02", "in_stated_community"] > 0.97
        assert found.shares.loc["wgs84", "in_stated_community"] < 0.6
    unknown = pd.Series("示例里", index=given.index)
    assert (
        detect(given, daan.units, stated_communities=unknown)
        .shares["in_stated_community"]
        .isna()
        .all()
    )


@pytest.mark.parametrize("system", SEEDS)
def test_swapped_axes_are_seen(daan, system):
    given = daan.copy(daan.beside_streets(200, 41), system)
    turned = given.rename(columns={"x": "y", "y": "x"})
    found = detect(turned, daan.units, streets=daan.streets)
    assert (found.best, found.swapped) == (system, True)
    assert found.after.iloc[0].x > 100


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("crs", ["EPSG:4529", "EPSG:4550"])
def test_plane_coordinates_are_seen(daan, crs, turned):
    # Da'an lies at 121.53° E: zone 41, central meridian 123°.
    degrees = daan.copy(daan.beside_streets(100, 43), "wgs84")
    x, y = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(degrees.x, degrees.y)
    first, second = (y, x) if turned else (x, y)
    given = pd.DataFrame({"x": first, "y": second}, index=degrees.index)
    found = detect(given, daan.units, streets=daan.streets)
    assert (found.best, found.projected, found.swapped) == ("cgcs2000", crs, turned)
    assert found.after.iloc[0].distance(shapely.Point(degrees.iloc[0])) < 1e-7


def test_it_never_switches_and_never_drops(daan):
    given = daan.copy(daan.beside_streets(80, 51), "gcj02")
    given.iloc[3] = [np.nan, 25.03]
    given.iloc[4] = [np.inf, 25.03]
    given.iloc[5] = [10.0, 50.0]
    kept, units, streets = given.copy(), daan.units.copy(), daan.streets.copy()
    found = detect(given, daan.units, streets=daan.streets)
    pd.testing.assert_frame_equal(given, kept)
    pd.testing.assert_frame_equal(daan.units, units)
    pd.testing.assert_frame_equal(daan.streets, streets)
    assert found.best == "gcj02"
    for shown in (found.before, found.after):
        assert list(shown.index) == list(given.index)
        assert shown.isna().sum() == 2
    # Before: the numbers themselves. After: some 500 m to the north-west of them.
    assert found.before.iloc[0].coords[0] == tuple(kept.iloc[0])
    assert found.shares["points"].iloc[0] == 78
    assert found.shares["in_district"].iloc[0] == pytest.approx(77 / 78)


def test_what_it_promises(daan):
    found = detect(daan.copy(daan.anywhere(50, 61), "wgs84"), daan.units)
    assert tuple(found.shares.columns) == SHARE_COLUMNS
    assert list(found.shares.index) == list(found.scores.index)
    assert set(found.scores.index) == {f"{one}{s}" for one in SEEDS for s in ("", "/swapped")}
    assert found.scores.is_monotonic_decreasing
    assert found.best in (*SYSTEMS, UNDETERMINED)
    assert isinstance(found.reason, Phrase)
    for language in ("zh", "en"):
        assert "{" not in found.reason.say(language)
        assert reading_name("bd09/swapped").say(language)
        assert "EPSG:4547" in reading_name("EPSG:4547").say(language)


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_points(daan, count):
    found = detect(daan.copy(daan.anywhere(10, 71)[:count], "gcj02"), daan.units)
    assert found.best == UNDETERMINED
    assert found.reason.key == "datum.reason_few"
    assert len(found.before) == len(found.after) == count
    assert found.scores.sum() == pytest.approx(1)


def test_ten_at_one_door_are_one_witness(daan):
    one = daan.copy(daan.beside_streets(1, 81), "gcj02")
    many = pd.DataFrame(np.repeat(one.to_numpy(), 50, axis=0), columns=["x", "y"])
    assert detect(many, daan.units, streets=daan.streets).reason.key == "datum.reason_few"


def test_another_district_is_nowhere(daan, wuchang):
    given = daan.copy(daan.beside_streets(50, 91), "wgs84")
    found = detect(given, wuchang.units)
    assert found.best == UNDETERMINED
    assert found.reason.key == "datum.reason_nowhere"


def test_geometry_serves_as_numbers(daan):
    given = daan.copy(daan.beside_streets(80, 51), "bd09")
    shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(given.x, given.y), index=given.index)
    assert detect(shapes, daan.units, streets=daan.streets).best == "bd09"


def test_outside_the_shift_rectangle_only_the_axes_are_in_question():
    units = gpd.GeoDataFrame(geometry=[shapely.box(-51.3, -30.1, -51.1, -29.9)], crs="EPSG:4326")
    rng = np.random.default_rng(1)
    given = pd.DataFrame({"x": rng.uniform(-51.3, -51.1, 50), "y": rng.uniform(-30.1, -29.9, 50)})
    found = detect(given, units)
    assert found.best == "wgs84"
    assert set(found.scores.index) == {"wgs84", "wgs84/swapped"}


def test_bad_input_is_refused(daan):
    good = daan.copy(daan.anywhere(10, 1), "wgs84")
    with pytest.raises(GeographyError, match="number columns x and y"):
        detect(good.rename(columns={"x": "lon"}), daan.units)
    with pytest.raises(GeographyError, match="communities declares no coordinate system"):
        detect(good, daan.units.set_crs(None, allow_override=True))
    with pytest.raises(GeographyError, match="streets declares no coordinate system"):
        detect(good, daan.units, streets=daan.streets.set_crs(None, allow_override=True))
    with pytest.raises(GeographyError, match="no usable boundary"):
        detect(good, daan.units.iloc[:0])
    text = pd.DataFrame({"x": ["121.5", "?"], "y": ["25.0", "25.0"]})
    assert detect(text, daan.units).before.isna().tolist() == [False, True]
