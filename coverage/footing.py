"""Where the people and services of a place stand on one walker's streets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.search import Nearest
from geo.network import WalkGraph, walk_graph
from geo.place import Place
from geo.points import Points, metric_points
from geo.snapping import OnStreets, on_streets
from geo.street_network import StreetNetwork

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Footing:
    """People and services on one walker's streets.

    Services stand in the order of their ids, which is their rank among equally
    near ones: ties do not hang on the order of a file. `order` gives for each
    its row in ``place.service_points``.
    """

    graph: WalkGraph
    residents: OnStreets
    services: OnStreets
    order: Rows

    def ranks(self, rows: npt.ArrayLike) -> Rows:
        """Return where rows of ``place.service_points`` stand in `services`."""
        rank = np.empty(len(self.order), dtype=np.intp)
        rank[self.order] = np.arange(len(self.order))
        return rank[np.asarray(rows, dtype=np.intp)]

    def rows_of(self, ranks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the rows of ``place.service_points`` of an answer's services, -1 for none."""
        return np.append(self.order, -1)[ranks].astype(np.int32)


def located(graph: WalkGraph, points: Points, what: str, *, legs: bool) -> OnStreets:
    """Return points on the streets of `graph`; `what` is the phrase key of what they are."""
    found = on_streets(graph, metric_points(points, graph.network.crs, what=what))
    return found if legs else found.without_legs()


def id_order(ids: pd.Index) -> Rows:
    """Return the rows in the order of their ids."""
    return np.argsort(ids.astype(str).to_numpy(dtype=object), kind="stable")


def footing(place: Place, network: StreetNetwork, avoid: int, *, legs: bool) -> Footing:
    """Return where a place's residents and service points stand for one walker."""
    graph = walk_graph(network, avoid=avoid)
    order = id_order(place.service_points.index)
    return Footing(
        graph,
        located(graph, place.residents, "what.residents", legs=legs),
        located(graph, place.service_points, "what.services", legs=legs).take(order),
        order,
    )


def by_footing(
    footings: Mapping[int, Footing], masks: Sequence[int]
) -> list[tuple[Footing, list[int]]]:
    """Return each footing with the positions in `masks` that walk on it."""
    return [
        (stand, [k for k, mask in enumerate(masks) if mask == avoid])
        for avoid, stand in footings.items()
        if avoid in masks
    ]


def in_ranks(answer: Nearest, stand: Footing) -> Nearest:
    """Return an answer that names rows of ``place.service_points`` as one that names ranks."""
    rank = np.append(stand.ranks(np.arange(len(stand.order))), -1)
    return Nearest(answer.millimetres, rank[answer.service].astype(np.int32), answer.within_mm)


def in_rows(answer: Nearest, stand: Footing) -> Nearest:
    """Return an answer that names ranks as one that names rows of ``place.service_points``."""
    return Nearest(answer.millimetres, stand.rows_of(answer.service), answer.within_mm)
