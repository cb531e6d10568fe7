"""What an office adds to Yike over time: places, corrections, snapshots of registers.

Everything lies under `home()` (``YIKE_HOME``, by default ``local/`` beside the
programme), one folder a place. Shipped ``data/`` is never written. Corrections
are appended, never changed: the last one about the same thing stands.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from geo.cell_text import each, match_key
from geo.errors import FileError, PlaceError, TableError
from geo.tables import DELIVERIES, FILING_STATUSES, LEGAL_FORMS, LEVELS, PROVIDER_TYPES, STATES

ROOT = Path(__file__).resolve().parent.parent
CORRECTIONS = "corrections.csv"
SNAPSHOTS = "snapshots"

# A correction names one organisation, or every organisation whose name holds a pattern.
CORRECTION_COLUMNS = ("recorded_at", "organisation_id", "name_pattern", "column", "value")
CORRECTABLE = {
    "categories": (),
    "state": STATES,
    "level": LEVELS,
    "filing_status": FILING_STATUSES,
    "legal_form": LEGAL_FORMS,
    "provider_type": PROVIDER_TYPES,
    "delivery": DELIVERIES,
    "name": (),
    # Somebody looked at what a queue asked about, and left it as it is.
    "reviewed": ("是",),
}
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def home() -> Path:
    """Return where imported places and corrections live: ``YIKE_HOME`` or ``local/``."""
    given = os.environ.get("YIKE_HOME", "").strip()
    return Path(given).expanduser() if given else ROOT / "local"


def place_folder(name: str) -> Path:
    """Return the folder of the place `name` under `home()`.

    Raises
    ------
    PlaceError
        The name cannot be a folder on every system, or leads elsewhere.
    """
    return home() / plain_name(name)


def plain_name(name: str) -> str:
    """Return `name` without spaces around it, if it can be a folder on every system.

    Raises
    ------
    PlaceError
        It cannot, or it leads elsewhere.
    """
    plain = name.strip()
    if (
        not plain
        or len(plain) > 60
        or _FORBIDDEN.search(plain)
        or _RESERVED.fullmatch(plain)
        or plain.startswith(".")
        or plain.endswith(".")
    ):
        raise PlaceError("error.place_name", given=name[:80])
    return plain


def read_corrections(folder: Path) -> pd.DataFrame:
    """Return the corrections of the place in `folder`, oldest first; empty when there are none.

    Raises
    ------
    FileError
        The file is not such a table.
    """
    path = folder / CORRECTIONS
    if not path.is_file():
        return pd.DataFrame(columns=list(CORRECTION_COLUMNS), dtype="str")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError) as fault:
        raise FileError("error.file_unreadable", file=str(path), detail=str(fault)) from fault
    absent = [name for name in CORRECTION_COLUMNS if name not in frame.columns]
    if not isinstance(frame.index, pd.RangeIndex):  # a row with more cells than the header
        raise FileError(
            "error.file_unreadable", file=str(path), detail=f"> {len(frame.columns)} columns"
        )
    if absent:
        raise FileError("error.corrections_columns", file=str(path), columns="、".join(absent))
    return frame


def record_correction(
    folder: Path,
    *,
    column: str,
    value: str,
    organisation_id: str = "",
    name_pattern: str = "",
) -> None:
    """Append one correction to the ``corrections.csv`` of a place.

    Parameters
    ----------
    folder
        Folder of the place under `home()`; made when it does not exist (a
        shipped place has its corrections there too).
    column, value
        What is corrected, one of `CORRECTABLE`, and to what.
    organisation_id, name_pattern
        Whom it concerns: exactly one of them.

    Raises
    ------
    TableError
        The column or value is not allowed, or not exactly one of the two is given.
    PlaceError
        The folder does not lie under `home()`.
    """
    if not folder.resolve().is_relative_to(home().resolve()):
        raise PlaceError("error.place_outside_home", folder=folder.name)
    marks_only = bool(name_pattern) and not match_key(name_pattern)
    if marks_only or bool(organisation_id) == bool(name_pattern):
        raise TableError("error.correction_target")
    allowed = CORRECTABLE.get(column)
    if allowed is None or (allowed and value not in allowed) or not value:
        raise TableError("error.correction_value", column=column, given=value)
    _append(folder, (organisation_id, name_pattern, column, value))


def _append(folder: Path, row: tuple[str, str, str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CORRECTIONS
    fresh = not path.is_file()
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        open_line = not fresh and not path.read_bytes().endswith((b"\n", b"\r"))
        with path.open("a", encoding="utf-8-sig" if fresh else "utf-8", newline="") as file:
            if open_line:  # somebody edited it by hand: the row must not join the last one
                file.write("\r\n")
            writer = csv.writer(file)
            if fresh:
                writer.writerow(CORRECTION_COLUMNS)
            writer.writerow([now, *row])
    except OSError as fault:
        raise FileError("error.file_not_written", file=str(path), detail=str(fault)) from fault


def withdraw_correction(
    folder: Path, *, column: str, organisation_id: str = "", name_pattern: str = ""
) -> None:
    """Take back what was corrected: from then on the register's own value stands again.

    Nothing is deleted; a row with an empty value is appended.

    Raises
    ------
    TableError
        There is no such correction.
    """
    standing = standing_corrections(read_corrections(folder))
    same = (
        (standing["organisation_id"] == organisation_id)
        & (standing["name_pattern"] == name_pattern)
        & (standing["column"] == column)
    )
    if not same.any():
        raise TableError("error.correction_absent", column=column)
    _append(folder, (organisation_id, name_pattern, column, ""))


def standing_corrections(corrections: pd.DataFrame) -> pd.DataFrame:
    """Return the corrections that stand: the last about the same thing, unless taken back."""
    last = corrections.drop_duplicates(["organisation_id", "name_pattern", "column"], keep="last")
    return last[last["value"] != ""]


def corrections_about(corrections: pd.DataFrame, organisation_id: str) -> pd.DataFrame:
    """Return the standing corrections that name this organisation."""
    standing = standing_corrections(corrections)
    return standing[standing["organisation_id"] == organisation_id]


def correction_table(corrections: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the standing corrections, newest first, with the name each one concerns."""
    standing = standing_corrections(corrections).iloc[::-1].reset_index(drop=True)
    return standing.assign(name=standing["organisation_id"].map(names).fillna("").astype("str"))


