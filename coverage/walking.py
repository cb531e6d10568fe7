"""Walks: from residents to the nearest service, for one set or all categories of a place.

A walk is the straight leg from a point to its street, the way along streets,
and the leg at the other end, added in whole millimetres. The bound holds for
the total that is reported. ``legs=False`` leaves the legs out, as routers report
distances; the snap limit holds either way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from coverage.search import UNREACHED as UNREACHED
from coverage.search import Nearest, nearest
from coverage.search_pairs import pairs
from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS, Standard, counting
from coverage.straight import straight_nearest
from geo.errors import NetworkError
from geo.network import WalkGraph, walk_graph
from geo.osm import KERB, NARROW, NO_WHEELS, STEPS
from geo.place import Place
from geo.snapping import OnStreets, Points, metric_points, on_streets
from geo.streets import StreetNetwork
from geo.tables import split_codes
from geo.taxonomy import Category

# Beyond the longest question the screens allow, so that no answer sits on the bound.
BOUND_MARGIN = 1.05


@dataclass(frozen=True)
class Walker:
    """Who walks: which edges are closed to them. Speed is the Standard's business."""

    name: str
    avoid: int = 0


ADULT = Walker("adult")
ELDER = Walker("elder")
# Wheels: no stairs, raised kerbs or stiles. A plain gate is no obstacle, only a doubt.
WHEELCHAIR = Walker("wheelchair", STEPS | KERB | NARROW | NO_WHEELS)
WALKER: Mapping[str, Walker] = {one.name: one for one in (ADULT, ELDER, WHEELCHAIR)}


@dataclass(frozen=True, eq=False)
class Walks:
    """The nearest counting service point of every resident point, for every category.

    Parameters
    ----------
    residents
        ``resident_point_id``: the rows of the arrays.
    categories
        Category codes: their columns.
    millimetres
        Int32: the walk; `UNREACHED` beyond the bound or off the network.
    service_point
        Int32: row in ``place.service_points``, -1 for none.
    off_network
        Bool per resident point: beyond the snap limit of any street that
        matters (待核).
    within_metres
        The longest walk looked at, over all categories.
    """

    residents: pd.Index
    categories: tuple[str, ...]
    millimetres: npt.NDArray[np.int32]
    service_point: npt.NDArray[np.int32]
    off_network: npt.NDArray[np.bool_]
    within_metres: float


def walk_metres(
    network: StreetNetwork,
    residents: Points,
    services: Points,
    *,
    within_metres: float,
    legs: bool = True,
    walker: Walker = ADULT,
) -> pd.DataFrame:
    """Return every resident's walk to the nearest service.

    Parameters
    ----------
    network
        The streets.
    residents, services
        Points in any declared CRS, each with unique ids.
    within_metres
        The longest walk looked at; it bounds the total reported.
    legs
        Whether the straight legs between points and streets are walked.
    walker
        Whose edges.

    Returns
    -------
    One row a resident, in their order: ``metres`` (inf when unreached) and
    ``organisation_id`` (the index value of `services`, ``<NA>`` when
    unreached). Among equally near services the lower id wins.

    Raises
    ------
    GeographyError, TableError
        No CRS, shapes that are not points, broken coordinates, doubled ids.
    NetworkError
        No service at all, all of them far outside, or an unusable bound.
    """
    within_mm = _within_mm(within_metres)
    graph = walk_graph(network, avoid=walker.avoid)
    order = _id_order(services.index) if len(services) else np.empty(0, dtype=np.intp)
    ends = _located(graph, services, "what.services", legs=legs).take(order)
    _check_services(network, ends, within_metres)
    starts = _located(graph, residents, "what.residents", legs=legs)
    every = np.arange(len(order))
    (answer,) = nearest(graph, starts, ends, members=[every], within_mm=[within_mm])
    return _as_table(answer, residents.index, services.index[order])


def walk_matrix(
    network: StreetNetwork,
    origins: Points,
    destinations: Points,
    *,
    within_metres: float,
    legs: bool = True,
    walker: Walker = ADULT,
) -> sparse.csr_array:
    """Return the walks between all origins and destinations within reach.

    Parameters and errors as `walk_metres`.

    Returns
    -------
    Sparse matrix of metres, origins x destinations: absent is beyond
    `within_metres`, an explicit zero is the same place.
    """
    within_mm = _within_mm(within_metres)
    graph = walk_graph(network, avoid=walker.avoid)
    starts = _located(graph, origins, "what.origins", legs=legs)
    ends = _located(graph, destinations, "what.destinations", legs=legs)
    matrix = pairs(graph, starts, ends, within_mm=within_mm)
    matrix.data /= 1000.0
    return matrix


