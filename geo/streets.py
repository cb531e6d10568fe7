"""How the street network of a place is read from files.

Streets join only where they share a node: in OSM the same node, in a line
layer the same vertex to the centimetre. Lines that merely cross, as bridges and
tunnels do, are never joined.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import FileError, GeographyError, NetworkError
from geo.hilbert import hilbert_index
from geo.metric import WGS84, known_crs, measuring_crs, transformed
from geo.osm_file import read_osm
from geo.phrases import Phrase
from geo.street_lines import (
    EARTH_METRES,
    PIECE_METRES,
    check_places,
    flags_of_rows,
    levels_of_rows,
    read_lines,
    shape_notes,
    single_lines,
    walkable_rows,
)
from geo.street_network import SNAP_LIMIT_METRES, StreetNetwork, row_starts

__all__ = ["OSM_SUFFIXES", "StreetNetwork", "read_streets", "streets_from_lines"]

OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml")
CENTIMETRES = 100.0


def read_streets(
    path: Path | str,
    *,
    crs: Any = None,
    metric_crs: Any = None,
    snap_limit_metres: float = SNAP_LIMIT_METRES,
) -> StreetNetwork:
    """Read the streets people walk on from an OSM file or a line layer.

    Parameters
    ----------
    path
        .osm.pbf, .osm, .osm.gz, .osm.bz2; or lines as GeoParquet, GeoPackage,
        GeoJSON or shapefile.
    crs
        CRS of a line layer's coordinates; it replaces what the file says.
    metric_crs
        CRS to measure in; by default the UTM zone of the data, or the layer's
        own CRS when distances hold in it.
    snap_limit_metres
        How far from a street a point may lie and still be on the network.

    Raises
    ------
    FileError
        The file is missing, cut short or not what its name says.
    GeographyError
        No CRS, an unfit CRS, or coordinates that are not numbers.
    NetworkError
        Nothing in it can be walked on.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    if path.name.lower().endswith(OSM_SUFFIXES):
        return _from_osm(path, metric_crs, _checked_limit(snap_limit_metres))
    lines = read_lines(path)
    if crs is not None:
        lines = lines.set_crs(known_crs(crs), allow_override=True)
    return streets_from_lines(
        lines, metric_crs=metric_crs, snap_limit_metres=snap_limit_metres, source=path.name
    )


def streets_from_lines(
    lines: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    metric_crs: Any = None,
    snap_limit_metres: float = SNAP_LIMIT_METRES,
    source: str = "",
) -> StreetNetwork:
    """Build a network from street centre lines.

    Lines join where they share a vertex, to the centimetre, unless they pass
    each other on different levels (``layer``, ``bridge``, ``tunnel``); the columns
    ``highway``, ``foot`` and ``access`` drop what nobody may walk on. Raises as
    `read_streets`.
    """
    limit, source = _checked_limit(snap_limit_metres), source or "lines"
    if lines.crs is None:
        example = ", ".join(f"{value:.4f}" for value in lines.total_bounds[:2])
        raise GeographyError("error.streets_no_crs", file=source, example=example)
    walkable = walkable_rows(lines)
    parts, row = single_lines(lines.geometry.to_numpy()[walkable], source=source)
    vertices, line = shapely.get_coordinates(parts, return_index=True)
    if not len(vertices):
        raise NetworkError("error.streets_without_ways", file=source)
    notes = shape_notes(parts)
    if not walkable.all():
        notes = (*notes, Phrase.of("note.streets_motorways", count=int((~walkable).sum())))
    crs = measuring_crs(vertices, lines.crs, given=metric_crs)
    x, y = transformed(vertices, lines.crs, crs)
    check_places(x, y, line, row, crs=lines.crs, source=source)
    inside = line[1:] == line[:-1]
    runs_on = np.ones(len(line), dtype=np.int64)
    runs_on[1:-1] += inside[1:] & inside[:-1]
    node, x, y = _joined(x, y, levels_of_rows(lines)[walkable][row][line], runs_on)
    flags = flags_of_rows(lines)[walkable][row][line[:-1][inside]]
    edges = node[:-1][inside], node[1:][inside], flags
    return _network(x, y, edges, crs=crs, limit=limit, source=source, notes=notes)


