"""One mixed-integer model handed to HiGHS.

HiGHS runs in the caller's thread. Measured on two cores with highspy 1.16: the
Python lock is released while it searches (a second thread that should wake
every 10 ms woke at most 17 ms late during an eight-second search), its
interrupt callback is called on the calling thread, and a cancel takes effect
at the next callback, within about 2.5 s in the worst root node seen and at
once later. A process of its own would save those seconds and cost more: on
Windows every start imports numpy and scipy anew, and a started process imports
the main module, which under streamlit is not ours to guard.

One thread a search: HiGHS keeps one pool of threads a process, and two
questions asked in two browser tabs would have to share it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import highspy
import numpy as np

from coverage.siting_question import SAME, Flags, Floats, Reach, Watch


@dataclass(frozen=True, eq=False)
class Model:
    """Minimise ``cost @ x`` with ``row_lower <= rows @ x <= row_upper`` and ``0 <= x <= upper``."""

    cost: Floats
    upper: Floats
    integer: Flags
    rows: Reach
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search found: values (None: nothing), its objective, and the proven bound."""

    values: Floats | None
    objective: float
    bound: float
    finished: bool
    infeasible: bool


def solve(
    model: Model,
    watch: Watch,
    *,
    start: Floats | None = None,
    whole: bool = False,
    negated: bool = False,
    constant: float = 0.0,
) -> Outcome:
    """Return the best solution found before the watch stops, and how good it can get.

    Parameters
    ----------
    model
        What to minimise.
    watch
        Time limit, cancel and progress.
    start
        A feasible solution to begin with.
    whole
        Objectives are whole numbers, so a bound within 1 proves the optimum.
    negated
        The objective is the negative of what is told as progress.
    constant
        Added to the objective.
    """
    solver = _solver(model, watch, whole)
    solver.changeObjectiveOffset(constant)
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        solver.setSolution(given)
    faults = _listen(solver, watch, -1.0 if negated else 1.0)
    solver.run()
    if faults:
        raise faults[0]
    return _outcome(solver, bool(model.integer.any()))


# highspy's class carries no types of its own.
_Highs: Any = highspy.Highs


@cache
def _greeted() -> None:
    """Let HiGHS greet once, unheard.

    The first solver of a process prints a banner on the standard output before
    any option can silence it, in the middle of what ``--json`` prints there.
    """
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, AttributeError):  # no standard output, as under pythonw: nobody to disturb
        _Highs()
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        _Highs()
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)


def _solver(model: Model, watch: Watch, whole: bool) -> Any:
    _greeted()
    solver = _Highs()
    options: Sequence[tuple[str, Any]] = (
        ("output_flag", False),
        ("log_to_console", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", 1),
        ("time_limit", max(watch.left, 0.01)),
        ("mip_rel_gap", max(watch.options.gap, SAME / 10)),
        # Strictly below one: at a distance of exactly 1 the better answer is still possible.
        ("mip_abs_gap", 0.999 if whole else 1e-9),
    )
    for name, value in options:
        solver.setOptionValue(name, value)
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(model.cost), model.rows.shape[0]
    problem.col_cost_ = model.cost
    problem.col_lower_, problem.col_upper_ = np.zeros(len(model.cost)), model.upper
    problem.row_lower_, problem.row_upper_ = model.row_lower, model.row_upper
    rows = model.rows.tocsr()
    problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    problem.a_matrix_.start_ = rows.indptr
    problem.a_matrix_.index_ = rows.indices
    problem.a_matrix_.value_ = rows.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    problem.integrality_ = [kinds[int(flag)] for flag in model.integer]
    solver.passModel(problem)
    return solver


def _listen(solver: Any, watch: Watch, sign: float) -> list[BaseException]:
    """Tell the watch what HiGHS knows; an error of the listener ends the search and is raised."""
    faults: list[BaseException] = []

    def hear(event: Any) -> None:
        try:
            if watch.stopped():
                event.data_in.user_interrupt = True
                return
            found, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
            if abs(found) < highspy.kHighsInf and abs(bound) < highspy.kHighsInf:
                watch.tell(sign * found, sign * bound)
        except BaseException as fault:  # an error must not pass through C++
            faults.append(fault)
            event.data_in.user_interrupt = True

    solver.cbMipInterrupt.subscribe(hear)
    return faults


def _outcome(solver: Any, mixed: bool) -> Outcome:
    status = solver.getModelStatus()
    information = solver.getInfo()
    finished = status == highspy.HighsModelStatus.kOptimal
    infeasible = status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    )
    feasible = information.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(solver.getSolution().col_value) if feasible else None
    objective = information.objective_function_value if feasible else np.inf
    bound = information.mip_dual_bound if mixed else (objective if finished else -np.inf)
    return Outcome(values, float(objective), float(bound), finished, infeasible)
