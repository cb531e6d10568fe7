"""Layers of street centre lines: reading them, and what is wrong or odd about them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyproj
import shapely

from geo.errors import FileError, GeographyError
from geo.osm import BRIDGE, MAIN_ROAD, MAIN_ROADS, STEPS, TUNNEL, VERDICTS, is_denied
from geo.phrases import Phrase

PARQUET_SUFFIXES = (".parquet", ".geoparquet", ".pq")
# Few layers carry foot= or access=, so a class is left out only when it is never walked.
CLOSED_CLASSES = frozenset(
    {value for value, verdict in VERDICTS["highway"].items() if verdict == "out"}
    | {"motorway", "motorway_link", "busway"}
)
LINE_TYPES = (1, 2, 5)  # LineString, LinearRing, MultiLineString
POLYGON_TYPES = (3, 6)  # squares: walked along their edge
NOT_STATED = ("no", "", "f", "false", "0", "0.0", "none", "nan")  # exports write what they like
HIGHEST = 20  # a number beyond is not the level of a street
SEEN = 3  # how many faulty rows a sentence names
EARTH_METRES = 5e7  # no metric coordinate on Earth is larger
PIECE_METRES = 1_000_000.0  # no street runs straight as far; a vertex at 0, 0 makes such pieces


def read_lines(path: Path) -> gpd.GeoDataFrame:
    """Read a line layer.

    Raises
    ------
    FileError
        The file is cut short or not what its name says.
    """
    try:
        if path.name.lower().endswith(PARQUET_SUFFIXES):
            return gpd.read_parquet(path)
        layer = gpd.read_file(path, layer=_line_layer(path), on_invalid="ignore")
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pa.ArrowException,
        OSError,
        ValueError,
        KeyError,
    ) as fault:
        detail = " ".join(str(fault).split())[:200]
        raise FileError("error.street_file_unreadable", file=path.name, detail=detail) from fault
    if not isinstance(layer, gpd.GeoDataFrame):
        raise FileError("error.street_file_unreadable", file=path.name, detail="no geometry")
    return layer


def _line_layer(path: Path) -> str | int:
    """Return the first layer of lines: a GeoPackage may hold houses and points beside them."""
    for name, kind in pyogrio.list_layers(path):
        if kind is not None and "LineString" in kind:
            return str(name)
    return 0


def walkable_rows(lines: gpd.GeoDataFrame | gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Return which lines people may walk on.

    The columns ``highway``, ``foot`` and ``access`` decide, as far as there are any.
    """
    walked = np.ones(len(lines), dtype=np.bool_)
    if "highway" in _columns(lines):
        walked &= np.array([not _closed(value) for value in lines["highway"]], dtype=np.bool_)
    said: list[str] = [key for key in ("foot", "access") if key in _columns(lines)]
    for place, row in enumerate(zip(*(lines[key] for key in said), strict=True)):
        # An empty cell is no text, and says nothing.
        tags = {k: word for k, word in zip(said, row, strict=True) if isinstance(word, str)}
        walked[place] &= not is_denied(tags)
    return walked


def flags_of_rows(lines: gpd.GeoDataFrame | gpd.GeoSeries) -> npt.NDArray[np.uint16]:
    """Return the edge flags of every line: stairs, main roads, bridges and tunnels."""
    flags = np.zeros(len(lines), dtype=np.uint16)
    if "highway" in _columns(lines):
        kinds = lines["highway"].astype(str).str.removesuffix("_link")
        flags[(kinds == "steps").to_numpy()] |= STEPS
        flags[kinds.isin(MAIN_ROADS).to_numpy()] |= MAIN_ROAD
    flags[_stated(lines, "bridge")] |= BRIDGE
    flags[_stated(lines, "tunnel")] |= TUNNEL
    return flags


def levels_of_rows(lines: gpd.GeoDataFrame | gpd.GeoSeries) -> npt.NDArray[np.int64]:
    """Return how high every line runs: its ``layer``, or 1 on bridges and -1 in tunnels."""
    level = _stated(lines, "bridge").astype(np.int64) - _stated(lines, "tunnel")
    if "layer" in _columns(lines):
        given = pd.to_numeric(lines["layer"], errors="coerce").to_numpy(dtype=np.float64)
        stated = np.isfinite(given) & (np.abs(given) <= HIGHEST)
        level[stated] = given[stated].astype(np.int64)
    return level


