"""What rules can use beside the register: platform lists, yearly totals, surveys.

A place may carry these tables; without them the rules that need them read
数据不足. They stand in place.toml::

    [supplements]
    platforms = "platforms.csv"

========================  =====================================================
platforms                 platform (code of the rules file), unit_code (empty:
                          the district), organisation, operator
yearly                    subdistrict_code, year, total, added
satisfaction              unit_code (empty: the district), asked, satisfied
needs                     community_code, category, asked, needing
========================  =====================================================
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geo.errors import FileError, TableError
from geo.place import Place

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "platforms": ("platform", "unit_code", "organisation", "operator"),
    "yearly": ("subdistrict_code", "year", "total", "added"),
    "satisfaction": ("unit_code", "asked", "satisfied"),
    "needs": ("community_code", "category", "asked", "needing"),
}
WHOLE = ("year", "total", "added", "asked", "satisfied", "needing")


@dataclass(frozen=True, eq=False)
class Supplements:
    """Further tables of a place, each None when nobody keeps it."""

    platforms: pd.DataFrame | None = None
    yearly: pd.DataFrame | None = None
    satisfaction: pd.DataFrame | None = None
    needs: pd.DataFrame | None = None


NOTHING = Supplements()


def read_supplements(place: Place) -> Supplements:
    """Read the further tables a place names in its place.toml.

    Raises
    ------
    FileError
        A file is missing or unreadable.
    TableError
        A table is unknown, lacks a column, or a count is no whole number.
    """
    settings = tomllib.loads((place.folder / "place.toml").read_text(encoding="utf-8"))
    files = settings.get("supplements", {})
    foreign = sorted(set(files) - set(COLUMNS))
    if foreign:
        raise TableError(
            "error.supplement_unknown", given="、".join(foreign), known="、".join(COLUMNS)
        )
    return Supplements(
        **{name: read_supplement(place.folder / str(file), name) for name, file in files.items()}
    )


def read_supplement(path: Path, name: str) -> pd.DataFrame:
    """Read one further table; `name` is one of `COLUMNS`.

    Raises
    ------
    FileError, TableError
        As for `read_supplements`.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise FileError("error.file_unreadable", file=str(path), detail=str(fault)) from fault
    missing = sorted(set(COLUMNS[name]) - set(frame.columns))
    if missing:
        raise TableError("error.mapped_column_missing", file=str(path), columns="、".join(missing))
    for column in set(WHOLE) & set(COLUMNS[name]):
        frame[column] = _whole(frame[column], column, path)
    for part, whole in (("satisfied", "asked"), ("needing", "asked")):
        if part in frame.columns and (frame[part] > frame[whole]).any():
            raise TableError("error.supplement_part", file=str(path), part=part, whole=whole)
    return frame


def _whole(column: pd.Series, name: str, path: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    broken = (numbers.isna() | (numbers < 0) | (numbers % 1 != 0)).to_numpy().nonzero()[0]
    if len(broken):
        raise TableError(
            "error.not_a_number",
            file=str(path),
            column=name,
            row=int(broken[0]) + 2,  # the header is row 1
            given=str(column.iloc[broken[0]]),
        )
    return numbers.astype("int64")
