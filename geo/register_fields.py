"""From raw tables to one text table under the names the register room knows.

Several sheets and files become one list of records that still know where they
came from. Unknown columns are kept under their own headings with personal
numbers blotted out; personal and hidden columns never get this far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cell_text import MASK, clean_name, each, without_personal, without_resident_id
from geo.columns import ORIGIN, ColumnMapping, column_fields, mapped
from geo.errors import TableError
from geo.phrases import Phrase
from geo.problems import NOTE, REPAIRED, Finding, Problem
from geo.raw_table import RawTable

# Columns whose digits are no telephone numbers.
_NUMBERED = ("code", "filing_number", "community_code", "organisation_id", "lon", "lat")
_POINT_SHEETS = ("服务点", "service_points", "service points")


@dataclass(frozen=True, eq=False)
class Records:
    """Records of a register under canonical names.

    Parameters
    ----------
    text
        One column for every field of the register in the alias table (empty
        where the file has none), positions from 0.
    kept
        Columns nothing is known about, aligned to `text`.
    origin
        ``file``, ``sheet``, ``row`` and ``title`` of every record.
    shapes
        Shapes of the records in degrees (or in the file's own numbers, where it
        names no system), or None.
    in_degrees
        Whether a system named by the file has turned the shapes into degrees.
    is_point
        Whether the record is a further service point of an organisation that
        stands elsewhere.
    findings, problems
        What was found so far.
    mappings
        The mapping used for every table, in order.
    """

    text: pd.DataFrame
    kept: pd.DataFrame
    origin: pd.DataFrame
    shapes: gpd.GeoSeries | None
    is_point: np.ndarray
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    mappings: tuple[ColumnMapping, ...]
    in_degrees: bool = False


def records_of(
    tables: Sequence[RawTable], *, given: Mapping[str, Sequence[str]] | None = None
) -> Records:
    """Put raw tables together under canonical names.

    Parameters
    ----------
    tables
        What `geo.office_files` read.
    given
        Field to headings, where a planner corrected the proposal.

    Raises
    ------
    TableError
        No table has a column for names, or two have shapes in systems that do
        not go together.
    """
    parts, aside = [], []
    for table in map(with_origin, tables):
        mapping = mapped(table.cells, "register", given)
        if "name" in mapping or ("point_name" in mapping and "code" in mapping):
            parts.append(_records(table, mapping))
        else:
            aside += [*table.problems, _nameless(table)]
    if not parts:
        raise TableError("error.no_name_column", file=tables[0].file if tables else "")
    return _joined(parts, aside)


def with_origin(table: RawTable) -> RawTable:
    """Give records that come from a check workbook the file, sheet and row they had before."""
    fields = {one.name: one for one in column_fields() if one.table == "origin"}
    keys = {name: {fields[name].zh, fields[name].en} for name in ORIGIN}
    there = {
        name: next((str(h) for h in table.cells.columns if str(h) in keys[name]), None)
        for name in ORIGIN
    }
    if there["file"] is None or there["row"] is None:
        return table
    cells = table.cells
    rows = pd.to_numeric(cells[there["row"]], errors="coerce")
    known = rows.notna().to_numpy() & (cells[there["file"]] != "").to_numpy()
    origin = table.origin.copy()
    origin["file"] = np.where(known, cells[there["file"]], origin["file"])
    origin["row"] = np.where(known, rows, origin["row"]).astype(np.int64)
    if there["sheet"] is not None:
        origin["sheet"] = np.where(known, cells[there["sheet"]], origin["sheet"])
    added = [heading for heading in there.values() if heading is not None]
    return RawTable(
        table.file,
        table.sheet,
        cells.drop(columns=added),
        origin,
        encoding=table.encoding,
        findings=tuple(one for one in table.findings if one.column not in added),
        problems=table.problems,
        shapes=table.shapes,
        title=" ".join([table.title, *dict.fromkeys(origin["file"])]),
    )


def _nameless(table: RawTable) -> Problem:
    reason = Phrase.of("note.sheet_without_names", count=len(table))
    return Problem(table.file, table.sheet, None, "", NOTE, reason)


def _records(table: RawTable, mapping: ColumnMapping) -> Records:
    cells = table.cells
    text = {}
    for field in register_fields():
        headings = mapping.headings(field)
        joined = cells[headings[0]] if headings else pd.Series("", index=cells.index, dtype="str")
        for heading in headings[1:]:
            joined = (joined + " " + cells[heading]).str.strip()
        hide = without_resident_id if field in _NUMBERED else without_personal
        text[field] = each(_whole(joined) if field in _NUMBERED else joined, hide)
    # What was found in a personal column would repeat what must not be loaded.
    secret = {*mapping.personal, *mapping.hidden}
    sheet = clean_name(table.sheet).lower()
    is_point = sheet in _POINT_SHEETS or ("point_name" in mapping and "level" not in mapping)
    frame = pd.DataFrame(text)
    blotted = _blotted(frame, mapping)
    # A mask in the place of a code would make one organisation of all that have it.
    for field in _NUMBERED:
        frame[field] = frame[field].where(frame[field] != MASK, "")
    return Records(
        text=frame,
        kept=pd.DataFrame(
            {name: each(cells[name], without_personal) for name in mapping.kept}, index=cells.index
        ),
        origin=table.origin.assign(title=table.title),
        shapes=_in_degrees(table.shapes),
        is_point=np.full(len(cells), is_point, dtype=np.bool_),
        findings=(
            *[one for one in table.findings if one.column not in secret],
            *_mapping_notes(mapping),
            *blotted,
        ),
        problems=table.problems,
        mappings=(mapping,),
        in_degrees=table.shapes is not None and table.shapes.crs is not None,
    )


def _whole(numbers: pd.Series) -> pd.Series:
    """Return codes without the ``.0`` that a programme adds to whole numbers."""
    return numbers.str.replace(r"^(\d{4,15})\.0+$", r"\1", regex=True)


def _in_degrees(shapes: gpd.GeoSeries | None) -> gpd.GeoSeries | None:
    if shapes is None:
        return None
    # Shapes without a system are numbers like any other: the declared system applies to them.
    if shapes.crs is None:
        return shapes.set_crs("EPSG:4326")
    there = shapes.to_crs("EPSG:4326")
    # What lies outside the domain of its system has no place on earth.
    return there.where(np.isfinite(there.bounds.to_numpy()).all(axis=1) & there.notna(), None)


def register_fields() -> tuple[str, ...]:
    """Return the names of the fields a register may have, in the order of the alias table."""
    return tuple(one.name for one in column_fields() if one.table == "register" and not one.kind)


def _mapping_notes(mapping: ColumnMapping) -> list[Finding]:
    notes = []
    if mapping.personal:
        columns = "、".join(mapping.personal)
        notes.append(Finding(None, "", NOTE, Phrase.of("note.personal_columns", columns=columns)))
    if mapping.hidden:
        columns = "、".join(mapping.hidden)
        notes.append(Finding(None, "", NOTE, Phrase.of("note.hidden_columns", columns=columns)))
    guessed = [one for one in mapping.columns if one.how == "ending"]
    for one in guessed:
        field = next(f for f in column_fields() if f.table == "register" and f.name == one.field)
        reason = Phrase.of("note.column_guessed", field={"zh": field.zh, "en": field.en})
        notes.append(Finding(None, one.heading, NOTE, reason))
    if mapping.kept:
        columns = "、".join(mapping.kept)
        notes.append(Finding(None, "", NOTE, Phrase.of("note.columns_kept", columns=columns)))
    return notes


def _joined(parts: Sequence[Records], aside: Sequence[Problem]) -> Records:
    findings, offset = [], 0
    for part in parts:
        for one in part.findings:
            position = None if one.position is None else one.position + offset
            findings.append(replace(one, position=position))
        offset += len(part.text)
    shapes = None
    if any(part.shapes is not None for part in parts):
        none = [gpd.GeoSeries([None] * len(part.text), crs="EPSG:4326") for part in parts]
        filled = [
            empty if part.shapes is None else part.shapes
            for part, empty in zip(parts, none, strict=True)
        ]
        shapes = gpd.GeoSeries(pd.concat(filled, ignore_index=True))
    kept = pd.concat([part.kept for part in parts], ignore_index=True)
    return Records(
        text=pd.concat([part.text for part in parts], ignore_index=True).astype("str"),
        kept=kept.where(kept.notna(), "").astype("str"),
        origin=pd.concat([part.origin for part in parts], ignore_index=True),
        shapes=shapes,
        is_point=np.concatenate([part.is_point for part in parts]),
        findings=tuple(findings),
        problems=(*aside, *(problem for part in parts for problem in part.problems)),
        mappings=tuple(mapping for part in parts for mapping in part.mappings),
        in_degrees=any(part.in_degrees for part in parts),
    )


def _blotted(text: pd.DataFrame, mapping: ColumnMapping) -> list[Finding]:
    findings = []
    for field in text.columns:
        heading = mapping.heading(str(field)) or str(field)
        for at in np.flatnonzero(text[field].str.contains(MASK, regex=False).to_numpy()):
            reason = Phrase.of("repaired.personal_hidden")
            findings.append(Finding(int(at), heading, REPAIRED, reason))
    return findings
