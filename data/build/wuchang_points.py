"""Where invented organisations serve: points beside streets, at homes, online, over the border."""

from __future__ import annotations

import numpy as np
import shapely
from draws import Draw
from wuchang_invention import Invention, unit_for

ACROSS = 16  # branches of registered organisations just outside the district
ACROSS_KINDS = ("A1", "A2", "B1", "C1", "C2", "H2")
AT_HOME = {"A1": 0.16, "A2": 0.30, "A3": 0.25, "C1": 0.10}
ONLINE = {"G2": 0.20, "B2": 0.25, "B3": 0.15, "D2": 0.08}
CAPACITY = {"A1": (15, 60), "A2": (40, 180), "C1": (10, 40), "C2": (8, 30), "D1": (20, 80)}

POINT_COLUMNS = [
    "service_point_id",
    "organisation_id",
    "categories",
    "delivery",
    "capacity",
    "located_by",
    "serves",
    "x",
    "y",
]


def add_points(made: Invention, row: dict[str, object], unit: int, *, at_office: float) -> None:
    """Add where an organisation serves: mostly one point, sometimes more, sometimes at home."""
    draw = made.draw
    category = str(row["category"])
    if row["level"] == "备案":
        located = "社区中心" if draw.chance(0.4) else "坐标"
    else:
        located = "登记住所" if draw.chance(at_office) else "地址"
    if draw.chance(0.008):
        located = "未定位"
    add_point(made, row, 1, unit, located)
    present = row["level"] == "登记" and not row["cancelled_on"]
    further = 0
    if present and category in ("A1", "A2", "C1", "H2", "J2", "E2"):
        further = draw.weighted(np.array([0.66, 0.22, 0.12]))
    for number in range(2, 2 + further):
        add_point(made, row, number, unit_for(made, category), "地址")
    if present and draw.chance(AT_HOME.get(category, 0.0) + ONLINE.get(category, 0.0)):
        delivery = "上门" if category in AT_HOME else "线上"
        add_point(made, row, 2 + further, unit, located, delivery=delivery)


def add_point(
    made: Invention,
    row: dict[str, object],
    number: int,
    unit: int,
    located: str,
    *,
    delivery: str = "到点",
) -> None:
    """Add one service point in a unit: beside a home street, or at the unit's middle."""
    units, draw = made.units, made.draw
    if located == "社区中心":
        spot = units.middle[unit]
    else:
        spot = units.points[unit][draw.weighted(units.people[unit])]
    spot = _beside(spot, units.district, draw)
    row_made = _point_row(made, row, str(number), spot, located)
    if delivery != "到点":
        row_made |= {"delivery": delivery, "serves": _served(made, unit), "capacity": ""}
    if located == "未定位":
        row_made |= {"x": np.nan, "y": np.nan}
    made.points.append(row_made)


def _point_row(
    made: Invention, row: dict[str, object], suffix: str, spot: np.ndarray, located: str
) -> dict[str, object]:
    bounds = CAPACITY.get(str(row["category"]))
    capacity = ""
    if bounds is not None and made.draw.chance(0.9):
        capacity = str(made.draw.whole(bounds[0] // 5, bounds[1] // 5) * 5)
    return {
        "service_point_id": f"{row['organisation_id']}-{suffix}",
        "organisation_id": row["organisation_id"],
        "categories": row["categories"],
        "delivery": "到点",
        "capacity": capacity,
        "located_by": located,
        "serves": "",
        "x": spot[0],
        "y": spot[1],
    }


def _beside(spot: np.ndarray, district: shapely.Geometry, draw: Draw) -> np.ndarray:
    """Step a few metres off the street, not out of the district."""
    while True:
        beside = spot + np.array([draw.whole(-8, 8), draw.whole(-8, 8)])
        if shapely.contains_xy(district, *beside):
            return np.asarray(beside)


def _served(made: Invention, unit: int) -> str:
    """Return the three to eight units nearest to an organisation that comes to the home."""
    apart = ((made.units.middle - made.units.middle[unit]) ** 2).sum(axis=1)
    nearest = np.argsort(apart, kind="stable")[: made.draw.whole(3, 8)]
    return ";".join(made.units.codes[one] for one in sorted(nearest))


def add_branches_across(made: Invention) -> None:
    """Add branches outside the district, which people at its edge can reach."""
    fit = [row for row in made.register if row["category"] in ACROSS_KINDS]
    weights = np.ones(len(fit))
    for _ in range(ACROSS):
        one = made.draw.weighted(weights)
        weights[one] = 0.0
        spot = made.units.across[made.draw.whole(0, len(made.units.across) - 1)]
        made.points.append(_point_row(made, fit[one], "区外", spot, "地址"))
