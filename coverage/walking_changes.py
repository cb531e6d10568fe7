"""What changes in the walks when service points are added, removed, moved or closed.

Only what an edit touches is searched again: a new service point is searched
from, in its neighbourhood; of one that is gone, the residents it was nearest to
look for another. The answer is the one `walk_categories` would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.footing import Footing, Rows, id_order, in_ranks, in_rows, located
from coverage.search import Nearest, with_added, with_removed
from coverage.standard import Standard
from coverage.walking import (
    Walks,
    as_walks,
    counting_rows,
    longest_walk_mm,
    masks_of,
    walk_categories,
)
from geo.place import Place
from geo.snapping import OnStreets


@dataclass(frozen=True, eq=False)
class _Edits:
    """Service points of `after` seen from `before`.

    `old_row` gives for every row of `after` its row in `before`, -1 where it is
    new or stands elsewhere; `new_row` the reverse, -1 where it is gone or moved.
    """

    old_row: Rows
    new_row: Rows


def walks_after(walks: Walks, before: Place, after: Place, standard: Standard) -> Walks:
    """Return the walks of an edited place, from those before the edit.

    Parameters
    ----------
    walks
        ``walk_categories(before, standard)``, or what this function returned.
    before, after
        The place and its edited copy; residents and streets are the same.
        Service points are recognised by their ids; one whose point differs has
        moved, one that no longer counts is closed.
    standard
        The question of `walks`.

    Returns
    -------
    The same as ``walk_categories(after, standard)``, to the millimetre. Places
    whose streets or residents differ are computed anew.
    """
    same_ground = after.streets is before.streets and after.residents.index.equals(walks.residents)
    if not walks.footings or not same_ground:
        return walk_categories(after, standard, categories=walks.categories)
    edits = _edits(before, after)
    footings = {
        avoid: _moved_footing(stand, after, edits, legs=standard.legs)
        for avoid, stand in walks.footings.items()
    }
    members_before = counting_rows(before, standard, walks.categories)
    members_after = counting_rows(after, standard, walks.categories)
    masks = masks_of(after, standard, walks.categories)
    answers = []
    for column, code in enumerate(walks.categories):
        answer = Nearest(
            walks.millimetres[:, column],
            _follow(edits.new_row, walks.service_point[:, column]),
            longest_walk_mm(after.taxonomy[code]),
        )
        gone = walks.service_point[:, column] >= 0
        gone &= ~np.isin(answer.service, members_after[column])
        kept = np.intersect1d(members_after[column], edits.new_row[members_before[column]])
        stand = footings[masks[column]]
        answers.append(_patched(stand, answer, gone, kept, members_after[column]))
    return as_walks(after, walks.categories, answers, footings)


def _patched(
    stand: Footing, answer: Nearest, gone: npt.NDArray[np.bool_], kept: Rows, members: Rows
) -> Nearest:
    """Search again for those whose service is gone, then from the services that are new."""
    ranked = in_ranks(answer, stand)
    remaining = stand.ranks(kept)
    ranked = with_removed(
        stand.graph, stand.residents, stand.services, ranked, lost=gone, remaining=remaining
    )
    added = stand.ranks(np.setdiff1d(members, kept))
    ranked = with_added(stand.graph, stand.residents, stand.services, ranked, added=added)
    return in_rows(ranked, stand)


def _edits(before: Place, after: Place) -> _Edits:
    old, new = before.service_points, after.service_points
    old_row = old.index.get_indexer(new.index)
    known = np.flatnonzero(old_row >= 0)
    was, now = old.geometry.to_numpy()[old_row[known]], new.geometry.to_numpy()[known]
    stayed = np.array([a is b or (a is not None and a == b) for a, b in zip(was, now, strict=True)])
    old_row[known[~stayed.astype(bool)]] = -1
    new_row = np.full(len(old), -1, dtype=np.intp)
    new_row[old_row[old_row >= 0]] = np.flatnonzero(old_row >= 0)
    return _Edits(old_row, new_row)


def _follow(new_row: Rows, service: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return an answer's rows after the edit, -1 where the service point is gone."""
    return np.append(new_row, -1)[service].astype(np.int32)


def _moved_footing(stand: Footing, after: Place, edits: _Edits, *, legs: bool) -> Footing:
    """Return the footing after the edit; only new points look for their street."""
    fresh = np.flatnonzero(edits.old_row < 0)
    points = after.service_points
    found = located(stand.graph, points.iloc[fresh], "what.services", legs=legs)
    source = np.empty(len(points), dtype=np.intp)
    source[fresh] = len(stand.services) + np.arange(len(fresh))
    stayed = np.flatnonzero(edits.old_row >= 0)
    source[stayed] = stand.ranks(edits.old_row[stayed])
    order = id_order(points.index)
    services = OnStreets.joined(stand.services, found).take(source[order])
    return Footing(stand.graph, stand.residents, services, order)
