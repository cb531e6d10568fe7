"""The whole check of a planner's files, and the place they make, in a folder of its own.

Every row is accounted for. When nothing stands in the way, the place is written
into a folder beside the files and opened once; accepting it only moves it (see
`geo.place_shelf`). What is at fault in one file does not hide the faults of the next.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from geo.boundaries import BoundariesImport, with_residents
from geo.check_report import CheckReport, register_report, table_report
from geo.check_workbook import check_workbook
from geo.desk_look import DatumLook, Faults, datum_look
from geo.errors import InputError
from geo.phrases import Language, Phrase
from geo.place import Place
from geo.place_building import write_place
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_reading import (
    People,
    PlaceReading,
    Told,
    read_bounds,
    read_network,
    read_organisations,
    read_people,
    read_tables,
    silent,
)
from geo.problems import Problem
from geo.raw_table import RawTable
from geo.register import STEPS, RegisterImport
from geo.register_points import raw_numbers

# Sheets of this kind can be corrected and loaded again; boundaries are drawn, not typed.
CORRECTABLE_TABLES = ("register", "residents")
# No place can have this name, so nobody's corrections are taken for those of the prepared one.
PREPARED = ".prepared"


@dataclass(frozen=True, eq=False)
class FileCheck:
    """What became of the rows of one kind of file.

    Parameters
    ----------
    table
        ``register``, ``communities`` or ``residents``.
    counts
        As `geo.check_report.CheckReport.counts`: the last four add up to the first.
    problems
        Everything that was found, the worst first.
    book
        A workbook to correct and load again, or None.
    """

    table: str
    counts: dict[str, int]
    problems: tuple[Problem, ...]
    book: Path | None


@dataclass(frozen=True)
class PlaceSize:
    """How much of everything a place holds.

    `levels` says how many organisations are registered, filed or in the ledger only, and
    how many of those that can count are in good standing; `none_usable` that none is.
    """

    communities: int
    organisations: int
    service_points: int
    resident_points: int
    people: int
    walking_basis: str
    levels: Phrase
    none_usable: bool


@dataclass(frozen=True, eq=False)
class DeskCheck:
    """What the check of all files found.

    Parameters
    ----------
    checks
        One for every kind of file that could be read.
    datum
        How the points fit the declared coordinate system; None where nothing tells.
    against
        Whether the points fit another system than the declared one better.
    faults
        Which kind of file is at fault, and what is wrong with it.
    assumed
        What the place assumes, said with it from now on.
    folder, size
        The place, ready to be accepted; None where a fault stands in the way.
    """

    checks: tuple[FileCheck, ...]
    datum: DatumLook | None
    against: bool
    faults: tuple[tuple[str, InputError], ...]
    assumed: tuple[Phrase, ...] = field(default=())
    folder: Path | None = None
    size: PlaceSize | None = None


def check_files(
    name: str,
    files: PlaceFiles,
    choices: PlaceChoices,
    folder: Path,
    *,
    language: Language = "zh",
    told: Told = silent,
) -> DeskCheck:
    """Check all files of a place and write the place into `folder`.

    Parameters
    ----------
    name
        Chinese name of the place.
    files, choices
        What was handed in, and what is declared about it.
    folder
        Where to write: `PREPARED` inside it is made anew, workbooks stand beside it.
    language
        Of the workbooks.
    told
        Called with the stage, the steps done and the steps in all.
    """
    faults = Faults()
    bounds = faults.unless("communities", lambda: read_bounds(files, choices, told=told))
    if bounds is None:
        return DeskCheck((), None, against=False, faults=tuple(faults.found))
    network = faults.unless("streets", lambda: read_network(files, choices, bounds, told=told))
    people = faults.unless(
        "residents", lambda: read_people(files, choices, bounds, network, told=told)
    )
    # With the people it is known whom overlaps and holes touch.
    areas = bounds if people is None else with_residents(bounds, people.residents)
    checks = [FileCheck("communities", _counts(areas), areas.problems, None)]
    if people is not None:
        checks.append(_people_check(people, files, choices, folder, language))
    told("register", 0, STEPS)
    tables = faults.unless("register", lambda: read_tables(files.register, choices)) or ()
    register, report = None, None
    if tables:
        register = faults.unless(
            "register",
            lambda: read_organisations(tables, files, choices, bounds, network, told=told),
        )
    if register is not None:
        report = register_report(tables, register)
        checks.append(file_check(report, folder, language))
    reading = None
    if people is not None and register is not None and report is not None and not faults.found:
        reading = PlaceReading(areas, network, people, register, report)
    place = None
    target = folder / PREPARED
    shutil.rmtree(target, ignore_errors=True)
    if reading is not None:
        target.mkdir(parents=True)
        place = faults.unless(
            "place",
            lambda: write_place(
                target, name, reading, files, choices, language=language, told=told
            ),
        )
    return DeskCheck(
        checks=tuple(checks),
        datum=None if register is None else datum_of(register, bounds.communities),
        against=register is not None and fits_another(register),
        faults=tuple(faults.found),
        assumed=() if reading is None else reading.assumed,
        folder=None if place is None else target,
        size=None if place is None else size_of(place),
    )


def fits_another(register: RegisterImport) -> bool:
    """Return whether the points fit another coordinate system than the declared one better."""
    return any(one.reason.key == "doubtful.datum_other" for one in register.problems)


def size_of(place: Place) -> PlaceSize:
    """Return how much of everything a place holds."""
    levels = place.register["level"]
    counting = levels.isin(["登记", "备案"])
    normal = int((counting & (place.register["state"] == "正常")).sum())
    return PlaceSize(
        communities=len(place.communities),
        organisations=len(place.register),
        service_points=len(place.service_points),
        resident_points=len(place.residents),
        people=int(place.residents["people"].sum()),
        walking_basis=place.walking_basis,
        levels=Phrase.of(
            "desk.levels",
            registered=int((levels == "登记").sum()),
            filed=int((levels == "备案").sum()),
            ledger=int((levels == "台账").sum()),
            normal=normal,
        ),
        none_usable=normal == 0,
    )


def _counts(bounds: BoundariesImport) -> dict[str, int]:
    tables: Sequence[RawTable] = ()
    return table_report("communities", tables, bounds.rows, bounds.problems).counts


def _people_check(
    people: People,
    files: PlaceFiles,
    choices: PlaceChoices,
    folder: Path,
    language: Language,
) -> FileCheck:
    counts = people.counts
    if files.residents is None:
        # The counts stand in the file of the boundaries; that is no sheet to type in.
        tables: tuple[RawTable, ...] = ()
    else:
        tables = read_tables(files.residents, choices)
    return file_check(
        table_report("residents", tables, counts.rows, counts.problems), folder, language
    )


def file_check(report: CheckReport, folder: Path, language: Language) -> FileCheck:
    """Return what became of the rows of a file, with a workbook in `folder` to correct them."""
    book = None
    if report.tables and report.kind in CORRECTABLE_TABLES:
        book = folder / f"check_{report.kind}.xlsx"
        book.write_bytes(check_workbook(report, language))
    return FileCheck(report.kind, report.counts, report.problems, book)


def datum_of(register: RegisterImport, communities: gpd.GeoDataFrame) -> DatumLook | None:
    """Return how the points of a register fit, with what a picture of it needs."""
    if register.datum is None:
        return None
    numbers, _ = raw_numbers(register.records.text, register.records.shapes)
    return datum_look(register.datum, numbers, communities)
