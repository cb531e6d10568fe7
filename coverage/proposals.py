"""Where to open next at a place: candidates, walks and people joined with the optimiser.

The question stands in `coverage.proposal_question`, its matrix in
`coverage.proposal_matrix`, the tables of the answer in `coverage.proposal_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.proposal_matrix import TODAY, Reachable, reachable
from coverage.proposal_question import (
    OBJECTIVES,
    Objective,
    Patience,
    SiteQuestion,
    asked_options,
    by_name,
    put,
)
from coverage.proposal_tables import (
    GAIN_COLUMNS,
    SITE_COLUMNS,
    gain_by_community,
    gained_people,
    never_table,
    opening_scenario,
    site_table,
)
from coverage.scenario_edits import Scenario
from coverage.siting import (
    Siting,
    cover_curve,
)
from coverage.standard import Standard
from coverage.walking import Walks
from geo.errors import SitingError
from geo.place import Place

__all__ = [
    "GAIN_COLUMNS",
    "OBJECTIVES",
    "SITE_COLUMNS",
    "Objective",
    "Patience",
    "Proposal",
    "Reachable",
    "SiteQuestion",
    "proposal_curve",
    "propose",
    "reachable",
]


@dataclass(frozen=True, eq=False)
class Proposal:
    """Sites to open, what each buys, and the scenario that opens them.

    Attributes
    ----------
    question, siting
        What was asked and what the optimiser said; `siting.chosen` are rows of
        ``reachable.candidates`` plus one.
    sites
        `SITE_COLUMNS`, index ``candidate_id``, in the order of opening:
        ``gain`` is what a site adds to the ones before it, in people covered.
    gains
        `GAIN_COLUMNS`: each site's gain per community; sums close.
    never
        Beneficiaries per community (``community_code``, ``community``,
        ``people``) whom neither today nor any candidate reaches.
    scenario
        The edits that open the sites.
    """

    question: SiteQuestion
    siting: Siting
    reachable: Reachable
    sites: gpd.GeoDataFrame
    gains: pd.DataFrame
    never: pd.DataFrame
    scenario: Scenario

    @property
    def extra(self) -> int:
        """Beneficiaries newly covered by all sites together."""
        return int(self.sites["gain"].sum())

    @property
    def covered_before(self) -> int:
        """Beneficiaries covered today."""
        ground = self.reachable
        today = ground.metres[:, [TODAY]].tocoo()
        rows = today.row[today.data <= ground.within_metres]
        return int(ground.people[rows].sum())


def propose(
    place: Place,
    standard: Standard,
    question: SiteQuestion,
    *,
    candidates: gpd.GeoDataFrame | None = None,
    walks: Walks | None = None,
    patience: Patience | None = None,
) -> Proposal:
    """Answer where to open next.

    Parameters
    ----------
    place, standard, question
        The place, what counts as served, and what is asked.
    candidates
        `coverage.candidates.read_candidates`; None: points along underserved
        streets. Where all candidates have a capacity, no site serves more.
    walks
        Walks of the place under `standard`, where they are known already.
    patience
        Time limit, cancel, progress.

    Raises
    ------
    SitingError
        The question has no answer as it was put; the sentence says what would
        make it have one.
    """
    patience = patience or Patience()
    farther = question.objective in ("median", "centre")
    ground = reachable(
        place,
        standard,
        question.category,
        candidates=candidates,
        walks=walks,
        farther=farther,
        group=question.group,
    )
    options = asked_options(ground, question, patience)
    try:
        siting = put(place, ground, question, options)
    except SitingError as fault:
        raise by_name(fault, place, ground) from fault
    return _proposal(place, ground, question, siting)


def proposal_curve(
    place: Place,
    standard: Standard,
    question: SiteQuestion,
    *,
    candidates: gpd.GeoDataFrame | None = None,
    walks: Walks | None = None,
    patience: Patience | None = None,
) -> pd.DataFrame:
    """Return what 1, 2, … ``question.sites`` sites cover, each with its candidate.

    Returns
    -------
    `coverage.siting.cover_curve` with ``candidate_id`` and ``name`` in place
    of the column position.
    """
    ground = reachable(
        place,
        standard,
        question.category,
        candidates=candidates,
        walks=walks,
        group=question.group,
    )
    try:
        curve = cover_curve(
            ground.metres,
            ground.people,
            within_metres=ground.within_metres,
            up_to=min(question.sites, len(ground.candidates)),
            existing=[TODAY],
            options=asked_options(ground, question, patience or Patience()),
        )
    except SitingError as fault:
        raise by_name(fault, place, ground) from fault
    rows = curve["column"].to_numpy(np.int64) - 1
    named = curve.drop(columns="column")
    named.insert(1, "candidate_id", ground.candidates.index.to_numpy()[rows])
    named.insert(2, "name", ground.candidates["name"].to_numpy()[rows])
    return named


def _proposal(place: Place, ground: Reachable, question: SiteQuestion, siting: Siting) -> Proposal:
    rows = np.array(siting.chosen, dtype=np.intp) - 1
    gained = gained_people(ground, siting)
    gains = [
        gain_by_community(place, ground, row, people, order)
        for order, (row, people) in enumerate(zip(rows, gained, strict=True), start=1)
    ]
    empty = pd.DataFrame(columns=list(GAIN_COLUMNS))
    sites = site_table(place, ground, rows, gains)
    return Proposal(
        question=question,
        siting=siting,
        reachable=ground,
        sites=sites,
        gains=pd.concat(gains, ignore_index=True) if gains else empty,
        never=never_table(place, ground),
        scenario=opening_scenario(place, question.category, sites),
    )
