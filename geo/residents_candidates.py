"""Points where the people of a community may live, each with a weight.

Best first: buildings (floor area x levels), compounds (小区) with dwellings,
residential streets (metres), a plain grid inside the polygon without water.
Every function returns a table with ``community_code``, ``weight`` and a point,
in the CRS of the communities; what lies in no community is no candidate.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.errors import GeographyError, TableError

WEIGHT = "weight"


def building_candidates(
    communities: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    levels: str | None = None,
) -> gpd.GeoDataFrame:
    """Return one candidate a building, weighing its footprint times its levels.

    Parameters
    ----------
    communities
        Communities table in a metric CRS.
    buildings
        Footprint polygons in any CRS.
    levels
        Name of the column of storeys; where it is empty or below one, one
        storey is taken. None: footprints alone.
    """
    footprints = _in_crs_of(buildings, communities)
    weights = footprints.area.to_numpy(float)
    if levels is not None:
        storeys = footprints[levels].astype(float).to_numpy()
        weights = weights * np.where(storeys >= 1, storeys, 1.0)
    points = footprints.geometry.representative_point().to_numpy()
    return _candidates(communities, points, weights)


def compound_candidates(
    communities: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, *, dwellings: str = "dwellings"
) -> gpd.GeoDataFrame:
    """Return one candidate a compound (小区), weighing its dwellings."""
    located = _in_crs_of(compounds, communities)
    points = located.geometry.representative_point().to_numpy()
    return _candidates(communities, points, located[dwellings].to_numpy(float))


def street_candidates(
    communities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, *, spacing: float = 60.0
) -> gpd.GeoDataFrame:
    """Return points along streets, each weighing the metres it stands for.

    Segments are joined where exactly two meet, and every stretch between
    junctions is cut into equal parts of at most `spacing` metres; a part is
    represented by its middle.

    Parameters
    ----------
    communities
        Communities table in a metric CRS.
    streets
        Lines on which people live (residential and living streets).
    spacing
        Longest part, in metres.

    Raises
    ------
    TableError
        The spacing is not positive.
    GeographyError
        The streets have no CRS.
    """
    _positive(spacing, "spacing")
    lines = _in_crs_of(streets, communities).geometry.to_numpy()
    lines = shapely.get_parts(lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))])
    if len(lines):
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    metres = shapely.length(lines)
    lines, metres = lines[metres > 0], metres[metres > 0]
    parts = np.ceil(metres / spacing).astype(int)
    of_line = np.repeat(np.arange(len(lines)), parts)
    nth = np.arange(len(of_line)) - np.repeat(np.cumsum(parts) - parts, parts)
    middle = (nth + 0.5) / parts[of_line]
    points = shapely.line_interpolate_point(lines[of_line], middle, normalized=True)
    return _candidates(communities, points, (metres / np.maximum(parts, 1))[of_line])


def grid_candidates(
    communities: gpd.GeoDataFrame,
    *,
    spacing: float = 100.0,
    water: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the points of a regular grid inside the communities, off the water.

    Parameters
    ----------
    communities
        Communities table in a metric CRS.
    spacing
        Metres between grid points; the grid starts at a multiple of it.
    water
        Polygons nobody lives on, in any CRS.
    """
    _positive(spacing, "spacing")
    if communities.empty:
        return _candidates(communities, np.empty(0, dtype=object), np.empty(0))
    west, south, east, north = communities.total_bounds
    x = np.arange(np.floor(west / spacing), np.ceil(east / spacing) + 1) * spacing
    y = np.arange(np.floor(south / spacing), np.ceil(north / spacing) + 1) * spacing
    points = shapely.points(*(axis.ravel() for axis in np.meshgrid(x, y)))
    if water is not None and len(water):
        wet = _in_crs_of(water, communities).union_all()
        shapely.prepare(wet)
        points = points[~shapely.intersects(wet, points)]
    return _candidates(communities, points, np.ones(len(points)))


def _candidates(
    communities: gpd.GeoDataFrame, points: np.ndarray, weights: np.ndarray
) -> gpd.GeoDataFrame:
    """Return the points that lie in a community, in the order of community, x and y.

    The order makes the result independent of the direction in which lines run.
    A point on a shared border belongs to the community that comes first.
    """
    found = np.full(len(points), len(communities))
    here, of = communities.sindex.query(points, predicate="intersects")
    np.minimum.at(found, here, of)
    inside = np.flatnonzero(found < len(communities))
    x, y = shapely.get_x(points[inside]), shapely.get_y(points[inside])
    inside = inside[np.lexsort((np.round(y, 3), np.round(x, 3), found[inside]))]
    return gpd.GeoDataFrame(
        {
            "community_code": communities.index.to_numpy()[found[inside]].astype(str),
            WEIGHT: weights[inside],
        },
        geometry=points[inside],
        crs=communities.crs,
    )


def _in_crs_of(frame: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None or communities.crs is None:
        raise GeographyError("error.candidates_without_crs")
    if not communities.crs.is_projected:
        raise GeographyError("error.candidates_in_degrees")
    return frame.to_crs(communities.crs)


def _positive(metres: float, name: str) -> None:
    if not metres > 0:
        raise TableError("error.not_positive", name=name, given=metres)
