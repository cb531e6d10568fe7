"""What is being done, on stderr, for anything that takes over a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from commands.faults import reader_language
from geo.phrases import Language, phrase

QUIET_SECONDS = 1.0


class Progress:
    """One piece of work under way; call `reached` as it advances."""

    def __init__(self, work: str, stream: TextIO, language: Language) -> None:
        self._work = work
        self._stream = stream
        self._language = language
        self._began = time.monotonic()
        self._counts: tuple[int, int] | None = None
        self._spoke = False

    def reached(self, done: int, total: int) -> None:
        """Note that `done` of `total` parts are finished."""
        self._counts = (done, total)

    def tell(self, *, last: bool = False) -> None:
        """Write where the work stands; a terminal sees one line that changes."""
        if last and not self._spoke:
            return
        seconds = int(time.monotonic() - self._began)
        if self._counts is None:
            line = phrase("progress.seconds", self._language, work=self._work, seconds=seconds)
        else:
            done, total = self._counts
            line = phrase(
                "progress.counted",
                self._language,
                work=self._work,
                done=done,
                total=total,
                seconds=seconds,
            )
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[K{line}" + ("\n" if last else ""))
        elif last or not self._spoke:
            # A log file keeps the first and the last word only.
            self._stream.write(f"{line}\n")
        self._stream.flush()
        self._spoke = True


@contextmanager
def progress(work: str, *, stream: TextIO | None = None) -> Iterator[Progress]:
    """Say on stderr what is being done, from the first second on.

    Parameters
    ----------
    work
        What is being done, in the reader's language.
    stream
        Where to say it; stderr when left out, so that stdout stays the answer.

    Yields
    ------
    Progress
        Whose `reached(done, total)` adds a count.
    """
    piece = Progress(work, stream or sys.stderr, reader_language())
    finished = threading.Event()

    def speak() -> None:
        while not finished.wait(QUIET_SECONDS):
            piece.tell()

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield piece
    finally:
        finished.set()
        speaker.join()
        piece.tell(last=True)
