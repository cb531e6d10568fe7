"""A new place from raw files: whole, or not at all.

Everything is read, checked and written into a folder beside the final one; only
when `geo.place.load_place` accepts it does it get its name. What was assumed on
the way stands in the place's notes, where every reader sees it.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from geo.check_report import CheckReport
from geo.check_workbook import check_workbook
from geo.columns import mapping_text
from geo.errors import FileError, PlaceError
from geo.ledger import place_folder
from geo.phrases import Language, Phrase
from geo.place import Place, load_place
from geo.place_files import PlaceChoices, PlaceFiles, paths_of
from geo.place_reading import PlaceReading, Told, read_place_files, register_notes, silent
from geo.place_writing import copy_streets, place_toml, write_tables
from geo.problems import Problem

CHECK_BOOK, MAPPING = "check.xlsx", "mapping.toml"


@dataclass(frozen=True, eq=False)
class NewPlace:
    """A place that has just been built: where it lies, what it assumed, what it found."""

    place: Place
    folder: Path
    assumed: tuple[Phrase, ...]
    report: CheckReport
    problems: tuple[Problem, ...]


def build_place(
    name: str,
    files: PlaceFiles,
    choices: PlaceChoices | None = None,
    *,
    language: Language = "zh",
    told: Told = silent,
) -> NewPlace:
    """Build a place folder under `geo.ledger.home` from raw files, whole or not at all.

    Parameters
    ----------
    name
        Of the place and its folder.
    files, choices
        What to read, and what the planner declares about it.
    language
        Of the check workbook that is kept with the place.
    told
        Called with the stage, the steps done and the steps in all.

    Raises
    ------
    PlaceError
        The name is taken or cannot be a folder.
    GeographyError
        The register's points clearly fit another coordinate system and none was declared.
    FileError, TableError, GeographyError, NetworkError
        A file is at fault; nothing has been written.
    """
    choices = choices or PlaceChoices()
    folder = place_folder(name)
    if folder.exists():
        raise PlaceError("error.place_exists", folder=str(folder))
    reading = read_place_files(files, choices, told=told)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        write_place(building, name.strip(), reading, files, choices, language=language, told=told)
        # A temporary folder is its maker's alone; a place is read by colleagues too.
        building.chmod(0o755)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    problems = (
        *reading.bounds.problems,
        *reading.people.counts.problems,
        *reading.register.problems,
    )
    return NewPlace(load_place(folder), folder, reading.assumed, reading.report, problems)


def write_place(
    folder: Path,
    name: str,
    reading: PlaceReading,
    files: PlaceFiles,
    choices: PlaceChoices,
    *,
    language: Language = "zh",
    told: Told = silent,
) -> Place:
    """Write the files of a place into an empty folder and open it once; return the place.

    Raises
    ------
    FileError
        No row of the register could be loaded.
    FileError, TableError, GeographyError, NetworkError
        What was written does not make a place.
    """
    bounds, register = reading.bounds, reading.register
    if not len(register.register):
        raise FileError("error.register_empty", file=paths_of(files.register)[0].name)
    told("writing", 0, 1)
    write_tables(folder, bounds.communities, register, reading.people.residents, bounds.outline)
    copy_streets(files.streets, folder)
    given = {
        "register": choices.mapping,
        "communities": choices.communities_mapping,
        "residents": choices.residents_mapping,
    }
    text = mapping_text(register.records.mappings, given)
    (folder / MAPPING).write_text(text, encoding="utf-8")
    (folder / CHECK_BOOK).write_bytes(check_workbook(reading.report, language))
    settings = place_toml(
        name,
        bounds.communities.crs,
        files,
        choices,
        register,
        reading.people.assumed,
        reading.people.residents,
        register_notes=register_notes(register),
        outline=bounds.outline is not None,
    )
    (folder / "place.toml").write_text(settings, encoding="utf-8")
    told("opening", 0, 1)
    return load_place(folder)
