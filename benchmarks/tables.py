"""Figures as Markdown tables."""

from __future__ import annotations

import math
import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asked import CATEGORIES, SITES

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
VERSIONS = ["numpy", "scipy", "pandas", "networkx", "igraph", "pandana", "pyrosm", "osmium"]
WORDS = {
    "nearest": f"Nearest of {CATEGORIES} categories, every node, 1,200 m",
    "catchments": f"{SITES:,} catchments of 1,200 m (per {SITES:,}, scaled)",
    "matrix": f"Matrix 20,000 × {SITES:,} within 1,200 m (scaled)",
    "add": "What if: one service point more",
    "remove": "What if: one service point fewer",
}


def arcs_of(file: Path) -> int:
    """Return how many arcs (edges, both ways) a network has."""
    return 2 * len(np.load(file)["lower"])


def bandwidth() -> float:
    """Return bytes a second of a copy in memory, reading and writing, at its best."""
    source = np.ones(2**25)
    target = np.empty_like(source)
    seconds = []
    for _ in range(15):
        begun = time.process_time()
        np.copyto(target, source)
        seconds.append(time.process_time() - begun)
    return 2 * source.nbytes / min(seconds)


def all_tables(
    results: list[dict[str, Any]], loaded: list[dict[str, Any]], steps: dict[str, Any]
) -> str:
    """Return everything that was measured."""
    speed = bandwidth()
    parts = [_machine(speed)]
    parts += [_task(results, task) for task in WORDS]
    parts += [
        _growth(results, speed),
        _memory(results),
        _agreement(results),
        _loading(loaded),
        _steps(steps),
    ]
    return "\n".join(parts)


def _machine(speed: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return (
        f"{os.cpu_count()} cores ({_model()}), {platform.system()}, "
        f"Python {platform.python_version()}; {versions}. "
        f"Memory copies at {speed / 1e9:.1f} GB/s. Measured on a shared machine: seconds of the "
        "processor, one thread, least of the rounds (median in brackets); of a what-if, which "
        "takes another point each round, the median. Peers take turns.\n"
    )


def _model() -> str:
    lines = Path("/proc/cpuinfo")
    if not lines.is_file():
        return platform.processor()
    names = [one for one in lines.read_text().splitlines() if one.startswith("model name")]
    return names[0].split(":")[1].strip() if names else platform.machine()


def _seconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.1f} s"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _whole(figures: Any, value: float) -> float:
    """Return the time for all sites where a peer was asked about some."""
    return value * SITES / figures.parts if figures.parts else value


def _shown(figures: Any, task: str) -> float:
    # Each what-if changes another service point, some of them with few nodes: the median is fair.
    value: float = figures.median if task in ("add", "remove") else figures.best
    return value


def _task(results: list[dict[str, Any]], task: str) -> str:
    rows = []
    for one in results:
        found = one["found"].get(task, {})
        if not found:
            continue
        ours = _whole(found["yike"], _shown(found["yike"], task))
        row = [f"{one['name']} ({one['nodes']:,} nodes)"]
        for peer in ("yike", "scipy", "igraph", "networkx", "pandana"):
            if peer not in found:
                row.append("–")
                continue
            best = _whole(found[peer], _shown(found[peer], task))
            cell = f"{_seconds(best)} ({_seconds(_whole(found[peer], found[peer].median))})"
            row.append(cell if peer == "yike" else f"{cell} **{best / ours:.1f} ×**")
        rows.append(row)
    return f"### {WORDS[task]}\n\n" + _table(
        ["network", "Yike", "scipy", "igraph", "networkx", "pandana"], rows
    )


