"""What a planner has handed in so far: files in a private folder, names, columns, declarations.

A draft lives outside `geo.ledger.home` and disappears with the session it belongs to;
telephone numbers in a register must not outlast the import.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.desk_look import USED, Look
from geo.errors import FileError
from geo.place_files import PlaceFiles

FILE_KINDS = ("communities", "register", "residents", "streets", "outline", "gazetteer")
# Of these a place has one; a second file takes the place of the first.
ONE_FILE = ("streets", "outline", "gazetteer")
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd")
LONGEST_FILE_NAME = 100
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')

Given = Mapping[str, tuple[str, ...]]


class Draft:
    """What a planner has handed in; changes as more is handed in.

    Attributes
    ----------
    kept
        What was typed and chosen, by the key of its widget: a rerun or a change of
        page must not lose it.
    columns
        Table to heading to field, where a planner corrected the proposal; an empty
        field: the column is kept unused.
    found
        What came of work on this draft, by its kind, with the print it belongs to.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yike-desk-"))
        self.kept: dict[str, Any] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.found: dict[str, tuple[tuple[Any, ...], Any]] = {}
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the files."""
        self._finalizer()

    def add(self, kind: str, name: str, content: bytes | memoryview) -> Path:
        """Take a file in; a file of the same name is replaced.

        Parameters
        ----------
        kind
            One of `FILE_KINDS`.
        name
            Its name at the planner's; what cannot be a file name here is replaced.
        content
            Its bytes.

        Raises
        ------
        FileError
            The disk is full, or the name is none on this system.
        """
        folder = self.folder / kind
        plain = _FORBIDDEN.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
        stem, dot, ending = plain.rpartition(".")
        plain = f"{(stem or ending)[:LONGEST_FILE_NAME]}{dot}{ending}" if stem else plain
        path = folder / (plain[-LONGEST_FILE_NAME - 20 :] or kind)
        if kind in ONE_FILE:
            for other in self.files(kind):
                parts = path.suffix.lower() in SHAPEFILE_PARTS and other.stem == path.stem
                if not parts:
                    self.remove(kind, other.name)
        try:
            folder.mkdir(exist_ok=True)
            path.write_bytes(content)
        except OSError as fault:
            path.unlink(missing_ok=True)
            raise FileError("error.disk_full", file=path.name) from fault
        return path

    def remove(self, kind: str, name: str) -> None:
        """Let go of a file."""
        for path in self.files(kind):
            if path.name == name:
                path.unlink()

    def clear(self, kind: str) -> None:
        """Let go of all files of a kind."""
        for path in self.files(kind):
            path.unlink()

    def files(self, kind: str) -> tuple[Path, ...]:
        """Return the files of a kind, by name, the parts of shapefiles among them."""
        folder = self.folder / kind
        return tuple(sorted(folder.iterdir())) if folder.is_dir() else ()

    def sources(self, kind: str) -> tuple[Path, ...]:
        """Return the files of a kind that are read by name: of a shapefile the .shp alone."""
        found = self.files(kind)
        shapes = {path.stem.lower() for path in found if path.suffix.lower() == ".shp"}
        return tuple(
            path
            for path in found
            if path.suffix.lower() == ".shp"
            or path.suffix.lower() not in SHAPEFILE_PARTS
            or path.stem.lower() not in shapes
        )

    def place_files(self) -> PlaceFiles:
        """Return the files as a place is built from them."""
        one = {kind: next(iter(self.sources(kind)), None) for kind in ONE_FILE}
        return PlaceFiles(
            communities=self.sources("communities"),
            register=self.sources("register"),
            residents=self.sources("residents") or None,
            streets=one["streets"],
            outline=one["outline"],
            gazetteer=one["gazetteer"],
        )

    def print_of_files(self) -> tuple[Any, ...]:
        """Return what changes when a file changes."""
        return tuple(
            (kind, path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for kind in FILE_KINDS
            for path in self.files(kind)
        )

    def mapping(self, look: Look | None, table: str) -> dict[str, tuple[str, ...]] | None:
        """Return field to headings of a table as the planner left them; None: as proposed.

        Once a planner has changed one column the whole mapping is stated, fields that
        no column holds any more included.
        """
        corrected = self.columns.get(table)
        if not corrected:
            return None
        chosen = (
            {}
            if look is None
            else {one.heading: one.field for one in look.headings(table) if one.standing == USED}
        )
        given: dict[str, tuple[str, ...]] = dict.fromkeys(chosen.values(), ())
        for heading, field in (chosen | corrected).items():
            if field:
                given[field] = (*given.get(field, ()), heading)
        return given

    def keep(self, kind: str, stamp: tuple[Any, ...], answer: Any) -> None:
        """Keep what came of work, with the print of what it was asked of."""
        self.found[kind] = (stamp, answer)

    def kept_answer(self, kind: str) -> Any:
        """Return the latest answer of a kind of work, or None."""
        return self.found[kind][1] if kind in self.found else None

    def fresh(self, kind: str, stamp: tuple[Any, ...]) -> bool:
        """Return whether the latest answer belongs to this print."""
        return kind in self.found and self.found[kind][0] == stamp
