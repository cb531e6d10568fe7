"""What a map is painted with: classes as one character a unit, geometry as small whole numbers.

The geometry of a place travels to the browser once; an answer travels as a
string of classes, one character a community in the order of the geometry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.papers.first_screen import whole_percents
from coverage.papers.map_classes import share_marks, telling_sizes
from coverage.papers.map_streets import LOCAL, MAIN, street_lines
from coverage.reach import CoverageResult
from coverage.standard import COMMITTEE, Standard, counting
from coverage.subjects import subject_categories
from geo.errors import TableError
from geo.place import Place
from geo.tables import STATES_ENDED, split_codes

# Degrees travel as whole numbers: 1e-5 of a degree is about a metre.
DEGREE_SCALE = 100_000
SHAPE_TOLERANCE_METRES = 2.0

ALL_GROUPS = "all"

# Marks of organisations: counts · a mediation committee · does not count under the question.
COUNTS, COMMITTEE_MARK, NOT_COUNTED = "c", "m", "x"


@dataclass(frozen=True, eq=False)
class CommunityLayer:
    """One answer as it is painted: a mark, a share and a count a community.

    `percent` is None where nobody benefits; `uncovered` counts people, None
    where a paper leaves it out. `few` are rows whose very class stays out of
    papers (`telling_sizes`); the screen is internal and paints it.
    """

    marks: str
    percent: tuple[int | None, ...]
    uncovered: tuple[int | None, ...]
    few: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class OrganisationLayer:
    """Service points to draw: whole-number degrees, a mark, a name, and the category's code."""

    at: tuple[int, ...]
    marks: str
    names: tuple[str, ...]
    categories: tuple[str, ...]
    service_point_ids: tuple[str, ...]


def community_layer(place: Place, result: CoverageResult, subject: str) -> CommunityLayer:
    """Return the answer for `subject` in the order of ``place.communities``.

    `subject` is a category or group code, or `ALL_GROUPS`: then a community
    shows its lowest group, because people are never added across groups.
    """
    rows = lowest_rows(result, subject)
    rows = rows.set_index("community_code").reindex(place.communities.index)
    shares = rows["share"].to_numpy(dtype=np.float64)
    return CommunityLayer(
        marks=share_marks(shares, result.standard),
        percent=tuple(
            None if whole is pd.NA else int(whole) for whole in whole_percents(rows["share"])
        ),
        uncovered=tuple(int(count) for count in rows["uncovered"].fillna(0)),
        few=_few(place, result, subject),
    )


def subject_rows(result: CoverageResult, subject: str) -> pd.DataFrame:
    """Return the communities of a category or group, or of every group for `ALL_GROUPS`.

    Raises
    ------
    TableError
        The result has no such category or group.
    """
    table = result.communities
    if subject == ALL_GROUPS:
        return table[table["kind"] == "group"]
    rows = table[table["category"] == subject]
    if rows.empty:
        known = "、".join(result.subjects)
        raise TableError("error.category_unknown", given=subject, known=known)
    return rows


def lowest_rows(result: CoverageResult, subject: str) -> pd.DataFrame:
    """Return one row a community: that of the subject, for `ALL_GROUPS` of its lowest group."""
    rows = subject_rows(result, subject)
    if subject == ALL_GROUPS:
        rows = rows.sort_values("share", kind="stable").drop_duplicates("community_code")
    return rows


def _few(place: Place, result: CoverageResult, subject: str) -> tuple[int, ...]:
    rows = subject_rows(result, subject)
    rows = rows[rows["basis"] == "measured"]
    telling = telling_sizes(rows["beneficiaries"].to_numpy(np.int64), result.standard)
    codes = rows.loc[telling, "community_code"].unique()
    return tuple(sorted(place.communities.index.get_indexer(codes).tolist()))


def lowest_group(result: CoverageResult, community_code: str) -> str:
    """Return the group with the lowest share in a community, as `ALL_GROUPS` paints it.

    The first group where nobody there benefits from any.
    """
    rows = lowest_rows(result, ALL_GROUPS)
    return str(rows.loc[rows["community_code"] == community_code, "category"].iloc[0])


