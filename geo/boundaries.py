"""Boundaries of communities, subdistricts and the district, from whatever an office draws.

Shapes are repaired where the repair is certain and every repair is listed;
overlaps and holes are reported with their area and the people they touch, never
mended: which side is right only the office knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.boundary_codes import Named, named_units
from geo.boundary_faults import holes, overlaps
from geo.cell_text import clean_name, each, simplified
from geo.columns import ColumnMapping, mapped
from geo.datum import metric_crs_for, projected_systems
from geo.errors import GeographyError
from geo.phrases import Phrase
from geo.problems import NOTE, REJECTED, REPAIRED, Finding, Problem, as_problems, statuses
from geo.raw_table import RawTable
from geo.register_fields import with_origin
from geo.shape_bytes import finite
from geo.tables import COMMUNITIES, checked

LEVELS = ("district", "subdistrict", "community")
_DISTRICT = re.compile(r"(区|县|旗|市)$")
_SUBDISTRICT = re.compile(r"(街道|街道办事处|镇|乡|地区|街道办)$")
_LEVEL_WORDS = (
    ("community", re.compile(r"社区|村|居|里|网格|三级")),
    ("subdistrict", re.compile(r"街|镇|乡|二级")),
    ("district", re.compile(r"区|县|市|一级")),
)
_WITHOUT_PEOPLE = ("doubtful.overlap_of_area", "doubtful.hole_of_area")


@dataclass(frozen=True, eq=False)
class BoundariesImport:
    """Boundaries read: the communities table, and what happened to every record.

    Parameters
    ----------
    communities
        Table `geo.tables.COMMUNITIES` in a metric CRS; further column ``district``.
    outline
        The district polygon where a record gives it, in the same CRS, or None.
    origin
        Position of the record each community came from (its first one).
    rows
        One row a record: ``file``, ``sheet``, ``row``, ``status``, ``organisation_id``
        (here: the community code), as for registers.
    problems
        Everything that was found.
    """

    communities: gpd.GeoDataFrame
    outline: shapely.Geometry | None
    origin: np.ndarray
    rows: pd.DataFrame
    problems: tuple[Problem, ...]


def has_polygons(table: RawTable) -> bool:
    """Return whether `table` holds areas (or closed lines) rather than points."""
    if table.shapes is None:
        return False
    kinds = table.shapes.geom_type.dropna()
    return bool(kinds.isin(["Polygon", "MultiPolygon", "GeometryCollection"]).mean() > 0.5) or bool(
        len(kinds) and kinds.isin(["LineString"]).all()
    )


def read_boundaries(
    tables: Sequence[RawTable],
    *,
    crs: str | None = None,
    residents: gpd.GeoDataFrame | None = None,
    official: pd.DataFrame | None = None,
    mapping: Mapping[str, Sequence[str]] | None = None,
) -> BoundariesImport:
    """Read the boundaries of a district.

    Parameters
    ----------
    tables
        Raw tables with polygons: one layer with columns for all levels, or
        several layers (communities, subdistricts, district) in any order.
    crs
        Coordinate system of files that name none.
    residents
        Resident points with ``people``, to say whom overlaps and holes touch.
    official
        The official code list (`geo.boundary_codes.read_official`), for
        communities without codes.
    mapping
        Field to headings, where a planner corrected the proposed mapping.

    Raises
    ------
    GeographyError
        A file names no coordinate system and its numbers do not tell it, or
        nothing in it is an area.
    """
    findings: list[Finding] = []
    frame, problems = _records(tables, crs, mapping, findings)
    frame["shape"] = _repaired(frame["shape"], findings)
    if frame["shape"].notna().any():
        metric = _metric(frame["shape"])
        shapes = gpd.GeoSeries(frame["shape"], crs="EPSG:4326").to_crs(metric)
        frame["shape"] = _still_areas(shapes, findings)
    frame["layer"] = _layers(frame)
    finest = next((one for one in reversed(LEVELS) if (frame["layer"] == one).any()), None)
    if finest is None:
        raise GeographyError("error.no_areas", file=tables[0].file if tables else "")
    if finest != "community":
        findings.append(Finding(None, "", NOTE, Phrase.of("note.finest_level", level=finest)))
    units = frame[(frame["layer"] == finest) & frame["shape"].notna()]
    units = _with_subdistricts(units, frame[frame["layer"] == "subdistrict"])
    named = named_units(units, official)
    findings += named.findings
    communities, origin = _merged(units, named, metric, findings)
    findings += overlaps(communities, origin, residents)
    outline = _outline(frame, finest)
    findings += holes(communities, outline, residents)
    status = statuses(findings, len(frame))
    ids = np.full(len(frame), "", dtype=object)
    ids[units.index.to_numpy()] = named.codes
    rows = frame[["file", "sheet", "row"]].assign(status=status, organisation_id=ids.astype(str))
    problems = [*problems, *as_problems(findings, frame[["file", "sheet", "row"]])]
    return BoundariesImport(
        checked(communities, COMMUNITIES), outline, origin, rows, tuple(problems)
    )


def with_residents(bounds: BoundariesImport, residents: gpd.GeoDataFrame) -> BoundariesImport:
    """Return `bounds` with the people that overlaps and holes touch, now that they are known.

    Parameters
    ----------
    bounds
        Boundaries read without residents.
    residents
        Resident points with ``people``.
    """
    communities = bounds.communities
    findings = overlaps(communities, bounds.origin, residents)
    findings += holes(communities, bounds.outline, residents)
    others = [one for one in bounds.problems if one.reason.key not in _WITHOUT_PEOPLE]
    return replace(bounds, problems=(*others, *as_problems(findings, bounds.rows)))


def _records(
    tables: Sequence[RawTable],
    crs: str | None,
    given: Mapping[str, Sequence[str]] | None,
    findings: list[Finding],
) -> tuple[pd.DataFrame, list[Problem]]:
    parts: list[pd.DataFrame] = []
    problems: list[Problem] = []
    offset = 0
    for table in map(with_origin, tables):
        problems += table.problems
        if table.shapes is None:
            continue
        part = _fields(table, mapped(table.cells, "communities", given))
        part["shape"] = _degrees(table, crs, findings).to_numpy()
        parts.append(part)
        for one in table.findings:
            at = None if one.position is None else one.position + offset
            findings.append(Finding(at, one.column, one.level, one.reason))
        offset += len(table)
    if not parts:
        raise GeographyError("error.no_areas", file=tables[0].file if tables else "")
    return pd.concat(parts, ignore_index=True), problems


def _fields(table: RawTable, mapping: ColumnMapping) -> pd.DataFrame:
    wanted = (
        "community_code",
        "name",
        "subdistrict_code",
        "subdistrict",
        "district_code",
        "district",
        "unit_kind",
        "level",
    )
    part = table.origin.copy()
    for field in wanted:
        heading = mapping.heading(field)
        part[field] = "" if heading is None else each(table.cells[heading], clean_name)
    return part


def _degrees(table: RawTable, crs: str | None, findings: list[Finding]) -> gpd.GeoSeries:
    shapes = table.shapes
    if shapes is None:
        raise GeographyError("error.no_areas", file=table.file)
    there = shapes.crs or (pyproj.CRS(crs) if crs else None)
    if there is None:
        there = _told_by_numbers(table.file, shapes)
        reason = Phrase.of("note.crs_from_numbers", crs=there.to_string())
        findings.append(Finding(None, "", NOTE, reason))
    return gpd.GeoSeries(shapes.to_numpy(), crs=there).to_crs("EPSG:4326")


def _told_by_numbers(file: str, shapes: gpd.GeoSeries) -> pyproj.CRS:
    """Return the system that the numbers themselves tell: degrees, or a zone in the easting."""
    west, south, east, north = shapes.total_bounds
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return pyproj.CRS("EPSG:4490")
    zones = projected_systems([west, east], [south, north])
    if not zones:
        raise GeographyError("error.no_crs", file=file)
    return pyproj.CRS(zones[0])


def _repaired(shapes: pd.Series, findings: list[Finding]) -> np.ndarray:
    """Return valid areas; what is no area becomes None, with a finding."""
    mended = np.full(len(shapes), None, dtype=object)
    for at, shape in enumerate(shapes):
        if shape is not None and not _on_earth(shape):
            findings.append(Finding(at, "", REJECTED, Phrase.of("rejected.area_range")))
            continue
        area, key = _area_of(shape)
        mended[at] = area
        if area is None:
            findings.append(Finding(at, "", REJECTED, Phrase.of("rejected.no_area")))
        elif key:
            findings.append(Finding(at, "", REPAIRED, Phrase.of(key)))
    return mended


def _still_areas(shapes: gpd.GeoSeries, findings: list[Finding]) -> np.ndarray:
    """Return projected areas, valid again: one corner far away can cross a shape with itself."""
    mended = np.array(shapes, dtype=object)
    for at in np.flatnonzero(shapes.notna().to_numpy() & ~shapely.is_valid(mended)):
        area = _area_of(mended[at])[0] if finite(mended[at]) else None
        level, key = (
            (REJECTED, "rejected.area_range") if area is None else (REPAIRED, "repaired.shape")
        )
        findings.append(Finding(int(at), "", level, Phrase.of(key)))
        mended[at] = area
    return mended


def _on_earth(shape: shapely.Geometry) -> bool:
    """Return whether a shape in degrees has the coordinates of a place."""
    if shape.is_empty:
        return True
    west, south, east, north = shape.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def _area_of(shape: shapely.Geometry | None) -> tuple[shapely.Geometry | None, str]:
    if shape is None or shape.is_empty:
        return None, ""
    key = ""
    flat = shapely.force_2d(shape)
    if flat.geom_type == "LineString" and flat.is_closed and len(flat.coords) >= 4:
        flat, key = shapely.Polygon(flat.coords), "repaired.line_to_area"
    if not flat.is_valid:
        flat, key = shapely.make_valid(flat, method="structure"), "repaired.shape"
    parts = [one for one in shapely.get_parts(flat) if one.geom_type == "Polygon"]
    parts = [one for one in parts if one.area > 0]
    if not parts:
        return None, ""
    return (parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)), key


def _layers(frame: pd.DataFrame) -> np.ndarray:
    """Return which of `LEVELS` every record is: by code, by its level column, by its name."""
    layers = []
    columns = ["community_code", "name", "subdistrict", "level", "shape"]
    for code, name, subdistrict, level, shape in frame[columns].itertuples(index=False, name=None):
        if shape is None:
            layers.append("")
            continue
        stated = next((one for one, words in _LEVEL_WORDS if level and words.search(level)), "")
        by_code = {6: "district", 9: "subdistrict", 12: "community"}.get(
            len(code) if code.isdigit() else 0, ""
        )
        plain = simplified(name)
        if by_code == "community" and code.endswith("000"):
            # Twelve digits padded with zeros stand for the level above.
            by_code = "district" if code.endswith("000000") else "subdistrict"
        by_name = "community"
        if not subdistrict and _SUBDISTRICT.search(plain):
            by_name = "subdistrict"
        elif not subdistrict and _DISTRICT.search(plain) and not plain.endswith(("社区", "小区")):
            by_name = "district"
        layers.append(stated or by_code or by_name)
    return np.array(layers, dtype=object)


def _metric(shapes: pd.Series) -> pyproj.CRS:
    centres = shapely.centroid(shapes[shapes.notna()].to_numpy())
    try:
        return pyproj.CRS(metric_crs_for(shapely.get_x(centres), shapely.get_y(centres)))
    except GeographyError:
        # Outside China: the UTM zone of the data.
        known = gpd.GeoSeries(shapes[shapes.notna()].to_numpy(), crs="EPSG:4326")
        return pyproj.CRS(known.estimate_utm_crs())


def _with_subdistricts(units: pd.DataFrame, layer: pd.DataFrame) -> pd.DataFrame:
    """Give units without a subdistrict that of the layer they lie in."""
    units = units.copy()
    layer = layer[layer["shape"].notna()]
    lacking = np.flatnonzero((units["subdistrict"] == "").to_numpy())
    if layer.empty or not len(lacking):
        return units
    inside = shapely.point_on_surface(units["shape"].to_numpy()[lacking])
    names = layer["name"].tolist()
    own, stated = layer["community_code"].tolist(), layer["subdistrict_code"].tolist()
    codes = [one or other for one, other in zip(stated, own, strict=True)]
    tree = shapely.STRtree(layer["shape"].to_numpy())
    which, found = tree.query(inside, predicate="intersects")
    for k, at in dict(zip(which[::-1].tolist(), found[::-1].tolist(), strict=True)).items():
        position = units.index[lacking[k]]
        units.loc[position, "subdistrict"] = names[at]
        units.loc[position, "subdistrict_code"] = codes[at]
    return units


def _merged(
    units: pd.DataFrame, named: Named, metric: pyproj.CRS, findings: list[Finding]
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Return one row a community: several shapes of one code are joined, doubles left out."""
    rows = dict(zip(units.index.tolist(), units["row"].tolist(), strict=True))
    first: dict[str, int] = {}
    shapes: dict[str, list[shapely.Geometry]] = {}
    for at, code, shape in zip(units.index, named.codes, units["shape"], strict=True):
        if code not in first:
            first[code], shapes[code] = int(at), [shape]
            continue
        row = int(rows[first[code]])
        if any(shape.equals_exact(one, 0.01) for one in shapes[code]):
            reason = Phrase.of("rejected.shape_doubled", row=row)
            findings.append(Finding(int(at), "", REJECTED, reason))
        else:
            shapes[code].append(shape)
            reason = Phrase.of("repaired.shapes_joined", row=row)
            findings.append(Finding(int(at), "", REPAIRED, reason))
    origin = np.array(list(first.values()), dtype=np.int64)
    positions = units.index.get_indexer(pd.Index(origin))
    chosen = units.iloc[positions]
    joined = [
        parts[0] if len(parts) == 1 else _area_of(shapely.union_all(parts))[0]
        for parts in shapes.values()
    ]
    frame = gpd.GeoDataFrame(
        {
            "name": chosen["name"].to_numpy(),
            "subdistrict_code": named.subdistrict_codes[positions],
            "subdistrict": named.subdistricts[positions],
            "unit_kind": named.kinds[positions],
            "district": chosen["district"].to_numpy(),
        },
        geometry=joined,
        crs=metric,
        index=pd.Index(list(first), name=COMMUNITIES.index, dtype="str"),
    )
    return frame.astype({name: "str" for name in frame.columns if name != "geometry"}), origin


def _outline(frame: pd.DataFrame, finest: str) -> shapely.Geometry | None:
    districts = frame[(frame["layer"] == "district") & frame["shape"].notna()]
    if finest == "district" or districts.empty:
        return None
    return shapely.union_all(districts["shape"].to_numpy())
