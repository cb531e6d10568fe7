"""Walks: from residents to the nearest service, for one set or all categories of a place.

A walk is the straight leg from a point to its street, the way along streets,
and the leg at the other end, added in whole millimetres. The bound holds for
the total that is reported. ``legs=False`` leaves the legs out, as routers report
distances; the snap limit holds either way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from coverage.footing import Footing, by_footing, footing, id_order, in_rows, located
from coverage.search import UNREACHED, Nearest, nearest
from coverage.search_pairs import pairs
from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS, Standard, counting
from coverage.straight import straight_nearest
from coverage.walkers import ADULT, ELDER, WALKER, WHEELCHAIR, Walker
from geo.errors import NetworkError
from geo.network import walk_graph
from geo.place import Place
from geo.points import Points
from geo.snapping import OnStreets
from geo.street_network import StreetNetwork
from geo.tables import split_codes
from geo.taxonomy import Category

__all__ = [
    "ADULT",
    "ELDER",
    "UNREACHED",
    "WALKER",
    "WHEELCHAIR",
    "Walker",
    "Walks",
    "walk_categories",
    "walk_matrix",
    "walk_metres",
]

# Beyond the longest question the screens allow and the quicker walkers that robustness asks
# about (+20 %), so that no answer sits on the bound.
BOUND_MARGIN = 1.25


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
    footings
        Where everybody stands, per mask of edges, for what-if questions;
        empty when walks are straight lines.
    """

    residents: pd.Index
    categories: tuple[str, ...]
    millimetres: npt.NDArray[np.int32]
    service_point: npt.NDArray[np.int32]
    off_network: npt.NDArray[np.bool_]
    within_metres: float
    footings: Mapping[int, Footing] = field(default_factory=dict, repr=False)


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
    order = id_order(services.index) if len(services) else np.empty(0, dtype=np.intp)
    ends = located(graph, services, "what.services", legs=legs).take(order)
    _check_services(network, ends, within_metres)
    starts = located(graph, residents, "what.residents", legs=legs)
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
    starts = located(graph, origins, "what.origins", legs=legs)
    ends = located(graph, destinations, "what.destinations", legs=legs)
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
    members = counting_rows(place, standard, codes)
    bounds = [longest_walk_mm(place.taxonomy[code]) for code in codes]
    if place.streets is None:
        return as_walks(place, codes, straight_nearest(place, members, bounds), {})
    masks = masks_of(place, standard, codes)
    footings = {
        avoid: footing(place, place.streets, avoid, legs=standard.legs)
        for avoid in sorted({0, *masks})
    }
    answers: dict[int, Nearest] = {}
    for stand, which in by_footing(footings, masks):
        found = nearest(
            stand.graph,
            stand.residents,
            stand.services,
            members=[stand.ranks(members[k]) for k in which],
            within_mm=[bounds[k] for k in which],
        )
        answers.update(zip(which, (in_rows(one, stand) for one in found), strict=True))
    return as_walks(place, codes, [answers[k] for k in range(len(codes))], footings)


def as_walks(
    place: Place,
    codes: Sequence[str],
    answers: Sequence[Nearest],
    footings: Mapping[int, Footing],
) -> Walks:
    """Return the answers of all categories as one table."""
    people = len(place.residents)
    millimetres = np.empty((people, len(codes)), dtype=np.int32)
    service = np.empty((people, len(codes)), dtype=np.int32)
    for column, answer in enumerate(answers):
        millimetres[:, column], service[:, column] = answer.millimetres, answer.service
    # Whoever stands on no street at all is to be checked; a street closed to wheels is a fact.
    off = ~footings[0].residents.placed if footings else np.zeros(people, dtype=np.bool_)
    return Walks(
        residents=place.residents.index,
        categories=tuple(codes),
        millimetres=millimetres,
        service_point=service,
        off_network=off,
        within_metres=max((one.within_mm for one in answers), default=0) / 1000,
        footings=footings,
    )


def masks_of(place: Place, standard: Standard, codes: Sequence[str]) -> list[int]:
    """Return per category the mask of its walker."""
    return [WALKER[standard.walker_for(place.taxonomy[code])].avoid for code in codes]


def counting_rows(
    place: Place, standard: Standard, codes: Sequence[str]
) -> list[npt.NDArray[np.intp]]:
    """Return per category the rows of the service points that count."""
    rows: dict[str, list[int]] = {code: [] for code in codes}
    counts = counting(place.register, place.service_points, standard).to_numpy()
    categories = place.service_points["categories"].tolist()
    for row in np.flatnonzero(counts).tolist():
        for code in split_codes(categories[row]):
            if code in rows:
                rows[code].append(row)
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
    names = np.array([*services, pd.NA], dtype=object)[answer.service]
    # Types that know a missing value, so that <NA> is <NA> in every column of ids.
    kind = "object"
    if pd.api.types.is_integer_dtype(services.dtype):
        kind = "Int64"
    elif pd.api.types.is_string_dtype(services.dtype):
        kind = "string"
    ids = pd.Series(names, index=residents, dtype=kind)
    return pd.DataFrame({"metres": metres, "organisation_id": ids}, index=residents)
