"""Why another department's figure differs: one question counted in every usual way.

The same services and the same distance give different percentages when areas,
households or communities are counted instead of people, or when the walk is
drawn as a circle. Standing side by side, the figures explain each other.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.reach import CoverageResult
from coverage.standard import counting
from coverage.subjects import subject_categories
from coverage.walking import Walks
from geo.place import Place
from geo.tables import split_codes

WAYS = (
    "people_network",
    "beneficiaries_network",
    "households_network",
    "beneficiaries_circle",
    "beneficiaries_circle_detour",
    "area_circle",
    "communities_reached",
    "communities_with_one",
)
# Neighbours' borders differ by less than this; on a common grid they fit together.
GRID_METRES = 0.01
RECONCILIATION_COLUMNS = ("subject", "way", "numerator", "denominator", "share", "unit")


def reconcile(place: Place, walks: Walks, result: CoverageResult, *, subject: str) -> pd.DataFrame:
    """Return the coverage of one subject, counted in every way a department might.

    Parameters
    ----------
    place, walks, result
        The place, its walks, and the measured question.
    subject
        A category or group code.

    Returns
    -------
    DataFrame with `RECONCILIATION_COLUMNS`, one row a way of counting, in the
    order of `WAYS`; a way whose counts the place lacks has no row. Only
    ``beneficiaries_network`` is this tool's figure; the others are there to be
    compared with it. ``unit`` is people, households, hectares or communities.
    """
    covered = result.covered[:, result.subjects.index(subject)]
    district = result.district[result.district["category"] == subject].iloc[0]
    circle, circle_detour, area = _circles(place, result, subject)
    rows = []

    def row(way: str, numerator: float, denominator: float, unit: str) -> None:
        share = numerator / denominator if denominator else np.nan
        rows.append((subject, way, numerator, denominator, share, unit))

    def counted(way: str, column: str, mask: npt.NDArray[np.bool_], unit: str) -> None:
        if column in place.count_columns:
            counts = place.residents[column].to_numpy(np.int64)
            row(way, int(counts[mask].sum()), int(counts.sum()), unit)

    counted("people_network", "people", covered, "people")
    counted("beneficiaries_network", district["column"], covered, "people")
    counted("households_network", "households", covered, "households")
    counted("beneficiaries_circle", district["column"], circle, "people")
    counted("beneficiaries_circle_detour", district["column"], circle_detour, "people")
    units = shapely.union_all(place.communities.geometry.to_numpy(), grid_size=GRID_METRES)
    inside = shapely.intersection(area, units, grid_size=GRID_METRES)
    row("area_circle", shapely.area(inside) / 1e4, shapely.area(units) / 1e4, "hectares")
    communities = result.communities[result.communities["category"] == subject]
    peopled = communities[communities["beneficiaries"] > 0]
    reached = int((peopled["share"] >= result.standard.gap_below).sum())
    row("communities_reached", reached, len(peopled), "communities")
    row("communities_with_one", int((peopled["has_one"] > 0).sum()), len(peopled), "communities")
    return pd.DataFrame(rows, columns=list(RECONCILIATION_COLUMNS))


def _circles(
    place: Place, result: CoverageResult, subject: str
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], shapely.Geometry]:
    """Return who lies in a circle, who in a circle shrunk by the detour, and the circles."""
    homes = place.residents.geometry
    circle = np.zeros(len(homes), dtype=np.bool_)
    shrunk = np.zeros(len(homes), dtype=np.bool_)
    discs = []
    for category in subject_categories(place, subject):
        services = _services(place, result, category.code)
        radius = result.standard.reach_mm(category) / 1000
        if services.empty:
            continue
        straight = _straight_metres(homes, services)
        circle |= straight <= radius
        shrunk |= straight * place.detour <= radius
        discs.append(shapely.union_all(shapely.buffer(services.to_numpy(), radius)))
    return circle, shrunk, shapely.union_all(discs)


def _services(place: Place, result: CoverageResult, code: str) -> gpd.GeoSeries:
    counts = counting(place.register, place.service_points, result.standard)
    serves = place.service_points["categories"].map(lambda codes: code in split_codes(codes))
    return place.service_points.geometry[counts & serves]


def _straight_metres(homes: gpd.GeoSeries, services: gpd.GeoSeries) -> npt.NDArray[np.float64]:
    tree = shapely.STRtree(services.to_numpy())
    (of, _), metres = tree.query_nearest(homes.to_numpy(), return_distance=True, all_matches=False)
    found = np.full(len(homes), np.inf)
    found[of] = metres
    return found
