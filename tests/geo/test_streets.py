"""Networks from line layers: joining, measuring, and what is wrong with a layer."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import FileError, GeographyError, NetworkError
from geo.hilbert import hilbert_index
from geo.osm import BRIDGE, MAIN_ROAD, STEPS
from geo.street_network import row_starts
from geo.streets import StreetNetwork, read_streets, streets_from_lines
from tests.desert import CRS, ORIGIN, desert_lines


def _lines(*shapes: str, crs: str | None = CRS, **columns: list[object]) -> gpd.GeoDataFrame:
    """Lines from text, at metres from the desert's origin."""
    moved = [
        shapely.transform(shapely.from_wkt(one), lambda place: place + np.array(ORIGIN))
        for one in shapes
    ]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def _as_set(network: StreetNetwork) -> set[tuple[float, ...]]:
    a, b = network.lower, network.neighbour
    ends = zip(network.x[a], network.y[a], network.x[b], network.y[b], strict=True)
    return {
        (*sorted([(xa, ya), (xb, yb)])[0], *sorted([(xa, ya), (xb, yb)])[1], int(mm), int(flag))
        for (xa, ya, xb, yb), mm, flag in zip(ends, network.millimetres, network.flags, strict=True)
    }


def test_the_desert_by_hand() -> None:
    network = streets_from_lines(desert_lines())
    assert len(network.x) == 11 * 11
    assert len(network.neighbour) == 2 * 11 * 10
    assert (network.millimetres == 100_000).all()
    assert (network.lower < network.neighbour).all()
    assert network.crs == CRS
    assert network.snap_limit_metres == 300.0


def test_lines_join_at_shared_vertices_and_nowhere_else() -> None:
    crossing = streets_from_lines(_lines("LINESTRING (0 0, 100 0)", "LINESTRING (50 -50, 50 50)"))
    assert (len(crossing.x), len(crossing.neighbour)) == (4, 2)
    vertex = streets_from_lines(_lines("LINESTRING (0 0, 50 0, 100 0)", "LINESTRING (50 0, 50 50)"))
    assert (len(vertex.x), len(vertex.neighbour)) == (4, 3)
    within_a_centimetre = streets_from_lines(
        _lines("LINESTRING (0 0, 50 0)", "LINESTRING (50.004 0.003, 50 50)")
    )
    assert len(within_a_centimetre.x) == 3


ROAD, BRIDGE_OVER = "LINESTRING (0 0, 50 0, 100 0)", "LINESTRING (50 -50, 50 0, 50 50)"


@pytest.mark.parametrize(
    ("columns", "nodes"),
    [
        ({}, 5),
        ({"bridge": ["no", "yes"]}, 6),
        ({"bridge": [None, "viaduct"]}, 6),
        ({"bridge": ["F", "T"]}, 6),
        ({"tunnel": ["culvert", ""]}, 6),
        ({"layer": [0, 1]}, 6),
        ({"layer": ["1", "1"], "bridge": ["yes", "yes"]}, 5),
        ({"layer": [float("nan"), None]}, 5),
        ({"layer": ["roads", "roads"]}, 5),
    ],
)
def test_levels_pass_each_other(columns: dict[str, list[object]], nodes: int) -> None:
    network = streets_from_lines(_lines(ROAD, BRIDGE_OVER, **columns))
    assert (len(network.x), len(network.neighbour)) == (nodes, 4)


def test_a_bridge_joins_where_it_lands() -> None:
    # Road, bridge, road end to end over a street that is itself cut at the crossing; a stair
    # comes down from the bridge's end into the middle of another street.
    network = streets_from_lines(
        _lines(
            "LINESTRING (0 0, 40 0)",
            "LINESTRING (40 0, 50 0)",
            "LINESTRING (50 0, 60 0)",
            "LINESTRING (60 0, 90 0)",
            "LINESTRING (50 -50, 50 0)",
            "LINESTRING (50 0, 50 50)",
            "LINESTRING (0 50, 60 50, 90 50)",
            "LINESTRING (60 0, 60 50)",
            bridge=["no", "yes", "yes", "no", "no", "no", "no", "yes"],
        )
    )
    # The crossing alone counts twice.
    assert (len(network.x), len(network.neighbour)) == (11, 9)
    assert (network.flags & BRIDGE > 0).sum() == 3


def test_permissions_in_columns_count() -> None:
    lines = _lines(
        "LINESTRING (0 0, 10 0)",
        "LINESTRING (10 0, 20 0)",
        "LINESTRING (20 0, 30 0)",
        "LINESTRING (30 0, 40 0)",
        foot=[None, "no", "yes", float("nan")],
        access=["private", None, "no", None],
    )
    assert len(streets_from_lines(lines).neighbour) == 2


