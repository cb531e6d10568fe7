"""The contracted graph: nothing lost, islands told apart, the core exact."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from coverage.search_junctions import Starts, junction_keys
from coverage.search_parts import whole
from geo.errors import NetworkError
from geo.hierarchy import build_hierarchy
from geo.network import TICK, WalkGraph, walk_graph
from geo.osm import STEPS
from geo.streets import StreetNetwork, streets_from_lines
from tests.desert import CRS, ORIGIN, desert_lines
from tests.walk_oracle import tangle

CROSSINGS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=2, max_size=14, unique=True
)
LINKS = st.lists(
    st.tuples(st.integers(0, 13), st.integers(0, 13)).filter(lambda pair: pair[0] != pair[1]),
    min_size=1,
    max_size=24,
)


def _plain(network: StreetNetwork) -> sparse.csr_array:
    size = len(network.x)
    return sparse.coo_array(
        (network.millimetres.astype(float), (network.lower, network.neighbour)), (size, size)
    ).tocsr()


def _network(crossings: list[tuple[int, int]], links: list[tuple[int, int]]) -> StreetNetwork:
    kept = [(a, b) for a, b in links if (a - b) % len(crossings)]
    return tangle(crossings, kept or [(0, 1)])


@given(CROSSINGS, LINKS)
@settings(max_examples=30, deadline=None)
def test_contraction_keeps_every_distance(
    crossings: list[tuple[int, int]], links: list[tuple[int, int]]
) -> None:
    network = _network(crossings, links)
    graph = walk_graph(network)
    expected = csgraph.dijkstra(_plain(network), directed=False, indices=graph.junction_node)
    got = csgraph.dijkstra(graph.weights, directed=True) / TICK
    np.testing.assert_array_equal(got, expected[:, graph.junction_node])
    _assert_positions_fit(graph)


def _assert_positions_fit(graph: WalkGraph) -> None:
    """Every edge lies inside its chain, edges of a chain tile it, its ends are junctions."""
    network = graph.network
    total = np.bincount(graph.chain, weights=network.millimetres, minlength=len(graph.first))
    np.testing.assert_array_equal(total, graph.millimetres)
    begin = graph.position
    end = begin + graph.sign * network.millimetres
    np.testing.assert_array_equal(np.minimum(begin, end) >= 0, True)
    np.testing.assert_array_equal(np.maximum(begin, end) <= graph.millimetres[graph.chain], True)
    for node, at in ((network.lower, begin), (network.neighbour, end)):
        at_first = at == 0
        np.testing.assert_array_equal(
            graph.junction_node[graph.first[graph.chain[at_first]]], node[at_first]
        )


@given(CROSSINGS, LINKS)
@settings(max_examples=40, deadline=None)
def test_the_core_keeps_every_distance(
    crossings: list[tuple[int, int]], links: list[tuple[int, int]]
) -> None:
    weights = walk_graph(_network(crossings, links)).weights
    hierarchy = build_hierarchy(weights, tick=TICK)
    size = weights.shape[0]
    assert sorted(hierarchy.row) == list(range(size + 1))
    core = np.flatnonzero((hierarchy.row >= hierarchy.core_begin) & (hierarchy.row < size))
    core = core[np.argsort(hierarchy.row[core])]
    expected = csgraph.dijkstra(weights, directed=True)[np.ix_(core, core)]
    np.testing.assert_array_equal(csgraph.dijkstra(hierarchy.core, directed=True), expected)


def test_blocks_batches_and_buckets_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid with a third of its streets closed, cut into pieces of a few junctions."""
    lines = desert_lines(16, 16)
    lines = lines[np.random.default_rng(5).random(len(lines)) > 0.33]
    at_once = walk_graph(streets_from_lines(lines))
    expected = csgraph.dijkstra(at_once.weights, directed=True)
    rounds = len(at_once.hierarchy.rounds)
    monkeypatch.setattr("geo.chains.TOGETHER", 7)
    monkeypatch.setattr("geo.network.BUCKET_BITS", 3)
    monkeypatch.setattr("geo.hierarchy.BLOCK", 16)
    graph = walk_graph(streets_from_lines(lines))
    for column in ("chain", "position", "sign", "first", "last", "millimetres"):
        np.testing.assert_array_equal(getattr(graph, column), getattr(at_once, column))
    for part in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(graph.weights, part), getattr(at_once.weights, part))
    hierarchy, size = graph.hierarchy, len(graph.junction_node)
    assert len(hierarchy.rounds) > rounds
    assert sorted(hierarchy.row) == list(range(size + 1))
    own = np.argsort(hierarchy.row[:-1])
    core = own[hierarchy.core_begin :]
    np.testing.assert_array_equal(
        csgraph.dijkstra(hierarchy.core, directed=True), expected[np.ix_(core, core)]
    )
    keys = junction_keys(whole(graph), [Starts(hierarchy.row[[3]], np.zeros(1), np.inf)])
    np.testing.assert_array_equal(keys[hierarchy.row[:-1], 0], expected[3])


