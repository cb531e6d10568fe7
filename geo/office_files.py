"""Any office file as raw tables that remember file, sheet and row.

What a file is decides its content, not its ending: systems export web pages and
text under the name .xls. Nothing is interpreted here; `geo.columns` says which
column is what, and `geo.register`, `geo.boundaries` make tables of it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pyproj

from geo.delimited import decoded, read_delimited
from geo.errors import FileError
from geo.features import with_shape_column
from geo.kml import read_kml
from geo.map_files import (
    PARQUET_MARK,
    SHAPEFILE_MARK,
    SQLITE_MARK,
    read_geojson,
    read_geopackage,
    read_geoparquet,
    read_shapefile,
    zipped_shapefiles,
)
from geo.phrases import Phrase
from geo.problems import NOTE, Problem
from geo.raw_table import Grid, RawTable, heading_hits, raw_table
from geo.spreadsheets import OLE_MARK, read_workbook
from geo.web_pages import read_web_page
from geo.zipped import open_zip, unpacked

MOST_BYTES = 200_000_000
# What is read inside a zip archive, beside shapefiles.
_PACKED = (".kml", ".csv", ".txt", ".xlsx", ".xls", ".geojson", ".json", ".gpkg", ".parquet")
_SHAPEFILE_PARTS = (".dbf", ".shx", ".prj", ".cpg")
# Sheets that Yike's own workbooks add for the reader.
OWN_SHEETS = ("问题清单", "填写说明", "选项", "Problems", "Explanations", "Choices")
DATABASE = ("postgresql://", "postgres://")


def read_office_file(
    source: Path | str, *, sheet: str | None = None, crs: str | None = None
) -> tuple[RawTable, ...]:
    """Read an office file, a map file or a database table.

    Parameters
    ----------
    source
        A path, or the URL of a table in PostgreSQL
        (``postgresql://user@host/base?table=schema.table``).
    sheet
        Only this sheet or layer; without it every sheet that holds a table.
    crs
        Coordinate system of shapes whose file names none.

    Returns
    -------
    At least one raw table; in workbooks, sheets that hold no table stand as
    notes in the problems of the first one.

    Raises
    ------
    FileError
        The file is missing, broken, locked, too large, or holds no table.
    """
    if str(source).startswith(DATABASE):
        from geo.database_tables import read_database_table  # noqa: PLC0415  (optional part)

        tables = [read_database_table(str(source))]
    else:
        path = Path(source)
        if not path.is_file():
            raise FileError("error.file_missing", file=str(path))
        if path.stat().st_size > MOST_BYTES:
            raise FileError("error.file_too_large", file=path.name, most=MOST_BYTES // 1_000_000)
        beside = {
            other.suffix.lower(): other.read_bytes()
            for other in _shapefile_parts(path)
            if other.stat().st_size <= MOST_BYTES
        }
        tables = read_office_bytes(path.read_bytes(), path.name, beside=beside)
    if sheet is not None:
        tables = [table for table in tables if table.sheet == sheet]
    if not tables:
        raise FileError("error.no_table", file=_shown(source))
    return tuple(_placed(with_shape_column(table), crs) for table in tables)


def read_office_bytes(
    content: bytes, file: str, *, beside: dict[str, bytes] | None = None
) -> list[RawTable]:
    """Read the bytes of an office file, such as an upload.

    Parameters
    ----------
    content
        The bytes.
    file
        Its name, for sentences.
    beside
        The other parts of a shapefile, by ending.

    Raises
    ------
    FileError
        The file is broken, locked, too large, or holds no table.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise FileError("error.file_empty", file=file)
    if content.startswith(SHAPEFILE_MARK):
        return [read_shapefile(content, file, beside=beside or {})]
    if content.startswith(SQLITE_MARK):
        return read_geopackage(content, file)
    if content.startswith(PARQUET_MARK):
        return [read_geoparquet(content, file)]
    if content.startswith(b"PK"):
        return _zipped(content, file)
    if content.startswith(OLE_MARK):
        return _tables_of(read_workbook(content, file), file)
    return _text_file(content, file)


def _zipped(content: bytes, file: str) -> list[RawTable]:
    archive = open_zip(content, file)
    names = [name.lower().replace("\\", "/") for name in archive.namelist()]
    if any(name.startswith("xl/") for name in names):
        return _tables_of(read_workbook(content, file), file)
    members = unpacked(content, archive, file)
    tables = zipped_shapefiles(members, file)
    for name, inside in members.items():
        ending = PurePosixPath(name).suffix.lower()
        # What is packed twice is no file an office hands over.
        if ending in _PACKED and not (inside.startswith(b"PK") and ending != ".xlsx"):
            tables += read_office_bytes(inside, f"{file}/{name}")
    if not tables:
        raise FileError("error.zip_unknown", file=file)
    return tables


def _text_file(content: bytes, file: str) -> list[RawTable]:
    text, encoding = decoded(content, file)
    start = text[:4000].lstrip("\ufeff \t\r\n")
    lower = start.lower()
    if start.startswith(("{", "[")) and Path(file).suffix.lower() not in (".csv", ".txt", ".tsv"):
        return [read_geojson(content, file)]
    if lower.startswith("<") and ("<table" in lower or "<html" in lower):
        return _tables_of([read_web_page(text, file, encoding=encoding)], file)
    if lower.startswith("<"):
        return [read_kml(content, file)]
    return _tables_of([read_delimited(content, file)], file)


def _tables_of(grids: list[Grid], file: str) -> list[RawTable]:
    """Return the tables of a workbook; sheets of explanations are set aside with a note."""
    grids = [grid for grid in grids if grid.sheet not in OWN_SHEETS] or grids
    found = [table for table in map(raw_table, grids) if table is not None]
    if not found:
        raise FileError("error.no_table", file=file)
    hits = [heading_hits(table) for table in found]
    # A sheet without a single known heading is read only when no sheet has any.
    tables = [table for table, hit in zip(found, hits, strict=True) if hit or not max(hits)]
    aside = [table.sheet for table, hit in zip(found, hits, strict=True) if max(hits) and not hit]
    taken = {table.sheet for table in found}
    aside += [grid.sheet for grid in grids if grid.sheet not in taken]
    lost = [problem for grid in grids for problem in grid.problems]
    told = {id(problem) for table in tables for problem in table.problems}
    notes = [problem for problem in lost if id(problem) not in told]
    if aside:
        reason = Phrase.of("skipped.sheets_without_table", sheets="、".join(aside))
        notes.append(Problem(file, "、".join(aside), None, "", NOTE, reason))
    tables[0] = replace(tables[0], problems=(*notes, *tables[0].problems))
    return tables


def _placed(table: RawTable, crs: str | None) -> RawTable:
    """Return `table` with its shapes in `crs` where it names no system; refuse an unusable one."""
    if table.shapes is None:
        return table
    shapes = table.shapes
    try:
        if shapes.crs is None and crs is not None:
            shapes = shapes.set_crs(crs)
        if shapes.crs is not None:
            pyproj.Transformer.from_crs(shapes.crs, "EPSG:4326", always_xy=True)
    except (pyproj.exceptions.ProjError, ValueError) as fault:
        given = crs if table.shapes.crs is None else table.shapes.crs.name
        raise FileError("error.crs_unreadable", file=table.file, given=str(given)[:80]) from fault
    return replace(table, shapes=shapes)


def _shapefile_parts(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return []
    return [
        other
        for other in path.parent.glob(f"{_literal(path.stem)}.*")
        if other.suffix.lower() in _SHAPEFILE_PARTS
    ]


def _literal(stem: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in stem)


def _shown(source: Path | str) -> str:
    """Return what a sentence may say of `source`: never the password of a database."""
    text = str(source)
    return (
        text.rsplit("@", 1)[-1].split("?", 1)[0] if text.startswith(DATABASE) else Path(text).name
    )
