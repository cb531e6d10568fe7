"""The coordinate check on paper: how well every reading fits, and a picture of one of them.

The picture holds numbers only, no name of anything, and needs nothing from elsewhere.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.datum_check import reading_name
from geo.datum_hypotheses import Hypothesis, positions
from geo.desk_look import DatumLook
from geo.phrases import Language, phrase

WIDTH, HEIGHT, MARGIN = 420, 300, 0.06
INSIDE, OUTSIDE = "#2f7f86", "#b5422c"
SHARES = ("in_district", "in_stated_community", "near_street")
# Readings that score less are not worth a line unless there are few.
FEWEST_READINGS, SMALLEST_SCORE = 3, 0.005


def datum_table(look: DatumLook, language: Language) -> pd.DataFrame:
    """Return one row a reading: its name, how sure, and how the points fall under it.

    Columns ``reading, sure, in_district, in_stated_community, near_street,
    median_street_metres``, the last ones only where something is known; shares as text
    in percent.
    """
    scores, shares = look.check.scores, look.check.shares
    shown = [
        key
        for at, key in enumerate(scores.index)
        if at < FEWEST_READINGS or scores.loc[key] >= SMALLEST_SCORE
    ]
    rows = []
    for key in shown:
        metres = shares.loc[key, "median_street_metres"]
        rows.append(
            {
                "reading": reading_name(str(key)).say(language),
                "sure": f"{min(scores.loc[key], 0.999):.1%}",
                **{name: _percent(shares.loc[key, name]) for name in SHARES},
                "median_street_metres": f"{metres:.0f}" if np.isfinite(metres) else "",
            }
        )
    columns = ["reading", "sure", *SHARES, "median_street_metres"]
    table = pd.DataFrame(rows, columns=columns, dtype="str")
    # Without streets, or without stated communities, there is nothing to show of them.
    return table.loc[:, (table != "").any() | table.columns.isin(["reading", "sure"])]


def declarable(look: DatumLook | None) -> tuple[str, ...]:
    """Return the systems a planner may declare for these numbers, as `geo.register_desk` names."""
    degrees = ("wgs84", "gcj02", "bd09")
    if look is None:
        return degrees
    plane = dict.fromkeys(
        crs for crs in (Hypothesis.of_key(str(key)).crs for key in look.check.scores.index) if crs
    )
    return tuple(plane) or degrees


def short_name(system: str, language: Language) -> str:
    """Return the name of a system without its explanation."""
    known = {"wgs84", "gcj02", "bd09"}
    return phrase(f"desk.system.{system}", language) if system in known else system


def inside_words(look: DatumLook, system: str, language: Language) -> str:
    """Return how many points fall inside the district when read as `system`."""
    place, district = _placed(look, system)
    inside = shapely.contains_xy(district, place[:, 0], place[:, 1])
    return phrase("desk.picture", language, inside=int(inside.sum()), points=len(place))


def datum_picture(look: DatumLook, system: str) -> str:
    """Return an SVG of the communities with the points where `system` puts them.

    Points outside the district have another colour; what lies far beyond it is cut off.
    """
    place, district = _placed(look, system)
    west, south, east, north = look.communities.total_bounds
    pad = MARGIN * max(east - west, north - south)
    scale = min(WIDTH / (east - west + 2 * pad), HEIGHT / (north - south + 2 * pad))
    middle = np.array([west + east, south + north]) / 2

    def drawn(points: np.ndarray) -> np.ndarray:
        moved = (points - middle) * scale
        return np.column_stack([WIDTH / 2 + moved[:, 0], HEIGHT / 2 - moved[:, 1]])

    rings = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn(ring)) + "Z"
        for ring in _rings(look.communities)
    )
    inside = shapely.contains_xy(district, place[:, 0], place[:, 1])
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{INSIDE if there else OUTSIDE}"/>'
        for (x, y), there in zip(drawn(place), inside, strict=True)
        if -WIDTH < x < 2 * WIDTH and -HEIGHT < y < 2 * HEIGHT
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        f'<path d="{rings}" fill="#f3f6f6" stroke="#8b9aa0" stroke-width="0.8"/>'
        f'<g fill-opacity="0.8">{dots}</g></svg>'
    )


def _placed(look: DatumLook, system: str) -> tuple[np.ndarray, shapely.Geometry]:
    swapped = f"{system}/swapped" in look.check.scores.index and look.check.swapped
    reading = Hypothesis.of_key(f"{system}/swapped" if swapped else system)
    place = positions(look.raw, reading, look.communities.crs.to_string())
    return place[np.isfinite(place).all(axis=1)], look.communities.union_all()


def _rings(shapes: gpd.GeoSeries) -> list[np.ndarray]:
    parts = shapely.get_parts(shapes[shapes.notna()].to_numpy())
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    return [shapely.get_coordinates(ring) for ring in rings]


def _percent(share: float) -> str:
    return f"{share:.0%}" if np.isfinite(share) else ""
