"""One peer in a process of its own: prepares, then answers the questions it is sent.

Lines of JSON in, lines of JSON out. So no peer shares memory, caches or garbage
with another, and its peak memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.asked import load
from benchmarks.peers import PEERS, said


def peak_megabytes() -> float:
    """Return the most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.is_file():
        # The counter of `getrusage` is inherited from the process that started this one.
        words = status.read_text().split("VmHWM:")[1].split()
        return int(words[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, path: Path) -> None:
    """Prepare, then answer."""
    # What peers print must not reach the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    peer = PEERS[name]()
    streets, asked = load(path)
    before, begun = peak_megabytes(), time.process_time()
    peer.prepare(streets, asked)
    del streets
    tell(seconds=time.process_time() - begun, before=before, peak=peak_megabytes())
    for line in sys.stdin:
        task = json.loads(line)
        begun, wall = time.process_time(), time.perf_counter()
        answer = getattr(peer, task["do"])(*task["with"])
        # Processor time: on a machine others use, the wall clock times them too.
        seconds, wall = time.process_time() - begun, time.perf_counter() - wall
        peak = peak_megabytes()  # before the answers are laid side by side to be summed
        count, metres = said(answer)
        tell(seconds=seconds, wall=wall, peak=peak, count=count, metres=metres)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
