"""Shapes with attributes as raw tables: what every reader of map files hands over.

A feature is a record like any other: text cells under headings, plus a shape.
Its row is its number in the file, counted from 1.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.cell_text import clean, heading_key, number_text
from geo.columns import column_fields
from geo.errors import FileError
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, Finding
from geo.raw_table import MOST_COLUMNS, MOST_ROWS, RawTable
from geo.shape_bytes import finite, shape_of_bytes

DEGREES = "EPSG:4326"
_WKT = re.compile(
    r"\s*(SRID=(\d+);)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(Z|M|ZM)?\s*\(", re.IGNORECASE
)
_WKB_HEX = re.compile(r"0[01][0-9A-Fa-f]{40,}")
LOOKED_AT = 50


def feature_table(
    records: Sequence[Mapping[str, object]],
    shapes: Iterable[object],
    *,
    file: str,
    sheet: str = "",
    crs: pyproj.CRS | str | None = None,
    encoding: str = "",
) -> RawTable:
    """Return features as a raw table.

    Parameters
    ----------
    records
        Attributes of every feature, as the format gives them.
    shapes
        Its shape or None, in `crs`.
    file, sheet, encoding
        Where they stand; `sheet` is the layer.

    Raises
    ------
    FileError
        There are more rows or columns than Yike reads.
    """
    if len(records) > MOST_ROWS:
        raise FileError("error.too_many_rows", file=file, most=MOST_ROWS)
    headings = list(dict.fromkeys(str(name) for record in records for name in record))
    if len(headings) > MOST_COLUMNS:
        raise FileError("error.too_many_columns", file=file, most=MOST_COLUMNS)
    texts = {name: [cell_text(record.get(name)) for record in records] for name in headings}
    cells = pd.DataFrame(texts, index=pd.RangeIndex(len(records)), dtype="str")
    origin = pd.DataFrame(
        {"file": file, "sheet": sheet, "row": np.arange(1, len(records) + 1, dtype=np.int64)}
    )
    series = gpd.GeoSeries(list(shapes), index=cells.index, crs=crs)
    return RawTable(
        file, sheet, cells, origin, encoding=encoding, shapes=series, title=f"{file} {sheet}"
    )


def cell_text(value: object) -> str:
    """Return an attribute as clean text."""
    if isinstance(value, str):
        text = clean(value)
    elif value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        text = ""
    elif isinstance(value, (bytes, memoryview)):
        # Pictures and the like, which some systems keep beside a record.
        text = ""
    elif isinstance(value, datetime) and value.time() == time():
        text = value.date().isoformat()
    elif isinstance(value, (bool, np.bool_)):
        text = "是" if value else "否"
    elif isinstance(value, (float, np.floating)):
        text = number_text(float(value))
    elif isinstance(value, (list, dict, tuple, np.ndarray)):
        text = _as_json(value.tolist() if isinstance(value, np.ndarray) else value)
    else:
        text = clean(str(value))
    return text


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:10_000]
    except (RecursionError, ValueError, TypeError):
        # Lists inside lists a thousand deep, or keys that are no text: nothing a reader needs.
        return ""


def with_shape_column(table: RawTable) -> RawTable:
    """Return `table` with the shapes that stand as text in one of its columns.

    A column is taken for shapes when its heading says so or its cells are
    well-known text (``POINT (114.3 30.5)``) or well-known binary in hexadecimal
    digits, as a spatial database hands it out. A cell that is no shape is doubtful.
    """
    name = None if table.shapes is not None else _shape_column(table.cells)
    if name is None:
        return table
    texts = table.cells[name]
    found = [read_shape(text) for text in texts]
    numbers = {int(shapely.get_srid(one)) for one in found if one is not None} - {0}
    stated = _stated_system(numbers.pop()) if len(numbers) == 1 else None
    findings = [
        Finding(at, name, DOUBTFUL, Phrase.of("doubtful.shape_unreadable"))
        for at, (text, shape) in enumerate(zip(texts, found, strict=True))
        if text and shape is None
    ]
    shapes = gpd.GeoSeries(found, index=table.cells.index, crs=stated)
    return RawTable(
        table.file,
        table.sheet,
        table.cells.drop(columns=name),
        table.origin,
        encoding=table.encoding,
        findings=(*table.findings, *findings),
        problems=table.problems,
        shapes=shapes,
        title=table.title,
    )


def _stated_system(number: int) -> pyproj.CRS | None:
    """Return the system that shapes name by its number, or None where there is none such."""
    try:
        return pyproj.CRS(f"EPSG:{number}")
    except pyproj.exceptions.CRSError:
        return None


def read_shape(text: str) -> shapely.Geometry | None:
    """Return the shape that `text` describes, or None."""
    try:
        if _WKB_HEX.fullmatch(text):
            return shape_of_bytes(bytes.fromhex(text))
        found = _WKT.match(text)
        if found is None:
            return None
        # What is no number, or too large for one, is a warning here and None below.
        with np.errstate(invalid="ignore", over="ignore"):
            shape = shapely.from_wkt(text[found.end(1) :] if found[1] else text)
        if found[2]:
            shape = shapely.set_srid(shape, int(found[2]))
    except (shapely.errors.ShapelyError, ValueError, OverflowError):
        return None
    return shape if finite(shape) else None


def _shape_column(cells: pd.DataFrame) -> str | None:
    aliases = {alias for one in column_fields() if one.table == "shape" for alias in one.aliases}
    for name in cells.columns:
        sample = [text for text in cells[name].head(1000) if text][:LOOKED_AT]
        shapely_like = [text for text in sample if _WKT.match(text) or _WKB_HEX.fullmatch(text)]
        if shapely_like and (
            heading_key(str(name)) in aliases or len(shapely_like) * 2 > len(sample)
        ):
            return str(name)
    return None
