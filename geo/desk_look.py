"""A first look at raw files: what their columns are, and which coordinate system fits.

Nothing is converted and nothing is decided here. A planner corrects the columns,
declares the coordinate system, and only then are the files checked row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.columns import field_words, mapped
from geo.datum import Degrees
from geo.datum_check import DatumCheck, detect
from geo.datum_hypotheses import raw_coordinates
from geo.errors import InputError
from geo.phrases import Phrase
from geo.place_files import Columns, Paths, PlaceChoices, PlaceFiles
from geo.place_reading import Told, read_bounds, read_network, read_tables, silent
from geo.place_writing import network_lines
from geo.raw_table import RawTable
from geo.register_columns import tidied
from geo.register_communities import stated_communities
from geo.register_fields import records_of, with_origin
from geo.register_points import raw_numbers
from geo.resident_counts import age_bands, has_counts
from geo.street_network import StreetNetwork

# What a column is to us; the last two are never loaded, so no sample of them is shown.
USED, BAND, KEPT, HIDDEN, PERSONAL = "used", "band", "kept", "hidden", "personal"
LONGEST_SAMPLE = 40
# Enough to see a shift on a small picture.
MOST_DRAWN = 400

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ColumnLook:
    """One column of a file: its heading, one cell of it, and what it was taken for.

    `standing` is one of ``used``, ``band`` (an age band), ``kept``, ``hidden``,
    ``personal``; `field` is empty unless it is used; `how` as `geo.columns.Mapped`.
    """

    heading: str
    sample: str
    field: str
    how: str
    standing: str


@dataclass(frozen=True)
class TableLook:
    """One table of a file: ``register``, ``communities`` or ``residents``, and its columns."""

    table: str
    file: str
    sheet: str
    rows: int
    encoding: str
    columns: tuple[ColumnLook, ...]


@dataclass(frozen=True, eq=False)
class DatumLook:
    """Which coordinate system fits, and the numbers it was judged by (rows x 2, a sample)."""

    check: DatumCheck
    raw: Degrees
    communities: gpd.GeoSeries


@dataclass(frozen=True, eq=False)
class Look:
    """What a first look at the files found.

    Parameters
    ----------
    tables
        Every table that could be read.
    datum
        None where the register has no coordinates or the boundaries cannot be read.
    faults
        Which kind of file is at fault, and what is wrong with it.
    """

    tables: tuple[TableLook, ...]
    datum: DatumLook | None
    faults: tuple[tuple[str, InputError], ...] = field(default=())

    def headings(self, table: str) -> tuple[ColumnLook, ...]:
        """Return the columns of all tables of a kind, each heading once."""
        found: dict[str, ColumnLook] = {}
        for one in self.tables:
            if one.table == table:
                for column in one.columns:
                    found.setdefault(column.heading, column)
        return tuple(found.values())

    def has(self, table: str, *names: str) -> bool:
        """Return whether a column of `table` was taken for one of the fields `names`."""
        return any(one.field in names for one in self.headings(table))


class Faults:
    """What is wrong with which kind of file: one fault does not hide the next."""

    def __init__(self) -> None:
        self.found: list[tuple[str, InputError]] = []

    def unless(self, kind: str, work: Callable[[], Answer]) -> Answer | None:
        """Return what `work` returns; None, and a fault of files of this kind, where it cannot."""
        try:
            return work()
        except InputError as fault:
            self.found.append((kind, fault))
            return None


def look_at(files: PlaceFiles, choices: PlaceChoices | None = None, *, told: Told = silent) -> Look:
    """Look at raw files.

    Parameters
    ----------
    files
        What was handed in.
    choices
        What is declared so far; its mappings are applied.
    """
    choices, faults = choices or PlaceChoices(), Faults()
    bounds = faults.unless("communities", lambda: read_bounds(files, choices, told=told))
    network = None
    if bounds is not None:
        network = faults.unless("streets", lambda: read_network(files, choices, bounds, told=told))
    told("residents", 0, 1)
    areas = _quietly(files.communities, choices)
    counted = faults.unless("residents", lambda: read_tables(files.residents, choices)) or ()
    if files.residents is None:
        counted = tuple(one for one in areas if has_counts(one, choices.residents_mapping))
    told("register", 0, 1)
    tables = faults.unless("register", lambda: read_tables(files.register, choices)) or ()
    datum = None
    if bounds is not None and tables:
        datum = faults.unless(
            "register", lambda: fit_of(tables, choices, bounds.communities, network)
        )
    looks = (
        *looks_of("communities", areas, choices.communities_mapping),
        *looks_of("register", tables, choices.mapping),
        *looks_of("residents", counted, choices.residents_mapping),
    )
    return Look(looks, datum, tuple(faults.found))


def _quietly(given: Paths, choices: PlaceChoices) -> tuple[RawTable, ...]:
    """Read boundaries again for their columns; a fault of theirs has been told already."""
    return Faults().unless("communities", lambda: read_tables(given, choices)) or ()


def looks_of(kind: str, tables: Sequence[RawTable], given: Columns | None) -> list[TableLook]:
    """Return what the columns of tables of one kind are."""
    return [_look(kind, with_origin(table), given) for table in tables]


def _look(kind: str, table: RawTable, given: Columns | None) -> TableLook:
    cells = table.cells
    columns = mapped(cells, kind, given)
    bands = age_bands([str(one) for one in cells.columns]) if kind == "residents" else {}
    used = {one.heading: one for one in columns.columns}
    looks = []
    for heading in map(str, cells.columns):
        if heading in columns.personal:
            looks.append(ColumnLook(heading, "", "", "", PERSONAL))
        elif heading in columns.hidden:
            looks.append(ColumnLook(heading, "", "", "", HIDDEN))
        elif heading in used:
            one = used[heading]
            looks.append(ColumnLook(heading, _sample(cells, heading), one.field, one.how, USED))
        else:
            standing = BAND if heading in bands else KEPT
            looks.append(ColumnLook(heading, _sample(cells, heading), "", "", standing))
    return TableLook(kind, table.file, table.sheet, len(table), table.encoding, tuple(looks))


def _sample(cells: pd.DataFrame, heading: str) -> str:
    filled = cells.loc[cells[heading] != "", heading]
    text = "" if filled.empty else str(filled.iloc[0])
    return text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…"


def fit_of(
    tables: Sequence[RawTable],
    choices: PlaceChoices,
    communities: gpd.GeoDataFrame,
    network: StreetNetwork | None,
) -> DatumLook | None:
    """Return which coordinate system the points of a register fit; None where it has none."""
    records = records_of(tables, given=choices.mapping)
    text, _ = tidied(records.text)
    numbers, _ = raw_numbers(text, records.shapes)
    if not np.isfinite(numbers.to_numpy()).all(axis=1).any():
        return None
    stated, _ = stated_communities(text, communities)
    check = detect(
        numbers,
        communities,
        streets=None if network is None else network_lines(network),
        stated_communities=pd.Series(stated, index=text.index).where(stated != ""),
    )
    return datum_look(check, numbers, communities)


def datum_look(
    check: DatumCheck, numbers: pd.DataFrame, communities: gpd.GeoDataFrame
) -> DatumLook:
    """Return what a picture of a coordinate check needs: a sample of the numbers, the shapes."""
    raw = raw_coordinates(numbers)
    raw = np.unique(raw[np.isfinite(raw).all(axis=1)], axis=0)
    if len(raw) > MOST_DRAWN:
        raw = raw[np.linspace(0, len(raw) - 1, MOST_DRAWN).astype(int)]
    shapes = communities.geometry
    # A pixel of the picture is some tens of metres.
    return DatumLook(check, raw, shapes.simplify(10.0))


def doubled_fields(look: Look, table: str, given: Columns) -> tuple[Phrase, ...]:
    """Return a sentence for every field that two columns of one table were given to.

    Texts that are read together (scope of business, addresses) may have several.
    """
    together = ("scope", "address", "service_address")
    found: dict[tuple[str, str], Phrase] = {}
    for one in look.tables:
        there = {column.heading for column in one.columns}
        for name, headings in given.items():
            both = [heading for heading in headings if heading in there]
            if one.table == table and len(both) > 1 and name not in together:
                words = field_words(table, name)
                told = {"zh": words.zh, "en": words.en}
                names = "、".join(both)
                found[name, names] = Phrase.of("desk.field_doubled", field=told, columns=names)
    return tuple(found.values())
