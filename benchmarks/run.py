"""Measure the street engine side by side with its peers, in one run.

``python benchmarks/run.py [--quick] [--data DIR]`` prints the tables and keeps
them in ``benchmarks/README.md``. Needs the environment of requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import tables
from benchmarks.asked import SITES, save
from benchmarks.crew import ROOT, Crew, Figures, started
from benchmarks.networks import connected, replicated

ALEGRE = ROOT / "data" / "porto_alegre" / "streets.osm.pbf"
WUCHANG = ROOT / "data" / "wuchang"
PEERS = ["yike", "scipy", "igraph", "networkx", "pandana"]
# Peers asked for up to this many nodes: beyond, preparing alone takes them minutes or gigabytes.
UP_TO = {"yike": 10**8, "scipy": 10**8, "igraph": 200_000, "networkx": 200_000, "pandana": 400_000}
# Of 3,500 sites, how many each is asked about; the time is scaled to all of them.
PARTS = {"yike": SITES, "scipy": 100, "igraph": 10, "networkx": 100, "pandana": 500}
ALL_TASKS_UP_TO = 700_000


def networks(folder: Path, data: Path | None, quick: bool) -> list[tuple[str, int, Path]]:
    """Write every network for the workers; return name, nodes and file."""
    wanted: list[tuple[str, Path, int]] = [("Porto Alegre", ALEGRE, side) for side in (1, 2, 4, 8)]
    if data is not None:
        more = [("Wuhan", "wuhan/streets.parquet"), ("Porto", "porto/streets.osm.pbf")]
        wanted += [(name, data / file, 1) for name, file in more if (data / file).is_file()]
    if quick:
        wanted = wanted[:2]
    written: list[tuple[str, int, Path]] = []
    for name, path, side in wanted:
        streets = connected(path)
        if side > 1:
            streets, name = replicated(streets, side), f"{name} × {side * side}"  # noqa: PLW2901
        file = folder / f"{len(written)}.npz"
        save(file, streets)
        written.append((name, len(streets.x), file))
    return sorted(written, key=lambda one: one[1])


def measured(name: str, nodes: int, file: Path, rounds: int) -> dict[str, Any]:
    """Put all questions to all peers on one network."""
    print(f"{name}: {nodes:,} nodes", file=sys.stderr)
    with Crew(file, [peer for peer in PEERS if nodes <= UP_TO[peer]]) as crew:
        found: dict[str, dict[str, Figures]] = {"nearest": crew.measure("nearest", rounds)}
        found["add"] = crew.measure("add", 3 * rounds)
        found["remove"] = crew.measure("remove", 3 * rounds)
        agreed: dict[str, dict[str, Figures]] = {}
        if nodes <= ALL_TASKS_UP_TO:
            same = dict.fromkeys(PEERS, 10)
            for task in ("catchments", "matrix"):
                agreed[task] = crew.measure(task, 1, same)
                found[task] = crew.measure(task, max(rounds // 2, 2), PARTS)
        return {
            "name": name,
            "nodes": nodes,
            "arcs": tables.arcs_of(file),
            "prepared": crew.prepared,
            "found": found,
            "agreed": {"nearest": found["nearest"], **agreed},
        }


def heard(module: str, *words: str) -> list[dict[str, Any]]:
    """Run one module and read what it says."""
    said, _ = started(module, *words).communicate()
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def loading(data: Path | None, rounds: int) -> list[dict[str, Any]]:
    """Read files with both readers in turn; keep every reading."""
    files = [("Porto Alegre", ALEGRE)]
    if data is not None and (data / "porto" / "streets.osm.pbf").is_file():
        files.append(("Porto", data / "porto" / "streets.osm.pbf"))
    rows = []
    for name, path in files:
        read: dict[str, list[dict[str, Any]]] = {"yike": [], "pyrosm": []}
        for _ in range(rounds):
            for reader, readings in read.items():
                readings.extend(heard("loading", reader, str(path)))
        rows.append({"name": name, "read": read})
    return rows


def main() -> None:
    """Measure, print, and keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small networks, few rounds")
    parser.add_argument("--data", type=Path, help="folder with wuhan/ and porto/ street files")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rounds = 2 if given.quick else given.rounds
    with tempfile.TemporaryDirectory() as folder:
        written = networks(Path(folder), given.data, given.quick)
        results = [measured(*one, rounds) for one in written]
    (steps,) = heard("steps", str(WUCHANG), str(rounds))
    text = tables.all_tables(results, loading(given.data, max(rounds // 2, 1)), steps)
    print(text)
    if not given.quick:
        tables.keep(ROOT / "benchmarks" / "README.md", text)


if __name__ == "__main__":
    main()
