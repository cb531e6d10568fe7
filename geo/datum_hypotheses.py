"""The readings that the coordinate check tries: each system, either axis first, plane zones."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from geo.datum import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Degrees,
    from_projected,
    projected_systems,
    to_wgs84,
)
from geo.errors import GeographyError


@dataclass(frozen=True)
class Hypothesis:
    """One reading of the numbers.

    Parameters
    ----------
    system
        One of `geo.datum.SYSTEMS`.
    swapped
        Whether the first number is the latitude (or northing).
    crs
        The plane system, or None for degrees.
    """

    system: str
    swapped: bool
    crs: str | None

    @property
    def key(self) -> str:
        """Return its name in tables, such as ``gcj02``, ``wgs84/swapped``, ``EPSG:4547``."""
        return (self.crs or self.system) + ("/swapped" if self.swapped else "")

    @classmethod
    def of_key(cls, key: str) -> Hypothesis:
        """Return the reading that `key` names."""
        name, _, swapped = key.partition("/")
        if name.startswith("EPSG:"):
            return cls("cgcs2000", bool(swapped), name)
        return cls(name, bool(swapped), None)


def raw_coordinates(points: pd.DataFrame) -> Degrees:
    """Return the two numbers of every point as the file gives them (rows x 2).

    Raises
    ------
    GeographyError
        There are neither number columns ``x`` and ``y`` nor point geometry.
    """
    if {"x", "y"} <= set(points.columns):
        numbers = points[["x", "y"]].apply(pd.to_numeric, errors="coerce")
        raw = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    elif isinstance(points, gpd.GeoDataFrame):
        shapes = points.geometry
        raw = np.column_stack([shapes.x, shapes.y]).astype(np.float64)
    else:
        columns = "、".join(map(str, points.columns)) or "-"
        raise GeographyError("error.datum_points_columns", columns=columns)
    return np.where(np.isfinite(raw).all(axis=1, keepdims=True), raw, np.nan)


def hypotheses_for(
    raw: Degrees, communities: gpd.GeoDataFrame
) -> tuple[tuple[Hypothesis, ...], str]:
    """Return the readings worth trying, the plain one first, and the metric CRS to judge them in.

    Numbers that look like plane coordinates are tried in the zones that suit the
    district, degrees in every geographic system. Outside the rectangle of the
    shift formula the shifted systems do not exist.
    """
    degrees = communities.geometry.to_crs("EPSG:4326")
    west, south, east, north = degrees.total_bounds
    if not np.isfinite([west, south, east, north]).all():
        raise GeographyError("error.datum_no_polygons")
    middle = (float(west + east) / 2, float(south + north) / 2)
    zone = int(np.floor((middle[0] + 180) / 6)) % 60 + 1
    metric = f"EPSG:{(32600 if middle[1] >= 0 else 32700) + zone}"

    plane = [
        Hypothesis("cgcs2000", swapped, crs)
        for swapped, pair in ((False, (0, 1)), (True, (1, 0)))
        for crs in projected_systems(raw[:, pair[0]], raw[:, pair[1]], near_longitude=middle[0])
    ]
    if plane:
        return tuple(plane), metric
    shifted = WEST <= middle[0] <= EAST and SOUTH <= middle[1] <= NORTH
    systems = ("wgs84", "gcj02", "bd09") if shifted else ("wgs84",)
    readings = [Hypothesis(one, swapped, None) for swapped in (False, True) for one in systems]
    return tuple(readings), metric


def positions(raw: Degrees, hypothesis: Hypothesis, crs: str) -> Degrees:
    """Return where the points lie in `crs` under `hypothesis` (rows x 2; NaN off the earth)."""
    first, second = (raw[:, 1], raw[:, 0]) if hypothesis.swapped else (raw[:, 0], raw[:, 1])
    if hypothesis.crs is not None:
        lon, lat = from_projected(first, second, crs=hypothesis.crs)
    else:
        real = (np.abs(first) <= 180) & (np.abs(second) <= 90)
        lon, lat = to_wgs84(
            np.where(real, first, np.nan), np.where(real, second, np.nan), system=hypothesis.system
        )
    if crs == "EPSG:4326":
        return np.column_stack([lon, lat])
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    placed = np.column_stack([x, y]).astype(np.float64)
    return np.where(np.isfinite(placed), placed, np.nan)
