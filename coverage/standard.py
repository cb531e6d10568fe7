"""The planner's question, validated once and passed on as one thing.

Minutes and speed act only here, in `Standard.reach_mm`: a walk is measured once,
in millimetres, and compared with the distance the question allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import QuestionError
from geo.tables import DELIVERIES, FILING_COMPLETE, LEVELS, PROVIDER_TYPES, STATES, STATES_ENDED
from geo.taxonomy import WALKERS, Category

MINUTES_BOUNDS = (5, 30)
SPEED_PERCENT_BOUNDS = (50, 150)
ELDERS_COLUMNS = ("elders", "elders_65", "elders_80")
COMMITTEE = "人民调解委员会"

# Enterprise mediation bodies serve their enterprises: they never cover residents.
PROVIDERS_FOR_RESIDENTS = tuple(provider for provider in PROVIDER_TYPES if provider != "企业")

# States that are excluded by default, counted on screen and switchable.
STATES_DOUBTFUL = tuple(s for s in STATES if s != "正常" and s not in STATES_ENDED)


@dataclass(frozen=True)
class Standard:
    """What counts as served.

    Parameters
    ----------
    minutes
        5 to 30 for every category alike, or None: each keeps its own.
    speed_percent
        50 to 150 % of the categories' own walking speeds.
    gap_below, serious_below
        Cut-offs of the covered share (this tool's defaults, not policy).
    states, levels, deliveries, providers
        Which organisations count. 注销, 撤销 and enterprises (企业) never count.
    walker
        One walker for every category, or None: each category names its own.
    elders
        Which residents column stands for older people: 60+, 65+ or 80+.
    legs
        Whether the straight legs between a point and its street are walked.
    across_border
        Whether organisations outside the district count when they are given.
    """

    minutes: int | None = None
    speed_percent: int = 100
    gap_below: float = 0.60
    serious_below: float = 0.30
    states: frozenset[str] = field(default_factory=lambda: frozenset({"正常"}))
    levels: frozenset[str] = field(default_factory=lambda: frozenset({"登记", "备案"}))
    deliveries: frozenset[str] = field(default_factory=lambda: frozenset({"到点"}))
    providers: frozenset[str] = field(default_factory=lambda: frozenset({"社会组织"}))
    walker: str | None = None
    elders: str = "elders"
    legs: bool = True
    across_border: bool = True

    def __post_init__(self) -> None:
        if self.minutes is not None:
            _within("minutes", self.minutes, MINUTES_BOUNDS)
        _within("speed_percent", self.speed_percent, SPEED_PERCENT_BOUNDS)
        if not 0 < self.serious_below <= self.gap_below <= 1:
            raise QuestionError(
                "error.cutoffs", gap_below=self.gap_below, serious_below=self.serious_below
            )
        _among("states", self.states, tuple(s for s in STATES if s not in STATES_ENDED))
        _among("levels", self.levels, LEVELS)
        _among("deliveries", self.deliveries, DELIVERIES)
        _among("providers", self.providers, PROVIDERS_FOR_RESIDENTS)
        _among("elders", {self.elders}, ELDERS_COLUMNS)
        if self.walker is not None:
            _among("walker", {self.walker}, WALKERS)

    def minutes_for(self, category: Category) -> int:
        """Return how many minutes `category` may take under this question."""
        return category.minutes if self.minutes is None else self.minutes

    def reach_mm(self, category: Category) -> int:
        """Return how far a beneficiary of `category` may walk, in whole millimetres.

        speed x minutes x percent, exact; a part of a millimetre is left off.
        """
        metres = category.metres_per_minute * self.minutes_for(category) * self.speed_percent / 100
        return int(metres * 1000)

    def walk_minutes(self, category: Category, millimetres: float) -> float:
        """Return how many minutes a walk of `millimetres` takes a beneficiary."""
        metres_per_minute = float(category.metres_per_minute) * self.speed_percent / 100
        return millimetres / 1000 / metres_per_minute

    def walker_for(self, category: Category) -> str:
        """Return the name of the walker whose edges `category` is measured on."""
        return category.walker if self.walker is None else self.walker

    def column_for(self, category: Category, available: tuple[str, ...]) -> str | None:
        """Return the residents column that counts the beneficiaries of `category`."""
        column = category.beneficiary_column(available)
        if column == "elders" and self.elders in available:
            return self.elders
        return column

    def walk_key(self) -> tuple[Any, ...]:
        """Return the part of the question that changes walks: never minutes, never speed."""
        return (
            tuple(sorted(self.states)),
            tuple(sorted(self.levels)),
            tuple(sorted(self.deliveries)),
            tuple(sorted(self.providers)),
            self.walker,
            self.legs,
            self.across_border,
        )

    def on_paper(self) -> Standard:
        """Return the same question with doubtful organisations counted (账面口径)."""
        return replace(self, states=self.states | frozenset(STATES_DOUBTFUL))

    def with_committees(self) -> Standard:
        """Return the same question with people's mediation committees counted."""
        return replace(self, providers=self.providers | {COMMITTEE})


def counting(
    register: pd.DataFrame,
    service_points: pd.DataFrame,
    standard: Standard,
    *,
    placed_only: bool = True,
) -> pd.Series:
    """Return, for every service point, whether it counts under `standard`.

    Parameters
    ----------
    register
        The register table of a place.
    service_points
        Its service points; each names an organisation of the register.
    standard
        The question.
    placed_only
        Whether a service point without a position is left out: a walk needs
        one, a visit at home does not.

    Returns
    -------
    Series of bool, indexed like `service_points`.

    Notes
    -----
    A registered organisation counts when its state is one of
    ``standard.states``. A filed one counts when its filing is complete (已备案
    or 变更) and nothing stops it: 未知 is no obstacle there, because filing
    ledgers carry no state. 台账 counts only when the question names it.
    """
    states = standard.states
    filed_states = states | {"未知"}
    state, level = register["state"], register["level"]
    complete = register["filing_status"].isin(FILING_COMPLETE)
    counts = (
        ((level == "登记") & state.isin(states))
        | ((level == "备案") & complete & state.isin(filed_states))
        | ((level == "台账") & state.isin(filed_states))
    )
    counts &= level.isin(standard.levels) & register["provider_type"].isin(standard.providers)
    of_point = counts.reindex(service_points["organisation_id"]).to_numpy(bool, na_value=False)
    here = service_points["delivery"].isin(standard.deliveries).to_numpy()
    placed = np.ones(len(service_points), dtype=np.bool_)
    if placed_only:
        placed &= ~np.asarray(service_points.geometry.isna())
    if not standard.across_border and "outside_district" in service_points.columns:
        placed &= ~service_points["outside_district"].to_numpy(dtype=bool)
    return pd.Series(of_point & here & placed, index=service_points.index, name="counts")


def _within(name: str, given: int, bounds: tuple[int, int]) -> None:
    lowest, highest = bounds
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not whole or not lowest <= given <= highest:
        raise QuestionError(
            "error.out_of_bounds", name=name, given=given, lowest=lowest, highest=highest
        )


def _among(name: str, given: frozenset[str] | set[str], allowed: tuple[str, ...]) -> None:
    foreign = set(given) - set(allowed)
    if foreign or not given:
        raise QuestionError(
            "error.not_among",
            name=name,
            given="、".join(sorted(map(str, foreign))) or "（空）",
            allowed="、".join(allowed),
        )
