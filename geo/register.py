"""A register of organisations, from raw tables to the tables of a place.

Every row read is accepted, repaired, doubtful or rejected, and says why; only
rejected ones are left out of the tables. Nothing is decided silently: what was
assumed for a whole file stands as a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cell_text import BRACKETS, clean_name, destroyed_code
from geo.credit_code import CreditCode
from geo.credit_code import check as check_code
from geo.datum_check import DatumCheck, detect
from geo.gazetteer import Gazetteer, Geocoder, address_key
from geo.phrases import Phrase
from geo.place_tables import NUMBER_COLUMNS
from geo.problems import (
    ACCEPTED,
    DOUBTFUL,
    NOTE,
    REJECTED,
    REPAIRED,
    Finding,
    Problem,
    as_problems,
    found_at,
    statuses,
)
from geo.raw_table import RawTable
from geo.register_categories import categorise
from geo.register_fields import Records, records_of
from geo.register_flags import check_flags, provider_types
from geo.register_identity import Identity, doubled_by_place, identify
from geo.register_points import (
    Located,
    address_lookup,
    as_degrees,
    far_from,
    locate,
    raw_numbers,
    serves,
    stated_communities,
)
from geo.register_states import (
    INACTIVE_MONTHS,
    dates,
    deliveries,
    register_levels,
    register_states,
)
from geo.tables import REGISTER, SERVICE_POINTS, checked
from geo.taxonomy import Taxonomy, read_taxonomy

Progress = Callable[[int, int], None]
STEPS = 7
DATES = {
    "registered_on": "登记日期",
    "filed_on": "备案日期",
    "valid_until": "证书有效期",
    "cancelled_on": "注销时间",
}
_KEPT_TEXT = ("code", "filing_number", "authority", "business_unit", "address", "scope", "rating")
_LEGAL_FORMS = (
    ("社会服务机构", re.compile(r"民办非企业|民非|社会服务机构|社会服務機構")),
    ("基金会", re.compile(r"基金会|基金會")),
    ("社会团体", re.compile(r"社会团体|社團|社团|社会團體|协会|商会")),
)
_CAPACITY = re.compile(r"(\d+(?:\.\d+)?)\s*[人床张名位个]*")


@dataclass(frozen=True, eq=False)
class Desk:
    """What a register is held against; without a place everything but the taxonomy is empty.

    Parameters
    ----------
    taxonomy
        Categories that organisations are put into.
    communities
        Communities of the place in a metric CRS.
    streets
        Street lines, the best witness of a coordinate system.
    system
        Declared coordinate system: one of `geo.datum.SYSTEMS` or ``EPSG:…``; None: not declared.
    gazetteer, geocoder
        Ways from an address to a point.
    corrections
        What the office corrected before, see `geo.ledger`.
    today, inactive_months
        Against what and how long the last activity counts.
    level_when_absent, state_when_absent
        For registers without any evidence of either; said in a note.
    """

    taxonomy: Taxonomy = field(default_factory=read_taxonomy)
    communities: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | gpd.GeoSeries | None = None
    system: str | None = None
    gazetteer: Gazetteer | None = None
    geocoder: Geocoder | None = None
    corrections: pd.DataFrame | None = None
    today: date = field(default_factory=date.today)
    inactive_months: int = INACTIVE_MONTHS
    level_when_absent: str = "登记"
    state_when_absent: str = "未知"


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
    text, more = _tidied(records.text)
    findings += more
    codes = _codes(text["code"], findings)
    columns = _columns(text, records, codes, desk, findings)
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
    codes_of, more = categorise(text, records.origin["title"], desk.taxonomy, desk.corrections)
    findings += more
    columns["category"], columns["categories"] = codes_of["category"], codes_of["categories"]
    columns["community_code"] = pd.Series(stated, index=text.index, dtype="str")
    tell(6, STEPS)
    imported = _assembled(records, text, columns, located, identity, findings)
    tell(7, STEPS)
    return RegisterImport(
        *imported,
        datum=datum,
        system=system,
        records=records,
        has_states=not any(one.reason.key == "note.state_column_absent" for one in findings),
    )


def _tidied(text: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Tidy names; a name that changed is a repair that the report lists."""
    names = text["name"].map(clean_name).astype("str")
    # Half-width and full-width brackets are both in use and no fault.
    changed = (names != text["name"].str.translate(BRACKETS)).to_numpy()
    findings = found_at(changed, "组织名称", REPAIRED, Phrase.of("repaired.name"))
    tidy = text.assign(name=names)
    for column, heading in DATES.items():
        tidy[column], more = dates(text[column], heading)
        findings += more
    return tidy, findings


def _codes(text: pd.Series, findings: list[Finding]) -> list[CreditCode]:
    read = {one: check_code(one) for one in text.unique()}
    codes = [read[one] for one in text]
    for at, (given, code) in enumerate(zip(text, codes, strict=True)):
        # What the reader of the file called destroyed needs no second sentence.
        if code.reason is not None and not destroyed_code(given):
            findings.append(Finding(at, "统一社会信用代码", DOUBTFUL, code.reason))
    return codes


