"""The check of a place's own register, held against its communities and streets."""

from __future__ import annotations

import calendar
import contextlib
import re
from datetime import date
from pathlib import Path

from geo.background import Background
from geo.check_report import CheckReport, check_file
from geo.gazetteer import Gazetteer
from geo.ledger import read_corrections
from geo.place import Place, corrections_folder
from geo.place_writing import network_lines
from geo.register import Progress
from geo.register_desk import Desk

# A place built from raw files keeps every row of them in its check workbook.
CHECK_WORKBOOK = "check.xlsx"
OWN_REGISTER = "register.csv"


def place_desk(
    place: Place,
    *,
    system: str | None = None,
    gazetteer: Gazetteer | None = None,
    own: bool = False,
) -> Desk:
    """Return what a register is held against at `place`, the office's corrections included.

    What a place holds itself (`own`) is judged by the day it speaks of, another file by today.
    """
    return Desk(
        taxonomy=place.taxonomy,
        communities=place.communities,
        residents=place.residents,
        streets=None if place.streets is None else network_lines(place.streets),
        system=system,
        gazetteer=gazetteer,
        corrections=read_corrections(corrections_folder(place.folder)),
        today=_data_day(place.data_date) if own else date.today(),
    )


def _data_day(text: str) -> date:
    """Return the last day that the stated data date of a place speaks of, never a later one.

    An organisation is not long inactive because its register is old.
    """
    found = list(re.finditer(r"((?:19|20)\d\d)(?:\D{1,2}(\d{1,2})(?!\d))?", text))
    if not found:
        return date.today()
    year, month = int(found[-1][1]), min(max(int(found[-1][2] or 12), 1), 12)
    return min(date(year, month, calendar.monthrange(year, month)[1]), date.today())


def own_register(place: Place) -> Path:
    """Return the file with the place's register as it was read.

    The check workbook holds the raw rows with their identity; without one, the
    register of the place itself; the raw file it came from may be gone.
    """
    for name in (CHECK_WORKBOOK, OWN_REGISTER):
        if (place.folder / name).is_file():
            return place.folder / name
    return place.folder / str(place.register["file"].iloc[0])


def check_place(place: Place, *, progress: Progress | None = None) -> CheckReport:
    """Check the place's own register row by row.

    Raises
    ------
    FileError, TableError, GeographyError
        The register cannot be read any more.
    """
    return check_file(
        own_register(place), place_desk(place, own=True), kind="register", progress=progress
    )


class _StoppedError(Exception):
    """Somebody had enough."""


class PlaceCheck(Background):
    """The check of a place's register in the background.

    Attributes
    ----------
    report
        What was found; None before the end, when it was cancelled, and after a fault.
    done, total
        How many steps are done, of how many.
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.report: CheckReport | None = None
        self.done, self.total = 0, 1

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return min(1.0, self.done / max(self.total, 1))

    def _work(self) -> None:
        with contextlib.suppress(_StoppedError):
            self.report = check_place(self.place, progress=self._hear)

    def _hear(self, done: int, total: int) -> None:
        if self.cancelled:
            raise _StoppedError
        self.done, self.total = done, total
