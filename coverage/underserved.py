"""Underserved areas (服务薄弱片区): where uncovered residents live close together.

Community borders cut such areas in two, so they are found from the resident
points alone: a cluster of uncovered beneficiaries by DBSCAN on metric
distance, every point weighted by its people.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

from coverage.reach import CoverageResult
from geo.errors import QuestionError
from geo.place import Place

AREA_COLUMNS = (
    "subject",
    "people",
    "communities",
    "main_community_code",
    "main_community",
    "share_of_uncovered",
    "missing",
    "geometry",
)

# This tool's defaults, not policy: points within a block's length of each other belong
# together, and an area is worth a line on the list from a few hundred people on.
NEIGHBOUR_METRES = 200.0
CORE_PEOPLE = 100
AREA_PEOPLE = 200
CORE = 1  # the taxonomy's mark of a core category
GRID_METRES = 0.01  # neighbours' borders that differ by less fit together


def neighbour_distance(place: Place) -> float:
    """Return how close resident points must be to lie in one area, in metres.

    A block's length; where points stand farther apart than that (the middles of
    grid cells), half as far again as the usual distance to the nearest one.
    """
    points = shapely.get_coordinates(place.residents.geometry.to_numpy())
    if len(points) < 2:  # a point needs another to be near
        return NEIGHBOUR_METRES
    metres = np.asarray(cKDTree(points).query(points, k=2)[0])
    return max(NEIGHBOUR_METRES, 1.5 * float(np.median(metres[:, 1])))


def underserved_areas(
    place: Place,
    result: CoverageResult,
    *,
    subject: str,
    neighbour_metres: float | None = None,
    core_people: int = CORE_PEOPLE,
    area_people: int = AREA_PEOPLE,
) -> gpd.GeoDataFrame:
    """Return the clusters of residents whom `subject` does not reach.

    Parameters
    ----------
    place, result
        The place and its measured question.
    subject
        A category or group code.
    neighbour_metres
        Points closer than this lie in one area; None: `neighbour_distance`.
    core_people
        Uncovered beneficiaries within that distance that make a place dense.
    area_people
        Areas with fewer uncovered beneficiaries are left out.

    Returns
    -------
    GeoDataFrame with `AREA_COLUMNS`, most people first, index ``area_id``;
    `geometry` is for drawing only and keeps to the communities' polygons, so it
    claims no water between them. Named after the community most of its people
    live in. ``missing`` holds the core categories, joined by ``;``, whose share
    of the area's residents is that of a gap (of those `result` was measured for).
    """
    if neighbour_metres is None:
        neighbour_metres = neighbour_distance(place)
    if neighbour_metres <= 0 or core_people < 1 or area_people < 1:
        raise QuestionError("error.area_settings")
    column = result.district.loc[result.district["category"] == subject, "column"].iloc[0]
    lacking = ~result.covered[:, result.subjects.index(subject)]
    people = place.residents[column].to_numpy(np.int64)
    chosen = np.flatnonzero(lacking & (people > 0))
    if len(chosen) == 0:
        return _areas([], place)
    points = place.residents.geometry.to_numpy()[chosen]
    found = DBSCAN(eps=neighbour_metres, min_samples=core_people).fit_predict(
        shapely.get_coordinates(points), sample_weight=people[chosen]
    )
    rows = pd.DataFrame(
        {
            "area": found,
            "people": people[chosen],
            "community_code": place.residents["community_code"].to_numpy()[chosen],
            "point": points,
        }
    )
    total = int(people[chosen].sum())
    core, cut = _core_categories(place, result), result.standard.gap_below
    areas = [
        _area(place, subject, of, total, neighbour_metres)
        | {"missing": _missing(core, chosen[of.index], cut)}
        for _, of in rows[rows["area"] >= 0].groupby("area", sort=True)
        if of["people"].sum() >= area_people
    ]
    return _areas(areas, place)


_Core = tuple[str, npt.NDArray[np.int64], npt.NDArray[np.bool_]]


def _core_categories(place: Place, result: CoverageResult) -> list[_Core]:
    """Return every measured core category with its beneficiaries and who is covered."""
    columns = result.district.set_index("category")["column"]
    return [
        (
            category.code,
            place.residents[columns[category.code]].to_numpy(np.int64),
            result.covered[:, result.subjects.index(category.code)],
        )
        for category in place.taxonomy
        if category.core == CORE and category.code in result.subjects
    ]


def _missing(core: list[_Core], inside: npt.NDArray[np.intp], gap_below: float) -> str:
    """Return the categories that are a gap among the resident points `inside`."""
    found = []
    for code, people, covered in core:
        total = int(people[inside].sum())
        if total and int(people[inside][covered[inside]].sum()) / total < gap_below:
            found.append(code)
    return ";".join(found)


def _area(
    place: Place, subject: str, rows: pd.DataFrame, total: int, neighbour_metres: float
) -> dict[str, object]:
    per_community = rows.groupby("community_code")["people"].sum()
    main = str(per_community.idxmax())
    people = int(rows["people"].sum())
    # Half the neighbour distance out and a quarter back: neighbours melt into one shape
    # that hugs the points and claims nothing beyond them.
    discs = shapely.buffer(rows["point"].to_numpy(), neighbour_metres / 2, quad_segs=4)
    shape = shapely.buffer(shapely.union_all(discs), -neighbour_metres / 4)
    homes = place.communities.geometry.loc[per_community.index].to_numpy()
    parts = shapely.get_parts(
        shapely.intersection(shape, shapely.union_all(homes, grid_size=GRID_METRES))
    )
    # Where shape and border only touch, the intersection leaves points and lines.
    shape = shapely.union_all(parts[shapely.area(parts) > 0])
    return {
        "subject": subject,
        "people": people,
        "communities": len(per_community),
        "main_community_code": main,
        "main_community": place.communities.at[main, "name"],
        "share_of_uncovered": people / total,
        "geometry": shapely.simplify(shape, 5.0),
    }


def _areas(areas: list[dict[str, object]], place: Place) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(areas, columns=list(AREA_COLUMNS), geometry="geometry", crs=place.crs)
    frame = frame.sort_values("people", ascending=False, kind="stable")
    names = [f"area-{k + 1:03d}" for k in range(len(frame))]
    return frame.set_axis(pd.Index(names, name="area_id", dtype="str"))
