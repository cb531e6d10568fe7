"""Scenarios as small files that people can read, and write by hand."""

from __future__ import annotations

import json
import math
import tempfile
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from coverage.scenario_edits import KIND_OF, KINDS, Edit, Scenario
from geo.errors import FileError, PlaceError
from geo.ledger import home, place_folder

SCHEMA = 1
ENDING = ".toml"


def save_scenario(scenario: Scenario, path: Path) -> Path:
    """Write a scenario to `path`, whole or not at all, and return the path.

    Raises
    ------
    FileError
        The folder cannot be written.
    """
    content = scenario_text(scenario).encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError as fault:
        raise FileError("error.file_not_written", file=str(path), detail=str(fault)) from fault
    return path


def scenario_text(scenario: Scenario) -> str:
    """Return the file of a scenario."""
    lines = [f"schema = {SCHEMA}", f"name = {_text(scenario.name)}"]
    lines += [f"{key} = {_text(value)}" for key, value in _head(scenario) if value]
    for edit in scenario.edits:
        lines += ["", "[[edit]]", f'kind = "{KIND_OF[type(edit)]}"']
        for field in fields(edit):
            value = getattr(edit, field.name)
            if value not in (None, ""):
                lines.append(f"{field.name} = {_value(field.name, value)}")
    return "\n".join(lines) + "\n"


def _head(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    return (("crs", scenario.crs), ("note", scenario.note))


def _text(value: str) -> str:
    # A JSON string is a TOML string but for the one control character JSON leaves bare.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(name: str, value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if name == "counts":
        return "{ " + ", ".join(f"{key} = {count}" for key, count in value) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_value("", one) for one in value) + "]"
    # repr keeps every digit of a coordinate.
    return "inf" if value == math.inf else repr(value)


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    PlaceError
        An entry is missing, unknown or of the wrong kind; the sentence names
        the edit by its number.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    if content.get("schema") != SCHEMA or not isinstance(content.get("name"), str):
        raise PlaceError("error.scenario_head", file=str(path), schema=SCHEMA)
    rows = content.get("edit", [])
    if not isinstance(rows, list):
        raise PlaceError("error.scenario_head", file=str(path), schema=SCHEMA)
    return Scenario(
        name=content["name"],
        edits=tuple(_edit(row, number, path) for number, row in enumerate(rows, start=1)),
        crs=str(content.get("crs", "")),
        note=str(content.get("note", "")),
    )


def _edit(row: dict[str, Any], number: int, path: Path) -> Edit:
    kind = row.get("kind")
    if kind not in KINDS:
        raise PlaceError(
            "error.scenario_kind",
            file=str(path),
            number=number,
            given=str(kind),
            known="、".join(KINDS),
        )
    wanted = {field.name: field for field in fields(KINDS[kind])}
    given = {name: value for name, value in row.items() if name != "kind"}
    foreign = sorted(set(given) - set(wanted))
    try:
        if foreign:
            raise TypeError("、".join(foreign))
        return KINDS[kind](**{name: _read(name, value) for name, value in given.items()})
    except (TypeError, ValueError, AttributeError) as fault:
        raise PlaceError(
            "error.scenario_entry",
            file=str(path),
            number=number,
            kind=kind,
            wanted="、".join(wanted),
            detail=str(fault),
        ) from fault


def _read(name: str, value: Any) -> Any:
    if name == "at":
        east, north = value
        return float(east), float(north)
    if name == "line":
        return tuple((float(east), float(north)) for east, north in value)
    if name == "categories":
        return tuple(_string(one) for one in value)
    if name == "counts":
        return tuple((_string(key), _whole(count)) for key, count in value.items())
    if name == "capacity":
        return float(value)
    return _string(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r}")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r}")
    return value


def scenario_folder(place_id: str) -> Path:
    """Return where the scenarios of a place are kept.

    Beside the places and not inside them: a place's files decide its content
    hash, and thinking about it does not change a place.
    """
    return home() / "scenarios" / place_folder(place_id).name


def scenario_file(place_id: str, name: str) -> Path:
    """Return the file of the scenario `name` of a place."""
    return scenario_folder(place_id) / f"{place_folder(name).name}{ENDING}"


def saved_scenarios(place_id: str) -> tuple[Path, ...]:
    """Return the scenario files of a place, by name."""
    return tuple(sorted(scenario_folder(place_id).glob(f"*{ENDING}")))