def test_the_layer_of_lines_is_found(tmp_path: Path) -> None:
    path = tmp_path / "many.gpkg"
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([1.0], [2.0]), crs=CRS)
    points.to_file(path, layer="houses")
    desert_lines(3, 3).to_file(path, layer="roads")
    desert_lines(4, 4).to_file(path, layer="other")
    assert len(read_streets(path).x) == 9


def test_odd_lines_are_kept_or_left_out_and_said() -> None:
    network = streets_from_lines(
        _lines(
            "LINESTRING (0 0, 100 0)",
            "LINESTRING (0 0, 0 0)",
            "LINESTRING (0 0, 100 100, 100 0, 0 100)",
            "LINESTRING (0 0, 100 0)",
        )
    )
    # The doubled line counts once, the empty one not at all, the loop is not noded.
    assert len(network.neighbour) == 4
    said = [note.say("en") for note in network.notes]
    assert any("1 lines of zero length" in one for one in said)
    assert any("1 lines in the streets cross themselves" in one for one in said)


def test_the_highway_column_closes_and_flags() -> None:
    network = streets_from_lines(
        _lines(
            "LINESTRING (0 0, 100 0)",
            "LINESTRING (100 0, 200 0)",
            "LINESTRING (200 0, 300 0)",
            "LINESTRING (300 0, 400 0)",
            highway=["motorway", "steps", "trunk_link", "['motorway_link', 'residential']"],
        )
    )
    assert sorted(network.flags) == [0, STEPS, MAIN_ROAD]
    assert any("1 pieces of motorway" in note.say("en") for note in network.notes)


def test_squares_and_collections_become_lines() -> None:
    network = streets_from_lines(
        _lines(
            "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))",
            "MULTILINESTRING ((0 0, -50 0), (-50 0, -50 50))",
            "LINESTRING Z (100 100 7, 200 100 9)",
        )
    )
    assert len(network.neighbour) == 7
    with pytest.raises(GeographyError, match="must be lines"):
        streets_from_lines(_lines("POINT (0 0)", "LINESTRING (0 0, 1 1)"))


@given(st.permutations(range(24)), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_lines_does_not_matter(order: list[int], random: object) -> None:
    lines = desert_lines(4, 4)
    shapes = lines.geometry.to_numpy()
    turned = [
        shapely.reverse(one) if random.random() < 0.5 else one  # type: ignore[attr-defined]
        for one in shapes[order]
    ]
    one = streets_from_lines(lines)
    other = streets_from_lines(gpd.GeoDataFrame(geometry=turned, crs=CRS))
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.neighbour, other.neighbour)
    np.testing.assert_array_equal(one.indptr, other.indptr)


def test_lengths_are_metres_in_any_crs() -> None:
    lines = desert_lines(3, 3)
    ours = _as_set(streets_from_lines(lines))
    for crs in ("EPSG:4326", "EPSG:4490", "EPSG:3857"):
        network = streets_from_lines(lines.to_crs(crs))
        assert network.crs.to_epsg() == 32650
        assert np.abs(network.millimetres - 100_000).max() <= 15
        assert len(network.neighbour) == len(ours)
    zone = streets_from_lines(lines, metric_crs="EPSG:4547")
    assert zone.crs == "EPSG:4547"
    # Web-Mercator metres are 0.86 of a metre here; degrees are no metres at all.
    for unfit in ("EPSG:3857", "EPSG:4326"):
        with pytest.raises(GeographyError, match="Distances cannot be measured"):
            streets_from_lines(lines, metric_crs=unfit)
    with pytest.raises(GeographyError, match="not known"):
        streets_from_lines(lines, metric_crs="EPSG:999999")


def test_faulty_layers_say_what_is_wrong() -> None:
    with pytest.raises(GeographyError, match="declare no coordinate system"):
        streets_from_lines(desert_lines(3, 3).to_crs(4326).set_crs(None, allow_override=True))
    with np.errstate(invalid="ignore"):
        shapes = shapely.linestrings([[[0, 0], [1, 1]], [[0, 0], [np.nan, 1]]])
    broken = gpd.GeoDataFrame(geometry=shapes, crs=CRS)
    with pytest.raises(GeographyError, match="1 lines have coordinates that are not numbers"):
        streets_from_lines(broken)
    with pytest.raises(NetworkError, match="no way that people walk on"):
        streets_from_lines(desert_lines(3, 3).iloc[:0])
    with pytest.raises(NetworkError, match="no way that people walk on"):
        streets_from_lines(_lines("LINESTRING (0 0, 0 0)"))
    with pytest.raises(NetworkError, match="no way that people walk on"):
        streets_from_lines(_lines("LINESTRING (0 0, 9 0)", highway=["motorway"]))
    with pytest.raises(NetworkError, match="snap limit"):
        streets_from_lines(desert_lines(3, 3), snap_limit_metres=float("nan"))