def walk_categories(
    place: Place, standard: Standard, *, categories: Sequence[str] | None = None
) -> Walks:
    """Return every resident point's walk to the nearest counting service point.

    The one slow step of a question; everything after it is arithmetic.

    Parameters
    ----------
    place
        The district.
    standard
        The question: which service points count, whose edges, with or without
        legs. Its minutes and speed do not act here.
    categories
        Category codes; by default all of the place's taxonomy.
    """
    codes = place.taxonomy.codes if categories is None else tuple(categories)
    wanted = [place.taxonomy[code] for code in codes]
    members = counting_rows(place, standard, codes)
    bounds = [longest_walk_mm(category) for category in wanted]
    if place.streets is None:
        answers = straight_nearest(place, members, bounds)
        off_network = np.zeros(len(place.residents), dtype=np.bool_)
    else:
        answers, off_network = _on_network(place, place.streets, standard, wanted, members, bounds)
    shape = (len(place.residents), 0)
    return Walks(
        residents=place.residents.index,
        categories=codes,
        millimetres=np.column_stack([np.empty(shape, np.int32)] + [a.millimetres for a in answers]),
        service_point=np.column_stack([np.empty(shape, np.int32)] + [a.service for a in answers]),
        off_network=off_network,
        within_metres=max(bounds, default=0) / 1000,
    )


def _on_network(
    place: Place,
    network: StreetNetwork,
    standard: Standard,
    wanted: Sequence[Category],
    members: Sequence[npt.NDArray[np.intp]],
    bounds: Sequence[int],
) -> tuple[list[Nearest], npt.NDArray[np.bool_]]:
    """Search the categories of each walker together; also say who is off the network."""
    answers: dict[int, Nearest] = {}
    everyone = _located(walk_graph(network), place.residents, "what.residents", legs=standard.legs)
    masks = [WALKER[standard.walker_for(category)].avoid for category in wanted]
    for avoid in sorted(set(masks)):
        graph = walk_graph(network, avoid=avoid)
        which = [k for k, mask in enumerate(masks) if mask == avoid]
        starts = (
            _located(graph, place.residents, "what.residents", legs=standard.legs)
            if avoid
            else everyone
        )
        ends = _located(graph, place.service_points, "what.services", legs=standard.legs)
        found = nearest(
            graph,
            starts,
            ends,
            members=[members[k] for k in which],
            within_mm=[bounds[k] for k in which],
        )
        answers.update(zip(which, found, strict=True))
    return [answers[k] for k in range(len(wanted))], ~everyone.placed


def counting_rows(place: Place, standard: Standard, codes: Sequence[str]) -> list[npt.NDArray[np.intp]]:
    """Return per category the rows of the service points that count."""
    rows: dict[str, list[int]] = {code: [] for code in codes}
    counts = counting(place.register, place.service_points, standard).to_numpy()
    for row in np.flatnonzero(counts):
        for code in split_codes(place.service_points["categories"].iat[row]):
            if code in rows:
                rows[code].append(int(row))
    return [np.array(rows[code], dtype=np.intp) for code in codes]


def longest_walk_mm(category: Category) -> int:
    """Return the longest walk any question can ask of a category, and a little more."""
    longest = category.metres_per_minute * MINUTES_BOUNDS[1] * SPEED_PERCENT_BOUNDS[1] / 100
    return int(float(longest) * 1000 * BOUND_MARGIN)


def _within_mm(within_metres: float) -> int:
    if not (math.isfinite(within_metres) and 0 < within_metres * 1000 < UNREACHED):
        raise NetworkError("error.within_metres", given=within_metres)
    # 719.9999999999999 is what a program means by 720.
    return math.floor(within_metres * 1000 + 1e-6)


def _located(graph: WalkGraph, points: Points, what: str, *, legs: bool) -> OnStreets:
    found = on_streets(graph, metric_points(points, graph.network.crs, what=what))
    return found if legs else found.without_legs()


def _id_order(ids: pd.Index) -> npt.NDArray[np.intp]:
    """Return the rows in the order of their ids, so that ties do not hang on the file's order."""
    return np.argsort(ids.astype(str).to_numpy(dtype=object), kind="stable")


def _check_services(network: StreetNetwork, services: OnStreets, within_metres: float) -> None:
    """Refuse services none of which any walk of this length could reach: a wrong CRS, mostly."""
    if not len(services):
        raise NetworkError("error.services_none")
    x = np.maximum(network.x.min() - services.x, services.x - network.x.max())
    y = np.maximum(network.y.min() - services.y, services.y - network.y.max())
    apart = np.hypot(np.maximum(x, 0), np.maximum(y, 0))
    apart = apart[np.isfinite(apart)]
    if len(apart) and apart.min() > within_metres + network.snap_limit_metres:
        raise NetworkError("error.services_far", count=len(services), metres=float(apart.min()))


def _as_table(answer: Nearest, residents: pd.Index, services: pd.Index) -> pd.DataFrame:
    reached = answer.service >= 0
    metres = np.where(reached, answer.millimetres / 1000.0, np.inf)
    ids: Any = pd.array(services).take(answer.service, allow_fill=True)
    names = pd.Series(ids, index=residents).convert_dtypes(
        convert_integer=True, convert_floating=False
    )
    return pd.DataFrame({"metres": metres, "organisation_id": names}, index=residents)