def _columns(
    text: pd.DataFrame,
    records: Records,
    codes: list[CreditCode],
    desk: Desk,
    findings: list[Finding],
) -> dict[str, pd.Series]:
    """Return the register's own columns, all aligned to the records."""
    civil = np.array([code.usable and bool(code.legal_form) for code in codes], dtype=np.bool_)
    level, filing, more = register_levels(
        text, civil, records.origin["title"], when_absent=desk.level_when_absent
    )
    findings += [one for one in more if one.position is None or not records.is_point[one.position]]
    state, more = register_states(
        text,
        today=desk.today,
        when_absent=desk.state_when_absent,
        inactive_months=desk.inactive_months,
    )
    findings += more
    form, more = _legal_forms(text["legal_form"], codes)
    findings += more
    delivery, delivery_basis, more = deliveries(text["delivery"])
    findings += more
    flags, more = check_flags(text["name"], text["scope"])
    findings += more
    capacity = text["capacity"].map(lambda one: _capacity(one)).astype(float)
    return {
        "level": level,
        "filing_status": filing,
        "state": state,
        "legal_form": form,
        "provider_type": provider_types(text["name"], text["provider_type"]),
        "check_flags": flags,
        "delivery": delivery,
        "delivery_basis": delivery_basis,
        "capacity": capacity,
        "serves": serves(text, desk.communities),
    }


def _legal_forms(text: pd.Series, codes: list[CreditCode]) -> tuple[pd.Series, list[Finding]]:
    read = {
        one: next((form for form, words in _LEGAL_FORMS if words.search(one)), "")
        for one in text.unique()
    }
    stated = text.map(read)
    coded = pd.Series([code.legal_form for code in codes], index=text.index, dtype="str")
    disagree = ((stated != "") & (coded != "") & (stated != coded)).to_numpy()
    findings = [
        Finding(
            int(at),
            "社会组织类型",
            DOUBTFUL,
            Phrase.of("doubtful.legal_form", stated=stated.iloc[at], coded=coded.iloc[at]),
        )
        for at in np.flatnonzero(disagree)
    ]
    return coded.where(coded != "", stated).astype("str"), findings


def _capacity(text: str) -> float:
    found = _CAPACITY.fullmatch(text)
    return float(found[1]) if found else np.nan


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
        datum = detect(
            numbers, desk.communities, streets=desk.streets, stated_communities=words
        )
    system = desk.system or _undeclared(datum)
    findings += _datum_notes(datum, desk.system, system)
    lon, lat, more = as_degrees(numbers, system=system)
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


def _assembled(
    records: Records,
    text: pd.DataFrame,
    columns: dict[str, pd.Series],
    located: Located,
    identity: Identity,
    findings: list[Finding],
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame, tuple[Problem, ...]]:
    whole = pd.DataFrame({"name": text["name"], **columns})
    whole = whole.join(records.origin[["file", "sheet", "row"]])
    whole = whole.join(text[[*_KEPT_TEXT, *DATES, "last_activity"]])
    whole = whole.join(_kept(records.kept, whole))
    status = statuses(findings, len(text))
    leads = identity.leads & (status != REJECTED)
    ids = pd.Index(identity.organisation_id[leads].astype(str), name=REGISTER.index, dtype="str")
    at_points = ["delivery", "delivery_basis", "capacity", "serves"]
    register = whole.loc[leads].drop(columns=at_points).set_axis(ids, axis=0)
    points = _service_points(whole, located, identity, status)
    rows = records.origin[["file", "sheet", "row"]].assign(
        status=status, organisation_id=identity.organisation_id.astype(str)
    )
    problems = (*records.problems, *as_problems(findings, records.origin))
    return checked(register, REGISTER), points, rows, problems


def _kept(kept: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the unknown columns under names that collide with none of ours."""
    taken = {*own.columns, *NUMBER_COLUMNS, "geometry", REGISTER.index, "x", "y", "lon", "lat"}
    return kept.rename(columns={one: f"{one}（原列）" for one in kept.columns if one in taken})


def _service_points(
    whole: pd.DataFrame, located: Located, identity: Identity, status: np.ndarray
) -> gpd.GeoDataFrame:
    used = (identity.organisation_id != "") & (status != REJECTED)
    owners = pd.Series(identity.organisation_id[used].astype(str), dtype="str")
    # An organisation whose own row was rejected takes its points with it.
    lead_ids = set(identity.organisation_id[identity.leads & (status != REJECTED)])
    held = owners.isin(lead_ids).to_numpy()
    positions = np.flatnonzero(used)[held]
    owners = owners[held].reset_index(drop=True)
    number = owners.groupby(owners).cumcount()
    ids = owners.where(number == 0, owners + "@" + (number + 1).astype("str"))
    wanted = ["categories", "delivery", "delivery_basis", "capacity", "serves", "community_code"]
    frame = whole[[*wanted, "address"]].iloc[positions].reset_index(drop=True)
    frame = frame.rename(columns={"community_code": "stated_community"})
    frame["organisation_id"] = owners
    frame["located_by"] = located.located_by[positions].astype(str)
    points = gpd.GeoDataFrame(
        frame, geometry=located.points.to_numpy()[positions], crs=located.points.crs
    )
    points.index = pd.Index(ids, name=SERVICE_POINTS.index, dtype="str")
    return checked(points, SERVICE_POINTS)


def accepted_share(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many rows were read, accepted, repaired, doubtful and rejected."""
    counts = rows["status"].value_counts()
    names = (ACCEPTED, REPAIRED, DOUBTFUL, REJECTED)
    return {"rows_read": len(rows), **{name: int(counts.get(name, 0)) for name in names}}