def _at(shape: str) -> shapely.Geometry:
    return shapely.transform(shapely.from_wkt(shape), lambda place: place + np.array(ORIGIN))


def _with(*shapes: str, columns: int = 11) -> StreetNetwork:
    desert = desert_lines(columns, columns)
    more = gpd.GeoDataFrame(geometry=[_at(one) for one in shapes], crs=CRS)
    return streets_from_lines(
        gpd.GeoDataFrame(geometry=[*desert.geometry, *more.geometry], crs=CRS)
    )


def test_rings_loops_and_parallel_chains() -> None:
    ring = streets_from_lines(
        gpd.GeoDataFrame(geometry=[_at("LINESTRING (0 0, 40 0, 40 30, 0 30, 0 0)")], crs=CRS)
    )
    graph = walk_graph(ring)
    assert len(graph.junction_node) == 1
    assert graph.millimetres.tolist() == [140_000]
    assert graph.weights.nnz == 0
    assert graph.hierarchy.row.tolist() == [0, 1]
    # A loop at (0, 0), and two ways from (0, 0) to (100, 0): 100 m and 141.421 m.
    loops = streets_from_lines(
        gpd.GeoDataFrame(
            geometry=[
                _at("LINESTRING (0 0, -30 0, -30 40, 0 0)"),
                _at("LINESTRING (0 0, 50 0, 100 0, 100 80)"),
                _at("LINESTRING (0 0, 50 50, 100 0)"),
            ],
            crs=CRS,
        )
    )
    graph = walk_graph(loops)
    assert sorted(graph.millimetres) == [80_000, 100_000, 120_000, 141_422]
    assert graph.weights.max() == 100_000 * TICK


def test_islands_by_the_stated_rule() -> None:
    # 22 km of grid; beside it 300 m and 2.4 km of street, and 1.2 km and 0.9 km far from it.
    network = _with(
        "LINESTRING (1100 0, 1400 0)",
        "LINESTRING (1200 500, 1200 2900)",
        "LINESTRING (5000 0, 6200 0)",
        "LINESTRING (5000 5000, 5900 5000)",
    )
    graph = walk_graph(network)
    by_length = dict(zip(graph.component_millimetres, graph.matters, strict=True))
    assert by_length == {
        22_000_000: True,
        300_000: False,
        2_400_000: True,  # more than a tenth of the largest
        1_200_000: True,  # an islet of its own, beyond anybody's snap limit
        900_000: False,
    }
    assert graph.captures.sum() == 220 + 2


def test_a_piece_of_one_to_two_kilometres_within_the_limit_is_an_island() -> None:
    far = walk_graph(_with("LINESTRING (1326 0, 2826 0)"))
    assert far.matters.sum() == 2
    near = walk_graph(_with("LINESTRING (1299 0, 2799 0)"))
    assert near.matters.sum() == 1


def test_two_banks_without_a_bridge_both_matter() -> None:
    west, east = desert_lines(5, 5), desert_lines(5, 5)
    east.geometry = east.translate(500, 0)
    both = gpd.GeoDataFrame(geometry=[*west.geometry, *east.geometry], crs=CRS)
    assert walk_graph(streets_from_lines(both)).matters.tolist() == [True, True]


def test_masks_act_before_contraction_and_are_kept() -> None:
    lines = gpd.GeoDataFrame(
        {"highway": ["footway", "steps", "footway", "footway"]},
        geometry=[
            _at("LINESTRING (0 0, 100 0)"),
            _at("LINESTRING (100 0, 200 0)"),
            _at("LINESTRING (200 0, 300 0)"),
            _at("LINESTRING (100 0, 150 200, 200 0)"),
        ],
        crs=CRS,
    )
    network = streets_from_lines(lines)
    assert walk_graph(network) is walk_graph(network)
    assert len(walk_graph(network).first) == 4
    masked = walk_graph(network, avoid=STEPS)
    assert masked is not walk_graph(network)
    assert len(masked.first) == 1
    assert (masked.chain == -1).sum() == 1
    with pytest.raises(NetworkError, match="no street that this walker can use"):
        walk_graph(streets_from_lines(lines.iloc[[1]]), avoid=STEPS)
