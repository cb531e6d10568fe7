"""Work in a thread of its own: begun, looked at while it runs, stopped when somebody had enough."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import Self

from geo.errors import InputError


class Background(ABC):
    """One piece of work on its way; changes while it runs and never keeps Yike from stopping.

    Attributes
    ----------
    fault
        What is wrong with the input, if that stopped the work.
    finished
        Whether it has ended, in whatever way.
    """

    def __init__(self) -> None:
        self.fault: InputError | None = None
        self.finished = False
        self._started = time.monotonic()
        self._cancelled = threading.Event()
        self._broken: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @abstractmethod
    def _work(self) -> None:
        """Do the work; look at `cancelled` on the way."""

    def start(self) -> Self:
        """Begin, and return at once."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask the work to stop; it does as soon as it looks."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Wait until the work ends, at most so long."""
        self._thread.join(seconds)

    @property
    def cancelled(self) -> bool:
        """Whether somebody had enough."""
        return self._cancelled.is_set()

    @property
    def elapsed(self) -> float:
        """Seconds since the work was asked for."""
        return time.monotonic() - self._started

    @property
    def seconds(self) -> int:
        """Whole seconds since the work was asked for."""
        return int(self.elapsed)

    def raise_if_broken(self) -> None:
        """Raise what broke in the programme itself: such a fault is never kept quiet."""
        if self._broken is not None:
            raise self._broken

    def _run(self) -> None:
        try:
            self._work()
        except InputError as fault:
            self.fault = fault
        except BaseException as fault:
            # Raised again on the page that asked, see `raise_if_broken`.
            self._broken = fault
        finally:
            self.finished = True
