"""Work in a thread of its own."""

from __future__ import annotations

import threading

import pytest

from geo.background import Background
from geo.errors import FileError


class Counting(Background):
    def __init__(self, fault: BaseException | None = None):
        super().__init__()
        self.rounds = 0
        self.go_on = threading.Event()
        self._raise = fault

    def _work(self):
        if self._raise is not None:
            raise self._raise
        while not self.cancelled:
            self.rounds += 1
            self.go_on.set()
            self._cancelled.wait(0.01)


def test_it_runs_beside_and_stops_when_asked():
    work = Counting().start()
    assert work.go_on.wait(10)
    assert not work.finished
    work.cancel()
    work.wait(10)
    assert work.finished
    assert work.cancelled
    assert work.rounds
    assert 0 <= work.seconds <= work.elapsed
    work.raise_if_broken()


def test_a_fault_of_the_input_is_kept_for_the_page():
    work = Counting(FileError("error.file_empty", file="x.csv")).start()
    work.wait(10)
    assert work.finished
    assert isinstance(work.fault, FileError)
    work.raise_if_broken()


def test_a_fault_of_ours_is_raised_where_it_was_asked_for():
    work = Counting(ZeroDivisionError("ours")).start()
    work.wait(10)
    assert work.finished
    assert work.fault is None
    with pytest.raises(ZeroDivisionError, match="ours"):
        work.raise_if_broken()


def test_it_never_keeps_the_process_alive():
    assert Counting()._thread.daemon


def test_what_does_no_work_cannot_be_begun():
    with pytest.raises(TypeError):
        Background()
