"""From the files a place.toml names to the tables of `geo.tables`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyproj
import shapely

from geo.errors import FileError, GeographyError, PlaceError, TableError
from geo.tables import (
    BASES,
    COMMUNITIES,
    COUNT_COLUMNS,
    RESIDENTS,
    Schema,
    checked,
)

NUMBER_COLUMNS = {*COUNT_COLUMNS, "row", "capacity", "dwellings", "beds"}


def read_section(folder: Path, section: dict[str, Any], schema: Schema) -> gpd.GeoDataFrame:
    """Read one table of a place: its file, renamed columns, constants, points.

    Parameters
    ----------
    folder
        The place folder.
    section
        ``file``, and optionally ``crs``, ``x``, ``y``, ``columns`` (canonical
        name to the file's) and ``constants`` (canonical name to one value).
    schema
        Which table it is; its index column becomes the index.

    Returns
    -------
    GeoDataFrame in the CRS the file or the section declares. Text columns hold
    text, ``NUMBER_COLUMNS`` numbers.

    Raises
    ------
    FileError, TableError, GeographyError
    """
    if "file" not in section:
        raise PlaceError("error.section_without_file", section=schema.name, folder=folder.name)
    path = folder / str(section["file"])
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    frame = _read_file(path)
    renamed = {theirs: ours for ours, theirs in section.get("columns", {}).items()}
    absent = sorted(set(renamed) - set(frame.columns))
    if absent:
        raise TableError("error.mapped_column_missing", file=str(path), columns="、".join(absent))
    frame = frame.rename(columns=renamed)
    for name, value in section.get("constants", {}).items():
        frame[name] = value
    if schema.index not in frame.columns:
        raise TableError("error.id_column_missing", file=str(path), column=schema.index)
    frame = _typed(frame, path).set_index(schema.index)
    return _located(frame, section, path)


def _read_file(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() == ".csv":
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        read = gpd.read_parquet if path.suffix.lower() == ".parquet" else gpd.read_file
        frame: pd.DataFrame = read(path)
    except (OSError, ValueError, pyogrio.errors.DataSourceError) as fault:
        raise FileError("error.file_unreadable", file=str(path), detail=str(fault)) from fault
    return frame


def _typed(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    for name in frame.columns:
        if name == "geometry":
            continue
        if name in NUMBER_COLUMNS:
            frame[name] = _numbers(frame[name], name, path)
        elif not pd.api.types.is_bool_dtype(frame[name].dtype):
            text = frame[name].astype("str")
            frame[name] = text.where(frame[name].notna(), "").str.strip()
    return frame


def _numbers(column: pd.Series, name: str, path: Path) -> pd.Series:
    filled = column.where(column.astype("str").str.strip() != "")
    numbers = pd.to_numeric(filled, errors="coerce")
    broken = np.flatnonzero(numbers.isna() & filled.notna())
    if len(broken):
        raise TableError(
            "error.not_a_number",
            file=str(path),
            column=name,
            row=int(broken[0]) + 2,  # the header is row 1
            given=str(column.iloc[broken[0]]),
        )
    whole = name in COUNT_COLUMNS or name == "row"
    if whole and numbers.notna().all() and (numbers % 1 == 0).all():
        return numbers.astype(np.int64)
    return numbers.astype(float)


def _located(frame: pd.DataFrame, section: dict[str, Any], path: Path) -> gpd.GeoDataFrame:
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name:
        crs = frame.crs or section.get("crs")
        if crs is None:
            raise GeographyError("error.no_crs", file=str(path))
        return frame if frame.crs is not None else frame.set_crs(crs)
    if "x" not in section or "y" not in section:
        return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=section.get("crs"))
    missing = [section[axis] for axis in ("x", "y") if section[axis] not in frame.columns]
    if missing:
        raise TableError("error.mapped_column_missing", file=str(path), columns="、".join(missing))
    if "crs" not in section:
        raise GeographyError("error.no_crs", file=str(path))
    x, y = (_numbers(frame[section[axis]], section[axis], path).to_numpy(float) for axis in "xy")
    shapes = np.full(len(frame), None, dtype=object)
    known = np.isfinite(x) & np.isfinite(y)
    shapes[known] = shapely.points(x[known], y[known])
    located = frame.drop(columns=[section["x"], section["y"]])
    return gpd.GeoDataFrame(located, geometry=shapes, crs=section["crs"])


def in_metric_crs(frame: gpd.GeoDataFrame, crs: pyproj.CRS, file: str) -> gpd.GeoDataFrame:
    """Return `frame` in the one metric CRS of its place."""
    if frame.crs is None:
        if frame.geometry.isna().all():
            return frame.set_crs(crs)
        raise GeographyError("error.no_crs", file=file)
    return frame.to_crs(crs)


def read_communities(folder: Path, section: dict[str, Any], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return the communities table of a place, in `crs`."""
    frame = in_metric_crs(read_section(folder, section, COMMUNITIES), crs, str(section["file"]))
    if frame.empty:
        raise TableError("error.table_empty", file=str(folder / section["file"]))
    checked(frame, COMMUNITIES, file=str(section["file"]))
    return frame.set_geometry(_valid_polygons(frame.geometry.to_numpy()), crs=crs)


def _valid_polygons(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Mend rings that came to cross themselves by a hair when they were projected."""
    valid = shapes.copy()
    for row in np.flatnonzero(~shapely.is_valid(shapes)):
        parts = shapely.get_parts(shapely.make_valid(shapes[row]))
        valid[row] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return valid


def read_residents(
    folder: Path, section: dict[str, Any], communities: gpd.GeoDataFrame, crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Return the resident points of a place, in `crs`, every one in a community."""
    frame = in_metric_crs(read_section(folder, section, RESIDENTS), crs, str(section["file"]))
    path = folder / section["file"]
    if frame.empty:
        raise TableError("error.table_empty", file=str(path))
    _add_basis(frame, section.get("basis", {}), path)
    if "community_code" not in frame.columns:
        frame["community_code"] = community_of(frame, communities)
    checked(frame, RESIDENTS, file=str(path))
    homeless = ~frame["community_code"].isin(communities.index)
    if homeless.any():
        raise TableError(
            "error.residents_without_community",
            file=str(path),
            count=int(homeless.sum()),
            people=int(frame["people"][homeless].sum()),
            examples="、".join(frame.index[homeless][:3]),
        )
    return frame


def _add_basis(frame: gpd.GeoDataFrame, basis: dict[str, str], path: Path) -> None:
    for name in COUNT_COLUMNS:
        if name not in frame.columns or f"basis_{name}" in frame.columns:
            continue
        if basis.get(name) not in BASES:
            raise PlaceError(
                "error.basis_missing", file=str(path), column=name, allowed="、".join(BASES)
            )
        frame[f"basis_{name}"] = basis[name]


def community_of(points: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.Series:
    """Return the community each point lies in, ``""`` outside all of them.

    A point on a shared border belongs to the community that comes first.
    """
    found = np.full(len(points), len(communities))
    shapes = points.geometry.to_numpy()
    here, of = communities.sindex.query(shapes, predicate="intersects")
    np.minimum.at(found, here, of)
    codes = np.append(communities.index.to_numpy(dtype=object), "")
    return pd.Series(codes[found], index=points.index, dtype="str", name="community_code")
