"""The places an office keeps under `geo.ledger.home`: taken up, renamed, put away, taken back.

Whole or not at all: a folder is copied beside its final name and then renamed, and
nothing is ever deleted; what is put away lies in ``.trash`` until somebody empties it.
The places shipped in ``data/`` are out of reach.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geo.errors import FileError, PlaceError
from geo.ledger import home, place_folder, plain_name
from geo.place import Words, content_hash, place_name
from geo.place_settings import SETTINGS
from geo.place_writing import quoted
from geo.whole_file import write_whole

TRASH = ".trash"
LONGEST_NAME = 100
SCENARIOS = "scenarios"
_MOMENT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class PutAway:
    """A place that was put away: its folder in the trash, its names, and when."""

    folder: Path
    name: Words
    when: datetime


def kept_places() -> dict[str, Path]:
    """Return the folders of the places an office built itself, by name of the folder."""
    return {
        toml.parent.name: toml.parent
        for toml in sorted(home().glob("*/place.toml"))
        if not toml.parent.name.startswith(".")
    }


def free_folder(name: str, shown: dict[str, Words]) -> Path:
    """Return the folder a new place of this name may take.

    Parameters
    ----------
    name
        Chinese name of the new place.
    shown
        The names of every place there is, by folder.

    Raises
    ------
    PlaceError
        The name cannot be a folder, or a place of that name is there already.
    """
    plain = plain_name(name)
    if plain in (words.zh for words in shown.values()):
        raise PlaceError("error.place_name_taken", name=plain)
    # A place that was renamed keeps its folder, and with it the links to it.
    taken = {one.lower() for one in shown} | {SCENARIOS}
    folder, times = plain, 1
    while folder.lower() in taken or place_folder(folder).exists():
        times += 1
        folder = f"{plain[:50]}_{times}"
    return place_folder(folder)


def take_up(prepared: Path, folder: Path) -> Path:
    """Copy a prepared place to its final folder, whole or not at all; return that folder.

    Raises
    ------
    PlaceError
        The folder exists.
    FileError
        It cannot be written; nothing has changed.
    """
    if folder.exists():
        raise PlaceError("error.place_exists", folder=str(folder))
    with _beside(folder) as building:
        shutil.copytree(prepared, building, dirs_exist_ok=True)
        building.rename(folder)
    return folder


def replace_place(prepared: Path, folder: Path, *, base: str) -> Path:
    """Put a prepared place where another stands, whole or not at all; return the folder.

    Parameters
    ----------
    prepared
        The new content; the settings of the place that stands are kept.
    folder
        The place that stands.
    base
        What it was when the new content was prepared, see `geo.place.content_hash`.

    Raises
    ------
    PlaceError
        The folder is no place of the office's own, or has changed since.
    FileError
        It cannot be replaced, for instance because a file is open; nothing has changed.
    """
    _own(folder)
    if content_hash(folder) != base:
        raise PlaceError("error.place_changed", folder=folder.name)
    with _beside(folder) as building:
        shutil.copytree(prepared, building, dirs_exist_ok=True)
        if (folder / SETTINGS).is_file():
            shutil.copyfile(folder / SETTINGS, building / SETTINGS)
        before = folder.with_name(f"{building.name}.before")
        folder.rename(before)
        try:
            building.rename(folder)
        except OSError:
            before.rename(folder)
            raise
        shutil.rmtree(before, ignore_errors=True)
    return folder


def rename_place(folder: Path, name: Words, shown: dict[str, Words]) -> None:
    """Give a place other names; its folder stays, so that links and scenarios go on working.

    Raises
    ------
    PlaceError
        The folder is no place of the office's own, or the name is empty, too long or taken.
    FileError
        The place.toml cannot be written.
    """
    _own(folder)
    zh = plain_name(name.zh)
    en = name.en.strip() or zh
    if len(en) > LONGEST_NAME or not en.isprintable():
        raise PlaceError("error.place_english", given=en[:40], most=LONGEST_NAME)
    others = (words.zh for one, words in shown.items() if one != folder.name)
    if zh in others:
        raise PlaceError("error.place_name_taken", name=zh)
    path = folder / "place.toml"
    lines = path.read_text(encoding="utf-8").split("\n")
    # The names stand above the first table; notes and sources below have names of their own.
    head = next((at for at, line in enumerate(lines) if line.startswith("[")), len(lines))
    for key, value in (("zh", zh), ("en", en)):
        for at in range(head):
            if lines[at].split("=")[0].strip() == key:
                lines[at] = f"{key} = {quoted(value)}"
    text = "\n".join(lines)
    said = tomllib.loads(text)
    if (said["zh"], said["en"]) != (zh, en):
        raise PlaceError("error.place_entry", folder=folder.name, entry="zh、en")
    write_whole(path, text.encode("utf-8"))


def put_away(folder: Path, *, when: datetime | None = None) -> Path:
    """Move a place of the office's own to the trash; return where it lies now.

    Raises
    ------
    PlaceError
        The folder is no place of the office's own.
    FileError
        It cannot be moved, for instance because a file is open; nothing has changed.
    """
    _own(folder)
    moment = (when or datetime.now()).strftime(_MOMENT)
    target = home() / TRASH / f"{moment} {folder.name}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    except OSError as fault:
        raise FileError("error.file_locked", file=folder.name) from fault
    return target


def trash() -> tuple[PutAway, ...]:
    """Return the places that were put away, the latest first."""
    found = []
    for toml in (home() / TRASH).glob("*/place.toml"):
        moment, _, name = toml.parent.name.partition(" ")
        try:
            when = datetime.strptime(moment, _MOMENT)
            words = place_name(toml.parent)
        except ValueError:
            # Not put there by us, or broken: it stays where it is.
            continue
        found.append(PutAway(toml.parent, Words(words.zh or name, words.en or name), when))
    return tuple(sorted(found, key=lambda one: one.when, reverse=True))


def take_back(away: PutAway, shown: dict[str, Words]) -> Path:
    """Move a place out of the trash; return its folder.

    Raises
    ------
    PlaceError
        A place of that name is there again.
    FileError
        It cannot be moved.
    """
    if away.folder.parent.resolve() != (home() / TRASH).resolve():
        raise PlaceError("error.place_outside_home", folder=away.folder.name)
    if away.name.zh in (words.zh for words in shown.values()):
        raise PlaceError("error.place_name_taken", name=away.name.zh)
    original = away.folder.name.partition(" ")[2]
    free = not place_folder(original).exists() and original not in shown
    folder = place_folder(original) if free else free_folder(original, shown)
    try:
        away.folder.rename(folder)
    except OSError as fault:
        raise FileError("error.file_locked", file=away.folder.name) from fault
    return folder


def _own(folder: Path) -> None:
    """Refuse whatever is no place directly under `geo.ledger.home`."""
    there = folder.resolve().parent == home().resolve() and not folder.name.startswith(".")
    if not there or not (folder / "place.toml").is_file():
        raise PlaceError("error.place_outside_home", folder=folder.name)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`; it is gone afterwards unless it was renamed."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
        try:
            # A temporary folder is its maker's alone; a place is read by colleagues too.
            building.chmod(0o755)
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except (OSError, shutil.Error) as fault:
        raise FileError("error.file_not_written", file=str(folder), detail=str(fault)) from fault
