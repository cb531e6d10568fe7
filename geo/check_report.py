"""The check report: every row read is accepted, repaired, doubtful or rejected, and says why.

One report serves the terminal, the screen and the workbook a planner corrects
and loads again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries import has_polygons, read_boundaries
from geo.boundary_codes import read_official
from geo.columns import ColumnMapping, propose_mapping
from geo.datum_check import DatumCheck, detect
from geo.errors import FileError
from geo.office_files import read_office_file
from geo.phrases import Language
from geo.place import Place
from geo.place_writing import network_lines
from geo.problems import LEVELS_OF_DOUBT, NOTE, Problem
from geo.raw_table import RawTable
from geo.register import Progress, RegisterImport, read_register
from geo.register_desk import Desk
from geo.register_tables import accepted_share
from geo.resident_counts import has_counts, read_counts

KINDS = ("register", "communities", "residents")


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What a check found in one file.

    Parameters
    ----------
    kind
        ``register``, ``communities`` or ``residents``.
    counts
        ``rows_read``, ``accepted``, ``repaired``, ``doubtful``, ``rejected``; the
        last four add up to the first.
    encoding
        How the text was decoded, or empty where the format leaves no choice.
    datum
        Which coordinate system the points fit, or None where nothing tells.
    problems
        Everything that was found, the worst first, then in the order of the file.
    rows
        Every record: ``file``, ``sheet``, ``row``, ``status``, ``organisation_id``.
    mappings
        Which column was taken for what.
    register
        The register as it would be loaded, or None for other kinds.
    """

    kind: str
    counts: dict[str, int]
    encoding: str
    datum: DatumCheck | None
    problems: tuple[Problem, ...]
    rows: pd.DataFrame
    tables: tuple[RawTable, ...]
    mappings: tuple[ColumnMapping, ...]
    register: RegisterImport | None = None

    @property
    def clean(self) -> bool:
        """Return whether nothing was rejected."""
        return self.counts["rejected"] == 0


