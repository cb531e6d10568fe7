"""First answers to a p-median question: greedy, then exchange."""

from __future__ import annotations

import numpy as np

from coverage.siting_median_model import MedianProblem, Service, service
from coverage.siting_question import SAME, Watch


def no_better(problem: MedianProblem, bound: float, value: float) -> bool:
    """Whether no answer better than `value` exists above `bound`."""
    if problem.whole:
        return bool(np.ceil(bound - 1e-6) >= value)
    return bool(bound >= value * (1 - SAME))


def greedy(problem: MedianProblem) -> list[int]:
    """Open the site that saves most, again and again."""
    now = problem.without_any.copy()
    chosen: list[int] = []
    for _ in range(min(problem.sites, problem.columns)):
        savings = problem.by_column(np.maximum(now[problem.row] - problem.cost, 0.0))
        column = int(savings.argmax())
        if not savings[column] > 0:
            break
        part = problem.entries_of(column)
        now[problem.row[part]] = np.minimum(now[problem.row[part]], problem.cost[part])
        chosen.append(column)
    return chosen


def exchange(problem: MedianProblem, chosen: list[int], watch: Watch) -> list[int]:
    """Make the best exchange of one open for one closed site while it saves."""
    chosen = list(chosen)
    while chosen and len(chosen) < problem.columns:
        state = service(problem, chosen)
        saving, leaving, entering = _best_exchange(problem, state, chosen)
        if saving <= SAME * float(state.first.sum()) or watch.stopped():
            break
        chosen[leaving] = entering
    return chosen


def _best_exchange(
    problem: MedianProblem, state: Service, chosen: list[int]
) -> tuple[float, int, int]:
    first, second = state.first[problem.row], state.second[problem.row]
    near = np.flatnonzero(problem.cost < second)
    row, cost, column = problem.row[near], problem.cost[near], problem.column[near]
    gains = np.bincount(column, np.maximum(first[near] - cost, 0.0), minlength=problem.columns)
    served = state.by[row]
    known = served >= 0
    eased = np.bincount(
        served[known] * problem.columns + column[known],
        (second[near] - np.maximum(cost, first[near]))[known],
        minlength=len(chosen) * problem.columns,
    ).reshape(len(chosen), problem.columns)
    has = state.by >= 0
    losses = np.bincount(state.by[has], (state.second - state.first)[has], minlength=len(chosen))
    net = gains[None, :] - losses[:, None] + eased
    net[:, chosen] = -np.inf
    place = int(net.argmax())
    leaving, entering = divmod(place, problem.columns)
    return float(net[leaving, entering]), leaving, entering
