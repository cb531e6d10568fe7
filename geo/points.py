"""Points as a caller hands them over, as coordinates in metres."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.errors import GeographyError, TableError
from geo.metric import transformed
from geo.phrases import Phrase

SEEN = 3  # ids named as examples
Metres = npt.NDArray[np.float64]
Points: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame


def metric_points(points: Points, crs: pyproj.CRS, *, what: str) -> Metres:
    """Return points as coordinates (n, 2) in `crs`; a missing point is NaN.

    Parameters
    ----------
    points
        Points in any declared CRS.
    what
        Phrase key of what they are, such as ``what.residents``.

    Raises
    ------
    GeographyError
        No CRS, shapes that are not points, or coordinates that are not numbers.
    TableError
        An id stands twice.
    """
    name = Phrase.of(what)
    if not isinstance(points, (gpd.GeoSeries, gpd.GeoDataFrame)):
        raise GeographyError("error.points_not_geometry", what=name, given=type(points).__name__)
    if points.index.has_duplicates:
        twice = points.index[points.index.duplicated()].unique()
        raise TableError("error.points_ids_twice", what=name, examples=_examples(twice))
    if points.crs is None:
        raise GeographyError("error.points_no_crs", what=name)
    shapes = points.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    foreign = np.unique(shapely.get_type_id(shapes[there]))
    if (foreign != 0).any():
        kind = shapely.from_wkt("POINT EMPTY") if not len(foreign) else shapes[there][0]
        raise GeographyError("error.points_not_points", what=name, given=kind.geom_type)
    place = np.full((len(shapes), 2), np.nan)
    given = shapely.get_coordinates(shapes[there])
    place[there] = np.column_stack(transformed(given, points.crs, crs)) if len(given) else given
    faulty = there & ~np.isfinite(place).all(axis=1)
    if faulty.any():
        raise GeographyError(
            "error.points_bad_coordinates",
            what=name,
            count=int(faulty.sum()),
            examples=_examples(points.index[faulty]),
        )
    return place


def _examples(ids: pd.Index) -> str:
    return "、".join(map(str, ids[:SEEN]))
