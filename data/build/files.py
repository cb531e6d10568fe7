"""Write the shipped files so that the same content always gives the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
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


def _rounded(geometry: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    return {**geometry, "coordinates": _rounded_coordinates(geometry["coordinates"], decimals)}


def _rounded_coordinates(part: Any, decimals: int) -> Any:
    if isinstance(part, Iterable):
        return [_rounded_coordinates(inner, decimals) for inner in part]
    return round(part, decimals)
