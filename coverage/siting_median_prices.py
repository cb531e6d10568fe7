"""The Lagrangian bound of a p-median question, and branching on it.

Every row offers a price; a candidate is worth the sum of what it saves below
the prices; the prices plus the `sites` most worthy candidates bound every
answer from below. Where the bound leaves a gap, candidates are opened or left
out one after the other, each time with the parent's prices to start from:
with few sites that proves far sooner than the linear relaxations of a model.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from coverage.siting_median_model import MedianProblem, prove_median, service
from coverage.siting_median_search import exchange, no_better
from coverage.siting_question import SAME, Floats, Positions, Watch

ROOT_BLOCKS, ROOT_ROUNDS = 30, 100
NODE_ROUNDS = 120
# Branching beats the model while few sites are left to choose; measured on the
# 40 instances of the OR-Library.
FEW_SITES = 20


@dataclass
class Ascent:
    """Subgradient steps on the prices of one question; changes while it runs.

    The step is Polyak's with the best known answer as target, the direction
    averaged over the last ones.
    """

    problem: MedianProblem
    prices: Floats
    kept: Floats = field(init=False)
    direction: Floats = field(init=False)
    bound: float = -np.inf
    pace: float = 1.0
    idle: int = 0

    def __post_init__(self) -> None:
        self.prices = np.clip(self.prices, self.problem.cheapest, self.problem.without_any)
        self.kept = self.prices.copy()
        self.direction = np.zeros(len(self.prices))

    def climb(self, rounds: int, value: float, watch: Watch) -> bool:
        """Make steps; return whether more of them could help."""
        for _ in range(rounds):
            taken, now = self._priced()
            if now > self.bound + 1e-7 * abs(now):
                self.bound, self.kept, self.idle = now, self.prices.copy(), 0
            else:
                self.idle += 1
                if self.idle == 20:
                    self.prices, self.idle = self.kept.copy(), 0
                    self.pace /= 1.5
            proven = no_better(self.problem, self.bound, value)
            if proven or self.pace < 1e-4 or watch.stopped() or not self._step(taken, now, value):
                return False
        return True

    def _priced(self) -> tuple[Positions, float]:
        worth = worth_of(self.problem, self.prices)
        taken = lowest(self.problem, worth)
        return taken, float(self.prices.sum() + worth[taken].sum())

    def _step(self, taken: Positions, now: float, value: float) -> bool:
        problem = self.problem
        slope = 1.0 - problem.times_served(taken, self.prices)
        self.direction = 0.7 * self.direction + 0.3 * slope
        step = self.direction.copy()
        step[(self.prices >= problem.without_any) & (step > 0)] = 0.0
        step[(self.prices <= problem.cheapest) & (step < 0)] = 0.0
        length = float(step @ step)
        if length == 0:
            return False
        stride = self.pace * max(value - now, SAME * abs(now)) / length
        self.prices = np.clip(self.prices + stride * step, problem.cheapest, problem.without_any)
        return True

    def useful(self, value: float) -> MedianProblem:
        """Return the question without the entries no answer better than `value` can use."""
        problem = self.problem
        apart = problem.cost - self.kept[problem.row]
        worth = problem.by_column(np.minimum(apart, 0.0))
        taken = lowest(problem, worth)
        last = worth[taken].max() if len(taken) < problem.columns else np.inf
        total = float(self.kept.sum() + worth[taken].sum())
        opened = total + np.maximum(0.0, worth - last)
        with_entry = opened[problem.column] + np.maximum(0.0, apart)
        better = value - 1 + 1e-6 if problem.whole else value * (1 - SAME)
        return problem.without(with_entry > better)


def worth_of(problem: MedianProblem, prices: Floats) -> Floats:
    """Return what each column saves below the prices, as a negative number."""
    return problem.by_column(np.minimum(problem.cost - prices[problem.row], 0.0))


def lowest(problem: MedianProblem, worth: Floats) -> Positions:
    """Return the columns of the relaxed answer."""
    if problem.sites >= problem.columns:
        return np.arange(problem.columns)
    if problem.sites == 0:
        return np.arange(0)
    return np.argpartition(worth, problem.sites - 1)[: problem.sites]


def climb(problem: MedianProblem, chosen: list[int], watch: Watch) -> tuple[list[int], Ascent]:
    """Raise the bound of the whole question; keep the best answer met on the way."""
    best, state = list(chosen), service(problem, chosen)
    value = float(state.first.sum())
    ascent = Ascent(problem, (state.first + state.second) / 2)
    for _ in range(ROOT_BLOCKS):
        going = ascent.climb(ROOT_ROUNDS, value, watch)
        watch.tell(value, min(ascent.bound, value))
        if not going or watch.near_enough(value, ascent.bound):
            break
        taken = lowest(problem, worth_of(problem, ascent.prices))
        trial = exchange(problem, [int(k) for k in taken], watch)
        found = float(service(problem, trial).first.sum())
        best, value = (trial, found) if found < value else (best, value)
    return best, ascent


def search(ascent: Ascent, chosen: list[int], watch: Watch) -> tuple[list[int], float]:
    """Return a better answer than `chosen` if there is one, and a bound of every answer."""
    value = float(service(ascent.problem, chosen).first.sum())
    less = ascent.useful(value)
    if ascent.problem.sites > FEW_SITES:
        found, bound = prove_median(less, chosen, watch)
        return found, min(bound, float(service(ascent.problem, found).first.sum()))
    return _branch(ascent, less, chosen, watch)


def _branch(
    ascent: Ascent, less: MedianProblem, chosen: list[int], watch: Watch
) -> tuple[list[int], float]:
    """Open or leave out one candidate after the other, the weakest bound first."""
    root = ascent.problem
    best, value = list(chosen), float(service(root, chosen).first.sum())
    turn = count()
    waiting = [(ascent.bound, next(turn), less, ascent.kept, list[int]())]
    while waiting:
        bound, _, problem, prices, opened = waiting[0]
        watch.tell(value, min(bound, value))
        settled = no_better(root, bound, value) or watch.near_enough(value, bound)
        if settled or watch.stopped():
            return best, min(bound, value)
        heapq.heappop(waiting)
        worth = worth_of(problem, prices)
        column = int(worth.argmin())
        children = [(problem.without(problem.column == column), opened)]
        if problem.sites > 0:
            children.append((problem.opened(column), [*opened, column]))
        for child, own in children:
            if len(child.cost) == 0 or child.sites == 0:
                found = float(child.without_any.sum())
                if found < value:
                    best, value = own, found
                continue
            step = Ascent(child, prices)
            step.climb(NODE_ROUNDS, value, watch)
            lower = max(bound, step.bound)
            if not no_better(root, lower, value):
                node = (lower, next(turn), step.useful(value), step.kept, own)
                heapq.heappush(waiting, node)
    return best, value
