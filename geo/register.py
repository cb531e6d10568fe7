"""A register of organisations, from raw tables to the tables of a place.

Every row read is accepted, repaired, doubtful or rejected, and says why; only
rejected ones are left out of the tables. Nothing is decided silently: what was
assumed for a whole file stands as a note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cell_text import destroyed_code
from geo.credit_code import CreditCode
from geo.datum import SYSTEMS
from geo.datum_check import DatumCheck, detect
from geo.gazetteer import address_key
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, REJECTED, Finding, Problem, found_at
from geo.raw_table import RawTable
from geo.register_categories import categorise
from geo.register_columns import credit_codes, own_columns, tidied
from geo.register_communities import far_from, stated_communities
from geo.register_desk import Desk
from geo.register_fields import Records, records_of
from geo.register_identity import Identity, doubled_by_place, identify
from geo.register_points import Located, address_lookup, as_degrees, locate, raw_numbers
from geo.register_tables import assembled

Progress = Callable[[int, int], None]
STEPS = 7


@dataclass(frozen=True, eq=False)
class RegisterImport:
    """A register read: its tables, and what happened to every row.

    Parameters
    ----------
    register
        Table `geo.tables.REGISTER` with further columns kept from the file.
    service_points
        Table `geo.tables.SERVICE_POINTS` in WGS-84 degrees.
    rows
        One row a record read: ``file``, ``sheet``, ``row``, ``status`` (see
        `geo.problems.STATUSES`) and ``organisation_id``.
    problems
        Everything that was found.
    datum
        Which coordinate system the points fit, or None where nothing could be judged.
    system
        The coordinate system that was used.
    records
        The records under canonical names, for the check workbook.
    """

    register: pd.DataFrame
    service_points: gpd.GeoDataFrame
    rows: pd.DataFrame
    problems: tuple[Problem, ...]
    datum: DatumCheck | None
    system: str
    records: Records
    has_states: bool = True


def read_register(
    tables: Sequence[RawTable],
    desk: Desk | None = None,
    *,
    mapping: Mapping[str, Sequence[str]] | None = None,
    progress: Progress | None = None,
) -> RegisterImport:
    """Read a register.

    Parameters
    ----------
    tables
        Raw tables of one or several files.
    desk
        What it is held against.
    mapping
        Field to headings, where a planner corrected the proposed mapping.
    progress
        Called with steps done and steps in all.

    Raises
    ------
    TableError
        No column holds names, or a mapping names what is not there.
    GeographyError
        The declared coordinate system is unknown.
    """
    desk = desk or Desk()
    tell = progress or (lambda done, total: None)
    records = records_of(tables, given=mapping)
    findings = list(records.findings)
    tell(1, STEPS)
    text, more = tidied(records.text)
    findings += more
    codes = credit_codes(text["code"], findings)
    columns = own_columns(text, records, codes, desk, findings)
    tell(2, STEPS)
    located, stated, datum, system = _places(records, text, desk, findings)
    tell(4, STEPS)
    # A further service point may name its organisation by the code alone.
    by_code = records.is_point & (text["code"] != "").to_numpy()
    usable = (text["name"] != "").to_numpy() | by_code
    findings += found_at(~usable, "组织名称", REJECTED, Phrase.of("rejected.no_name"))
    identity = _identity(records, text, codes, located, stated, usable=usable)
    findings += identity.findings
    tell(5, STEPS)
    sorted_out, more = categorise(
        text,
        identity.organisation_id,
        records.origin["title"],
        desk.taxonomy,
        desk.corrections,
    )
    findings += more
    columns |= {str(name): sorted_out[name] for name in sorted_out.columns}
    columns["community_code"] = pd.Series(stated, index=text.index, dtype="str")
    tell(6, STEPS)
    imported = assembled(records, text, columns, located, identity, findings)
    tell(7, STEPS)
    return RegisterImport(
        *imported,
        datum=datum,
        system=system,
        records=records,
        has_states=not any(one.reason.key == "note.state_column_absent" for one in findings),
    )


def _places(
    records: Records, text: pd.DataFrame, desk: Desk, findings: list[Finding]
) -> tuple[Located, np.ndarray, DatumCheck | None, str]:
    numbers, more = raw_numbers(text, records.shapes)
    findings += more
    stated, more = stated_communities(text, desk.communities)
    findings += more
    datum = None
    if desk.communities is not None and np.isfinite(numbers.to_numpy()).all(axis=1).any():
        words = pd.Series(stated, index=text.index).where(stated != "")
        datum = detect(numbers, desk.communities, streets=desk.streets, stated_communities=words)
    system = desk.system or _undeclared(datum)
    findings += _datum_notes(datum, desk.system, system)
    # Plane coordinates of a file that names its system have been degrees for a while.
    plane = records.in_degrees and system not in SYSTEMS
    lon, lat, more = as_degrees(numbers, system="wgs84" if plane else system)
    findings += more
    lookup = address_lookup(desk.gazetteer, desk.geocoder)
    located = locate(text, (lon, lat), stated, communities=desk.communities, lookup=lookup)
    findings += located.findings
    if desk.communities is not None:
        given = np.isfinite(lon)
        findings += far_from(located.points, desk.communities, stated, given)
    return located, stated, datum, system


def _undeclared(datum: DatumCheck | None) -> str:
    """Return the system to use when none was declared: degrees unless only a plane one can be."""
    return datum.projected if datum is not None and datum.projected else "wgs84"


def _datum_notes(datum: DatumCheck | None, declared: str | None, used: str) -> list[Finding]:
    notes = []
    if declared is None:
        notes.append(Finding(None, "坐标", NOTE, Phrase.of("note.datum_assumed", system=used)))
    if datum is None:
        return notes
    notes.append(Finding(None, "坐标", NOTE, datum.reason))
    same = {"cgcs2000": "wgs84"}
    best = datum.projected or datum.best
    if datum.best != "undetermined" and same.get(best, best) != same.get(used, used):
        reason = Phrase.of("doubtful.datum_other", best=best, used=used)
        notes.append(Finding(None, "坐标", DOUBTFUL, reason))
    return notes


def _identity(
    records: Records,
    text: pd.DataFrame,
    codes: list[CreditCode],
    located: Located,
    stated: np.ndarray,
    *,
    usable: np.ndarray,
) -> Identity:
    spots = _spots(text, located)
    named = text["community"].where(text["community"] != "", text["subdistrict"])
    where = pd.Series(stated, index=text.index).where(stated != "", named)
    frame = pd.DataFrame(
        {
            "name": text["name"],
            "code": [code.text if code.usable else "" for code in codes],
            "number": text["filing_number"].where(~text["filing_number"].map(destroyed_code), ""),
            "stated_id": text["organisation_id"],
            "where": where,
            "spot": spots,
            "is_point": records.is_point,
        }
    )
    rows = records.origin["row"].tolist()
    identity = identify(frame, usable=usable, row_numbers=rows)
    more = doubled_by_place(text["name"], spots, identity.leads, rows)
    return Identity(identity.organisation_id, identity.leads, (*identity.findings, *more))


def _spots(text: pd.DataFrame, located: Located) -> list[str]:
    """Return what tells two places apart: the given point to a metre, else the address."""
    address = text["service_address"].where(text["service_address"] != "", text["address"])
    x, y = located.points.x.to_numpy(), located.points.y.to_numpy()
    return [
        f"{lon:.5f},{lat:.5f}" if how == "坐标" else address_key(one)
        for lon, lat, how, one in zip(x, y, located.located_by, address, strict=True)
    ]
