"""A siting question at a place, and how it is put to the optimiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from coverage.proposal_matrix import TODAY, Reachable
from coverage.siting import (
    Progress,
    Siting,
    SitingOptions,
    capacitated_cover,
    fairest_cover,
    fewest_sites,
    maximal_cover,
    p_centre,
    p_median,
)
from geo.errors import SitingError
from geo.place import Place

Objective = Literal["cover", "fewest", "median", "centre"]
OBJECTIVES: tuple[Objective, ...] = ("cover", "fewest", "median", "centre")


@dataclass(frozen=True)
class SiteQuestion:
    """What is asked: for which service, how many sites, to which end.

    Parameters
    ----------
    category
        Category code of the service that opens.
    sites
        How many at most. For ``fewest`` the number is the answer and this is
        not used.
    objective
        ``cover`` most people, ``fewest`` sites for `share` of the people,
        ``median`` the shortest walks in total, ``centre`` the longest walk shortest.
    share
        For ``fewest``: of all beneficiaries, 0 to 1.
    worst_off
        For ``cover``: favour the community with the smallest share first.
    locked, banned
        Candidate ids that must, or must not, be among the sites.
    budget
        What the sites may cost together; needs candidates with costs. Within
        it `sites` may be as many as there are candidates.
    group
        Code of a headline group with this category: residents whom any
        category of the group covers today are covered already. Empty: only
        the category itself counts.
    """

    category: str
    sites: int = 5
    objective: Objective = "cover"
    share: float = 1.0
    worst_off: bool = False
    locked: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    budget: float | None = None
    group: str = ""

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise SitingError(
                "error.sites_objective", given=self.objective, known="、".join(OBJECTIVES)
            )
        if self.worst_off and self.objective != "cover":
            raise SitingError("error.sites_worst_off", given=self.objective)


@dataclass(frozen=True, eq=False)
class Patience:
    """How long to search, and whom to tell.

    See `SitingOptions` for the fields.
    """

    time_limit: float = 30.0
    gap: float = 0.0
    cancel: Callable[[], bool] | None = None
    progress: Callable[[Progress], None] | None = None


def asked_options(ground: Reachable, question: SiteQuestion, patience: Patience) -> SitingOptions:
    """Return the options of the optimiser, with columns in place of ids."""
    costs = ground.candidates["cost"].to_numpy(np.float64)
    priced = bool(np.isfinite(costs).all())
    if question.budget is not None and not priced:
        raise SitingError("error.siting_budget_without_costs")
    # The fewest sites are counted, whatever they cost.
    wanted = priced and question.objective != "fewest"
    return SitingOptions(
        locked=_columns(ground, question.locked),
        banned=_columns(ground, question.banned),
        costs=np.concatenate([[0.0], costs]) if wanted else None,
        budget=question.budget,
        time_limit=patience.time_limit,
        gap=patience.gap,
        cancel=patience.cancel,
        progress=patience.progress,
    )


def _columns(ground: Reachable, ids: tuple[str, ...]) -> tuple[int, ...]:
    rows = ground.candidates.index.get_indexer(pd.Index(ids, dtype="str"))
    if (rows < 0).any():
        unknown = [one for one, row in zip(ids, rows, strict=True) if row < 0]
        raise SitingError(
            "error.sites_unknown_candidate",
            given="、".join(unknown[:5]),
            count=len(ground.candidates),
            examples="、".join(ground.candidates.index[:3]),
        )
    return tuple(int(row) + 1 for row in rows)


def put(place: Place, ground: Reachable, question: SiteQuestion, options: SitingOptions) -> Siting:
    """Put the question to the optimiser."""
    metres, people, existing = ground.metres, ground.people, [TODAY]
    near, sites = ground.within_metres, question.sites
    if question.budget is not None:
        sites = min(sites, len(ground.candidates) - len(options.banned))
    if question.objective in ("median", "centre"):
        # Residents whom nothing reaches are listed apart; they must not make every answer fail.
        rows = np.flatnonzero((people > 0) & (np.diff(metres.indptr) > 0))
        metres, people = metres[rows], people[rows]
    match question.objective:
        case "fewest":
            return fewest_sites(
                metres,
                people,
                within_metres=near,
                share=question.share,
                existing=existing,
                options=options,
            )
        case "median":
            return p_median(metres, people, sites=sites, existing=existing, options=options)
        case "centre":
            return p_centre(metres, sites=sites, existing=existing, options=options)
    if question.worst_off:
        return fairest_cover(
            metres,
            people,
            within_metres=near,
            sites=sites,
            communities=place.residents["community_code"].to_numpy(object).astype(str),
            existing=existing,
            options=options,
        )
    if ground.limited:
        return capacitated_cover(
            metres,
            people,
            within_metres=near,
            sites=sites,
            capacities=ground.capacities,
            existing=existing,
            options=options,
        )
    return maximal_cover(
        metres, people, within_metres=near, sites=sites, existing=existing, options=options
    )


def by_name(fault: SitingError, place: Place, ground: Reachable) -> SitingError:
    """Return the same fault with residents and candidates by name in place of positions."""
    ids = ["", *ground.candidates.index]
    if fault.key == "error.siting_never_covered":
        rows = np.array(fault.values["rows"], dtype=np.int64)
        codes = place.residents["community_code"].iloc[rows].value_counts().index[:5]
        names = place.communities["name"].reindex(codes)
        return SitingError(
            "error.sites_never_covered",
            people=fault.values["people"],
            count=fault.values["count"],
            possible=fault.values["possible"],
            communities="、".join(names),
            rows=fault.values["rows"],
        )
    if fault.key == "error.siting_locked_and_banned":
        positions = str(fault.values["columns"]).split("、")
        given = [ids[int(one)] for one in positions if one.isdigit()]
        return SitingError(fault.key, columns="、".join(given))
    return fault
