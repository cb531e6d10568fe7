"""The kernels against brute force, and the laws every walk keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.search import UNREACHED, Nearest, nearest, with_added, with_removed
from coverage.search_pairs import pairs
from coverage.search_parts import Box, Cells, part_within, whole
from geo.errors import NetworkError
from geo.network import TICK, walk_graph
from geo.snapping import OnStreets, at_nodes, on_streets
from geo.streets import StreetNetwork, streets_from_lines
from tests.desert import desert_lines
from tests.walk_oracle import coordinates, points_at, tangle, walks_mm

SPOTS = st.lists(
    st.tuples(st.integers(-200, 1100), st.integers(-200, 1100)), min_size=1, max_size=9
)
CROSSINGS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=3, max_size=12, unique=True
)
LINKS = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]),
    min_size=3,
    max_size=20,
)
REACH = st.integers(0, 2_500_000)


@st.composite
def towns(draw: st.DrawFn) -> tuple[StreetNetwork, np.ndarray, np.ndarray]:
    crossings, links = draw(CROSSINGS), draw(LINKS)
    links = [(a, b) for a, b in links if (a - b) % len(crossings)] or [(0, 1)]
    homes, services = draw(SPOTS), draw(SPOTS)
    if draw(st.booleans()):  # a service at somebody's door, and two at one place
        services = [*services, homes[0], services[0]]
    network = tangle(crossings, links)
    return (
        network,
        coordinates(points_at(homes, "h")),
        coordinates(points_at(services, "s")),
    )


def _stand(network: StreetNetwork, places: np.ndarray, *, legs: bool = True) -> OnStreets:
    found = on_streets(walk_graph(network), places)
    return found if legs else found.without_legs()


def _oracle(
    network: StreetNetwork, homes: np.ndarray, services: np.ndarray, legs: bool
) -> np.ndarray:
    walks = walks_mm(network, np.concatenate([homes, services]), legs=legs)
    return walks[: len(homes), len(homes) :]


def _expected(walks: np.ndarray, rows: np.ndarray, within_mm: int) -> Nearest:
    """The least of each row, the lowest column among equals."""
    if not len(rows):
        nobody = np.full(len(walks), -1)
        return Nearest(np.full(len(walks), UNREACHED), nobody, within_mm)
    some = walks[:, rows]
    pick, least = some.argmin(axis=1), some.min(axis=1)
    reached = least <= within_mm
    return Nearest(
        np.where(reached, least, UNREACHED), np.where(reached, rows[pick], -1), within_mm
    )


def _assert_same(got: Nearest, wanted: Nearest) -> None:
    np.testing.assert_array_equal(got.millimetres, wanted.millimetres)
    np.testing.assert_array_equal(got.service, wanted.service)


@given(towns(), REACH, st.booleans())
@settings(max_examples=40, deadline=None)
def test_nearest_equals_brute_force(
    town: tuple[StreetNetwork, np.ndarray, np.ndarray], within_mm: int, legs: bool
) -> None:
    network, homes, services = town
    graph = walk_graph(network)
    points, stands = _stand(network, homes, legs=legs), _stand(network, services, legs=legs)
    walks = _oracle(network, homes, services, legs)
    sets = [np.arange(len(services)), np.arange(0, len(services), 2), np.array([], dtype=int)]
    answers = nearest(graph, points, stands, members=sets, within_mm=[within_mm] * 3)
    for rows, answer in zip(sets, answers, strict=True):
        _assert_same(answer, _expected(walks, rows, within_mm))


@given(towns(), REACH, st.booleans())
@settings(max_examples=40, deadline=None)
def test_pairs_equal_brute_force_and_are_symmetric(
    town: tuple[StreetNetwork, np.ndarray, np.ndarray], within_mm: int, legs: bool
) -> None:
    network, homes, services = town
    graph = walk_graph(network)
    points, stands = _stand(network, homes, legs=legs), _stand(network, services, legs=legs)
    walks = _oracle(network, homes, services, legs)
    matrix = pairs(graph, points, stands, within_mm=within_mm)
    row, column = np.nonzero(walks <= within_mm)
    got = matrix.tocoo()
    order = np.lexsort((got.coords[1], got.coords[0]))
    np.testing.assert_array_equal(got.coords[0][order], row)
    np.testing.assert_array_equal(got.coords[1][order], column)
    np.testing.assert_array_equal(got.data[order], walks[row, column])
    back = pairs(graph, stands, points, within_mm=within_mm).T
    assert back.nnz == matrix.nnz
    assert abs(back - matrix).max() == 0


@given(towns(), REACH)
@settings(max_examples=30, deadline=None)
def test_no_walk_is_shorter_than_the_straight_line(
    town: tuple[StreetNetwork, np.ndarray, np.ndarray], within_mm: int
) -> None:
    network, homes, services = town
    matrix = pairs(
        walk_graph(network), _stand(network, homes), _stand(network, services), within_mm=within_mm
    ).tocoo()
    straight = np.hypot(*(homes[matrix.coords[0]] - services[matrix.coords[1]]).T)
    # Each edge and leg is rounded to the millimetre once.
    assert (matrix.data >= straight * 1000 - 0.5 * (len(network.neighbour) + 2)).all()


@given(towns(), REACH, st.data())
@settings(max_examples=40, deadline=None)
def test_what_if_equals_searching_anew(
    town: tuple[StreetNetwork, np.ndarray, np.ndarray], within_mm: int, data: st.DataObject
) -> None:
    network, homes, services = town
    graph = walk_graph(network)
    points, stands = _stand(network, homes), _stand(network, services)
    rows = np.arange(len(services))
    there = np.array(data.draw(st.lists(st.sampled_from(list(rows)), unique=True)), dtype=int)
    others = np.setdiff1d(rows, there)

    def anew(some: np.ndarray) -> Nearest:
        return nearest(graph, points, stands, members=[some], within_mm=[within_mm])[0]

    before = anew(there)
    kept = before.millimetres.copy()
    after = with_added(graph, points, stands, before, added=others)
    _assert_same(after, anew(rows))
    lost = (after.service >= 0) & np.isin(after.service, others)
    again = with_removed(graph, points, stands, after, lost=lost, remaining=there)
    _assert_same(again, before)
    np.testing.assert_array_equal(before.millimetres, kept)


def _large() -> tuple[StreetNetwork, np.ndarray, np.ndarray]:
    """A grid with a tenth of its streets closed, 200 homes and 40 services."""
    random = np.random.default_rng(3)
    lines = desert_lines(24, 24)
    network = streets_from_lines(lines[random.random(len(lines)) > 0.1])
    box = np.array([network.x.min(), network.y.min()]), np.array([2300.0, 2300.0])
    return (
        network,
        box[0] + box[1] * random.random((200, 2)),
        box[0] + box[1] * random.random((40, 2)),
    )


def test_tiles_equal_the_whole_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage.search.BLOCK", 64)  # and blocks of points equal all at once
    network, homes, services = _large()
    graph = walk_graph(network)
    points, stands = _stand(network, homes), _stand(network, services)
    matrix = pairs(graph, points, stands, within_mm=900_000).toarray()
    for row in range(len(services)):
        (answer,) = nearest(graph, points, stands, members=[[row]], within_mm=[900_000])
        walk = np.where(answer.service >= 0, answer.millimetres, 0)
        np.testing.assert_array_equal(walk, matrix[:, row])


def test_a_part_holds_the_junctions_of_its_box_and_their_arcs() -> None:
    network, _, _ = _large()
    graph = walk_graph(network)
    node = graph.junction_node
    box = Box(
        float(network.x.min()) + 300,
        float(network.y.min()) + 200,
        float(network.x.min()) + 900,
        float(network.y.min()) + 1000,
    )
    inside = box.holds(network.x[node], network.y[node])
    part = part_within(graph, box)
    assert part.junctions == inside.sum()
    rows = np.flatnonzero(inside)
    np.testing.assert_array_equal(
        part.weights.toarray(), graph.weights.toarray()[np.ix_(rows, rows)]
    )
    assert (part.number[~inside] == part.junctions).all()
    assert part_within(graph, Box(0, 0, 1, 1)).junctions == 0
    assert whole(graph).junctions == len(node)


@given(st.lists(st.tuples(st.floats(0, 3000), st.floats(0, 3000)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_cells_find_what_lies_in_a_box(places: list[tuple[float, float]]) -> None:
    x, y = np.array(places).T
    cells = Cells(x, y)
    for box in (Box(500, 600, 1700, 900), Box(-9e5, -9e5, 9e5, 9e5), Box(4000, 0, 5000, 9)):
        np.testing.assert_array_equal(cells.rows_in(box), np.flatnonzero(box.holds(x, y)))
    assert len(Cells(x[:0], y[:0]).rows_in(box)) == 0


def test_many_sets_are_searched_in_lanes() -> None:
    network, homes, services = _large()
    graph = walk_graph(network)
    points, stands = _stand(network, homes), _stand(network, services)
    sets = [np.arange(k, 40, 19) for k in range(19)]
    bounds = [300_000 + 50_000 * k for k in range(19)]
    together = nearest(graph, points, stands, members=sets, within_mm=bounds)
    for rows, bound, answer in zip(sets, bounds, together, strict=True):
        (alone,) = nearest(graph, points, stands, members=[rows], within_mm=[bound])
        _assert_same(answer, alone)


def test_ties_go_to_the_lower_row_on_the_desert() -> None:
    network = streets_from_lines(desert_lines())
    graph = walk_graph(network)
    nodes = at_nodes(graph)
    corners = np.array([0, 120, 55, 60])
    (answer,) = nearest(
        graph, nodes, nodes.take(corners), members=[np.arange(4)], within_mm=[5_000_000]
    )
    walks = np.abs(network.x[:, None] - network.x[corners]) + np.abs(
        network.y[:, None] - network.y[corners]
    )
    np.testing.assert_array_equal(answer.millimetres, (walks.min(axis=1) * 1000).astype(int))
    np.testing.assert_array_equal(answer.service, walks.argmin(axis=1))


def test_no_more_services_than_a_float_can_tell_apart() -> None:
    network = streets_from_lines(desert_lines(3, 3))
    graph = walk_graph(network)
    stand = at_nodes(graph)
    crowd = stand.take(np.zeros(TICK, dtype=int))
    with pytest.raises(NetworkError, match="at most"):
        nearest(graph, stand, crowd, members=[[0]], within_mm=[1000])
