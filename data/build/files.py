"""Write the shipped files so that the same content always gives the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

DEGREES = "EPSG:4326"


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index: UTF-8, line feeds, quotes only where needed."""
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(frame.astype(object).where(frame.notna(), "").itertuples(index=False))


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, decimals: int = 6) -> None:
    """Write shapes in WGS-84 degrees, one feature a line; six decimals are about a decimetre."""
    shapes = frame.geometry.to_crs(DEGREES)
    table = frame.drop(columns=frame.active_geometry_name)
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": dict(row),
                "geometry": _rounded(shapely.geometry.mapping(shape), decimals),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, shape in zip(table.to_dict("records"), shapes, strict=True)
    ]
    body = ",\n".join(features)
    path.write_text(
        '{"type":"FeatureCollection","features":[\n' + body + "\n]}\n",
        encoding="utf-8",
        newline="\n",
    )


def on_grid(shapes: np.ndarray, size: float) -> np.ndarray:
    """Return neighbouring polygons cut again along their borders on a grid of `size`.

    Rounding each polygon by itself can fold a narrow corner over; snapping all
    borders together, and cutting along them anew, cannot.
    """
    noded = shapely.union_all(shapely.boundary(shapes), grid_size=size)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    face, of = shapely.STRtree(shapely.make_valid(shapes)).query(inside, predicate="intersects")
    whole = [shapely.coverage_union_all(faces[face[of == one]]) for one in range(len(shapes))]
    return np.array(whole, dtype=object)


def points_in_degrees(points: gpd.GeoSeries, *, decimals: int = 6) -> pd.DataFrame:
    """Return lon and lat as text, so that no platform prints them its own way."""
    degrees = points.to_crs(DEGREES)
    return pd.DataFrame(
        {
            "lon": [f"{value:.{decimals}f}" for value in degrees.x],
            "lat": [f"{value:.{decimals}f}" for value in degrees.y],
        },
        index=points.index,
    )


def as_written(points: gpd.GeoSeries, *, decimals: int = 6) -> gpd.GeoSeries:
    """Return points where the file will put them, in their own CRS."""
    degrees = points.to_crs(DEGREES)
    x, y = (np.round(axis.to_numpy(), decimals) for axis in (degrees.x, degrees.y))
    rounded = gpd.GeoSeries(shapely.points(x, y), index=points.index, crs=DEGREES)
    return rounded.to_crs(points.crs)


def candidates_as_written(
    candidates: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Round candidate points as the file does, and ask again which community they lie in."""
    points = candidates[["weight"]].set_geometry(as_written(candidates.geometry))
    found = gpd.sjoin(points, communities[["geometry"]], predicate="intersects")
    codes = found["community_code"].groupby(level=0).min().sort_values(kind="stable")
    return points.loc[codes.index].assign(community_code=codes)


def _rounded(geometry: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    return {**geometry, "coordinates": _rounded_coordinates(geometry["coordinates"], decimals)}


def _rounded_coordinates(part: Any, decimals: int) -> Any:
    if isinstance(part, Iterable):
        return [_rounded_coordinates(inner, decimals) for inner in part]
    return round(part, decimals)