def _growth(results: list[dict[str, Any]], speed: float) -> str:
    copies = [one for one in results if one["name"].startswith("Porto Alegre")]
    rows = []
    for one in copies:
        # Each arc is read once (where to, how long), each answer written once (how far, which).
        floor = (one["arcs"] * 12 + one["nodes"] * CATEGORIES * 8) / speed
        cells = [f"{one['nodes']:,}", _seconds(floor)]
        for peer in ("yike", "scipy"):
            best = one["found"]["nearest"][peer].best
            cells.append(f"{best / floor:,.0f} × the floor")
        rows.append(cells)
    text = "### Growth, and distance to the floor (nearest of 8 categories)\n\n"
    text += "The floor is one streaming pass over the arcs and the writing of the answers.\n\n"
    text += _table(["nodes", "floor", "Yike", "scipy"], rows)
    from_copies = [one for one in copies if one["nodes"] > 100_000]
    if len(from_copies) > 1:
        said = [f"{peer} {_exponent(from_copies, peer):.3f}" for peer in ("yike", "scipy")]
        text += f"\nGrowth exponent over the copies of 150,000 nodes and more: {', '.join(said)}.\n"
    return text


def _exponent(results: list[dict[str, Any]], peer: str) -> float:
    nodes = [math.log(one["nodes"]) for one in results]
    seconds = [math.log(one["found"]["nearest"][peer].best) for one in results]
    return statistics.linear_regression(nodes, seconds).slope


def _memory(results: list[dict[str, Any]]) -> str:
    rows = []
    for one in results:
        for peer, prepared in one["prepared"].items():
            figures = one["found"]["nearest"].get(peer)
            if figures is not None:
                rows.append(
                    [
                        f"{one['name']} ({one['nodes']:,})",
                        peer,
                        _seconds(prepared["seconds"]),
                        f"{prepared['before']:,.0f}",
                        f"{prepared['peak']:,.0f}",
                        f"{figures.first_peak:,.0f}",
                    ]
                )
    head = ["network", "peer", "preparation", "MB before", "MB prepared", "MB answered"]
    text = "### Preparation and peak memory (a process each; nearest of 8 categories)\n\n"
    return text + _table(head, rows)


def _agreement(results: list[dict[str, Any]]) -> str:
    rows = []
    for one in results:
        for task, found in one["agreed"].items():
            ours = found["yike"]
            said = [
                f"{peer} {figures.count - ours.count:+,} reached, "
                f"{(figures.metres / ours.metres - 1) * 100:+.4f} % metres"
                for peer, figures in found.items()
                if peer != "yike"
                and (figures.count != ours.count or abs(figures.metres / ours.metres - 1) > 1e-9)
            ]
            rows.append([one["name"], task, f"{ours.count:,}", "; ".join(said) or "all equal"])
    text = "### Do all say the same? (catchments and matrix: of ten sites)\n\n"
    return text + _table(["network", "question", "reached", "who differs from Yike"], rows)


def _loading(loaded: list[dict[str, Any]]) -> str:
    rows = []
    for one in loaded:
        ours = min(reading["wall"] for reading in one["read"]["yike"])
        for reader, readings in one["read"].items():
            if not readings:
                rows.append([one["name"], reader, "failed", "", "", "", ""])
                continue
            wall, busy = (min(r[key] for r in readings) for key in ("wall", "seconds"))
            middle = statistics.median(reading["wall"] for reading in readings)
            last = readings[-1]
            size = f"{last['nodes']:,} / {last['edges']:,}"
            cells = [_seconds(wall), _seconds(middle), _seconds(busy), f"{last['peak']:,.0f}"]
            ratio = "" if reader == "yike" else f" **{wall / ours:.1f} ×**"
            rows.append([one["name"], reader, size, cells[0] + ratio, *cells[1:]])
    head = ["file", "reader", "nodes / edges", "least wall", "median wall", "processor", "MB"]
    return "### Loading an OSM file to node and edge arrays\n\n" + _table(head, rows)


def _steps(steps: dict[str, Any]) -> str:
    about = steps["about"]
    text = (
        f"### What a planner waits for: Wuchang ({about['residents']:,} resident points, "
        f"{about['organisations']:,} organisations, {about['categories']} categories)\n\n"
    )
    rows = [
        [f"`{name}`", _seconds(one["first"]), _seconds(one["again"])]
        for name, one in steps["steps"].items()
    ]
    return text + _table(["step", "first", "median again"], rows)


def keep(path: Path, text: str) -> None:
    """Put the tables between the marks of the README."""
    whole = path.read_text(encoding="utf-8")
    before, rest = whole.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
