"""Which column of an office's file is what: proposals a planner can correct and save.

The alias table ``data/columns.toml`` names what registers, boundary files and
resident counts call their columns. A mapping is a proposal with its reason;
`mapping_text` keeps the corrected one with the place, and `read_mapping` takes
it up again. Personal columns are recognised by heading and by content, and are
left out before any table is made.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from geo.cell_text import heading_key, is_personal
from geo.errors import FileError, TableError

COLUMNS_FILE = Path(__file__).resolve().parent.parent / "data" / "columns.toml"
TABLES = ("register", "communities", "residents", "gazetteer")
ORIGIN = ("file", "sheet", "row", "status", "reason")

# A column of unknown heading is taken as personal when this share of its cells is.
PERSONAL_SHARE = 0.3
LOOKED_AT = 400


@dataclass(frozen=True)
class Field:
    """One thing a column can be: its names in the file, and whether it is a person's."""

    table: str
    name: str
    zh: str
    en: str
    kind: str
    aliases: tuple[str, ...]
    ends: tuple[str, ...]


@dataclass(frozen=True)
class Mapped:
    """What a heading was taken for, and why: ``alias``, ``ending``, ``content`` or ``given``."""

    heading: str
    field: str
    how: str


@dataclass(frozen=True)
class ColumnMapping:
    """Which heading of a file is which field of a table.

    Parameters
    ----------
    table
        One of `TABLES`.
    columns
        What each recognised heading was taken for, in the order of the file.
        A field may have several headings (scope); the first one leads.
    personal
        Headings that are never loaded: telephone and identity numbers.
    hidden
        Headings with the names of persons, not loaded either.
    kept
        Headings that nothing is known about; kept as they are.
    """

    table: str
    columns: tuple[Mapped, ...]
    personal: tuple[str, ...]
    hidden: tuple[str, ...]
    kept: tuple[str, ...]

    def heading(self, field: str) -> str | None:
        """Return the heading that holds `field`, or None."""
        return next((one.heading for one in self.columns if one.field == field), None)

    def headings(self, field: str) -> tuple[str, ...]:
        """Return every heading that holds `field`."""
        return tuple(one.heading for one in self.columns if one.field == field)

    def __contains__(self, field: object) -> bool:
        return any(one.field == field for one in self.columns)


@lru_cache(maxsize=1)
def column_fields() -> tuple[Field, ...]:
    """Return every field of the alias table."""
    content = _alias_table()
    return tuple(
        Field(
            table=table,
            name=name,
            zh=row["zh"],
            en=row["en"],
            kind=row.get("kind", ""),
            aliases=tuple(heading_key(one) for one in row.get("aliases", ())),
            ends=tuple(heading_key(one) for one in row.get("ends", ())),
        )
        for table, rows in content.items()
        if isinstance(rows, dict)
        for name, row in rows.items()
    )


