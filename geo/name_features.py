"""Character n-grams of names, hashed into a fixed number of columns.

A name becomes the set of its runs of one, two and three letters, with a mark at
both ends so that 队 at the end differs from 队 inside. The hash is plain arithmetic
on code points: the same everywhere, and no name can be read out of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

COLUMNS = 1 << 15
LONGEST_RUN = 3
BEGIN, END = "\u0002", "\u0003"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

# Where an organisation stands and in what legal form says nothing of what it does.
_FORM = re.compile(
    r"[（(]?(?:财团法人|社团法人|法人)[）)]?|(?:股份)?有限公司|私立|公设民营|公办民营"
)
_PLACE = re.compile(r"(?:..省)?(?:..市)?(?:..?[^社小园校街景片厂]区|[^社小园校街景片厂]{2}县)?")
_ATTACHED = "附设"

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Runs:
    """Every run of every text: its row, where it starts, length, column.

    `texts` are the marked texts that the starts count in.
    """

    texts: list[str]
    rows: Whole
    starts: Whole
    lengths: Whole
    columns: Whole


def telling_part(name: str) -> str:
    """Return a prepared name without province, city, district and legal form."""
    bare = _FORM.sub("", name)
    parts = bare.split(_ATTACHED)
    kept = _ATTACHED.join(part[_place_ends(part) :] for part in parts).strip()
    return kept or bare


def _place_ends(text: str) -> int:
    found = _PLACE.match(text)
    return found.end() if found is not None else 0


def runs_of(texts: Sequence[str]) -> Runs:
    """Return every run of one to three letters of the telling part of every prepared name."""
    marked = [f"{BEGIN}{telling_part(text)}{END}" for text in texts]
    points = np.frombuffer("".join(marked).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    sizes = np.array([len(text) for text in marked], dtype=np.int64)
    rows = np.repeat(np.arange(len(marked)), sizes)
    starts = np.arange(len(points)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    parts = []
    hashes = np.zeros(len(points), dtype=np.uint64)
    for length in range(1, LONGEST_RUN + 1):
        usable = max(len(points) - length + 1, 0)
        # Multiplication wraps around on purpose: that is the hash.
        hashes = (hashes[:usable] + points[length - 1 :] + np.uint64(length)) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
        whole = rows[:usable] == rows[length - 1 :]
        columns = ((hashes[whole] >> np.uint64(20)) % np.uint64(COLUMNS)).astype(np.int64)
        size = np.full(len(columns), length, dtype=np.int64)
        parts.append((rows[:usable][whole], starts[:usable][whole], size, columns))
    return Runs(marked, *(np.concatenate([part[k] for part in parts]) for k in range(4)))


def distinct_runs(runs: Runs) -> tuple[Whole, Whole]:
    """Return (row, column) of every distinct run, sorted by row."""
    # A sort: numpy's unique hashes whole numbers, which is many times slower here.
    keys = np.sort(runs.rows * COLUMNS + runs.columns)
    distinct = keys[np.diff(keys, prepend=-1) > 0]
    return distinct // COLUMNS, distinct % COLUMNS


def run_rows(texts: Sequence[str]) -> tuple[Whole, Whole]:
    """Return (row, column) of every distinct run of prepared names."""
    return distinct_runs(runs_of(texts))


def run_matrix(rows: Whole, columns: Whole, count: int) -> sparse.csr_array:
    """Return a matrix of `count` rows, each of Euclidean length one, from hashed runs."""
    present = np.bincount(rows, minlength=count)
    values = 1.0 / np.sqrt(present[rows])
    return sparse.csr_array((values, (rows, columns)), shape=(count, COLUMNS))
