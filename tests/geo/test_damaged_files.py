"""Damaged files of every format: a sentence or a table, never a traceback, never a hang.

The quick part turns a few bytes of every format; the slow part, some hundred times
as many: `python -m pytest -m slow tests/geo/test_damaged_files.py`. A seed of one's
own is given with the variable YIKE_SEED.
"""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from geo.check_report import check_file, report_answer
from geo.errors import InputError
from geo.register_desk import Desk
from tests.messy.corpus import specimens
from tests.messy.mutations import damaged, damaged_inside

DESK = Desk(today=date(2025, 6, 30))
SPECIMENS = specimens()
SEED = int(os.environ.get("YIKE_SEED", "20250630"))
# Of processor time: the machine may be busy with something else. The model of names is
# fitted in the first of them.
MOST_SECONDS = 20.0
# Starting a process for every copy makes these the slow ones.
OWN_PROCESS = (".xls",)


def read_all(name: str, copies: Iterable[bytes], folder: Path) -> dict[str, int]:
    """Check every copy; return how often which end was met."""
    met: dict[str, int] = {}
    path = folder / name
    for number, content in enumerate(copies):
        path.write_bytes(content)
        began = time.process_time()
        try:
            report = check_file(path, DESK)
            counts = report.counts
            told = counts["accepted"] + counts["repaired"] + counts["doubtful"] + counts["rejected"]
            assert told == counts["rows_read"] == len(report.rows), (name, number)
            report_answer(report, "zh")
            end = "table"
        except InputError as error:
            assert str(error)
            end = error.key
        except Exception as fault:
            raise AssertionError(f"{name}, seed {SEED}, copy {number}: {fault!r}") from fault
        assert time.process_time() - began < MOST_SECONDS, (name, SEED, number)
        met[end] = met.get(end, 0) + 1
    return met


def copies_of(name: str, count: int, seed: int) -> Iterable[bytes]:
    content = SPECIMENS[name]
    yield from damaged(content, seed=seed, count=count)
    if zipfile.is_zipfile(io.BytesIO(content)):
        yield from damaged_inside(content, seed=seed, count=count)


@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_a_few_damaged_copies(name, tmp_path):
    count = 8 if name.endswith(OWN_PROCESS) else 30
    met = read_all(name, copies_of(name, count, SEED), tmp_path)
    assert sum(met.values()) >= count


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_many_damaged_copies(name, tmp_path):
    count = 60 if name.endswith(OWN_PROCESS) else 250
    met = read_all(name, copies_of(name, count, SEED + 1), tmp_path)
    # Damage that leaves no copy readable, or all, would test nothing.
    assert len(met) > 1


@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_the_whole_file_is_read(name, tmp_path):
    assert read_all(name, [SPECIMENS[name]], tmp_path) == {"table": 1}
