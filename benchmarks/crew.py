"""Peers at work side by side: a process each, asked in turn."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def started(module: str, *words: str, **options: Any) -> subprocess.Popen[str]:
    """Start a module of the benchmarks on one thread, so that peers are compared on equal terms."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", f"benchmarks.{module}", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, **options
    )


@dataclass
class Figures:
    """What one peer needed for one task."""

    seconds: list[float] = field(default_factory=list)
    first_peak: float = 0.0
    count: int = 0
    metres: float = 0.0
    parts: int = 0

    @property
    def median(self) -> float:
        """Median of the processor seconds."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """Least of them: what the machine's other users disturbed least."""
        return min(self.seconds)


class Crew:
    """The workers of one network."""

    def __init__(self, path: Path, names: list[str]) -> None:
        quiet = {"stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.workers: dict[str, subprocess.Popen[str]] = {}
        self.prepared: dict[str, dict[str, float]] = {}
        for name in names:
            worker = started("worker", name, str(path), **quiet)
            first = self._heard(worker)
            if first:
                self.workers[name], self.prepared[name] = worker, first

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers.values():
            if worker.stdin is not None:
                worker.stdin.close()
            worker.wait()

    @staticmethod
    def _heard(worker: subprocess.Popen[str]) -> dict[str, float]:
        line = worker.stdout.readline() if worker.stdout is not None else ""
        return dict(json.loads(line)) if line else {}

    def ask(self, name: str, task: str, *given: int) -> dict[str, float]:
        """Put one question to one peer and wait."""
        worker = self.workers[name]
        assert worker.stdin is not None
        worker.stdin.write(json.dumps({"do": task, "with": given}) + "\n")
        worker.stdin.flush()
        return self._heard(worker)

    def measure(
        self, task: str, rounds: int, parts: dict[str, int] | None = None
    ) -> dict[str, Figures]:
        """Ask everybody in turn, `rounds` times.

        `parts` says how many sites each peer is asked about; slow peers get
        fewer and their time is scaled up by the caller.
        """
        found = {name: Figures() for name in self.workers}
        for _ in range(rounds):
            for name, figures in found.items():
                given = [] if parts is None else [parts[name]]
                heard = self.ask(name, task, *given)
                if not heard:  # out of memory, mostly: what it said so far stands
                    continue
                figures.seconds.append(heard["seconds"])
                # Later peaks also hold the answers while they are summed and compared.
                figures.first_peak = figures.first_peak or heard["peak"]
                figures.metres = heard["metres"]
                figures.count, figures.parts = int(heard["count"]), sum(given)
        return {name: figures for name, figures in found.items() if figures.seconds}
