"""Tasks for the reading process that go wrong on purpose."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from geo.place_reading import Told


@dataclass(frozen=True)
class Dies:
    """Ends its process, as a file that eats all the memory would."""

    def run(self, told: Told) -> None:
        """Die."""
        told("register", 1, 7)
        os._exit(9)


@dataclass(frozen=True)
class Sleeps:
    """Takes longer than anybody would wait."""

    def run(self, told: Told) -> None:
        """Sleep."""
        told("streets", 0, 1)
        time.sleep(600)
