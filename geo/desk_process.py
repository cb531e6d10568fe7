"""The processes that read planners' files: a few, kept warm for a while, gone with the server."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from geo.desk_child import ENDED
from geo.ledger import home

ROOT = Path(__file__).resolve().parent.parent
# More would make everybody slow at once; the others wait their turn.
MOST_AT_ONCE = 2
IDLE_SECONDS = 300.0

TURNS = threading.BoundedSemaphore(MOST_AT_ONCE)
_idle: list[DeskProcess] = []
_lock = threading.Lock()

Hear = Callable[[str, int, int], None]


class DeskProcess:
    """One process that does one task after the other."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "geo.desk_child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Windows knows politeness at the start only; elsewhere the child sees to it.
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )
        self._timer: threading.Timer | None = None

    def do(self, request: Path, answer: Path, hear: Hear) -> bool:
        """Do a task; return whether the process lived to its end.

        `hear` is called with stage, steps done and steps in all. What the process
        complains about goes to the log of the server.
        """
        source, sink = self._child.stdout, self._child.stdin
        if source is None or sink is None:
            return False
        try:
            sink.write(json.dumps([str(request), str(answer), str(home())]).encode() + b"\n")
            sink.flush()
        except OSError:
            return False
        for line in source:
            try:
                stage, done, total = json.loads(line)
            except ValueError:
                # Some library spoke; it is not for us.
                continue
            if stage == ENDED:
                return True
            hear(str(stage), int(done), int(total))
        return False

    def kill(self) -> None:
        """End the process at once; whoever reads from it sees the end."""
        self._child.kill()

    def stop(self) -> None:
        """End the process and let go of it; nobody may be reading from it."""
        self.wake()
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def rest(self) -> None:
        """Keep the process for the next task, for a while."""
        self._timer = threading.Timer(IDLE_SECONDS, _forget, args=(self,))
        self._timer.daemon = True
        # Once is enough, however often processes come to rest.
        atexit.unregister(stop_all)
        atexit.register(stop_all)
        with _lock:
            _idle.append(self)
        self._timer.start()

    def wake(self) -> None:
        """Take it back to work."""
        if self._timer is not None:
            self._timer.cancel()


def a_process() -> DeskProcess:
    """Return a process that rests, or a new one."""
    with _lock:
        process = _idle.pop() if _idle else None
    if process is None:
        return DeskProcess()
    process.wake()
    return process


def _forget(process: DeskProcess) -> None:
    with _lock:
        if process not in _idle:
            return
        _idle.remove(process)
    process.stop()


def stop_all() -> None:
    """End every process that rests."""
    with _lock:
        resting, _idle[:] = list(_idle), []
    for process in resting:
        process.stop()
