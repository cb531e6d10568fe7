"""How many people live where, from what an office counts: by point or by community.

Counts come under plain headings (常住人口, 60岁及以上) or as age bands
(``A60A64_CNT``, ``60-64岁``), which are added up. What a cell holds instead of a
whole number is a problem with its row, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.columns import ColumnMapping, mapped
from geo.community_names import CommunityNames
from geo.errors import TableError
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, REJECTED, Finding, Problem, as_problems, statuses
from geo.raw_table import RawTable
from geo.register_points import as_degrees, raw_numbers
from geo.tables import COUNT_COLUMNS, RESIDENTS

_BAND = re.compile(r"(?:a|p)?(\d{1,3})(?:a|[-~—–至到])(\d{1,3})(?:cnt|岁|岁人口|人数|人口)?")
_OPEN_BAND = re.compile(r"(?:a|p)?(\d{2,3})(?:up5?(?:cnt)?|岁?及?以上(?:人口|人数)?|\+)(?:cnt)?")
_NUMBER = re.compile(r"\d+(?:\.0+)?")
OPEN = 200
# Counts that bands are added up to, from the first age to the last.
AGES = {
    "people": (0, OPEN),
    "elders": (60, OPEN),
    "elders_65": (65, OPEN),
    "elders_80": (80, OPEN),
    "children": (0, 14),
}
# Who lives beyond the last closed band of a table that goes so far is not worth a column.
OLDEST = 99
_BLANKS = ("", "-", "/", "—")
_MARKS = re.compile(r"[\s_]+")


@dataclass(frozen=True, eq=False)
class ResidentCounts:
    """Counts of people as the file gives them.

    Parameters
    ----------
    counts
        Count columns by record position, whole numbers; rejected records are 0.
    community_code
        The community each record names, or empty.
    points
        WGS-84 points of the records, missing where the file gives none.
    rows
        What happened to every record, as for registers.
    problems
        Everything that was found.
    """

    counts: pd.DataFrame
    community_code: np.ndarray
    points: gpd.GeoSeries
    rows: pd.DataFrame
    problems: tuple[Problem, ...]

    @property
    def by_point(self) -> bool:
        """Return whether the records are points rather than counts of communities."""
        return bool(self.points.notna().any())


def age_bands(headings: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the headings that are age bands, with first and last age (`OPEN`: and older)."""
    bands = {}
    for heading in headings:
        key = _MARKS.sub("", heading.lower())
        if found := _BAND.fullmatch(key):
            first, last = int(found[1]), int(found[2])
            if 0 <= first < last <= 120 and last - first <= 10:
                bands[heading] = (first, last)
        elif found := _OPEN_BAND.fullmatch(key):
            bands[heading] = (int(found[1]), OPEN)
    # A lone "60岁以上" is a count of its own; bands come in rows.
    closed = [heading for heading, (_, last) in bands.items() if last < OPEN]
    return bands if len(closed) >= 3 else {}


def bands_between(bands: Mapping[str, tuple[int, int]], first: int, last: int) -> list[str]:
    """Return the bands that tile the ages from `first` to `last`, each age once; none: empty.

    A band across a limit (55-64 where 60 is asked) is no part of it, and a table may
    hold sums beside its bands (60岁以上): narrow ones are taken before wide ones.
    """
    begins: dict[int, list[tuple[int, str]]] = {}
    for name, (low, high) in bands.items():
        if low <= high:
            begins.setdefault(low, []).append((high, name))

    @cache
    def tiles(first: int) -> tuple[str, ...]:
        # Every age is begun at once: bands within bands would double the ways with each.
        for high, name in sorted(begins.get(first, ())):
            if high == last:
                return (name,)
            if high < last and (rest := tiles(high + 1)):
                return (name, *rest)
            if last == OPEN and high >= OLDEST:
                return (name,)
        return ()

    return list(tiles(first))


def has_counts(table: RawTable, given: Mapping[str, Sequence[str]] | None = None) -> bool:
    """Return whether `table` counts people; `given` as the mapping of `read_counts`."""
    mapping = mapped(table.cells, "residents", given)
    headings = [str(one) for one in table.cells.columns]
    return any(name in mapping for name in COUNT_COLUMNS) or bool(age_bands(headings))


def read_counts(
    tables: Sequence[RawTable],
    communities: gpd.GeoDataFrame,
    *,
    system: str = "wgs84",
    by_shape: bool = False,
    mapping: Mapping[str, Sequence[str]] | None = None,
) -> ResidentCounts:
    """Read counts of people.

    Parameters
    ----------
    tables
        Raw tables; the first that counts people is used.
    communities
        Communities of the place; records name one of them or lie in it.
    system
        Coordinate system of points.
    by_shape
        Whether the records' own shapes are the communities, not points.
    mapping
        Field to headings, where a planner corrected the proposed mapping.

    Raises
    ------
    TableError
        No table counts people, or none tells where they live.
    """
    table = next((one for one in tables if has_counts(one, mapping)), None)
    if table is None:
        raise TableError("error.no_counts", file=tables[0].file if tables else "")
    columns = mapped(table.cells, "residents", mapping)
    findings = list(table.findings)
    counts = _counts(table, columns, findings)
    text = _where(table, columns)
    shapes = None
    if table.shapes is not None and table.shapes.crs is not None and not by_shape:
        shapes = table.shapes.to_crs("EPSG:4326")
        shapes = shapes.where(shapes.geom_type == "Point")
    numbers, more = raw_numbers(text, shapes)
    findings += more
    lon, lat, more = as_degrees(numbers, system=system)
    findings += more
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    points = points.where(np.isfinite(lon))
    codes = _communities_of(text, communities, findings, lost=points.isna().to_numpy())
    status = statuses(findings, len(table))
    counts.loc[status == REJECTED] = 0
    rows = table.origin.assign(status=status, organisation_id=codes.astype(str))
    problems = (*table.problems, *as_problems(findings, table.origin))
    return ResidentCounts(counts, codes, points, rows, problems)