def test_places_that_cannot_be_say_so() -> None:
    degrees = desert_lines(3, 3).to_crs(4326)
    swapped = shapely.transform(degrees.geometry.to_numpy(), lambda place: place[:, ::-1])
    with pytest.raises(GeographyError, match=r"12 lines .* outside the range of EPSG:4326"):
        streets_from_lines(gpd.GeoDataFrame(geometry=swapped, crs=4326))
    with pytest.raises(GeographyError, match=r"outside the range of EPSG:4326"):
        streets_from_lines(desert_lines(3, 3).set_crs(4326, allow_override=True))
    beyond = _lines("LINESTRING (0 0, 100 0, 200 0)", "LINESTRING (1e9 0, 1000000100 0)")
    with pytest.raises(GeographyError, match=r"1 lines .* rows 2\."):
        streets_from_lines(beyond)
    with pytest.raises(GeographyError, match="lie outside the range of EPSG:32650"):
        streets_from_lines(beyond.iloc[1:])
    origin = shapely.LineString([ORIGIN, (0, 0)])
    with pytest.raises(
        GeographyError, match=r"1 lines .* longer than 1,000 km, for example rows 2"
    ):
        streets_from_lines(
            gpd.GeoDataFrame(
                geometry=[*_lines("LINESTRING (0 0, 100 0)").geometry, origin], crs=CRS
            )
        )


def test_missing_shapes_are_passed_over() -> None:
    lines = _lines("LINESTRING (0 0, 100 0)", "LINESTRING EMPTY")
    lines.loc[2] = None
    assert len(streets_from_lines(lines).neighbour) == 1


def test_inputs_are_left_alone() -> None:
    lines = desert_lines(3, 3)
    before = lines.copy(deep=True)
    streets_from_lines(lines, metric_crs="EPSG:4547")
    assert_geodataframe_equal(lines, before)


@pytest.mark.parametrize("name", ["s.parquet", "s.gpkg", "s.geojson", "s.shp"])
def test_every_line_format_reads_alike(tmp_path: Path, name: str) -> None:
    lines = desert_lines(4, 4)
    path = tmp_path / name
    if name.endswith("parquet"):
        lines.to_parquet(path)
    else:
        lines.to_crs("EPSG:4326").to_file(path)
    network = read_streets(path, metric_crs=CRS)
    assert network.source == name
    assert len(network.x) == 16
    assert np.abs(network.millimetres - 100_000).max() <= 15


def test_a_stated_crs_replaces_the_files(tmp_path: Path) -> None:
    path = tmp_path / "unstated.parquet"
    desert_lines(3, 3).set_crs(None, allow_override=True).to_parquet(path)
    with pytest.raises(GeographyError, match=r"unstated\.parquet declare no coordinate system"):
        read_streets(path)
    assert (read_streets(path, crs=CRS).millimetres == 100_000).all()


def test_broken_files_say_so(tmp_path: Path) -> None:
    for name in ("s.parquet", "s.gpkg", "s.geojson", "s.shp", "s.xyz"):
        path = tmp_path / name
        path.write_bytes(b"not a map at all")
        with pytest.raises(FileError, match=name):
            read_streets(path)
    whole = tmp_path / "whole.parquet"
    desert_lines(3, 3).to_parquet(whole)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:500])
    with pytest.raises(FileError, match=r"cut\.parquet"):
        read_streets(cut)
    table = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(table)
    with pytest.raises(FileError, match=r"table\.parquet"):
        read_streets(table)


def test_wuchang_has_the_nodes_and_edges_counted_by_hand(root: Path) -> None:
    """25,015 nodes and 27,908 edges when vertices join to the centimetre (data notes)."""
    network = read_streets(root / "data" / "wuchang" / "streets.parquet", crs="EPSG:32650")
    assert (len(network.x), len(network.neighbour)) == (25_015, 27_908)


def test_the_hilbert_curve_steps_from_cell_to_cell() -> None:
    side = 32
    x, y = (one.ravel().astype(float) for one in np.meshgrid(np.arange(side), np.arange(side)))
    order = np.argsort(hilbert_index(x * 2048, y * 2048))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()
    assert len(hilbert_index(np.empty(0), np.empty(0))) == 0


def test_every_node_knows_where_its_edges_begin() -> None:
    lower = np.array([1, 1, 4], dtype=np.int32)
    assert row_starts(lower, 6).tolist() == [0, 0, 2, 2, 2, 3, 3]
    assert row_starts(lower[:0], 0).tolist() == [0]