def alike(names: pd.Series, pattern: str) -> pd.Series:
    """Return which names hold the letters of `pattern`, however they are written.

    Simplified or traditional, wide or narrow, with or without marks and spaces.
    """
    wanted = match_key(pattern)
    if not wanted:
        return pd.Series(False, index=names.index)
    return each(names, match_key).str.contains(wanted, regex=False).astype(bool)


def apply_corrections(register: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """Return `register` with what the office corrected.

    An organisation beats a name pattern, a longer pattern a shorter one, a later
    row an earlier one.

    Parameters
    ----------
    register
        Indexed by ``organisation_id``, with ``name``.
    corrections
        As `read_corrections` returns them. One about an organisation that is not
        there does nothing.
    """
    changed = register.copy()
    standing = standing_corrections(corrections)
    by_pattern = standing[standing["name_pattern"] != ""]
    by_pattern = by_pattern.sort_values(
        "name_pattern", key=lambda one: one.str.len(), kind="stable"
    )
    by_organisation = standing[standing["organisation_id"] != ""]
    for row in [*by_pattern.to_dict("records"), *by_organisation.to_dict("records")]:
        column, value = str(row["column"]), str(row["value"])
        if column not in changed.columns:
            continue
        if row["organisation_id"]:
            meant = np.asarray(changed.index == row["organisation_id"])
        else:
            # The names of the register, not corrected ones: a pattern means what was read.
            meant = alike(register["name"], str(row["name_pattern"])).to_numpy(dtype=bool)
        changed[column] = changed[column].mask(meant, value)
        if column == "categories":
            changed["category"] = changed["category"].mask(meant, value.partition(";")[0])
    return changed


def keep_snapshot(folder: Path, files: Sequence[str], *, when: datetime | None = None) -> Path:
    """Copy files of a place into its snapshots before they are replaced.

    Parameters
    ----------
    folder
        Folder of the place.
    files
        Names inside it, such as ``register.csv``; those that do not exist are left out.
    when
        The moment that names the snapshot; now when left out.

    Returns
    -------
    The folder of the snapshot.
    """
    moment = when or datetime.now()
    target = folder / SNAPSHOTS / moment.strftime("%Y-%m-%dT%H%M%S")
    target.mkdir(parents=True, exist_ok=True)
    for name in files:
        source = folder / name
        if source.is_file():
            (target / name).write_bytes(source.read_bytes())
    return target


def snapshots(folder: Path) -> tuple[Path, ...]:
    """Return the snapshots of a place, oldest first."""
    return tuple(sorted(path for path in (folder / SNAPSHOTS).glob("*") if path.is_dir()))
