"""What a new place is built from: raw files, and what the planner declares about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Paths = Path | tuple[Path, ...]
Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class PlaceFiles:
    """The raw files of a place; of tables and boundaries there may be several.

    Parameters
    ----------
    communities, register
        Boundaries and register.
    residents
        Resident points or counts of communities; None: the counts stand in the
        file of the boundaries.
    streets
        Street network or line layer; None: straight lines.
    gazetteer
        Addresses with points, or None.
    outline
        The district polygon where it is a file of its own.
    """

    communities: Paths
    register: Paths
    residents: Paths | None = None
    streets: Path | None = None
    gazetteer: Path | None = None
    outline: Path | None = None


def usual_systems() -> dict[str, int | None]:
    """Return what map files of Chinese offices are drawn in, where they do not say it.

    CGCS2000 degrees first, then its 3-degree zones without a zone number in front, each
    with its central meridian.
    """
    zones = {f"EPSG:{4534 + at}": 75 + 3 * at for at in range(21)}
    return {"EPSG:4490": None, **zones}


def paths_of(given: Paths | None) -> tuple[Path, ...]:
    """Return the files of one kind, in order."""
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


@dataclass(frozen=True)
class PlaceChoices:
    """What the planner declares about the files.

    Parameters
    ----------
    system
        Coordinate system of the register's points; None: not declared.
    residents_system
        That of resident points.
    crs
        Coordinate system of boundary files that name none.
    streets_crs
        That of a street layer that names none.
    basis
        What given counts rest on: measured, estimated or assumed.
    level, state
        For registers without any evidence of either.
    mapping, communities_mapping, residents_mapping
        Field to headings of the register, the boundaries and the counts, where a
        planner corrected the proposal.
    data_date
        The day the data speaks of; today when left out.
    english
        Name of the place in English.
    """

    system: str | None = None
    residents_system: str = "wgs84"
    crs: str | None = None
    streets_crs: str | None = None
    basis: str = "measured"
    level: str = "登记"
    state: str = "正常"
    mapping: Columns | None = None
    communities_mapping: Columns | None = None
    residents_mapping: Columns | None = None
    data_date: str = ""
    english: str = ""
