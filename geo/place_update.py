"""A new register for a place that stands: in the place of the old one, or added to it.

The place is copied beside the planner's files, the old register goes into its
snapshots, the new one is written, and the copy is opened once. Accepting it
(`geo.place_shelf.replace_place`) puts the copy where the place stood.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from geo.check_report import register_report
from geo.check_workbook import check_workbook
from geo.columns import mapping_text, read_mapping
from geo.desk_check import PREPARED, DeskCheck, datum_of, file_check, fits_another, size_of
from geo.desk_look import Faults, Look, fit_of, looks_of
from geo.errors import FileError, PlaceError
from geo.ledger import keep_snapshot, read_corrections
from geo.phrases import Language, Phrase
from geo.place import Place, content_hash, load_place
from geo.place_building import CHECK_BOOK, MAPPING
from geo.place_files import PlaceChoices, PlaceFiles, paths_of
from geo.place_reading import Told, desk_of, read_tables, register_notes, silent, stage_of
from geo.place_writing import OF_REGISTER, note_lines, quoted, source_lines, write_register
from geo.raw_table import RawTable
from geo.register import STEPS, RegisterImport, read_register
from geo.tables import REGISTER, SERVICE_POINTS

How = Literal["replace", "add"]
TOML = "place.toml"
REPLACED = ("register.csv", "service_points.csv", MAPPING, CHECK_BOOK, TOML)


@dataclass(frozen=True)
class RegisterChange:
    """How many organisations come, are written anew, stay as they are, and go."""

    added: int
    updated: int
    unchanged: int
    removed: int


@dataclass(frozen=True, eq=False)
class UpdateCheck:
    """What the check of a new register found.

    Parameters
    ----------
    desk
        As for a new place; `desk.folder` is the updated copy.
    change
        None where the register cannot be used.
    base
        What the place was when it was checked, see `geo.place.content_hash`.
    """

    desk: DeskCheck
    change: RegisterChange | None
    base: str


def can_update(folder: Path) -> bool:
    """Return whether the place in `folder` is written as Yike builds places."""
    settings = tomllib.loads((folder / TOML).read_text(encoding="utf-8"))
    points = settings.get("service_points", {})
    return (
        settings.get("register", {}) == {"file": "register.csv"}
        and points.get("file") == "service_points.csv"
        and (points.get("x"), points.get("y")) == ("lon", "lat")
    )


def look_at_update(
    place_folder: Path, files: PlaceFiles, choices: PlaceChoices, *, told: Told = silent
) -> Look:
    """Look at a new register of a place, as `geo.desk_look.look_at` does for a new place."""
    faults = Faults()
    place = load_place(place_folder)
    told("register", 0, 1)
    tables = faults.unless("register", lambda: read_tables(files.register, choices)) or ()
    datum = None
    if tables:
        datum = faults.unless(
            "register", lambda: fit_of(tables, choices, place.communities, place.streets)
        )
    looks = tuple(looks_of("register", tables, choices.mapping))
    return Look(looks, datum, tuple(faults.found))


def check_update(
    place_folder: Path,
    files: PlaceFiles,
    choices: PlaceChoices,
    folder: Path,
    *,
    how: How = "replace",
    language: Language = "zh",
    told: Told = silent,
) -> UpdateCheck:
    """Check a new register against a place and write the updated place into `folder`.

    Parameters
    ----------
    place_folder
        The place that stands; it is not touched.
    files
        Of these only the register and the gazetteer are read.
    choices, folder, language, told
        As in `geo.desk_check.check_files`.
    how
        ``replace``: organisations that the file does not have are no longer in the
        register. ``add``: they stay, and the rows of the file are added or win.

    Raises
    ------
    PlaceError
        The place was not built by Yike, so its register is not Yike's to write.
    """
    if not can_update(place_folder):
        raise PlaceError("error.update_foreign", folder=place_folder.name)
    base = content_hash(place_folder)
    place, faults = load_place(place_folder), Faults()
    told("register", 0, STEPS)
    tables = faults.unless("register", lambda: read_tables(files.register, choices)) or ()
    register = None
    if tables:
        register = faults.unless(
            "register", lambda: _against(place, tables, files, choices, told=told)
        )
    if register is None:
        desk = DeskCheck((), None, against=False, faults=tuple(faults.found))
        return UpdateCheck(desk, None, base)
    checked = file_check(register_report(tables, register), folder, language)
    target = folder / PREPARED
    shutil.rmtree(target, ignore_errors=True)

    def write() -> tuple[RegisterChange, Place]:
        if not len(register.register):
            raise FileError("error.register_empty", file=paths_of(files.register)[0].name)
        shutil.copytree(place_folder, target)
        change = _write(target, register, files, choices, how=how)
        book = register_report(tables, register)
        (target / CHECK_BOOK).write_bytes(check_workbook(book, language))
        told("opening", 0, 1)
        return change, load_place(target)

    written = faults.unless("place", write)
    desk = DeskCheck(
        checks=(checked,),
        datum=datum_of(register, place.communities),
        against=fits_another(register),
        faults=tuple(faults.found),
        assumed=register_notes(register),
        folder=None if written is None else target,
        size=None if written is None else size_of(written[1]),
    )
    return UpdateCheck(desk, None if written is None else written[0], base)


def _against(
    place: Place,
    tables: Sequence[RawTable],
    files: PlaceFiles,
    choices: PlaceChoices,
    *,
    told: Told,
) -> RegisterImport:
    desk = desk_of(files, choices, place.communities, place.streets)
    desk = replace(desk, taxonomy=place.taxonomy, corrections=read_corrections(place.folder))
    return read_register(tables, desk, mapping=choices.mapping, progress=stage_of("register", told))


def _write(
    target: Path, new: RegisterImport, files: PlaceFiles, choices: PlaceChoices, *, how: How
) -> RegisterChange:
    """Write the new register into the copy of a place; say what changes."""
    keep_snapshot(target, REPLACED)
    before = {name: _read(target / f"{name}.csv") for name in ("register", "service_points")}
    write_register(target, new)
    after = {name: _read(target / f"{name}.csv") for name in before}
    change = _change(before["register"], after["register"], how=how)
    if how == "add":
        written = set(after["register"][REGISTER.index])
        for name, index in (("register", REGISTER.index), ("service_points", SERVICE_POINTS.index)):
            kept = before[name][~before[name]["organisation_id"].isin(written)]
            joined = pd.concat([kept, after[name]], ignore_index=True).fillna("")
            # Points of an organisation are numbered under its id, so no id stands twice.
            joined = joined.set_index(index)
            joined.to_csv(target / f"{name}.csv", encoding="utf-8-sig", lineterminator="\n")
    saved = read_mapping(target / MAPPING) if (target / MAPPING).is_file() else {}
    given = {**saved, "register": choices.mapping}
    text = mapping_text(new.records.mappings, given)
    (target / MAPPING).write_text(text, encoding="utf-8")
    toml = (target / TOML).read_text(encoding="utf-8")
    (target / TOML).write_text(_settings(toml, new, files, choices, how=how), encoding="utf-8")
    return change


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _change(before: pd.DataFrame, after: pd.DataFrame, *, how: How) -> RegisterChange:
    # Which file and row a record stood in tells nothing of the organisation.
    told = ["file", "sheet", "row"]
    rows = {
        name: {
            str(row.pop("organisation_id")): {key: one for key, one in row.items() if one != ""}
            for row in frame.drop(columns=told, errors="ignore").to_dict("records")
        }
        for name, frame in (("before", before), ("after", after))
    }
    old, new = rows["before"], rows["after"]
    both = old.keys() & new.keys()
    same = sum(old[one] == new[one] for one in both)
    gone = len(old) - len(both)
    return RegisterChange(
        added=len(new) - len(both),
        updated=len(both) - same,
        unchanged=same + (gone if how == "add" else 0),
        removed=0 if how == "add" else gone,
    )


def _settings(
    toml: str, new: RegisterImport, files: PlaceFiles, choices: PlaceChoices, *, how: How
) -> str:
    """Return the place.toml with what it says of the register said anew."""
    blocks: list[list[str]] = [[]]
    for line in toml.rstrip("\n").split("\n"):
        if line.startswith("["):
            blocks.append([])
        blocks[-1].append(line)
    head, *rest = blocks
    absent = [line for line in head if line.startswith("state_when_absent")]
    if not new.has_states:
        absent = [f"state_when_absent = {quoted(choices.state)}"]
    elif how == "replace":
        absent = []
    told = ("state_when_absent", "data_date")
    head = [line for line in head if line.strip() and not line.startswith(told)]
    head += [f"data_date = {quoted(choices.data_date or date.today().isoformat())}", *absent, ""]
    if how == "replace":
        rest = [block for block in rest if OF_REGISTER not in block]
    known = {line for block in rest for line in block if line.startswith("zh = ")}
    lines = [line for block in (head, *rest) for line in block]
    added = [note_lines(one) for one in register_notes(new)]
    added += [source_lines(path.name) for path in paths_of(files.register)]
    for block in added:
        if not known & set(block):
            lines += [*block, OF_REGISTER]
    return "\n".join(lines) + "\n"


def said(change: RegisterChange) -> Phrase:
    """Return what a new register changes, in one sentence."""
    return Phrase.of(
        "desk.change",
        added=change.added,
        updated=change.updated,
        unchanged=change.unchanged,
        removed=change.removed,
    )
