"""What makes walks uncertain, on desert streets where every doubt can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csgraph, csr_array

from coverage.dead_ends import DEAD_END_METRES
from coverage.gate_closing import gate_dependents, gate_nodes
from coverage.network_doubts import DOUBT_COLUMNS, KINDS, doubt_phrase, network_doubts
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import QuestionError, TableError
from geo.network import walk_graph
from geo.osm import GATE
from geo.phrases import LANGUAGES
from geo.place import Place, load_place
from geo.streets import StreetNetwork
from tests.desert import CRS, ORIGIN, desert_lines
from tests.desert_place import CODES, SETTINGS, Desert, write_desert

FRAME = desert_lines(columns=2, rows=2, spacing=1000.0)  # the four sides of a square kilometre
Spot = tuple[float, float]


def _with(streets: gpd.GeoDataFrame, *lines: Sequence[Spot]) -> gpd.GeoDataFrame:
    more = [shapely.LineString(np.add(line, ORIGIN)) for line in lines]
    return gpd.GeoDataFrame(geometry=[*streets.geometry, *more], crs=CRS)


def _place(
    folder: Path, streets: gpd.GeoDataFrame, homes: Sequence[Spot], services: Sequence[Spot]
) -> Place:
    """Write a place: home k has 10 + k people, service k is an A1."""
    desert = Desert(
        homes=[(x, y, {"people": 10 + k, "elders": 1}) for k, (x, y) in enumerate(homes)],
        organisations=[
            {"organisation_id": f"o{k}", "name": f"示例{k}", "category": "A1", "x": x, "y": y}
            for k, (x, y) in enumerate(services)
        ],
        streets=streets,
    )
    counts = SETTINGS.replace(
        'elders = "measured", elders_80 = "measured", disabled = "assumed" ', ""
    )
    counts = counts.replace('people = "measured", }', 'people = "measured", elders = "measured" }')
    return load_place(write_desert(folder, desert, counts))


def _of(doubts: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    return doubts[doubts["kind"] == kind]


def _gated(place: Place, spots: Sequence[Spot]) -> Place:
    """Return the place with a gate on every node at one of the spots."""
    streets = place.streets
    assert streets is not None
    gate = np.zeros(len(streets.x), dtype=bool)
    for x, y in spots:
        gate |= np.hypot(streets.x - ORIGIN[0] - x, streets.y - ORIGIN[1] - y) < 1
    flags = streets.flags | np.where(gate[streets.lower] | gate[streets.neighbour], GATE, 0)
    return replace(place, streets=replace(streets, flags=flags.astype(np.uint16), prepared={}))


def test_a_plain_grid_raises_no_doubt_and_keeps_its_columns(tmp_path: Path) -> None:
    doubts = network_doubts(load_place(write_desert(tmp_path)))
    assert doubts.empty
    assert tuple(doubts.columns) == DOUBT_COLUMNS
    assert doubts.index.name == "doubt_id"
    assert doubts.crs == CRS


def test_legs_by_hand(tmp_path: Path) -> None:
    homes = [(500, 400), (500, 150), (450, 100), (850, 500)]
    place = _place(tmp_path, FRAME, homes, [(600, 880)])
    doubts = network_doubts(place)
    # 400 m to the nearest side is beyond the limit of 300 m; 100 m is not yet a long leg.
    beyond, long = _of(doubts, "beyond_limit"), _of(doubts, "long_leg")
    assert beyond["people"].tolist() == [10]
    assert shapely.get_coordinates(beyond.geometry) - ORIGIN == pytest.approx(
        np.array([[500, 400]])
    )
    assert dict(zip(long["community_code"], long["people"], strict=True)) == {
        CODES[0]: 11,
        CODES[1]: 13,
    }
    assert long["metres"].tolist() == pytest.approx([150, 150])
    # The service stands 120 m off: nearest to all three who can walk.
    (service,) = _of(doubts, "service_leg").itertuples()
    assert (service.people, service.resident_points) == (11 + 12 + 13, 3)
    assert service.metres == pytest.approx(120)
    assert service.geometry.length == pytest.approx(120)


def test_an_island_and_those_beside_it(tmp_path: Path) -> None:
    streets = _with(FRAME, [(400, 500), (600, 500)])
    # 480 m and 290 m from the square's side, 20 m and 210 m from the island; and 100 m from a side.
    place = _place(tmp_path, streets, [(500, 480), (500, 290), (100, 500)], [(0, 0)])
    (island,) = _of(network_doubts(place), "island").itertuples()
    assert (island.people, island.resident_points) == (10 + 11, 2)
    assert island.metres == pytest.approx(200)
    assert island.geometry.length == pytest.approx(200)


def test_a_gate_by_hand(tmp_path: Path) -> None:
    street = desert_lines(columns=11, rows=1)
    homes, services = [(400, 0), (800, 0), (200, 0)], [(100, 0), (1000, 0)]
    place = _gated(_place(tmp_path, street, homes, services), [(300, 0)])
    # 300 m to the first service, through the gate; 600 m to the other when it is shut.
    (gate,) = _of(network_doubts(place), "gate").itertuples()
    assert (gate.people, gate.resident_points) == (10, 1)
    assert (gate.geometry.x - ORIGIN[0], gate.geometry.y - ORIGIN[1]) == (300, 0)
    # The closed gate leaves the other side 700 m of street: people there are walled in, not moved.
    only = _gated(_place(tmp_path / "only", street, homes, [(100, 0)]), [(300, 0)])
    (gate,) = _of(network_doubts(only), "gate").itertuples()
    assert gate.people == 10 + 11
    # Two gates in a row: the way leads through both.
    two = _gated(_place(tmp_path / "two", street, homes, [(100, 0)]), [(300, 0), (600, 0)])
    assert _of(network_doubts(two), "gate")["people"].tolist() == [21, 11]


def test_a_gate_nobody_needs_is_no_doubt(tmp_path: Path) -> None:
    # Around a block the other way is as long: nobody's answer changes.
    place = _place(tmp_path, desert_lines(), [(500, 500)], [(600, 600)])
    assert _of(network_doubts(_gated(place, [(600, 500)])), "gate").empty
    both = _gated(place, [(600, 500), (500, 600)])
    # Round both corners it is 400 m, still covered and the same service.
    assert _of(network_doubts(both), "gate").empty


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Place:
    homes = [(100.0 * a, 100.0 * b) for a in range(6) for b in range(6)]
    return _place(tmp_path_factory.mktemp("square"), desert_lines(6, 6), homes, [(0, 0)])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_gates_equal_brute_force(square: Place, data: st.DataObject) -> None:
    spots = data.draw(st.permutations(range(36)))
    count = data.draw(st.integers(1, 14))
    gates, services = sorted(spots[:count]), sorted(spots[count : count + 3])
    offsets = [(100.0 * (k // 6), 100.0 * (k % 6)) for k in range(36)]
    place = _gated(square, [offsets[k] for k in gates])
    place = replace(place, **_served_at(place, [offsets[k] for k in services]))
    standard = Standard(minutes=5)  # 48 m a minute: 240 m
    walks = walk_categories(place, standard, categories=["A1"])
    network = walk_graph(place.streets).network
    node_of = {_spot(network, node): node for node in range(36)}
    known = {int(g) for g in gate_nodes(walk_graph(network))}
    # All edges at a node between gates carry the flag too: it counts as a gate, as documented.
    at = np.array([node_of[one] for one in offsets])
    free = np.array([k for k in range(36) if at[k] not in known])
    expected = _brute_force(network, known, at, free, services)
    found = {node: set(rows) & set(free) for node, rows in gate_dependents(place, walks, standard)}
    assert {node: rows for node, rows in found.items() if rows} == expected


def _served_at(place: Place, spots: Sequence[Spot]) -> dict[str, gpd.GeoDataFrame]:
    ids = pd.Index([f"s{k}" for k in range(len(spots))], dtype="str", name="service_point_id")
    rows = place.service_points.iloc[[0] * len(spots)].set_index(ids)
    return {"service_points": rows.set_geometry(shapely.points(np.add(spots, ORIGIN)), crs=CRS)}


def _spot(network: StreetNetwork, node: int) -> Spot:
    return round(network.x[node] - ORIGIN[0], 1), round(network.y[node] - ORIGIN[1], 1)


def _brute_force(
    network: StreetNetwork, gates: set[int], at: np.ndarray, free: np.ndarray, services: list[int]
) -> dict[int, set[int]]:
    def walks(edges: np.ndarray) -> np.ndarray:
        ends = network.lower[edges], network.neighbour[edges]
        matrix = csr_array((network.millimetres[edges].astype(float), ends), shape=(36, 36))
        return csgraph.dijkstra(matrix, directed=False)

    blocked = np.isin(network.lower, list(gates)) | np.isin(network.neighbour, list(gates))
    opened, shut = walks(np.full(len(blocked), True)), walks(~blocked)
    expected: dict[int, set[int]] = {}
    for home in free:
        near, after = opened[at[home], at[services]], shut[at[home], at[services]]
        best, then = int(near.argmin()), int(after.argmin())
        lost = near[best] <= 240_000 < after[then]
        if best == then and not lost and np.isfinite(after[then]):
            continue
        for gate in gates:
            if opened[at[home], gate] + opened[gate, at[services[best]]] == near[best]:
                expected.setdefault(gate, set()).add(int(home))
    return expected


def test_a_dead_end_close_to_another_street(tmp_path: Path) -> None:
    near = _with(desert_lines(), [(100, 100), (150, 150), (185, 150)])
    home, service = [(150, 150)], [(500, 500)]
    (end,) = _of(
        network_doubts(_place(tmp_path / "a", near, home, service)), "dead_end"
    ).itertuples()
    # 15 m to the next street, 35 + 71 + 100 + 50 = 256 m on foot.
    assert (end.people, end.metres) == (10, pytest.approx(15))
    assert end.geometry.length == pytest.approx(15)
    far = _with(desert_lines(), [(100, 100), (150, 150), (200 - DEAD_END_METRES - 1, 150)])
    assert _of(network_doubts(_place(tmp_path / "b", far, home, service)), "dead_end").empty
    # 10 m from the next street, and 18 + 15 m on foot: nothing is missing.
    spur = _with(desert_lines(), [(200, 100), (190, 115)])
    place = _place(tmp_path / "c", spur, [(190, 110)], service)
    assert _of(network_doubts(place), "dead_end").empty


def test_a_way_round_by_hand(tmp_path: Path) -> None:
    # Two streets 50 m apart that meet only at their western end.
    lines = [[(0, 0), (1000, 0)], [(0, 50), (1000, 50)], [(0, 0), (0, 50)]]
    streets = _with(FRAME.iloc[:0], *lines)
    place = _place(tmp_path, streets, [(900, 50), (20, 50), (800, 0)], [(900, 0)])
    (detour,) = _of(network_doubts(place), "detour").itertuples()
    # 900 + 50 + 900 m for 50 m; 20 + 50 + 900 m for 881 m and 100 for 100 m are ordinary.
    assert (detour.people, detour.metres) == (10, pytest.approx(1850))
    assert detour.times == pytest.approx(37)
    # Where no walk within the bound leads there, the reach of the question stands for it.
    apart = _with(FRAME.iloc[:0], [(0, 0), (11_000, 0)], [(0, 60), (11_000, 60)])
    place = _place(tmp_path / "apart", apart, [(900, 60)], [(900, 0)])
    (detour,) = _of(network_doubts(place), "detour").itertuples()
    assert (detour.metres, detour.times) == (pytest.approx(720), pytest.approx(12))


def test_ranked_by_people_with_words_for_each(tmp_path: Path) -> None:
    streets = _with(FRAME, [(400, 500), (600, 500)], [(0, 0), (500, 20), (985, 250)])
    homes = [(500, 480), (700, 115), (850, 600), (500, 690)]
    place = _place(tmp_path, streets, homes, [(1000, 260)])
    doubts = network_doubts(place)
    assert set(doubts["kind"]) <= set(KINDS)
    assert doubts["kind"].nunique() >= 4
    assert doubts["people"].is_monotonic_decreasing
    assert doubts.index.is_unique
    for _, doubt in doubts.iterrows():
        assert all(f"{doubt['people']:,}" in doubt_phrase(doubt).say(one) for one in LANGUAGES)


def test_inputs_stay_as_they_were(tmp_path: Path) -> None:
    place = _gated(_place(tmp_path, desert_lines(), [(150, 130), (800, 90)], [(0, 0)]), [(100, 0)])
    walks = walk_categories(place, Standard())
    before = place.residents.copy(), place.service_points.copy(), place.streets.flags.copy()
    millimetres = walks.millimetres.copy()
    first = network_doubts(place, walks)
    pd.testing.assert_frame_equal(place.residents, before[0])
    pd.testing.assert_frame_equal(place.service_points, before[1])
    assert (place.streets.flags == before[2]).all()
    assert (walks.millimetres == millimetres).all()
    pd.testing.assert_frame_equal(network_doubts(place), first)


def test_bad_input(tmp_path: Path) -> None:
    place = _place(tmp_path, desert_lines(), [(100, 100), (300, 100)], [(0, 0)])
    walks = walk_categories(place, Standard())
    fewer = replace(place, residents=place.residents.iloc[:1])
    with pytest.raises(TableError, match="not those of the residents"):
        network_doubts(fewer, walks)
    with pytest.raises(QuestionError, match="Z7"):
        network_doubts(place, walks, categories=["Z7"])


def test_a_place_without_streets_has_none_to_doubt(tmp_path: Path) -> None:
    straight = SETTINGS.replace('basis = "network"', 'basis = "straight_line"')
    straight = straight.replace('streets = "streets.parquet"', "detour = 1.3")
    doubts = network_doubts(load_place(write_desert(tmp_path, settings=straight)))
    assert doubts.empty
    assert tuple(doubts.columns) == DOUBT_COLUMNS
