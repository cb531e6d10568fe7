"""What makes the answers of a place uncertain: doubts about its streets, and who depends on them.

A walk is as true as the streets it runs on. Each row here is one thing in the
network a person should look at, with the residents whose answer hangs on it:
houses far from any street, islands of streets cut off from the rest, gates that
decide who is covered, dead ends a few steps from the next street, and walks
several times the straight line. Nothing is corrected here, and nobody's answer
changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from coverage.dead_ends import near_misses
from coverage.gate_closing import gate_dependents
from coverage.standard import Standard, counting
from coverage.walking import UNREACHED, Walks, walk_categories
from geo.errors import QuestionError, TableError
from geo.network import WalkGraph, walk_graph
from geo.phrases import Phrase
from geo.place import Place
from geo.points import metric_points
from geo.snapping import OnStreets, on_streets

# More than a minute's walk that no street vouches for, and deeper than most blocks are.
LONG_LEG_METRES = 100.0
# A regular grid costs at most 1.41 times the straight line, a river town about 2.
DETOUR_TIMES = 3.0
# Below this, legs and the width of a street alone make such a ratio.
DETOUR_METRES = 200.0

KINDS = ("beyond_limit", "long_leg", "service_leg", "island", "gate", "dead_end", "detour")
DOUBT_COLUMNS = (
    "kind",
    "phrase",
    "community_code",
    "people",
    "resident_points",
    "metres",
    "times",
    "geometry",
)

Rows = npt.NDArray[np.intp]
Metres = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Doubt:
    """One row to be: its residents (each once), how bad it is, and where."""

    kind: str
    residents: Rows
    metres: float
    geometry: shapely.Geometry
    times: float = np.nan


def network_doubts(
    place: Place,
    walks: Walks | None = None,
    *,
    standard: Standard | None = None,
    categories: Sequence[str] | None = None,
) -> gpd.GeoDataFrame:
    """Return what makes walks uncertain here, ranked by the residents who depend on it.

    Parameters
    ----------
    place
        The district. One without streets (直线估算) has no street to doubt.
    walks
        Its walks under `standard`; measured here when not given.
    standard
        The question; by default every category's own minutes and speed.
    categories
        Whose services are asked about: by default those of the headline
        groups, or all of `walks` where it carries none of them.

    Returns
    -------
    One row a doubt, most people first; index ``doubt_id``, columns
    `DOUBT_COLUMNS`, also when empty, in ``place.crs``:

    ``kind``, ``phrase``
        One of `KINDS`, and the phrase that says it (`doubt_phrase`).
    ``community_code``
        Where most of its residents live.
    ``people``, ``resident_points``
        Who depends on it, each counted once in a doubt; someone may depend on
        several doubts.
    ``metres``
        The longest leg (long_leg, service_leg), the length of street (island),
        the gap (dead_end), the longest walk, at least (detour); else NaN.
    ``times``
        Walk over straight line at its worst (detour); else NaN.

    Notes
    -----
    beyond_limit: residents no street is near enough for (待核). long_leg: a leg
    over `LONG_LEG_METRES`. service_leg: the same at a service point, with the
    residents whose nearest it is. island: streets cut off from the rest, with
    the residents who live nearer to them than to any connected street. gate:
    residents whose way leads through it and who would walk to another service
    point, or no longer be covered, were all gates closed. dead_end: a street
    that ends a few steps from another that is far to walk (`coverage.dead_ends`),
    with those who live along it. detour: the nearest service
    point on foot is over `DETOUR_TIMES` as far as the nearest one in a straight
    line, and `DETOUR_METRES` more. Legs and detours are gathered by community.

    Raises
    ------
    TableError
        `walks` are not of this place's residents.
    QuestionError
        A category that `walks` do not carry.
    """
    standard = standard or Standard()
    found: list[_Doubt] = []
    if place.streets is not None and len(place.residents):
        walks = _asked(place, walks or walk_categories(place, standard), categories)
        graph = walk_graph(place.streets)
        xy = metric_points(place.residents, place.streets.crs, what="what.residents")
        homes = on_streets(graph, xy)
        found += _legs(place, homes)
        found += _service_legs(place, graph, walks)
        found += _islands(graph, homes, xy)
        found += _gates(place, graph, walks, standard)
        found += _dead_ends(place, graph, homes)
        found += _detours(place, walks, standard)
    return _table(place, found)


def doubt_phrase(doubt: pd.Series) -> Phrase:
    """Return the sentence of one row of `network_doubts`."""
    values = ("people", "resident_points", "metres", "times")
    return Phrase.of(str(doubt["phrase"]), **{name: doubt[name] for name in values})


def _asked(place: Place, walks: Walks, categories: Sequence[str] | None) -> Walks:
    """Return the columns of `walks` that are asked about."""
    if not walks.residents.equals(place.residents.index):
        raise TableError(
            "error.walks_of_other_residents",
            place=place.place_id,
            given=len(walks.residents),
            expected=len(place.residents),
        )
    named = {code for group in place.taxonomy.groups for code in group.categories}
    headline = [code for code in walks.categories if code in named]
    codes = tuple(headline or walks.categories) if categories is None else tuple(categories)
    foreign = [code for code in codes if code not in walks.categories]
    if foreign:
        raise QuestionError("error.walks_without_category", given="、".join(foreign))
    columns = [walks.categories.index(code) for code in codes]
    return replace(
        walks,
        categories=codes,
        millimetres=walks.millimetres[:, columns],
        service_point=walks.service_point[:, columns],
    )


def _legs(place: Place, homes: OnStreets) -> Iterator[_Doubt]:
    beyond = np.flatnonzero(~homes.placed)
    for rows in _by_community(place, beyond):
        where = shapely.multipoints(np.column_stack([homes.x[rows], homes.y[rows]]))
        yield _Doubt("beyond_limit", rows, np.nan, where)
    long = np.flatnonzero(homes.placed & (homes.leg > LONG_LEG_METRES * 1000))
    for rows in _by_community(place, long):
        yield _Doubt("long_leg", rows, homes.leg[rows].max() / 1000, _leg_lines(homes.take(rows)))


def _service_legs(place: Place, graph: WalkGraph, walks: Walks) -> Iterator[_Doubt]:
    crs = graph.network.crs
    points = on_streets(graph, metric_points(place.service_points, crs, what="what.services"))
    for row in np.flatnonzero(points.placed & (points.leg > LONG_LEG_METRES * 1000)):
        depend = np.flatnonzero((walks.service_point == row).any(axis=1))
        leg = points.take(np.array([row]))
        yield _Doubt("service_leg", depend, float(leg.leg[0]) / 1000, _leg_lines(leg))


def _leg_lines(points: OnStreets) -> shapely.Geometry:
    ends = [[points.x, points.y], [points.foot_x, points.foot_y]]
    return shapely.multilinestrings(shapely.linestrings(np.moveaxis(np.array(ends), 2, 0)))


def _islands(graph: WalkGraph, homes: OnStreets, xy: Metres) -> Iterator[_Doubt]:
    if graph.matters.all():
        return
    # What is prepared for snapping belongs to the connected streets: islands need their own.
    network = replace(graph.network, prepared={})
    others = replace(graph, network=network, matters=~graph.matters)
    beside = on_streets(others, xy)
    nearer = beside.placed & (~homes.placed | (beside.leg < homes.leg))
    rows = np.flatnonzero(nearer)
    island = graph.component[network.lower[beside.edge[rows]]]
    of_edge = np.where(graph.chain >= 0, graph.component[network.lower], -1)
    for one in np.unique(island):
        edges = np.flatnonzero(of_edge == one)
        length = float(graph.component_millimetres[one]) / 1000
        yield _Doubt("island", rows[island == one], length, _street_lines(graph, edges))


def _street_lines(graph: WalkGraph, edges: Rows) -> shapely.Geometry:
    network = graph.network
    ends = np.stack([network.lower[edges], network.neighbour[edges]], axis=1)
    pieces = shapely.linestrings(np.stack([network.x[ends], network.y[ends]], axis=2))
    merged = shapely.line_merge(shapely.multilinestrings(pieces))
    return shapely.multilinestrings(shapely.get_parts(merged))


def _gates(place: Place, graph: WalkGraph, walks: Walks, standard: Standard) -> Iterator[_Doubt]:
    for node, residents in gate_dependents(place, walks, standard):
        where = shapely.Point(graph.network.x[node], graph.network.y[node])
        yield _Doubt("gate", residents, np.nan, where)


def _dead_ends(place: Place, graph: WalkGraph, homes: OnStreets) -> Iterator[_Doubt]:
    peopled = homes.placed & (place.residents["people"].to_numpy() > 0)
    chains = np.unique(homes.chain[peopled])
    for end in near_misses(graph, chains):
        rows = np.flatnonzero(homes.chain == end.chain)
        yield _Doubt("dead_end", rows, float(end.gap.length), end.gap)


def _detours(place: Place, walks: Walks, standard: Standard) -> Iterator[_Doubt]:
    """Gather, by community, residents who walk far round to what lies near in a straight line."""
    counts = counting(place.register, place.service_points, standard).to_numpy()
    kinds = place.service_points["categories"].str.get_dummies(";")
    homes = shapely.get_coordinates(place.residents.geometry.to_numpy())
    size = len(homes)
    worst, walked, nearest = np.zeros(size), np.zeros(size), np.zeros((size, 2))
    for k, code in enumerate(walks.categories):
        if code not in kinds or not (having := counts & kinds[code].to_numpy(bool)).any():
            continue
        rows = np.flatnonzero(having)
        services = shapely.get_coordinates(place.service_points.geometry.to_numpy()[rows])
        straight, which = (np.asarray(one) for one in cKDTree(services).query(homes))
        mm = walks.millimetres[:, k]
        # Beyond the bound of the search the walk is at least as long as the question allows.
        reach = standard.reach_mm(place.taxonomy[code])
        walk = np.where(mm == UNREACHED, reach, mm) / 1000
        times = walk / np.maximum(straight, 1.0)
        take = (walk - straight >= DETOUR_METRES) & (times > np.maximum(worst, DETOUR_TIMES))
        take &= ~walks.off_network
        worst[take], walked[take], nearest[take] = times[take], walk[take], services[which[take]]
    lines = shapely.linestrings(np.stack([homes, nearest], axis=1))
    for rows in _by_community(place, np.flatnonzero(worst)):
        where = shapely.multilinestrings(lines[rows])
        yield _Doubt("detour", rows, walked[rows].max(), where, worst[rows].max())


def _by_community(place: Place, rows: Rows) -> Iterator[Rows]:
    codes = place.residents["community_code"].to_numpy()[rows]
    for one in pd.unique(codes):
        yield rows[codes == one]


def _table(place: Place, found: list[_Doubt]) -> gpd.GeoDataFrame:
    """Put the doubts somebody depends on into one table, most people first."""
    people = place.residents["people"].to_numpy()
    code, names = pd.factorize(place.residents["community_code"])
    rows = []
    for one in found:
        count = int(people[one.residents].sum())
        if count:
            by_code = np.bincount(code[one.residents], weights=people[one.residents])
            words = (one.kind, f"doubt.{one.kind}", str(names[by_code.argmax()]))
            rows.append((*words, count, len(one.residents), one.metres, one.times, one.geometry))
    frame = pd.DataFrame(rows, columns=list(DOUBT_COLUMNS))
    kinds = {"people": "int64", "resident_points": "int64", "metres": "float64", "times": "float64"}
    frame = frame.astype({**dict.fromkeys(("kind", "phrase", "community_code"), "str"), **kinds})
    order = ["people", "resident_points", "kind", "community_code", "metres"]
    frame = frame.sort_values(order, ascending=[False, False, True, True, False], kind="stable")
    frame.index = pd.Index([f"d{k + 1:04d}" for k in range(len(frame))], dtype="str")
    frame.index.name = "doubt_id"
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=place.crs)
