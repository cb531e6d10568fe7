"""Where boundaries overlap or leave holes, and whom that touches. Nothing is mended here."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.phrases import Phrase
from geo.problems import DOUBTFUL, Finding

# Slivers below this come from digitising twice along one line.
SLIVER_SQUARE_METRES = 100.0


def overlaps(
    communities: gpd.GeoDataFrame, origin: np.ndarray, residents: gpd.GeoDataFrame | None
) -> list[Finding]:
    """Find communities that overlap: area in square metres, and the people who live there.

    Parameters
    ----------
    communities
        Communities in a metric CRS.
    origin
        Position of the record each community came from.
    residents
        Resident points with ``people``, or None.
    """
    shapes = communities.geometry.to_numpy()
    one, other = communities.sindex.query(shapes, predicate="intersects")
    later = one > other
    one, other = one[later], other[later]
    shared = shapely.intersection(shapes[one], shapes[other])
    areas = shapely.area(shared)
    people = people_in(shared, communities, residents)
    names = communities["name"].to_numpy()
    return [
        Finding(
            int(origin[a]),
            "",
            DOUBTFUL,
            _told("overlap", count, residents, name=names[b], area=round(float(area))),
        )
        for a, b, area, count in zip(one, other, areas, people, strict=True)
        if area >= SLIVER_SQUARE_METRES
    ]


def holes(
    communities: gpd.GeoDataFrame,
    outline: shapely.Geometry | None,
    residents: gpd.GeoDataFrame | None,
) -> list[Finding]:
    """Find what no community covers: within the district's outline, else between communities."""
    whole = communities.union_all()
    if outline is not None:
        gaps = shapely.get_parts(shapely.difference(outline, whole))
    else:
        parts = shapely.get_parts(whole)
        gaps = np.array(
            [shapely.Polygon(ring) for part in parts for ring in part.interiors], dtype=object
        )
    gaps = gaps[shapely.area(gaps) >= SLIVER_SQUARE_METRES] if len(gaps) else gaps
    people = people_in(gaps, communities, residents)
    middle = gpd.GeoSeries(gaps, crs=communities.crs).representative_point().to_crs("EPSG:4326")
    return [
        Finding(
            None,
            "",
            DOUBTFUL,
            _told(
                "hole",
                count,
                residents,
                area=round(float(gap.area)),
                at=f"{point.x:.5f}, {point.y:.5f}",
            ),
        )
        for gap, count, point in zip(gaps, people, middle, strict=True)
    ]


def _told(
    fault: str, people: int, residents: gpd.GeoDataFrame | None, **values: str | int
) -> Phrase:
    """Return the sentence of a fault; without residents nobody knows whom it touches."""
    if residents is None:
        return Phrase.of(f"doubtful.{fault}_of_area", **values)
    return Phrase.of(f"doubtful.{fault}", people=int(people), **values)


def people_in(
    shapes: np.ndarray, communities: gpd.GeoDataFrame, residents: gpd.GeoDataFrame | None
) -> np.ndarray:
    """Return how many people live in each of `shapes` (0 where nobody knows)."""
    people = np.zeros(len(shapes), dtype=np.int64)
    if residents is None or not len(shapes):
        return people
    points = residents.geometry.to_crs(communities.crs).to_numpy()
    tree = shapely.STRtree(points)
    which, found = tree.query(shapes, predicate="intersects")
    np.add.at(people, which, residents["people"].to_numpy(np.int64)[found])
    return people