def organisation_layer(place: Place, standard: Standard, subject: str) -> OrganisationLayer:
    """Return the service points of `subject` with a mark each; ended organisations are left out.

    Only placed points are drawn; `NOT_COUNTED` marks those that the question
    leaves out (state, level, delivery), so that a reader sees them.
    """
    points = place.service_points
    groups = place.taxonomy.groups
    if subject == ALL_GROUPS:
        wanted = {code for group in groups for code in group.categories}
    else:
        wanted = {category.code for category in subject_categories(place, subject)}
    codes = points["categories"].map(split_codes)
    first = codes.map(lambda given: next((code for code in given if code in wanted), ""))
    of_point = place.register.loc[points["organisation_id"]]
    shown = (first != "").to_numpy() & ~np.asarray(points.geometry.isna())
    shown &= ~of_point["state"].isin(STATES_ENDED).to_numpy()
    shown &= of_point["level"].isin(standard.levels).to_numpy()
    counts = counting(place.register, points, standard).to_numpy()
    marks = np.where(counts, COUNTS, NOT_COUNTED)
    marks[(of_point["provider_type"] == COMMITTEE).to_numpy() & ~counts] = COMMITTEE_MARK
    return OrganisationLayer(
        at=position_deltas(points.geometry[shown]),
        marks="".join(marks[shown]),
        names=tuple(of_point["name"][shown]),
        categories=tuple(first[shown]),
        service_point_ids=tuple(points.index[shown]),
    )


def whole_degrees(points: gpd.GeoSeries | gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Return longitude and latitude of points (n x 2) in whole 1e-5 degrees."""
    shapes = points.geometry.to_crs("EPSG:4326").to_numpy()
    return _whole(shapely.get_coordinates(shapes))


def position_deltas(points: gpd.GeoSeries | gpd.GeoDataFrame) -> tuple[int, ...]:
    """Return points as a flat list of the differences of their whole degrees."""
    return _deltas(whole_degrees(points))


def map_geometry(place: Place) -> dict[str, Any]:
    """Return everything of a place that stays the same on its map, ready for JSON.

    ``communities`` (name and rings, in the order of ``place.communities``),
    ``outline``, ``streets`` (main, local). Each line is a flat list of
    longitude and latitude differences in whole 1e-5 degrees. Public geometry
    only: no organisation is in it.
    """
    shapes = place.communities.geometry
    communities = [
        {"name": name, "rings": rings}
        for name, rings in zip(place.communities["name"], _rings(shapes), strict=True)
    ]
    outline = gpd.GeoSeries([place.outline] if place.outline is not None else [], crs=place.crs)
    streets = street_lines(place)
    return {
        "communities": communities,
        "outline": [part for rings in _rings(outline) for part in rings],
        "streets": {MAIN: _lines(streets, MAIN), LOCAL: _lines(streets, LOCAL)},
    }


def map_bounds(place: Place) -> list[list[float]]:
    """Return the south-west and north-east corner of the communities in degrees."""
    west, south, east, north = place.communities.geometry.to_crs("EPSG:4326").total_bounds
    return [[float(south), float(west)], [float(north), float(east)]]


def area_rings(place: Place, areas: gpd.GeoSeries) -> list[list[tuple[int, ...]]]:
    """Return polygons as lists of rings of whole-degree differences."""
    return [part for rings in _rings(areas.set_crs(place.crs)) for part in rings]


def compact_json(content: Any) -> str:
    """Return `content` as strict, compact JSON."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _rings(shapes: gpd.GeoSeries) -> list[list[list[tuple[int, ...]]]]:
    """Return, a shape, its polygons, each a list of rings of differences."""
    simple = shapely.simplify(shapes.to_numpy(), SHAPE_TOLERANCE_METRES)
    turned = gpd.GeoSeries(simple, crs=shapes.crs).to_crs("EPSG:4326")
    return [
        [
            [_ring(ring) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(shape)
        ]
        for shape in turned
    ]


def _ring(ring: shapely.LinearRing) -> tuple[int, ...]:
    # The browser closes a ring itself.
    return _deltas(_whole(shapely.get_coordinates(ring)[:-1]))


def _whole(degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    scaled: npt.NDArray[np.int64] = np.rint(degrees * DEGREE_SCALE).astype(np.int64)
    return scaled


def _deltas(whole: npt.NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(np.diff(whole, axis=0, prepend=[[0, 0]]).ravel().tolist())


def _lines(streets: pd.DataFrame, rank: str) -> list[tuple[int, ...]]:
    lines = streets.loc[streets["rank"] == rank, "geometry"]
    turned = gpd.GeoSeries(lines, crs=getattr(streets, "crs", None)).to_crs("EPSG:4326")
    return [_deltas(_whole(shapely.get_coordinates(line))) for line in turned]
