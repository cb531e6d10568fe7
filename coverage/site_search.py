"""A siting question answered in the background: the quick answer first, then the proof.

A screen draws while the search runs: it reads what is known so far and may
cancel. The search itself is `coverage.proposals`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from coverage.proposals import Patience, Proposal, SiteQuestion, proposal_curve, propose
from coverage.siting import Progress
from coverage.siting_question import gap_between
from coverage.standard import Standard
from coverage.walking import Walks
from geo.background import Background
from geo.place import Place

SECONDS = 30.0
CURVE_SITES = 10
WAITING, QUICK, FINISHED = 0, 1, 2


class SiteSearch(Background):
    """One question on its way to an answer; changes while it runs.

    Parameters
    ----------
    place, standard, question
        As in `propose`.
    candidates
        A list of premises; None: points along underserved streets.
    walks
        Walks of the place under `standard`.
    seconds
        How long to look for a proof.

    Attributes
    ----------
    answer
        The best proposal so far; None before the first one.
    curve
        `proposal_curve` up to `CURVE_SITES`; None before it is known, and where
        sites have capacities, because the curve knows none.
    fault
        What stopped the search, if anything did.
    stage
        `WAITING`, `QUICK` (a first answer stands) or `FINISHED`.
    """

    def __init__(
        self,
        place: Place,
        standard: Standard,
        question: SiteQuestion,
        *,
        candidates: gpd.GeoDataFrame | None = None,
        walks: Walks | None = None,
        seconds: float = SECONDS,
    ) -> None:
        super().__init__()
        self.place, self.standard, self.question = place, standard, question
        self.candidates = candidates
        self.answer: Proposal | None = None
        self.curve: pd.DataFrame | None = None
        self.stage = WAITING
        self._walks = walks
        self._limit = seconds
        self._told: Progress | None = None

    @property
    def time_share(self) -> float:
        """How much of the time allowed is used, 0 to 1."""
        return min(1.0, self.elapsed / self._limit)

    @property
    def distance(self) -> float | None:
        """How far the answer so far may lie from the best, in percent; None before it is known."""
        if self._told is None:
            return None
        return percent_up(gap_between(self._told.objective, self._told.bound))

    def same_question(
        self,
        place: Place,
        standard: Standard,
        question: SiteQuestion,
        candidates: gpd.GeoDataFrame | None,
    ) -> bool:
        """Whether this is the search for exactly this question."""
        same_list = candidates is self.candidates
        same_place = place.content_hash == self.place.content_hash
        return same_list and same_place and (standard, question) == (self.standard, self.question)

    def _work(self) -> None:
        try:
            self._answer()
        finally:
            self.stage = FINISHED

    def _answer(self) -> None:
        first = propose(
            self.place,
            self.standard,
            self.question,
            candidates=self.candidates,
            walks=self._walks,
            patience=Patience(time_limit=0),
        )
        candidates = first.reachable.candidates
        if not first.reachable.limited:
            self.curve = proposal_curve(
                self.place,
                self.standard,
                replace(self.question, sites=CURVE_SITES),
                candidates=candidates,
                walks=self._walks,
                patience=Patience(time_limit=0),
            )
        self.answer = first
        self.stage = QUICK
        if first.siting.proven_optimal or self.cancelled:
            return
        self.answer = propose(
            self.place,
            self.standard,
            self.question,
            candidates=candidates,
            walks=self._walks,
            patience=Patience(self._limit, cancel=self._cancelled.is_set, progress=self._hear),
        )

    def _hear(self, progress: Progress) -> None:
        self._told = progress


def percent_up(share: float) -> float:
    """Return a share as percent with one decimal, rounded up so that "at most" stays true."""
    return math.ceil(share * 1000 - 1e-9) / 10