def check_file(
    source: Path | str,
    desk: Desk | None = None,
    *,
    kind: str | None = None,
    crs: str | None = None,
    mapping: Mapping[str, Sequence[str]] | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Read a file as a place would, and report on every row.

    Parameters
    ----------
    source
        An office file, a map file, or the URL of a database table.
    desk
        What a register is held against.
    kind
        One of `KINDS`; by default what the file looks like.
    crs
        Coordinate system of shapes whose file names none.
    mapping
        Field to headings, where a planner corrected the proposal.
    progress
        Called with steps done and steps in all.

    Raises
    ------
    FileError, TableError, GeographyError
        The file cannot be read as any of these.
    """
    desk = desk or Desk()
    tables = read_office_file(source, crs=crs)
    chosen = kind or kind_of(tables)
    if chosen not in KINDS:
        raise FileError("error.check_kind", given=str(kind), known="、".join(KINDS))
    if chosen == "register":
        imported = read_register(tables, desk, mapping=mapping, progress=progress)
        return register_report(tables, imported)
    if chosen == "communities":
        bounds = read_boundaries(
            tables, crs=crs, residents=desk.residents, official=read_official()
        )
        return table_report(chosen, tables, bounds.rows, bounds.problems)
    communities = desk.communities if desk.communities is not None else _nowhere()
    counts = read_counts(tables, communities)
    return table_report(chosen, tables, counts.rows, counts.problems)


def kind_of(tables: Sequence[RawTable]) -> str:
    """Return what the tables of a file look like: one of `KINDS`."""
    if any(has_polygons(table) for table in tables):
        return "communities"
    names = any("name" in propose_mapping(table.cells, "register") for table in tables)
    if any(has_counts(table) for table in tables) and not _names_organisations(tables):
        return "residents"
    return "register" if names or not any(has_counts(table) for table in tables) else "residents"


def _names_organisations(tables: Sequence[RawTable]) -> bool:
    """Return whether a column can only be a register's."""
    telling = ("code", "filing_number", "level", "state", "scope", "category", "legal_form")
    mappings = [propose_mapping(table.cells, "register") for table in tables]
    return any(field in mapping for mapping in mappings for field in telling)


def register_report(tables: Sequence[RawTable], imported: RegisterImport) -> CheckReport:
    """Return the report of a register that has been read."""
    report = table_report("register", tables, imported.rows, imported.problems)
    return replace(
        report, datum=imported.datum, mappings=imported.records.mappings, register=imported
    )


def with_points_of(report: CheckReport, place: Place) -> CheckReport:
    """Return the report of a place's own register with the check of its points.

    A place keeps its service points beside the register, in degrees already: how
    well they fit says whether the coordinate system was declared rightly.
    """
    there = place.service_points.geometry
    known = there[there.notna() & ~there.is_empty].to_crs("EPSG:4326")
    if report.datum is not None or known.empty:
        return report
    numbers = pd.DataFrame({"x": known.x, "y": known.y}, index=known.index)
    streets = None if place.streets is None else network_lines(place.streets)
    datum = detect(numbers, place.communities, streets=streets)
    file = str(report.rows["file"].iloc[0]) if len(report.rows) else ""
    note = Problem(file, "", None, "坐标", NOTE, datum.reason)
    return replace(report, datum=datum, problems=(*report.problems, note))


def table_report(
    kind: str, tables: Sequence[RawTable], rows: pd.DataFrame, problems: Sequence[Problem]
) -> CheckReport:
    """Return the report of tables whose rows have been judged, the worst problems first."""
    order = {level: at for at, level in enumerate(LEVELS_OF_DOUBT)}
    ordered = sorted(problems, key=lambda one: (order[one.level], one.row or 0))
    return CheckReport(
        kind=kind,
        counts=accepted_share(rows),
        encoding=next((table.encoding for table in tables if table.encoding), ""),
        datum=None,
        problems=tuple(ordered),
        rows=rows,
        tables=tuple(tables),
        mappings=tuple(propose_mapping(table.cells, kind) for table in tables),
    )


def report_answer(report: CheckReport, language: Language) -> dict[str, Any]:
    """Return the report as the mapping that ``check --json`` prints."""
    datum = report.datum
    scores = {} if datum is None else {str(k): round(float(v), 6) for k, v in datum.scores.items()}
    return {
        **report.counts,
        "encoding": report.encoding or None,
        "datum": {"best": "undetermined" if datum is None else datum.best, "scores": scores},
        "problems": [
            {
                "file": one.file,
                "sheet": one.sheet,
                "row": one.row,
                "column": one.column,
                "level": one.level,
                "reason": one.reason.say(language),
            }
            for one in report.problems
        ],
    }


def problem_table(report: CheckReport, language: Language) -> pd.DataFrame:
    """Return the problems as a table of words, for a screen or a sheet."""
    return problem_rows(report.problems, language)


def problem_rows(problems: Sequence[Problem], language: Language) -> pd.DataFrame:
    """Return problems as a table of words: ``file, sheet, row, column, level, reason``."""
    columns = ["file", "sheet", "row", "column", "level", "reason"]
    rows = [
        (one.file, one.sheet, one.row, one.column, one.level, one.reason.say(language))
        for one in problems
    ]
    return pd.DataFrame(rows, columns=columns).astype({"row": "Int64"})


def row_reasons(report: CheckReport, language: Language) -> list[str]:
    """Return, for every record, all that was found about it in one text."""
    by_row: dict[tuple[str, str, int], list[str]] = {}
    for one in report.problems:
        if one.row is not None:
            by_row.setdefault((one.file, one.sheet, one.row), []).append(one.reason.say(language))
    joint = "；" if language == "zh" else "; "
    keys = report.rows[["file", "sheet", "row"]].itertuples(index=False, name=None)
    return [joint.join(dict.fromkeys(by_row.get(key, ()))) for key in keys]


def _nowhere() -> gpd.GeoDataFrame:
    frame = pd.DataFrame({"name": [], "subdistrict": []}, dtype="str")
    return gpd.GeoDataFrame(frame, geometry=np.array([], dtype=object), crs="EPSG:4547")
