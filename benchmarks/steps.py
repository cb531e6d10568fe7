"""What a planner waits for: the steps from a place folder to its answers, timed one by one."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coverage.gaps import gap_list
from coverage.network_doubts import network_doubts
from coverage.reach import measure_coverage
from coverage.robustness import robustness
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place


def timed(rounds: int, work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return the answer, the first processor time and the median of the following."""
    seconds = []
    for _ in range(rounds + 1):
        begun = time.process_time()
        answer = work()
        seconds.append(time.process_time() - begun)
    return answer, {"first": seconds[0], "again": statistics.median(seconds[1:])}


def main(folder: Path, rounds: int) -> None:
    """Print a line a step."""
    standard, found = Standard(), {}
    place, found["load_place"] = timed(rounds, lambda: load_place(folder))
    walks, found["walk_categories"] = timed(rounds, lambda: walk_categories(place, standard))
    result, found["measure_coverage"] = timed(
        rounds, lambda: measure_coverage(place, walks, standard)
    )
    gaps, found["gap_list"] = timed(rounds, lambda: gap_list(place, walks, result))
    _, found["robustness"] = timed(rounds, lambda: robustness(place, walks, result))
    _, found["network_doubts"] = timed(rounds, lambda: network_doubts(place, walks))
    about = {
        "residents": len(place.residents),
        "organisations": len(place.register),
        "categories": len(walks.categories),
        "gaps": len(gaps),
    }
    print(json.dumps({"steps": found, "about": about}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
