"""Walks after edits, searched again only where something changed.

When only service points change, the categories concerned are patched: points
that lose their service look for another one, and a new service looks for the
points around it. When streets or residents change, everything is measured
again; that takes about half a second for a district.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coverage.search import Nearest, with_added, with_removed
from coverage.standard import Standard
from coverage.walking import (
    WALKER,
    Walks,
    counting_rows,
    longest_walk_mm,
    walk_categories,
)
from geo.network import walk_graph
from geo.place import Place
from geo.snapping import OnStreets, metric_points, on_streets
from geo.streets import StreetNetwork

Rows = npt.NDArray[np.intp]


def walk_after(place: Place, walks: Walks, after: Place, standard: Standard) -> Walks:
    """Return the walks of `after`, an edited `place`, knowing the walks of `place`.

    Parameters
    ----------
    place, walks
        The place as it is and its walks under `standard`.
    after
        `coverage.scenario.apply(place, …)`.
    standard
        The question.

    Returns
    -------
    The same as ``walk_categories(after, standard)`` with the categories of `walks`.
    """
    same_ground = after.streets is place.streets and after.residents is place.residents
    if after is place:
        return walks
    if not same_ground or place.streets is None:
        return walk_categories(after, standard, categories=walks.categories)
    before_rows = counting_rows(place, standard, walks.categories)
    after_rows = counting_rows(after, standard, walks.categories)
    moved = _moved(place, after)
    millimetres, service_point = walks.millimetres.copy(), walks.service_point.copy()
    ground = _Ground(after, place.streets, standard)
    for k, code in enumerate(walks.categories):
        gone = np.union1d(np.setdiff1d(before_rows[k], after_rows[k]), _at(before_rows[k], moved))
        came = np.union1d(np.setdiff1d(after_rows[k], before_rows[k]), _at(after_rows[k], moved))
        if not len(gone) and not len(came):
            continue
        category = after.taxonomy[code]
        found = Nearest(
            walks.millimetres[:, k], walks.service_point[:, k], longest_walk_mm(category)
        )
        found = ground.patched(found, standard.walker_for(category), gone, came, after_rows[k])
        millimetres[:, k], service_point[:, k] = found.millimetres, found.service
    return Walks(
        residents=walks.residents,
        categories=walks.categories,
        millimetres=millimetres,
        service_point=service_point,
        off_network=walks.off_network,
        within_metres=walks.within_metres,
    )


def _at(rows: Rows, moved: npt.NDArray[np.bool_]) -> Rows:
    known = rows[rows < len(moved)]
    return known[moved[known]]


def _moved(place: Place, after: Place) -> npt.NDArray[np.bool_]:
    """Return which service points of `place` stand elsewhere in `after`; rows are the same."""
    before = place.service_points.geometry
    now = after.service_points.geometry.iloc[: len(before)]
    same = before.geom_equals(now, align=False) | (before.isna() & now.isna())
    elsewhere: npt.NDArray[np.bool_] = ~same.to_numpy(dtype=np.bool_)
    return elsewhere


class _Ground:
    """Residents and service points on the streets of each walker, found once."""

    def __init__(self, after: Place, network: StreetNetwork, standard: Standard) -> None:
        self.after, self.network, self.standard = after, network, standard
        self.known: dict[int, tuple[OnStreets, OnStreets]] = {}

    def patched(
        self, found: Nearest, walker: str, gone: Rows, came: Rows, counting: Rows
    ) -> Nearest:
        """Return `found` without the services `gone` and with those that `came`."""
        network, avoid = self.network, WALKER[walker].avoid
        graph = walk_graph(network, avoid=avoid)
        if avoid not in self.known:
            placed = [
                on_streets(graph, metric_points(points, network.crs, what=what))
                for points, what in (
                    (self.after.residents, "what.residents"),
                    (self.after.service_points, "what.services"),
                )
            ]
            if not self.standard.legs:
                placed = [one.without_legs() for one in placed]
            self.known[avoid] = placed[0], placed[1]
        homes, services = self.known[avoid]
        if len(gone):
            staying = np.setdiff1d(counting, came)
            found = with_removed(graph, homes, services, found, removed=gone, remaining=staying)
        if len(came):
            found = with_added(graph, homes, services, found, added=came)
        return found
