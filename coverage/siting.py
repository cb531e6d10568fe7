"""Where to open next: optimisation that sees only matrices.

Rows are demand points, columns candidate sites, entries metres: sparse (absent
= beyond reach, an explicit zero = the same place) or dense (inf = beyond).
Positions come back; `coverage.proposals` gives them names and places.

Every question is answered at once by a greedy search, improved by exchange,
and then proven or bounded: `Siting.how` always says which. The options of all
questions (locks, bans, costs, budget, time limit, cancel, progress) stand in
`SitingOptions`.
"""

from __future__ import annotations

from coverage.siting_capacity import capacitated_cover, fewest_with_capacity
from coverage.siting_capacity_model import served_at
from coverage.siting_centre import p_centre
from coverage.siting_curve import cover_curve
from coverage.siting_fairness import fairest_cover, favoured_cover
from coverage.siting_fewest import fewest_sites
from coverage.siting_maximal import maximal_cover, never_covered
from coverage.siting_median import p_median
from coverage.siting_question import Progress, Siting, SitingOptions
from coverage.siting_shared import Layer, SharedSiting, shared_cover

__all__ = [
    "Layer",
    "Progress",
    "SharedSiting",
    "Siting",
    "SitingOptions",
    "capacitated_cover",
    "cover_curve",
    "fairest_cover",
    "favoured_cover",
    "fewest_sites",
    "fewest_with_capacity",
    "maximal_cover",
    "never_covered",
    "p_centre",
    "p_median",
    "served_at",
    "shared_cover",
]
