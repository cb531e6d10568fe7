"""Points onto streets: nearest of all, within the limit, never onto an island."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import walk_graph
from geo.osm import FERRY
from geo.osm_file import read_osm
from geo.points import metric_points
from geo.snapping import at_nodes, on_streets
from geo.streets import StreetNetwork, read_streets, streets_from_lines
from tests.desert import CRS, ORIGIN, desert_lines, desert_points


@pytest.fixture(scope="module")
def desert() -> StreetNetwork:
    return streets_from_lines(desert_lines())


def _place(points: gpd.GeoDataFrame) -> np.ndarray:
    return metric_points(points, CRS, what="what.residents")


def test_by_hand(desert: StreetNetwork) -> None:
    graph = walk_graph(desert)
    places = [(50, 0), (50, 30), (100, 100), (-300, 0), (-300.001, 0), (1000, 1000)]
    found = on_streets(graph, _place(desert_points(places)))
    assert found.leg.tolist() == [0, 30_000, 0, 300_000, 0, 0]
    assert found.placed.tolist() == [True, True, True, True, False, True]
    assert found.edge[4] == found.chain[4] == -1
    np.testing.assert_allclose(found.foot_x[:4] - ORIGIN[0], [50, 50, 100, 0], atol=1e-6)


@given(st.lists(st.tuples(st.floats(-400, 1400), st.floats(-400, 1400)), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_street_is_nearer(places: list[tuple[float, float]]) -> None:
    lines = desert_lines(6, 4, 170.0)
    graph = walk_graph(streets_from_lines(lines))
    points = desert_points(places)
    found = on_streets(graph, _place(points))
    away = shapely.distance(points.geometry.to_numpy()[:, None], lines.geometry.to_numpy()[None, :])
    nearest = away.min(axis=1)
    clear = np.abs(nearest - 300) > 1e-3
    np.testing.assert_array_equal(found.placed[clear], (nearest <= 300)[clear])
    np.testing.assert_allclose(found.leg[found.placed], nearest[found.placed] * 1000, atol=0.6)


def test_many_short_edges_do_not_hide_a_long_one() -> None:
    # 200 bits of 10 cm crowd the tree's first look; the long street is nearer.
    crowd = [(k * 0.1, 12.0) for k in range(200)]
    lines = [shapely.LineString(crowd), shapely.LineString([(-500, -11.9), (500, -11.9)])]
    lines.append(shapely.LineString([(0, 12), (-500, -11.9)]))
    moved = gpd.GeoDataFrame(geometry=lines, crs=CRS).translate(*ORIGIN)
    graph = walk_graph(streets_from_lines(gpd.GeoDataFrame(geometry=moved, crs=CRS)))
    found = on_streets(graph, _place(desert_points([(10, 0)])))
    assert found.leg.tolist() == [11_900]


def test_islands_never_capture(desert: StreetNetwork) -> None:
    island = shapely.transform(
        shapely.LineString([(1100, 0), (1100, 300)]), lambda place: place + np.array(ORIGIN)
    )
    lines = gpd.GeoDataFrame(geometry=[*desert_lines().geometry, island], crs=CRS)
    graph = walk_graph(streets_from_lines(lines))
    found = on_streets(graph, _place(desert_points([(1099, 50), (1301, 50)])))
    assert found.leg[0] == 99_000
    assert not found.placed[1]


def test_nobody_stands_on_a_boat(tmp_path: object) -> None:
    import pathlib

    path = pathlib.Path(str(tmp_path)) / "ferry.osm"
    path.write_text(
        """<osm version="0.6"><node id="1" lat="30.5" lon="114.300"/>
        <node id="2" lat="30.5" lon="114.302"/><node id="3" lat="30.5" lon="114.310"/>
        <node id="4" lat="30.5" lon="114.312"/>
        <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>
        <way id="2"><nd ref="2"/><nd ref="3"/><tag k="route" v="ferry"/></way>
        <way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="path"/></way></osm>""",
        encoding="utf-8",
    )
    assert FERRY in read_osm(path).flags
    network = read_streets(path)
    graph = walk_graph(network)
    assert graph.captures.sum() == 2
    middle = gpd.GeoSeries(gpd.points_from_xy([114.3035], [30.5]), crs=4326)
    found = on_streets(graph, metric_points(middle, network.crs, what="what.residents"))
    # 0.0015° of longitude east of the landing stage: 144 m, not 0.
    assert 143_000 < found.leg[0] < 145_000


def test_nodes_stand_where_they_are(desert: StreetNetwork) -> None:
    graph = walk_graph(desert)
    nodes = at_nodes(graph)
    found = on_streets(graph, np.column_stack([desert.x, desert.y]))
    assert nodes.placed.all()
    ends = np.column_stack([graph.first[nodes.chain], graph.last[nodes.chain]])
    at = np.where(nodes.position == 0, ends[:, 0], ends[:, 1])
    # The four corners of the grid lie between two edges: inside a chain, not at its end.
    corner = (nodes.position > 0) & (nodes.position < graph.millimetres[nodes.chain])
    assert corner.sum() == 4
    node = graph.junction_node[at][~corner]
    np.testing.assert_array_equal(node, np.flatnonzero(~corner))
    np.testing.assert_array_equal(found.leg, 0)


def test_points_in_any_crs_and_inputs_left_alone(desert: StreetNetwork) -> None:
    points = desert_points([(50, 30), (700, 250)])
    abroad = points.to_crs("EPSG:4490")
    before = abroad.copy(deep=True)
    graph = walk_graph(desert)
    ours = on_streets(graph, _place(points))
    theirs = on_streets(graph, metric_points(abroad.geometry, CRS, what="what.services"))
    assert np.abs(ours.leg - theirs.leg).max() <= 1
    np.testing.assert_array_equal(ours.chain, theirs.chain)
    assert_geodataframe_equal(abroad, before)


def test_missing_points_stay_and_stand_nowhere(desert: StreetNetwork) -> None:
    points = desert_points([(0, 0), (100, 0)])
    points.loc["p0001", "geometry"] = None
    found = on_streets(walk_graph(desert), _place(points))
    assert found.placed.tolist() == [True, False]
    empty = on_streets(walk_graph(desert), _place(points.iloc[:0]))
    assert len(empty) == 0
