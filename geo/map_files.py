"""Map files: GeoJSON, KML, shapefiles, GeoPackages and GeoParquet, as raw tables.

GeoJSON and KML are read here with plain means, so that neither a nested nor a
self-multiplying file can take the memory. The binary formats go through GDAL
and Arrow, from a copy of their own, after a look at their first bytes: what a
file is decides its content, never its name.
"""

from __future__ import annotations

import io
import json
import struct
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow
import pyarrow.parquet
import pyogrio
import pyproj
import shapely

from geo.delimited import decoded
from geo.errors import FileError
from geo.features import DEGREES, feature_table
from geo.raw_table import MOST_COLUMNS, MOST_ROWS, RawTable
from geo.shape_bytes import DEEPEST, finite, shape_of_bytes
from geo.zipped import MOST_UNPACKED

SQLITE_MARK = b"SQLite format 3\0"
PARQUET_MARK = b"PAR1"
SHAPEFILE_MARK = (9994).to_bytes(4, "big")
_GDAL_FAULTS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    shapely.errors.ShapelyError,
    struct.error,
    UnicodeError,
    ValueError,
    OverflowError,
    OSError,
    # What pyogrio raises on a coordinate system that GDAL cannot write down.
    UnboundLocalError,
)


def read_geojson(content: bytes, file: str) -> RawTable:
    """Read a GeoJSON file; coordinates are degrees unless a ``crs`` member says otherwise.

    Raises
    ------
    FileError
        It is no JSON, or no GeoJSON.
    """
    text, encoding = decoded(content, file)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise FileError("error.json_broken", file=file) from fault
    features = _geojson_features(whole, file)
    records, shapes = [], []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise FileError("error.feature_broken", file=file, row=number)
        properties = feature.get("properties") or {}
        records.append(properties if isinstance(properties, dict) else {})
        shapes.append(_geojson_shape(feature.get("geometry")))
    return feature_table(
        records, shapes, file=file, crs=_geojson_crs(whole, file), encoding=encoding
    )


def _geojson_features(whole: object, file: str) -> list[Any]:
    if isinstance(whole, dict):
        if isinstance(whole.get("features"), list):
            return list(whole["features"])
        if whole.get("type") == "Feature":
            return [whole]
        if "coordinates" in whole or "geometries" in whole:
            return [{"geometry": whole}]
    raise FileError("error.not_geojson", file=file)


def _geojson_shape(given: object) -> shapely.Geometry | None:
    if not isinstance(given, dict) or _too_deep(given):
        return None
    try:
        shape = shapely.from_geojson(json.dumps(given))
    except (shapely.errors.ShapelyError, ValueError, RecursionError):
        return None
    return shape if shape is not None and finite(shape) else None


def _too_deep(given: dict[str, Any]) -> bool:
    """Return whether collections nest deeper than the reader of shapes bears."""
    level: list[Any] = [given]
    for _ in range(DEEPEST):
        inner = [one.get("geometries") for one in level if isinstance(one, dict)]
        level = [one for some in inner if isinstance(some, list) for one in some]
        if not level:
            return False
    return True


def _geojson_crs(whole: Any, file: str) -> pyproj.CRS:
    declared = whole.get("crs") if isinstance(whole, dict) else None
    try:
        name = declared["properties"]["name"] if isinstance(declared, dict) else DEGREES
        return pyproj.CRS(name)
    except (KeyError, TypeError, pyproj.exceptions.CRSError) as fault:
        raise FileError("error.crs_unreadable", file=file, given=str(declared)[:80]) from fault


