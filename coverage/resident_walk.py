"""The walk of one resident point to the nearest counting service of a category or a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from coverage.reach import CoverageResult
from coverage.subjects import nearest_of
from coverage.walked_path import walked_path
from coverage.walkers import WALKER
from coverage.walking import UNREACHED, Walks
from geo.errors import TableError
from geo.place import Place


@dataclass(frozen=True, eq=False)
class ResidentWalk:
    """One walk.

    Parameters
    ----------
    resident_point_id
        Who walks.
    service_point_id, organisation_id, category
        Where to, and which of the subject's categories; empty when nothing
        lies within the search bound.
    metres, minutes
        Of the walk, at the speed of that category's beneficiaries; None when
        there is none.
    covered
        Whether it is within what the question allows.
    off_network
        Whether the point stands beyond the snap limit of any street (待核).
    line
        The walk in the place's CRS; None when there is none.
    estimated
        Whether `line` is the straight line of an estimate (直线估算), which
        nobody walks.
    """

    resident_point_id: str
    service_point_id: str
    organisation_id: str
    category: str
    metres: float | None
    minutes: float | None
    covered: bool
    off_network: bool
    line: shapely.LineString | None
    estimated: bool


def resident_walk(
    place: Place,
    walks: Walks,
    result: CoverageResult,
    *,
    subject: str,
    resident_point_id: str,
) -> ResidentWalk:
    """Return how a resident point walks to the nearest counting service of `subject`.

    Parameters
    ----------
    place, walks, result
        The place, its walks and the answer to the question.
    subject
        A category or group code.
    resident_point_id
        Who walks.

    Raises
    ------
    TableError
        The subject or the resident point is unknown.
    """
    if subject not in result.subjects:
        known = "、".join(result.subjects)
        raise TableError("error.category_unknown", given=subject, known=known)
    if resident_point_id not in place.residents.index:
        raise TableError("error.resident_point_unknown", given=resident_point_id)
    row = int(place.residents.index.get_indexer([resident_point_id])[0])
    nearest = nearest_of(place, walks, subject)
    millimetres, at = int(nearest.millimetres[row]), int(nearest.service_point[row])
    reached = millimetres != UNREACHED
    category = nearest.categories[int(nearest.category[row])]
    points = place.service_points
    walker = result.standard.walker_for(category)
    return ResidentWalk(
        resident_point_id=resident_point_id,
        service_point_id=str(points.index[at]) if reached else "",
        organisation_id=str(points["organisation_id"].iloc[at]) if reached else "",
        category=category.code if reached else "",
        metres=millimetres / 1000 if reached else None,
        minutes=result.standard.walk_minutes(category, millimetres) if reached else None,
        covered=bool(result.covered[row, result.subjects.index(subject)]),
        off_network=bool(walks.off_network[row]),
        line=_line(place, walks, row, at, walker) if reached else None,
        estimated=place.streets is None,
    )


def _line(place: Place, walks: Walks, row: int, at: int, walker: str) -> shapely.LineString | None:
    home, service = place.residents.iloc[[row]], place.service_points.iloc[[at]]
    if place.streets is None:
        ends = shapely.get_coordinates([home.geometry.iloc[0], service.geometry.iloc[0]])
        return shapely.LineString(np.asarray(ends))
    path = walked_path(
        place.streets,
        home.geometry,
        service.geometry,
        within_metres=walks.within_metres,
        walker=WALKER[walker],
    )
    return None if path is None else path.line
