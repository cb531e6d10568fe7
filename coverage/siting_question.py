"""What a siting question is made of, and what its answer says.

The optimisation rooms see positions and numbers only: demand points are rows,
candidate sites are columns. Names, places and languages stay outside.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from geo.errors import SitingError

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# Demand x candidate: sparse (absent = beyond, explicit zero = same place) or dense (inf = beyond).
Metres = Any
Reach = Any  # csr_matrix of ones; the stubs of scipy disagree between its releases
How = Literal["proven", "within", "greedy"]

# Sums of whole weights are exact; anything closer than this is the same number.
SAME = 1e-9


@dataclass(frozen=True)
class Progress:
    """What a search knows so far: seconds, the best objective and its bound."""

    seconds: float
    objective: float
    bound: float


@dataclass(frozen=True, eq=False)
class SitingOptions:
    """How a siting question is asked beyond its three numbers.

    Parameters
    ----------
    locked, banned
        Column positions that must, or must not, be among the new sites.
    costs
        What each column costs (any one unit); `budget` bounds their sum.
    time_limit
        Seconds; 0 returns the greedy answer with the bound it already has.
    gap
        Stop as soon as the answer is proven within this share of the best.
    cancel
        Asked again and again; when it says True, the best answer so far returns.
    progress
        Called with a `Progress` whenever the answer or its bound improves.
    """

    locked: Sequence[int] = ()
    banned: Sequence[int] = ()
    costs: npt.ArrayLike | None = None
    budget: float | None = None
    time_limit: float = 60.0
    gap: float = 0.0
    cancel: Callable[[], bool] | None = None
    progress: Callable[[Progress], None] | None = None

    def __post_init__(self) -> None:
        for name, given in (("time_limit", self.time_limit), ("gap", self.gap)):
            if not (isinstance(given, (int, float)) and 0 <= given < np.inf):
                raise SitingError("error.siting_option", name=name, given=given)
        if self.budget is not None and not 0 <= self.budget < np.inf:
            raise SitingError("error.siting_option", name="budget", given=self.budget)
        if self.budget is not None and self.costs is None:
            raise SitingError("error.siting_budget_without_costs")


@dataclass(frozen=True)
class Siting:
    """Where to open, what it buys, and how sure that is.

    Attributes
    ----------
    chosen
        Column positions to open, the largest gain first; never an existing one.
    objective
        What was optimised: weight covered, number (or cost) of sites,
        weighted metres, or the longest metres.
    covered, covered_before
        Weight covered with the new sites and by the existing ones alone;
        None where the question has no weights.
    bound
        No answer can be better than this.
    proven_optimal, how
        ``proven``; ``within`` (`gap` says how far from the bound at most); or
        ``greedy`` when nothing beyond the first answer was tried.
    seconds
        How long it took.
    cost
        What the new sites cost, where costs were given.
    loads
        Where sites have capacities: open columns and how many each serves.
    smallest_share
        Where the worst-off community was favoured: its covered share.
    """

    chosen: tuple[int, ...]
    objective: float
    covered: float | None
    covered_before: float | None
    bound: float
    proven_optimal: bool
    how: How
    seconds: float
    cost: float | None = None
    loads: tuple[tuple[int, float], ...] | None = None
    smallest_share: float | None = None

    @property
    def extra(self) -> float | None:
        """Weight covered beyond what the existing sites cover."""
        if self.covered is None or self.covered_before is None:
            return None
        return self.covered - self.covered_before

    @property
    def gap(self) -> float:
        """How far the best possible answer may lie away, as a share of the bound."""
        return gap_between(self.objective, self.bound)


def gap_between(objective: float, bound: float) -> float:
    """Return ``|objective - bound|`` as a share of the larger of the two."""
    largest = max(abs(objective), abs(bound))
    if not np.isfinite(largest):
        return 1.0
    return abs(objective - bound) / largest if largest else 0.0


@dataclass
class Watch:
    """The clock of one question: time limit, cancel, progress. Changes while it runs."""

    options: SitingOptions
    started: float = field(default_factory=time.perf_counter)
    offset: float = 0.0
    _last: tuple[float, float] = (np.nan, np.nan)

    @property
    def seconds(self) -> float:
        """Seconds since the question was asked."""
        return time.perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds that remain of the time limit."""
        return max(0.0, self.options.time_limit - self.seconds)

    def stopped(self) -> bool:
        """Whether the time is up or the asker has had enough."""
        return self.left <= 0 or (self.options.cancel is not None and self.options.cancel())

    def near_enough(self, objective: float, bound: float) -> bool:
        """Whether the asker is content with this distance to the bound."""
        return gap_between(objective + self.offset, bound + self.offset) <= self.options.gap

    def tell(self, objective: float, bound: float) -> None:
        """Report progress, once for every change; `offset` restores what was set aside."""
        now = (objective + self.offset, bound + self.offset)
        if self.options.progress is not None and now != self._last:
            self._last = now
            self.options.progress(Progress(self.seconds, *now))


def examples(positions: Positions) -> str:
    """Return the first positions for a sentence."""
    shown = "、".join(str(one) for one in positions[:5])
    return shown + (" …" if len(positions) > 5 else "")


def summed(groups: Positions, weights: Floats, count: int) -> Floats:
    """Return the sum of `weights` for each of `count` groups."""
    return np.bincount(groups, weights=weights, minlength=count).astype(np.float64)


def is_whole(values: Floats) -> bool:
    """Whether every value is a whole number, so that sums are exact and bounds round."""
    return bool((values == np.floor(values)).all() and values.sum() < 2**53)


def tidy(value: float) -> float:
    """Return a whole number as int, for counts of people and strict JSON."""
    return int(value) if float(value).is_integer() else float(value)