def _from_osm(path: Path, metric_crs: Any, limit: float) -> StreetNetwork:
    ways = read_osm(path)
    if not len(ways.start):
        raise NetworkError("error.streets_without_ways", file=path.name)
    vertices = np.column_stack([ways.longitude, ways.latitude])
    used = np.zeros(len(vertices), dtype=np.bool_)
    used[ways.start] = used[ways.end] = True
    crs = measuring_crs(vertices[used], WGS84, given=metric_crs)
    number = np.cumsum(used) - 1
    x, y = transformed(vertices[used], WGS84, crs)
    # An extract of one place never does; beyond, lengths no longer hold in one plane.
    if not (np.abs(x).max() < EARTH_METRES and np.abs(y).max() < EARTH_METRES):
        raise GeographyError("error.streets_too_wide", file=path.name)
    edges = number[ways.start], number[ways.end], ways.flags
    return _network(x, y, edges, crs=crs, limit=limit, source=path.name, notes=())


def _checked_limit(given: float) -> float:
    if not (math.isfinite(given) and given >= 0):
        raise NetworkError("error.snap_limit", given=given)
    return float(given)


def _joined(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    level: npt.NDArray[np.int64],
    runs_on: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return for every vertex its node, and the nodes: vertices equal to the centimetre.

    Where two levels both run on through a vertex, one passes above the other
    and they are not joined; where one of them ends, it lands on the other.

    Parameters
    ----------
    level
        Per vertex how high its line runs.
    runs_on
        Per vertex 2 within a line, 1 at its end.
    """
    east = np.rint(x * CENTIMETRES).astype(np.int64)
    north = np.rint(y * CENTIMETRES).astype(np.int64)
    # 2^31 cm = 21,000 km: every metric coordinate on Earth fits beside the other.
    key = (east - east.min()) * np.int64(2**31) + (north - north.min())
    _, first, node = np.unique(key, return_index=True, return_inverse=True)
    if (level == level[0]).all():
        return node, east[first] / CENTIMETRES, north[first] / CENTIMETRES
    span = int(np.ptp(level)) + 1
    floors, floor = np.unique(node * span + (level - level.min()), return_inverse=True)
    through = np.bincount(floor, weights=runs_on) >= 2
    apart = np.bincount(floors // span, weights=~through, minlength=len(first)) == 0
    floors = np.where(apart[floors // span], floors, floors // span * span)
    kept, again = np.unique(floors, return_inverse=True)
    first = first[kept // span]
    return again[floor], east[first] / CENTIMETRES, north[first] / CENTIMETRES


def _along_curve(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the order of nodes along the Hilbert curve, by x and y within one of its cells."""
    curve = hilbert_index(x, y)
    order = np.argsort(curve)
    ranked = curve[order]
    same = ranked[1:] == ranked[:-1]
    # Few share a cell: only those are sorted by all three.
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    some = order[tied]
    order[tied] = some[np.lexsort((y[some], x[some], curve[some]))]
    return order


def _network(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    edges: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint16]],
    *,
    crs: pyproj.CRS,
    limit: float,
    source: str,
    notes: tuple[Phrase, ...],
) -> StreetNetwork:
    """Order nodes along the Hilbert curve and edges by their nodes; drop doubles."""
    start, end, flags = edges
    order = _along_curve(x, y)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    x, y = x[order], y[order]
    a, b = place[start], place[end]
    low, high = np.minimum(a, b), np.maximum(a, b)
    real = low < high
    low, high, flags = low[real], high[real], flags[real]
    if not len(low):
        raise NetworkError("error.streets_without_ways", file=source)
    key = low * np.int64(len(x)) + high
    by_key = np.argsort(key)
    first = np.flatnonzero(np.diff(key[by_key], prepend=-1))
    # Of two equal pieces a walker takes the one without obstacles: flags hold for both.
    flags = np.bitwise_and.reduceat(flags[by_key], first)
    low, high = low[by_key][first], high[by_key][first]
    length = np.hypot(x[high] - x[low], y[high] - y[low])
    if length.max() > PIECE_METRES:
        raise GeographyError("error.streets_too_wide", file=source)
    return StreetNetwork(
        x=x,
        y=y,
        indptr=row_starts(low, len(x)),
        neighbour=high.astype(np.int32),
        millimetres=np.rint(length * 1000).astype(np.int32),
        flags=flags.astype(np.uint16),
        crs=crs,
        snap_limit_metres=limit,
        source=source,
        notes=notes,
    )
