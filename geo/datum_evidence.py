"""How well points fit the ground: inside the district, inside their community, near streets.

The formula of the evidence stands in `geo.datum_check`, which weighs it.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.datum import Degrees
from geo.errors import GeographyError

OUTSIDE_COSTS = 2.0
NEAR_METRES, FAR_METRES = 20.0, 100.0
NEAR_STREET_METRES = 50.0
CELL_METRES = 150.0

SHARE_COLUMNS = (
    "points",
    "in_district",
    "in_stated_community",
    "near_street",
    "median_street_metres",
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What the points are held against, in one metric CRS."""

    district: shapely.Geometry
    stated: npt.NDArray[np.object_]
    streets: shapely.STRtree | None


def ground_of(
    communities: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | gpd.GeoSeries | None,
    stated: pd.Series | None,
    points: pd.DataFrame,
    chosen: npt.NDArray[np.intp],
    crs: str,
) -> Ground:
    """Prepare polygons and streets in `crs` for the `chosen` rows of `points`.

    Raises
    ------
    GeographyError
        There is no polygon, or the streets carry no CRS.
    """
    shapes = communities.geometry.to_crs(crs)
    shapes = shapes[~(shapes.isna() | shapes.is_empty)].make_valid()
    if shapes.empty:
        raise GeographyError("error.datum_no_polygons")
    polygons = np.full(len(chosen), None, dtype=object)
    if stated is not None:
        by_word = _polygon_of_word(communities, shapes)
        words = stated.reindex(points.index).iloc[chosen]
        polygons[:] = [None if pd.isna(one) else by_word.get(str(one).strip()) for one in words]
    tree = None
    if streets is not None and len(streets):
        with_crs(streets, "streets")
        lines = streets.geometry.to_crs(crs)
        tree = shapely.STRtree(lines[~(lines.isna() | lines.is_empty)].to_numpy())
    district = shapely.union_all(shapes.to_numpy())
    shapely.prepare(district)
    return Ground(district, polygons, tree)


def _polygon_of_word(
    communities: gpd.GeoDataFrame, shapes: gpd.GeoSeries
) -> dict[str, shapely.Geometry]:
    words = {str(code): shape for code, shape in shapes.items()}
    if "name" in communities.columns:
        names = communities.loc[shapes.index, "name"].astype(str).str.strip()
        # Two communities of one name tell nothing about either.
        for code, name in names.drop_duplicates(keep=False).items():
            words.setdefault(name, shapes[code])
    for shape in words.values():
        shapely.prepare(shape)
    return words


def evidence_of(place: Degrees, ground: Ground) -> Degrees:
    """Return the evidence of every point (rows x 2, metres): 0 is best, less is worse."""
    outside = ~shapely.contains_xy(ground.district, place[:, 0], place[:, 1])
    total = -OUTSIDE_COSTS * outside
    known, inside = _in_stated(place, ground)
    total = total - OUTSIDE_COSTS * (known & ~inside)
    if ground.streets is not None:
        total = total - np.log1p(
            np.minimum(_street_metres(place, ground), FAR_METRES) / NEAR_METRES
        )
    return np.asarray(total, dtype=np.float64)


def _in_stated(
    place: Degrees, ground: Ground
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    known = np.array([one is not None for one in ground.stated], dtype=np.bool_)
    inside = np.zeros(len(place), dtype=np.bool_)
    inside[known] = shapely.contains_xy(ground.stated[known], place[known, 0], place[known, 1])
    return known, inside


def _street_metres(place: Degrees, ground: Ground) -> Degrees:
    metres = np.full(len(place), np.inf)
    if ground.streets is None:
        return metres
    real = np.flatnonzero(np.isfinite(place).all(axis=1))
    found, distances = ground.streets.query_nearest(
        shapely.points(place[real]), return_distance=True, all_matches=False
    )
    metres[real[found[0]]] = distances
    return metres


def cells_of(place: Degrees) -> npt.NDArray[np.intp]:
    """Return the number of the cell every point lies in."""
    corner = np.floor(np.nan_to_num(place, posinf=0.0, neginf=0.0) / CELL_METRES)
    return np.unique(corner, axis=0, return_inverse=True)[1].reshape(-1)


def z_over_cells(difference: Degrees, cells: npt.NDArray[np.intp]) -> float:
    """Return sum C / sqrt(sum C^2) over the cells' sums C; 0 where nothing differs."""
    if not len(difference):
        return 0.0
    sums = np.bincount(cells, weights=difference)
    spread = float(np.sqrt(np.sum(sums**2)))
    return float(np.sum(sums)) / spread if spread > 0 else 0.0


def shares_of(place: Degrees, ground: Ground) -> tuple[float, ...]:
    """Return `SHARE_COLUMNS` for points read in one way."""
    count = len(place)
    if not count:
        return (0, np.nan, np.nan, np.nan, np.nan)
    inside = shapely.contains_xy(ground.district, place[:, 0], place[:, 1])
    known, stated = _in_stated(place, ground)
    in_stated = stated[known].mean() if known.any() else np.nan
    if ground.streets is None:
        return (count, inside.mean(), in_stated, np.nan, np.nan)
    metres = _street_metres(place, ground)
    near = (metres <= NEAR_STREET_METRES).mean()
    median = float(np.median(metres))
    return (count, inside.mean(), in_stated, near, median if np.isfinite(median) else np.nan)


def with_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str) -> None:
    """Refuse a table without a coordinate system.

    Raises
    ------
    GeographyError
        Naming the table.
    """
    if frame.crs is None:
        raise GeographyError("error.no_crs", file=name)
