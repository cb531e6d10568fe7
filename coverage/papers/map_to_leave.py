"""The map as it leaves the house: which numbers stand in the file, and which classes.

A saved map answers many questions about the same people, one for every minute
of its slider. Two answers can be subtracted: whoever is reached in 11 minutes
and not in 10 may be one person. So measured people are counted for the question
that was asked and for no other; at the other minutes a map shows classes.
What remains to subtract, a class from a count, is looked at here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coverage.papers.map_classes import (
    FEW,
    class_bounds,
)
from coverage.papers.map_layers import (
    ALL_GROUPS,
    CommunityLayer,
    community_layer,
    lowest_rows,
    subject_rows,
)
from coverage.papers.suppression import BELOW
from coverage.reach import CoverageResult
from coverage.standard import Standard
from coverage.subjects import subject_categories
from geo.place import Place


def asks_alike(place: Place, one: Standard, other: Standard, subject: str) -> bool:
    """Return whether two questions of one slider reach equally far in every category."""
    subjects = (
        [group.code for group in place.taxonomy.groups] if subject == ALL_GROUPS else [subject]
    )
    categories = [category for code in subjects for category in subject_categories(place, code)]
    return all(one.reach_mm(category) == other.reach_mm(category) for category in categories)


def printable(covered: int, beneficiaries: int, standard: Standard, *, below: int = BELOW) -> bool:
    """Return whether a count may stand in a map whose other answers are classes.

    Not where people covered or uncovered are few, nor where the class of
    another answer would differ from this one by few people for certain, nor
    where a blank beside its class would itself tell one of these.

    Parameters
    ----------
    covered, beneficiaries
        People; `covered` of `beneficiaries` are within the walk.
    standard
        The question, for its cut-offs.
    below
        Counts from 1 to below - 1 are small.
    """
    bounds = list(class_bounds(beneficiaries, standard).values())
    own = next(one for one in bounds if one[0] <= covered <= one[1])
    others = [one for one in bounds if one != own]
    if any(_apart(end, end, one) < below for end in own for one in others):
        return False
    few = range(1, below)
    blank = [c for c in range(own[0], own[1] + 1) if c in few or beneficiaries - c in few]
    if not blank:
        return True
    told = len(blank) == 1 or any(_apart(blank[0], blank[-1], one) < below for one in others)
    return not told and covered not in blank


def _apart(least: int, most: int, bounds: tuple[int, int]) -> int:
    """Return by how many people two ranges of covered people can differ at most."""
    return max(abs(bounds[1] - least), abs(most - bounds[0]))


def layer_to_leave(
    place: Place, result: CoverageResult, subject: str, *, asked: bool, below: int = BELOW
) -> CommunityLayer:
    """Return `community_layer` as it leaves the house in a file of many answers.

    Parameters
    ----------
    place, result, subject
        What is painted.
    asked
        Whether it is the answer whose people may be counted in the file.
    below
        Measured counts from 1 to below - 1 are small.

    Returns
    -------
    CommunityLayer. Where people are measured: the mark `FEW` and no number for
    communities of so few people that a class tells a small count; no number
    elsewhere where `printable` says no, or this is not the answer `asked`.
    """
    layer = community_layer(place, result, subject)
    if not (subject_rows(result, subject)["basis"] == "measured").any():
        return layer
    rows = lowest_rows(result, subject).set_index("community_code")
    rows = rows.reindex(place.communities.index)
    few = set(layer.few)
    percent, uncovered = list(layer.percent), list(layer.uncovered)
    counts = rows[["covered", "beneficiaries"]].to_numpy(np.int64).tolist()
    for row, (covered, people) in enumerate(counts):
        if not people and row not in few:
            continue
        if row in few or not asked or not printable(covered, people, result.standard, below=below):
            percent[row] = uncovered[row] = None
    marks = "".join(FEW if row in few else mark for row, mark in enumerate(layer.marks))
    return replace(layer, marks=marks, percent=tuple(percent), uncovered=tuple(uncovered))