def read_geopackage(content: bytes, file: str) -> list[RawTable]:
    """Read every layer of a GeoPackage."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                # An application number nobody registered; the layers are there all the same.
                warnings.simplefilter("ignore", RuntimeWarning)
                layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        except _GDAL_FAULTS as fault:
            raise FileError("error.map_file_broken", file=file) from fault
        return [_gdal_layer(path, file, layer=layer) for layer in layers]


def read_shapefile(content: bytes, file: str, *, beside: dict[str, bytes]) -> RawTable:
    """Read a shapefile.

    Parameters
    ----------
    content
        The bytes of the ``.shp``.
    beside
        The files that belong to it, by ending (``.dbf``, ``.shx``, ``.prj``, ``.cpg``).
        Without ``.shx`` it is made anew; without ``.prj`` the table has no CRS.
    """
    if ".dbf" not in beside:
        raise FileError("error.shapefile_without_table", file=file)
    encoding = _dbf_encoding(beside[".dbf"], beside.get(".cpg", b""))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.shp"
        path.write_bytes(content)
        for ending in (".dbf", ".shx", ".prj"):
            if ending in beside:
                path.with_suffix(ending).write_bytes(beside[ending])
        if ".shx" not in beside:
            path.with_suffix(".shx").write_bytes(_index_of(content, file))
        return _gdal_layer(path, file, encoding=encoding)


def _index_of(content: bytes, file: str) -> bytes:
    """Return the index (.shx) of a shapefile, made from its records."""
    at, entries = 100, []
    while at + 8 <= len(content):
        words = struct.unpack(">i", content[at + 4 : at + 8])[0]
        if words < 2:
            raise FileError("error.map_file_broken", file=file)
        entries.append(struct.pack(">ii", at // 2, words))
        at += 8 + words * 2
    length = (100 + 8 * len(entries)) // 2
    return content[:24] + struct.pack(">i", length) + content[28:100] + b"".join(entries)


def _dbf_encoding(table: bytes, stated: bytes) -> str:
    """Return the encoding under which a dBase table has the fewest broken characters.

    A stated encoding is often the default of the programme that wrote it, so it
    has to prove itself like the others. Names are cut at the width of their
    field, in the middle of a character if need be, so a few broken ones are normal.
    """
    names = {"UTF-8": "UTF-8", "65001": "UTF-8", "GBK": "GB18030", "936": "GB18030"}
    names |= {"GB2312": "GB18030", "GB18030": "GB18030", "BIG5": "BIG5", "950": "BIG5"}
    first = names.get(stated.decode("ascii", "replace").strip().upper())
    start = int.from_bytes(table[8:10], "little")
    sample = table[start : start + 2_000_000]
    candidates = [*([first] if first else []), "UTF-8", "GB18030", "BIG5"]
    return min(candidates, key=lambda name: sample.decode(name, "replace").count("\ufffd"))


def zipped_shapefiles(members: Mapping[str, bytes], file: str) -> list[RawTable]:
    """Read every shapefile among the members of an archive.

    Parameters
    ----------
    members
        Name in the archive to bytes; a name is a name, nothing is written under it.
    file
        The archive, for sentences.
    """
    whole = {PurePosixPath(name): content for name, content in members.items()}
    tables = []
    for path, data in whole.items():
        if path.suffix.lower() != ".shp":
            continue
        beside = {
            other.suffix.lower(): there
            for other, there in whole.items()
            if other.with_suffix("") == path.with_suffix("") and other != path
        }
        tables.append(read_shapefile(data, f"{file}/{path.name}", beside=beside))
    return tables


def read_geoparquet(content: bytes, file: str) -> RawTable:
    """Read a GeoParquet file, or a plain Parquet table."""
    try:
        parquet = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        meta = parquet.metadata
        size = sum(meta.row_group(at).total_byte_size for at in range(meta.num_row_groups))
        if meta.num_rows > MOST_ROWS:
            raise FileError("error.too_many_rows", file=file, most=MOST_ROWS)
        if size > MOST_UNPACKED:
            raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
        if meta.num_columns > MOST_COLUMNS:
            raise FileError("error.too_many_columns", file=file, most=MOST_COLUMNS)
        frame = _parquet_records(parquet, file)
        geo = json.loads((meta.metadata or {}).get(b"geo", b"{}"))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError, RecursionError) as fault:
        if isinstance(fault, FileError):
            raise
        raise FileError("error.map_file_broken", file=file) from fault
    column = geo.get("primary_column") if isinstance(geo, dict) else None
    shapes = [None if column is None else shape_of_bytes(row.pop(column, None)) for row in frame]
    return feature_table(frame, shapes, file=file, crs=_parquet_crs(geo, column, file))


def _parquet_records(parquet: Any, file: str) -> list[dict[str, Any]]:
    """Return the records; a text that stands once in the file may be meant a million times."""
    records: list[dict[str, Any]] = []
    left = MOST_UNPACKED
    for part in map(_decoded_batch, parquet.iter_batches(batch_size=64)):
        left -= part.nbytes
        if left < 0:
            raise FileError("error.zip_too_large", file=file, most=MOST_UNPACKED // 1_000_000)
        records += part.to_pylist()
    return records


def _decoded_batch(part: Any) -> Any:
    """Return a batch with every text in its own place, so that its size is what it will take."""
    columns = [
        one.dictionary_decode() if pyarrow.types.is_dictionary(one.type) else one
        for one in part.columns
    ]
    return pyarrow.RecordBatch.from_arrays(columns, names=part.schema.names)


def _parquet_crs(geo: Any, column: str | None, file: str) -> pyproj.CRS | None:
    if column is None:
        return None
    try:
        # The standard: longitude and latitude where the member is missing.
        declared = geo["columns"][column].get("crs", "OGC:CRS84")
        return None if declared is None else pyproj.CRS(declared)
    except (KeyError, TypeError, AttributeError, pyproj.exceptions.CRSError) as fault:
        raise FileError("error.crs_unreadable", file=file, given=column) from fault


def _gdal_layer(
    path: Path, file: str, *, layer: str | None = None, encoding: str | None = None
) -> RawTable:
    try:
        with warnings.catch_warnings():
            # Names cut off in the middle of a character; what is left of them is read.
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, _, shapes, columns = pyogrio.raw.read(
                path, layer=layer, encoding=encoding, max_features=MOST_ROWS + 1, force_2d=True
            )
        crs = pyproj.CRS(meta["crs"]) if meta["crs"] else None
    except (*_GDAL_FAULTS, pyproj.exceptions.CRSError) as fault:
        raise FileError("error.map_file_broken", file=file) from fault
    count = len(columns[0]) if columns else len(shapes) if shapes is not None else 0
    names = [str(name) for name in meta["fields"]]
    records = [
        {name: column[at] for name, column in zip(names, columns, strict=True)}
        for at in range(count)
    ]
    found = [shape_of_bytes(one) for one in shapes] if shapes is not None else [None] * count
    return feature_table(
        records, found, file=file, sheet=layer or "", crs=crs, encoding=(encoding or "").lower()
    )
