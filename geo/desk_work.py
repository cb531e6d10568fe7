"""Work on a planner's files in a process of its own: watched, counted, stopped at will."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from geo.background import Background
from geo.desk_check import DeskCheck, check_files
from geo.desk_look import Look, look_at
from geo.desk_process import TURNS, DeskProcess, a_process
from geo.errors import FileError, InputError
from geo.phrases import Language
from geo.place_files import PlaceChoices, PlaceFiles
from geo.place_reading import STAGES, Told
from geo.place_update import How, UpdateCheck, check_update, look_at_update

WAITING = "waiting"
MOST_SECONDS = 1_800
_LOOK_AGAIN = 0.2


class Task(Protocol):
    """Something to be done in the child process; it must go through a pickle."""

    def run(self, told: Told) -> Any:
        """Do it."""


@dataclass(frozen=True)
class LookTask:
    """Look at the files of a new place."""

    files: PlaceFiles
    choices: PlaceChoices

    def run(self, told: Told) -> Look:
        """Look."""
        return look_at(self.files, self.choices, told=told)


@dataclass(frozen=True)
class CheckTask:
    """Check the files of a new place and prepare it."""

    name: str
    files: PlaceFiles
    choices: PlaceChoices
    folder: Path
    language: Language

    def run(self, told: Told) -> DeskCheck:
        """Check."""
        return check_files(
            self.name, self.files, self.choices, self.folder, language=self.language, told=told
        )


@dataclass(frozen=True)
class UpdateLookTask:
    """Look at a new register of a place."""

    place_folder: Path
    files: PlaceFiles
    choices: PlaceChoices

    def run(self, told: Told) -> Look:
        """Look."""
        return look_at_update(self.place_folder, self.files, self.choices, told=told)


@dataclass(frozen=True)
class UpdateTask:
    """Check a new register of a place and prepare the updated place."""

    place_folder: Path
    files: PlaceFiles
    choices: PlaceChoices
    folder: Path
    how: How
    language: Language

    def run(self, told: Told) -> UpdateCheck:
        """Check."""
        return check_update(
            self.place_folder,
            self.files,
            self.choices,
            self.folder,
            how=self.how,
            language=self.language,
            told=told,
        )


class DeskWork(Background):
    """One task on its way; changes while it runs.

    Parameters
    ----------
    task
        What to do.
    folder
        A private folder for what goes between the two processes.

    Attributes
    ----------
    answer
        What came of it; None before the end, when it was cancelled, and after a fault.
    fault
        What is wrong with the files, if anything stopped the work.
    stage, done, total
        Where the work stands; `stage` is ``waiting``, ``starting`` or one of
        `geo.place_reading.STAGES`.
    finished
        Whether it has ended, in whatever way.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        super().__init__()
        self.task = task
        self.answer: Any = None
        self.stage, self.done, self.total = WAITING, 0, 1
        self._folder = folder

    @property
    def step(self) -> int:
        """Which step of `geo.place_reading.STAGES` is under way, from 1; 0 before the first."""
        return STAGES.index(self.stage) + 1 if self.stage in STAGES else 0

    @property
    def share(self) -> float:
        """How much is done, 0 to 1, every step counted alike."""
        within = self.done / self.total if self.total else 0.0
        return min(1.0, max(0.0, (self.step - 1 + within) / len(STAGES)))

    def _work(self) -> None:
        while not TURNS.acquire(timeout=_LOOK_AGAIN):
            if self.cancelled:
                return
        try:
            self._ask()
        finally:
            TURNS.release()

    def _ask(self) -> None:
        request, answer = self._folder / "request.pickle", self._folder / "answer.pickle"
        answer.unlink(missing_ok=True)
        with request.open("wb") as file:
            pickle.dump(self.task, file)
        process, ended = a_process(), threading.Event()
        watch = threading.Thread(target=self._watch, args=(process, ended), daemon=True)
        watch.start()
        lived = process.do(request, answer, self._hear)
        ended.set()
        watch.join()
        if not lived or self._cancelled.is_set():
            process.stop()
        else:
            process.rest()
        if self._cancelled.is_set():
            return
        if not lived or not answer.is_file():
            self.fault = FileError("error.desk_child", seconds=self.seconds)
            return
        with answer.open("rb") as file:
            found = pickle.load(file)  # noqa: S301  (our own child wrote it into a private folder)
        if isinstance(found, InputError):
            self.fault = found
        else:
            self.answer = found

    def _watch(self, process: DeskProcess, ended: threading.Event) -> None:
        """Stop the process when somebody had enough, or when it takes too long for anybody."""
        while not ended.wait(_LOOK_AGAIN):
            if self._cancelled.is_set() or self.seconds > MOST_SECONDS:
                process.kill()
                return

    def _hear(self, stage: str, done: int, total: int) -> None:
        self.stage, self.done, self.total = stage, done, total
