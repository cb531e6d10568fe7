"""A desert grid: streets on a plain grid, where every walk is a Manhattan distance.

The origin lies near the middle of UTM zone 50N so that coordinates look real;
every answer on it can be worked out by hand.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:32650"
ORIGIN = (240_000.0, 3_380_000.0)


def desert_lines(columns: int = 11, rows: int = 11, spacing: float = 100.0) -> gpd.GeoDataFrame:
    """Return two-vertex street segments of a grid of `columns` x `rows` crossings."""
    x = ORIGIN[0] + spacing * np.arange(columns)
    y = ORIGIN[1] + spacing * np.arange(rows)
    across = [[(x[i], b), (x[i + 1], b)] for b in y for i in range(columns - 1)]
    upward = [[(a, y[j]), (a, y[j + 1])] for a in x for j in range(rows - 1)]
    shapes = shapely.linestrings(across + upward)
    return gpd.GeoDataFrame({"highway": ["residential"] * len(shapes)}, geometry=shapes, crs=CRS)


def desert_points(offsets: list[tuple[float, float]], prefix: str = "p") -> gpd.GeoDataFrame:
    """Return points at metres east and north of the grid's lower left crossing."""
    shapes = [shapely.Point(ORIGIN[0] + east, ORIGIN[1] + north) for east, north in offsets]
    ids = pd.Index([f"{prefix}{k:04d}" for k in range(len(shapes))], dtype="str")
    return gpd.GeoDataFrame(geometry=shapes, index=ids, crs=CRS)


def manhattan(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the grid walk between two points that lie on the grid's lines, off one line."""
    return abs(first[0] - second[0]) + abs(first[1] - second[1])
