"""What the import desk found wrong, and where: one noun for every reader of files.

Levels, worst first: ``rejected`` (the row is not loaded), ``doubtful`` (loaded,
a person should look), ``repaired`` (loaded, something was put right), ``note``
(about the row or the whole file, changes nothing), ``skipped`` (no record at
all: a title, a total, a blank row).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.phrases import Phrase

REJECTED, DOUBTFUL, REPAIRED, NOTE, SKIPPED = "rejected", "doubtful", "repaired", "note", "skipped"
LEVELS_OF_DOUBT = (REJECTED, DOUBTFUL, REPAIRED, NOTE, SKIPPED)
ACCEPTED = "accepted"
STATUSES = (ACCEPTED, REPAIRED, DOUBTFUL, REJECTED)


@dataclass(frozen=True)
class Problem:
    """One thing a reader must know about one cell, one row or one file.

    Parameters
    ----------
    file, sheet
        Where it stands; `sheet` is empty for files without sheets.
    row
        Row in the file as an office programme numbers it; None: the whole file.
    column
        Heading of the column, or empty.
    level
        One of `LEVELS_OF_DOUBT`.
    reason
        The sentence.
    """

    file: str
    sheet: str
    row: int | None
    column: str
    level: str
    reason: Phrase


@dataclass(frozen=True)
class Finding:
    """A problem that still speaks of a record by its position in a table.

    `position` is None for the whole table.
    """

    position: int | None
    column: str
    level: str
    reason: Phrase


def found_at(
    mask: np.ndarray | pd.Series, column: str, level: str, reason: Phrase
) -> list[Finding]:
    """Return one finding for every true position of `mask`, all with the same reason."""
    return [
        Finding(int(position), column, level, reason)
        for position in np.flatnonzero(np.asarray(mask, dtype=bool))
    ]


def as_problems(findings: Iterable[Finding], origin: pd.DataFrame) -> list[Problem]:
    """Turn findings into problems: `origin` holds ``file``, ``sheet`` and ``row`` by position."""
    files, sheets = origin["file"].tolist(), origin["sheet"].tolist()
    rows = origin["row"].tolist()
    problems = []
    for one in findings:
        at = one.position
        if at is None:
            file, sheet = (files[0], sheets[0]) if files else ("", "")
            problems.append(Problem(file, sheet, None, one.column, one.level, one.reason))
        else:
            problems.append(
                Problem(files[at], sheets[at], int(rows[at]), one.column, one.level, one.reason)
            )
    return problems


def statuses(findings: Iterable[Finding], count: int) -> np.ndarray:
    """Return the status of each of `count` records: its worst finding, else ``accepted``."""
    worth = {REPAIRED: 1, DOUBTFUL: 2, REJECTED: 3}
    worst = np.zeros(count, dtype=np.int8)
    for one in findings:
        if one.position is not None:
            worst[one.position] = max(int(worst[one.position]), worth.get(one.level, 0))
    return np.array(STATUSES, dtype=object)[worst]
