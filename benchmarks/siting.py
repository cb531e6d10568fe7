"""Siting side by side with PySAL spopt: the same matrices, time and objective.

``python benchmarks/siting.py [--seconds N]`` prints a table. spopt writes the
whole model and hands it to a solver: once with CBC, which comes with it, and
once with HiGHS, the solver used here.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.crew import ROOT
from coverage import siting

Floats = npt.NDArray[np.float64]
SAVED = ROOT / "tests" / "reference"
FAR = 1e7  # what spopt gets for "beyond": it knows no missing entries


@dataclass(frozen=True, eq=False)
class Case:
    """One question: `metres` demand x candidate (inf = beyond)."""

    name: str
    kind: str
    metres: Floats
    weights: Floats
    within: float = 0.0
    sites: int = 0
    existing: tuple[int, ...] = ()


def cases() -> Iterator[Case]:
    """Return published instances, and random ones of growing size."""
    with np.load(SAVED / "san_francisco" / "siting.npz") as held:
        metres, people = held["metres"], held["people"].astype(float)
    yield Case("San Francisco 205 × 16", "fewest", metres, people, within=5000)
    for kind in ("cover", "median", "centre"):
        yield Case("San Francisco 205 × 16", kind, metres, people, within=5000, sites=4)
    metres, people, existing = _porto_alegre()
    name = f"Porto Alegre {metres.shape[0]} × {metres.shape[1]}, {len(existing)} existing"
    for sites in (3, 10):
        yield Case(name, "cover", metres, people, within=1250, sites=sites, existing=existing)
    yield Case(name, "fewest", metres, people, within=1250, existing=existing)
    for rows, columns, sites in ((400, 80, 8), (1000, 200, 12)):
        draw = np.random.default_rng(rows)
        homes, spots = draw.uniform(0, 10_000, (rows, 2)), draw.uniform(0, 10_000, (columns, 2))
        metres = np.abs(homes[:, None, :] - spots[None, :, :]).sum(axis=2).round(1)
        weights = draw.integers(1, 500, rows).astype(float)
        for kind in ("median", "centre") if rows < 1000 else ("median",):
            yield Case(f"random {rows} × {columns}", kind, metres, weights, sites=sites)


def _porto_alegre() -> tuple[Floats, Floats, tuple[int, ...]]:
    with np.load(SAVED / "porto_alegre" / "siting.npz") as held:
        rows = np.repeat(np.arange(len(held["people"])), np.diff(held["row_ends"].astype(int)))
        metres = np.full((len(held["people"]), len(held["people"])), np.inf)
        metres[rows, held["column"]] = held["decimetres"] / 10
        people = held["people"].astype(float)
        existing = np.flatnonzero(held["healthcare"])
    peopled = people > 0
    return metres[peopled], people[peopled], tuple(int(one) for one in existing)


def by_yike(case: Case, seconds: float) -> tuple[float, str]:
    """Return the objective as spopt states it, and whether it is proven."""
    options = siting.SitingOptions(time_limit=seconds)
    shared: dict[str, Any] = {"existing": case.existing, "options": options}
    if case.kind == "fewest":
        answer = siting.fewest_sites(case.metres, case.weights, within_metres=case.within, **shared)
        return answer.objective, answer.how
    if case.kind == "cover":
        answer = siting.maximal_cover(
            case.metres, case.weights, within_metres=case.within, sites=case.sites, **shared
        )
        return float(answer.covered or 0), answer.how
    if case.kind == "median":
        answer = siting.p_median(case.metres, case.weights, sites=case.sites, **shared)
    else:
        answer = siting.p_centre(case.metres, sites=case.sites, **shared)
    return answer.objective, answer.how


def by_spopt(case: Case, solver: Any) -> tuple[float, str]:
    """Build and solve the same question with spopt."""
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    metres = np.where(np.isfinite(case.metres), case.metres, FAR)
    kept = np.array(case.existing) if case.existing else None
    count = case.sites + len(case.existing)
    if case.kind == "fewest":
        model = LSCP.from_cost_matrix(metres, case.within, predefined_facilities_arr=kept)
    elif case.kind == "cover":
        model = MCLP.from_cost_matrix(
            metres, case.weights, case.within, p_facilities=count, predefined_facilities_arr=kept
        )
    elif case.kind == "median":
        model = PMedian.from_cost_matrix(metres, case.weights, p_facilities=count)
    else:
        model = PCenter.from_cost_matrix(metres, p_facilities=count)
    solved = model.solve(solver, results=False)
    value = float(solved.problem.objective.value())
    if case.kind == "fewest":
        value -= len(case.existing)
    return value, "proven" if solved.problem.sol_status == 1 else "within"


def timed(work: Callable[[], tuple[float, str]]) -> str:
    """Return a cell: processor seconds, solvers in processes of their own included; objective."""
    begun, wall = sum(os.times()[:4]), time.perf_counter()
    try:
        value, how = work()
    except RuntimeError:  # so spopt says that its solver ended without any answer
        return f"no answer ({time.perf_counter() - wall:,.0f} s)"
    busy, wall = sum(os.times()[:4]) - begun, time.perf_counter() - wall
    return f"{busy:,.2f} s ({wall:,.2f} s) · {value:,.1f} · {how}"


def main() -> None:
    """Print one row a question."""
    import pulp

    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="time limit of every solver")
    limit = parser.parse_args().seconds
    print("| instance | question | Yike | spopt, CBC | spopt, HiGHS |\n|---|---|---|---|---|")
    for case in cases():
        solvers = (
            pulp.PULP_CBC_CMD(msg=False, timeLimit=limit),
            pulp.HiGHS(msg=False, timeLimit=limit),
        )
        cells = [timed(partial(by_yike, case, limit))]
        cells += [timed(partial(by_spopt, case, one)) for one in solvers]
        sites = f"{case.kind}, {case.sites} sites" if case.sites else case.kind
        print(f"| {case.name} | {sites} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