@lru_cache(maxsize=1)
def _alias_table() -> dict[str, Any]:
    return tomllib.loads(COLUMNS_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def same_subdistricts() -> dict[str, str]:
    """Return confirmed other names of subdistricts: found name to official name."""
    return {row["found"]: row["official"] for row in _alias_table().get("same_subdistrict", ())}


@lru_cache(maxsize=1)
def known_headings() -> frozenset[str]:
    """Return the keys of every heading the alias table knows, of whatever table."""
    return frozenset(alias for field in column_fields() for alias in field.aliases)


def field_words(table: str, name: str) -> Field:
    """Return the field `name` of `table`, with the words a reader sees."""
    for one in column_fields():
        if one.table == table and one.name == name:
            return one
    raise TableError("error.field_unknown", table=table, given=name)


def propose_mapping(cells: pd.DataFrame, table: str) -> ColumnMapping:
    """Propose which column of `cells` is which field of `table`.

    Parameters
    ----------
    cells
        Text cells under the file's own headings.
    table
        One of `TABLES`.

    Returns
    -------
    A heading counts as the field whose alias it is; else as one whose ending it
    has; a heading made of two rows (``坐标-经度``) also by its last part. One
    heading serves one field; every field but ``scope`` takes one heading, the
    first exact one.

    Raises
    ------
    TableError
        The table is unknown.
    """
    if table not in TABLES:
        raise TableError("error.field_unknown", table=table, given=table)
    guesses = [_guess(str(heading), table) for heading in cells.columns]
    personal, hidden, kept = [], [], []
    taken: dict[str, str] = {}
    columns: list[Mapped] = []
    for exact in (True, False):
        for heading, (field, how) in zip(cells.columns, guesses, strict=True):
            if field is None or field.kind or (how == "alias") != exact:
                continue
            if field.name in taken and field.name != "scope":
                continue
            taken[field.name] = str(heading)
            columns.append(Mapped(str(heading), field.name, how))
    used = {one.heading for one in columns}
    for heading, (field, _) in zip(cells.columns, guesses, strict=True):
        if str(heading) in used:
            continue
        if field is not None and field.kind == "hidden":
            hidden.append(str(heading))
        elif (field is not None and field.kind == "personal") or _looks_personal(cells[heading]):
            personal.append(str(heading))
        else:
            kept.append(str(heading))
    order = {str(heading): at for at, heading in enumerate(cells.columns)}
    columns.sort(key=lambda one: order[one.heading])
    return ColumnMapping(table, tuple(columns), tuple(personal), tuple(hidden), tuple(kept))


def corrected(mapping: ColumnMapping, given: Mapping[str, Sequence[str] | str]) -> ColumnMapping:
    """Return `mapping` with what a planner stated: field to heading or headings.

    Headings that the proposal marked as personal or hidden stay so.

    Raises
    ------
    TableError
        A field or heading is unknown.
    """
    wanted: dict[str, str] = {}
    known = {one.name for one in column_fields() if one.table == mapping.table and not one.kind}
    loadable = [one.heading for one in mapping.columns] + list(mapping.kept)
    for field, headings in given.items():
        if field not in known:
            raise TableError("error.field_unknown", table=mapping.table, given=field)
        named = (headings,) if isinstance(headings, str) else tuple(headings)
        absent = [one for one in named if one not in loadable]
        if absent:
            raise TableError("error.heading_unknown", heading="、".join(absent), field=field)
        wanted |= dict.fromkeys(named, field)
    columns = [one for one in mapping.columns if one.field not in given]
    columns = [one for one in columns if one.heading not in wanted]
    columns += [Mapped(heading, field, "given") for heading, field in wanted.items()]
    used = {one.heading for one in columns}
    kept = tuple(heading for heading in loadable if heading not in used)
    return ColumnMapping(mapping.table, tuple(columns), mapping.personal, mapping.hidden, kept)


def mapped(
    cells: pd.DataFrame, table: str, given: Mapping[str, Sequence[str]] | None
) -> ColumnMapping:
    """Return the mapping proposed for `cells`, with what a planner stated about it.

    Several sheets and files share one statement, and each takes the headings it
    has. A field stated without any heading is one that no column holds.

    Raises
    ------
    TableError
        A field is unknown.
    """
    mapping = propose_mapping(cells, table)
    if not given:
        return mapping
    known = {one.heading for one in mapping.columns} | set(mapping.kept)
    wanted = {field: [one for one in heads if one in known] for field, heads in given.items()}
    kept = {field: heads for field, heads in wanted.items() if heads or not given[field]}
    return corrected(mapping, kept)


def mapping_text(
    used: Sequence[ColumnMapping],
    given: Mapping[str, Mapping[str, Sequence[str]] | None] | None = None,
) -> str:
    """Return which heading is which field, as TOML a person can read and correct.

    Parameters
    ----------
    used
        Mappings that were used; those of one table are put together.
    given
        Table to field to headings, as a planner stated them. They win, and a field
        that no column holds is kept as such.
    """
    tables: dict[str, dict[str, list[str]]] = {}
    for mapping in used:
        fields = tables.setdefault(mapping.table, {})
        for one in mapping.columns:
            headings = fields.setdefault(one.field, [])
            headings += [one.heading] if one.heading not in headings else []
    for table, stated in (given or {}).items():
        for field, heads in (stated or {}).items():
            tables.setdefault(table, {})[field] = [*heads]
    lines: list[str] = []
    for table, fields in tables.items():
        lines += ["", f"[{table}]"] if lines else [f"[{table}]"]
        # A JSON list of strings is a TOML list, but for the one character JSON leaves bare.
        texts = {name: json.dumps(heads, ensure_ascii=False) for name, heads in fields.items()}
        lines += [f"{name} = {text}".replace("\x7f", "\\u007f") for name, text in texts.items()]
    return "\n".join(lines) + "\n"


def read_mapping(path: Path) -> dict[str, dict[str, list[str]]]:
    """Read saved mappings: table to field to headings.

    Raises
    ------
    FileError
        The file is missing or is not such a mapping.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    whole = all(
        table in TABLES
        and isinstance(fields, dict)
        and all(_headings(one) for one in fields.values())
        for table, fields in content.items()
    )
    if not whole:
        raise FileError("error.mapping_file", file=str(path))
    return {
        table: {field: [one] if isinstance(one, str) else one for field, one in fields.items()}
        for table, fields in content.items()
    }


def _headings(given: object) -> bool:
    """Return whether `given` is a heading or a list of headings."""
    several = given if isinstance(given, list) else [given]
    return all(isinstance(one, str) for one in several)


def _guess(heading: str, table: str) -> tuple[Field | None, str]:
    key = heading_key(heading)
    keys = [key]
    if "-" in heading:
        keys.append(heading_key(heading.rsplit("-", 1)[1]))
    # What stands in brackets explains a heading more often than it changes it.
    keys += [heading_key(heading.split(mark, 1)[0]) for mark in ("（", "(") if mark in heading]
    # Forms number their columns: "3.登记状态".
    keys += [one.lstrip("0123456789") for one in keys]
    fields = _fields_of(table)
    for one in keys:
        for field in fields:
            if one and one in field.aliases:
                return field, "alias"
    for field in fields:
        if any(key.endswith(end) for end in field.ends):
            return field, "ending"
    return None, ""


@lru_cache(maxsize=8)
def _fields_of(table: str) -> tuple[Field, ...]:
    """Return the fields of `table`; persons are recognised in every table."""
    own = [one for one in column_fields() if one.table == table and not one.kind]
    return (*[one for one in column_fields() if one.kind], *own)


def _looks_personal(column: pd.Series) -> bool:
    filled = column[column != ""].head(LOOKED_AT)
    if filled.empty:
        return False
    return bool(filled.map(is_personal).mean() >= PERSONAL_SHARE)