def _columns(lines: gpd.GeoDataFrame | gpd.GeoSeries) -> frozenset[str]:
    return frozenset(map(str, lines.columns) if isinstance(lines, gpd.GeoDataFrame) else ())


def _stated(lines: gpd.GeoDataFrame | gpd.GeoSeries, key: str) -> npt.NDArray[np.bool_]:
    """Return where a column such as ``bridge`` says something other than no."""
    if key not in _columns(lines):
        return np.zeros(len(lines), dtype=np.bool_)
    words = lines[key].astype("string").str.strip().str.lower().fillna("no")
    stated: npt.NDArray[np.bool_] = (~words.isin(NOT_STATED)).to_numpy(dtype=np.bool_)
    return stated


def _closed(value: object) -> bool:
    # A simplified network may list several classes for one line; one open class opens it.
    classes = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
    return len(classes) > 0 and all(str(one) in CLOSED_CLASSES for one in classes)


def single_lines(
    shapes: npt.NDArray[np.object_], *, source: str
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return single lines and the row each comes from.

    Raises
    ------
    GeographyError
        There are points among the shapes, or coordinates that are not numbers.
    """
    parts, row = shapely.get_parts(shapes, return_index=True)
    while np.isin(shapely.get_type_id(parts), (5, 6, 7)).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    types = shapely.get_type_id(parts)
    if np.isin(types, (0, 4)).any():
        raise GeographyError("error.streets_not_lines", file=source, given="Point")
    squares = np.isin(types, POLYGON_TYPES)
    parts = np.where(squares, shapely.boundary(np.where(squares, parts, None)), parts)
    parts, inner = shapely.get_parts(parts, return_index=True)
    row = row[inner]
    vertices, line = shapely.get_coordinates(parts, return_index=True)
    broken = row[line[~np.isfinite(vertices).all(axis=1)]]
    _refuse(broken, "error.streets_bad_coordinates", file=source)
    return parts, row


def check_places(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    line: npt.NDArray[np.int64],
    row: npt.NDArray[np.int64],
    *,
    crs: pyproj.CRS,
    source: str,
) -> None:
    """Refuse vertices that are nowhere near the others.

    Parameters
    ----------
    x, y, line
        Per vertex its place in metres and its line.
    row
        Per line its row in the layer.
    crs
        What the layer says its coordinates are.

    Raises
    ------
    GeographyError
        Coordinates outside the range of their CRS, or pieces no street is long.
    """
    # What has no place in the metric CRS comes back as infinity.
    near = (np.abs(x) < EARTH_METRES) & (np.abs(y) < EARTH_METRES)
    _refuse(row[line[~near]], "error.streets_off_the_map", file=source, crs=crs.to_string()[:80])
    inside = line[1:] == line[:-1]
    long = inside & (np.hypot(np.diff(x), np.diff(y)) > PIECE_METRES)
    limit = f"{PIECE_METRES / 1000:,.0f}"
    _refuse(row[line[1:][long]], "error.streets_endless", file=source, kilometres=limit)


def _refuse(rows: npt.NDArray[np.int64], key: str, **said: str) -> None:
    faulty = np.unique(rows)
    if len(faulty):
        examples = "、".join(str(one + 1) for one in faulty[:SEEN])
        raise GeographyError(key, count=len(faulty), examples=examples, **said)


def shape_notes(parts: npt.NDArray[np.object_]) -> tuple[Phrase, ...]:
    """Return what is odd about the lines: without length, or crossing themselves."""
    notes = []
    empty = int((shapely.length(parts) == 0).sum())
    if empty:
        notes.append(Phrase.of("note.streets_zero_length", count=empty))
    # Two vertices cannot cross, and most lines of a street layer have few more.
    longer = parts[shapely.get_num_points(parts) > 3]
    crossing = int((~shapely.is_simple(longer)).sum())
    if crossing:
        notes.append(Phrase.of("note.streets_self_crossing", count=crossing))
    return tuple(notes)
