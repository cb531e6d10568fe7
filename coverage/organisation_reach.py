"""One organisation and the people around it: how many its walk reaches, and where to draw it.

Who is reached is decided at the resident point, by the walk of the category's
own beneficiaries. Whether the organisation counts is another matter
(`coverage.uncounted`), and so is whether somebody else reaches the same people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.search import nearest
from coverage.standard import Standard
from coverage.straight import straight_nearest
from coverage.walkers import WALKER
from coverage.walking import Walks
from coverage.walking_areas import walking_bands
from geo.errors import TableError
from geo.place import Place
from geo.tables import split_codes
from geo.taxonomy import Category

AREA_MINUTES = (5, 10, 15)
WALKED_TO = "到点"
REACHED_COLUMNS = ("category", "column", "minutes", "metres", "people")


@dataclass(frozen=True, eq=False)
class DrawnArea:
    """What can be walked to within `minutes`, for drawing; `area` is in the place's CRS."""

    minutes: int
    metres: float
    area: shapely.Geometry


def own_rows(place: Place, organisation_id: str) -> npt.NDArray[np.intp]:
    """Return the rows of the service points of an organisation that can be walked to.

    Raises
    ------
    TableError
        The register has no such organisation.
    """
    if organisation_id not in place.register.index:
        raise TableError("error.organisation_unknown", given=organisation_id)
    points = place.service_points
    own = (points["organisation_id"] == organisation_id) & (points["delivery"] == WALKED_TO)
    return np.flatnonzero(own.to_numpy() & ~np.asarray(points.geometry.isna()))


def people_reached(
    place: Place, walks: Walks, standard: Standard, organisation_id: str
) -> pd.DataFrame:
    """Return how many people can walk to an organisation, a row a category of its own.

    Parameters
    ----------
    place, walks, standard
        The place, its walks under the question, and the question.
    organisation_id
        Whose.

    Returns
    -------
    DataFrame with `REACHED_COLUMNS`: the residents column counted, the
    ``minutes`` and ``metres`` the question allows, and the ``people`` within
    them. Categories without counted beneficiaries are left out; without a
    service point one can walk to, there is no row.
    """
    rows = own_rows(place, organisation_id)
    listed = place.service_points["categories"].iloc[rows].map(split_codes)
    found = []
    for code in dict.fromkeys(code for codes in listed for code in codes):
        category = place.taxonomy[code]
        column = standard.column_for(category, place.count_columns)
        if column is None:
            continue
        members = rows[[code in codes for codes in listed]]
        reach_mm = standard.reach_mm(category)
        within = _walks_to(place, walks, standard, category, members) <= reach_mm
        people = int(place.residents[column].to_numpy(np.int64)[within].sum())
        found.append((code, column, standard.minutes_for(category), reach_mm / 1000, people))
    return pd.DataFrame(found, columns=list(REACHED_COLUMNS))


def _walks_to(
    place: Place,
    walks: Walks,
    standard: Standard,
    category: Category,
    rows: npt.NDArray[np.intp],
) -> npt.NDArray[np.int32]:
    """Return every resident point's walk in millimetres to the nearest of some service points."""
    bound = standard.reach_mm(category)
    if place.streets is None:
        return straight_nearest(place, [rows], [bound])[0].millimetres
    stand = walks.footings[WALKER[standard.walker_for(category)].avoid]
    (answer,) = nearest(
        stand.graph,
        stand.residents,
        stand.services,
        members=[stand.ranks(rows)],
        within_mm=[bound],
    )
    return answer.millimetres


def drawn_areas(
    place: Place, standard: Standard, category: str, organisation_id: str
) -> tuple[DrawnArea, ...]:
    """Return the walking areas of an organisation for `AREA_MINUTES`, nearest first.

    At the speed of the beneficiaries of `category`. Without streets the areas
    are circles (直线估算): the straight line is the walk over the detour.
    """
    kind = place.taxonomy[category]
    metres = [replace(standard, minutes=one).reach_mm(kind) / 1000 for one in AREA_MINUTES]
    points = place.service_points.iloc[own_rows(place, organisation_id)].geometry
    if place.streets is None:
        shapes = [points.buffer(one / place.detour, quad_segs=32).union_all() for one in metres]
    else:
        bands = walking_bands(
            place.streets,
            points,
            within_metres=metres,
            legs=standard.legs,
            walker=WALKER[standard.walker_for(kind)],
        )
        shapes = [one.area for one in bands]
    return tuple(
        DrawnArea(minutes, length, shape)
        for minutes, length, shape in zip(AREA_MINUTES, metres, shapes, strict=True)
    )