def _counts(table: RawTable, mapping: ColumnMapping, findings: list[Finding]) -> pd.DataFrame:
    read: dict[str, np.ndarray] = {}
    for name in COUNT_COLUMNS:
        heading = mapping.heading(name)
        if heading is not None:
            read[name] = _whole(table.cells[heading], heading, findings)
            _note_blanks(table.cells[heading], heading, findings)
    bands = age_bands([str(one) for one in table.cells.columns])
    if bands:
        banded = {heading: _whole(table.cells[heading], heading, findings) for heading in bands}
        for name, (first, last) in AGES.items():
            if name in read:
                continue
            inside = bands_between(bands, first, last)
            if inside:
                read[name] = np.sum([banded[heading] for heading in inside], axis=0)
            elif any(low <= last and high >= first for low, high in bands.values()):
                reason = Phrase.of("note.bands_do_not_fit", first=first, column=name)
                findings.append(Finding(None, "", NOTE, reason))
    if "people" not in read:
        raise TableError("error.no_people", file=table.file)
    ordered = {name: read[name] for name in COUNT_COLUMNS if name in read}
    frame = pd.DataFrame(ordered, index=table.cells.index)
    _hold_parts(frame, findings)
    return frame


def _whole(cells: pd.Series, heading: str, findings: list[Finding]) -> np.ndarray:
    numbers = np.zeros(len(cells), dtype=np.int64)
    for at, text in enumerate(cells):
        plain = text.replace(",", "").replace("，", "").removesuffix("人").strip()
        if _NUMBER.fullmatch(plain) and float(plain) < 1e9:
            numbers[at] = int(float(plain))
        elif plain not in _BLANKS:
            reason = Phrase.of("rejected.count", given=text[:40])
            findings.append(Finding(at, heading, REJECTED, reason))
    return numbers


def _note_blanks(cells: pd.Series, heading: str, findings: list[Finding]) -> None:
    """Say where nothing stands: it counts as nobody, and a community of nobody has no gap.

    A column without a single number was never filled in and is no doubt about
    its rows; blank age bands are how a table writes zero.
    """
    blank = cells.str.strip().isin(_BLANKS).to_numpy()
    if blank.all():
        return
    reason = Phrase.of("doubtful.count_blank", column=heading)
    findings.extend(Finding(int(at), heading, DOUBTFUL, reason) for at in np.flatnonzero(blank))


def _hold_parts(counts: pd.DataFrame, findings: list[Finding]) -> None:
    for part in ("elders", "elders_65", "elders_80", "children", "disabled"):
        if part not in counts.columns:
            continue
        for at in np.flatnonzero((counts[part] > counts["people"]).to_numpy()):
            reason = Phrase.of("doubtful.more_than_people", column=part)
            findings.append(Finding(int(at), "", DOUBTFUL, reason))


def _where(table: RawTable, mapping: ColumnMapping) -> pd.DataFrame:
    fields = ("community_code", "community", "subdistrict", "lon", "lat", "coordinates")
    found = {field: mapping.heading(field) for field in fields}
    blank = pd.Series("", index=table.cells.index, dtype="str")
    return pd.DataFrame(
        {field: blank if head is None else table.cells[head] for field, head in found.items()}
    )


def _communities_of(
    text: pd.DataFrame,
    communities: gpd.GeoDataFrame,
    findings: list[Finding],
    *,
    lost: np.ndarray,
) -> np.ndarray:
    names = CommunityNames.of(communities)
    codes = np.full(len(text), "", dtype=object)
    for at, (code, name, subdistrict) in enumerate(
        text[["community_code", "community", "subdistrict"]].itertuples(index=False, name=None)
    ):
        codes[at], _ = names.find(name, subdistrict=subdistrict, code=code)
        if not codes[at] and lost[at]:
            reason = Phrase.of("rejected.count_nowhere", given=(name or code)[:40])
            findings.append(Finding(at, "所属社区", REJECTED, reason))
    return codes


def residents_at_points(
    counts: ResidentCounts, communities: gpd.GeoDataFrame, basis: str
) -> gpd.GeoDataFrame:
    """Return a residents table of counts that stand at points of their own.

    Points outside every community go to the community they name; people who
    could be placed nowhere are in none (their rows are rejected in `counts`).

    Parameters
    ----------
    counts
        Counts with points.
    communities
        Communities in a metric CRS.
    basis
        What the counts rest on, one of `geo.tables.BASES`.
    """
    from geo.place_tables import community_of  # noqa: PLC0415  (it reads streets as well)

    frame = gpd.GeoDataFrame(counts.counts, geometry=counts.points.to_numpy(), crs="EPSG:4326")
    frame = frame.to_crs(communities.crs)
    inside = community_of(frame, communities).to_numpy(dtype=object)
    frame["community_code"] = np.where(inside != "", inside, counts.community_code).astype(str)
    for name in counts.counts.columns:
        frame[f"basis_{name}"] = basis
    kept = (frame["community_code"] != "") & (counts.rows["status"] != REJECTED).to_numpy()
    kept &= frame["people"].to_numpy() > 0
    frame = frame[kept]
    frame.index = pd.Index([f"r{at + 1}" for at in frame.index], name=RESIDENTS.index, dtype="str")
    return frame
