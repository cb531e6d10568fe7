"""Invent a register of Wuchang at its true scale: no row is a real organisation.

Counts and mix follow the published figures (`wuchang_names`); where the
organisations stand follows the units: many in the middle, few at the edge, and
services for elders, for mediation and for disabled people only in some units,
so that gaps are there to be seen. Draws come from `random.Random.random` alone,
whose sequence the language guarantees.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from wuchang_names import (
    ASSOCIATION,
    CENTRE_KIND,
    COMMITTEE_NAME,
    ENTERPRISE_NAME,
    FILED,
    FILED_KINDS,
    FIRST_WORDS,
    FOUNDATION,
    REGISTERED,
    REGISTERED_KINDS,
    SECOND_WORDS,
    SERVICE_ORGANISATION,
)

from geo.credit_code import check_character, organisation_check_character

SEED = 420106
AUTHORITY = "420106"  # the registering district in a credit code
FORM_DIGIT = {ASSOCIATION: "1", SERVICE_ORGANISATION: "2", FOUNDATION: "3"}

REGISTERED_STATES = {
    "正常": 455,
    "未年检": 28,
    "异常名录": 18,
    "僵尸": 15,
    "未知": 8,
    "失信名单": 6,
}
FILED_STATES = {"正常": 2702, "僵尸": 158, "未知": 74}
FILED_STATUSES = {"已备案": 2698, "变更": 132, "初审": 60, "审查": 44}
ENDED = {"注销": 79, "撤销": 165}
RATINGS = {"5A": 6, "4A": 15, "3A": 29, "2A": 12, "1A": 5}
ENTERPRISES = 19
ACROSS = 16  # branches of registered organisations just outside the district
ACROSS_KINDS = ("A1", "A2", "B1", "C1", "C2", "H2")
HOSTS = {"A": 0.30, "B1": 0.31, "C": 0.40}  # share of the units where such a service stands
TWICE = 0.5  # how much less likely a second one of a family is in the same unit
AT_HOME = {"A1": 0.16, "A2": 0.30, "A3": 0.25, "C1": 0.10}
ONLINE = {"G2": 0.20, "B2": 0.25, "B3": 0.15, "D2": 0.08}
CAPACITY = {"A1": (15, 60), "A2": (40, 180), "C1": (10, 40), "C2": (8, 30), "D1": (20, 80)}

REGISTER_COLUMNS = [
    "organisation_id",
    "name",
    "code",
    "filing_number",
    "category",
    "categories",
    "level",
    "filing_status",
    "legal_form",
    "state",
    "provider_type",
    "community_code",
    "registered_on",
    "filed_on",
    "cancelled_on",
    "last_activity",
    "inspection",
    "rating",
]
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


class Draw:
    """Repeatable draws, all made from one sequence of numbers in [0, 1)."""

    def __init__(self, seed: int) -> None:
        self._sequence = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """Return whether a thing of this probability happens."""
        return self._sequence.random() < probability

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number from lowest to highest, both included."""
        return lowest + int(self._sequence.random() * (highest - lowest + 1))

    def pick(self, things: Sequence[str]) -> str:
        """Return one of the things."""
        return things[self.whole(0, len(things) - 1)]

    def weighted(self, weights: np.ndarray) -> int:
        """Return a position, by its weight."""
        upto = np.cumsum(weights)
        found = np.searchsorted(upto, self._sequence.random() * upto[-1], side="right")
        return int(min(found, len(weights) - 1))

    def dealt(self, counts: dict[str, int]) -> list[str]:
        """Return every key as often as counted, shuffled."""
        hand = [key for key, count in counts.items() for _ in range(count)]
        for last in range(len(hand) - 1, 0, -1):
            other = self.whole(0, last)
            hand[last], hand[other] = hand[other], hand[last]
        return hand


@dataclass
class Units:
    """The units organisations stand in: codes, and home points with their people.

    `points[k]` is an (n, 2) array of metres, `people[k]` the people there,
    `middle[k]` the home point nearest to the unit's centre of people. `across`
    are home points just outside `district`.
    """

    codes: list[str]
    points: list[np.ndarray]
    people: list[np.ndarray]
    district: shapely.Geometry
    across: np.ndarray
    middle: np.ndarray = field(init=False)
    central: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        held = list(zip(self.points, self.people, strict=True))
        means = np.array([np.average(xy, axis=0, weights=people) for xy, people in held])
        nearest = [
            xy[np.argmin(((xy - mean) ** 2).sum(axis=1))]
            for xy, mean in zip(self.points, means, strict=True)
        ]
        self.middle = np.array(nearest)
        totals = np.array([of.sum() for of in self.people])
        centre = np.average(means, axis=0, weights=totals)
        metres = np.sqrt(((means - centre) ** 2).sum(axis=1))
        # Two thirds fewer organisations at four kilometres from the middle.
        self.central = np.exp(-metres / 3600.0) * np.sqrt(totals / totals.mean())


@dataclass
class Invention:
    """The rows made so far, and what keeps them apart."""

    units: Units
    draw: Draw
    hosts: dict[str, np.ndarray]
    names: set[str] = field(default_factory=set)
    register: list[dict[str, object]] = field(default_factory=list)
    points: list[dict[str, object]] = field(default_factory=list)


def invent_register(units: Units) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the register and its service points (x, y in metres, or missing)."""
    draw = Draw(SEED)
    made = Invention(units, draw, _hosts(units, draw))
    _add_registered(made)
    _add_branches_across(made)
    _add_ended(made)
    _add_filed(made)
    _add_committees(made)
    _add_enterprises(made)
    register = pd.DataFrame(made.register, columns=REGISTER_COLUMNS)
    return register, pd.DataFrame(made.points, columns=POINT_COLUMNS)


def _hosts(units: Units, draw: Draw) -> dict[str, np.ndarray]:
    """Choose the units where each of the thinly spread services stands: weights, mostly zero."""
    hosts = {}
    for family, share in HOSTS.items():
        left = units.central**0.8
        weights = np.zeros(len(left))
        for _ in range(round(share * len(left))):
            unit = draw.weighted(left)
            weights[unit] = 0.5 + units.central[unit]
            left[unit] = 0.0
        hosts[family] = weights
    return hosts


def _unit_for(made: Invention, category: str) -> int:
    """Draw the unit an organisation stands in; thin services rarely stand twice in one."""
    family = {"A1": "A", "A2": "A", "A3": "A", "B1": "B1", "C1": "C", "C2": "C"}.get(category)
    if family is None:
        return made.draw.weighted(made.units.central)
    unit = made.draw.weighted(made.hosts[family])
    made.hosts[family][unit] *= TWICE
    return unit


def _add_registered(made: Invention) -> None:
    draw = made.draw
    wanted = [
        (form, categories)
        for form, counts in REGISTERED.items()
        for categories, count in counts.items()
        for _ in range(count)
    ]
    states = draw.dealt(REGISTERED_STATES)
    # The one private mediation centre of the district is at work.
    centre = next(at for at, (_, categories) in enumerate(wanted) if categories[:2] == "B1")
    at_work = states.index("正常")
    states[centre], states[at_work] = states[at_work], states[centre]
    ratings = draw.dealt({**RATINGS, "": len(wanted) - sum(RATINGS.values())})
    for number, (form, categories) in enumerate(wanted, start=1):
        unit = _unit_for(made, categories[:2])
        state = states[number - 1]
        row = _registered_row(made, f"示例登记{number:04d}", form, categories, unit)
        row["state"] = state
        row["inspection"] = _inspection(state, draw)
        row["rating"] = ratings[number - 1] if state == "正常" else ""
        row["last_activity"] = _last_activity(state, draw)
        made.register.append(row)
        _add_points(made, row, unit, at_office=0.35)


def _add_branches_across(made: Invention) -> None:
    """Add branches outside the district, which people at its edge can reach."""
    fit = [row for row in made.register if row["category"] in ACROSS_KINDS]
    weights = np.ones(len(fit))
    for _ in range(ACROSS):
        one = made.draw.weighted(weights)
        weights[one] = 0.0
        spot = made.units.across[made.draw.whole(0, len(made.units.across) - 1)]
        made.points.append(_point_row(made, fit[one], "区外", spot, "地址"))


def _registered_row(
    made: Invention, identity: str, form: str, categories: str, unit: int
) -> dict[str, object]:
    number = len(made.register) + 1
    return {
        "organisation_id": identity,
        "name": _registered_name(made, categories[:2], number),
        "code": credit_code(form, number),
        "filing_number": "",
        "category": categories[:2],
        "categories": categories,
        "level": "登记",
        "filing_status": "",
        "legal_form": form,
        "provider_type": "社会组织",
        "community_code": made.units.codes[unit],
        "registered_on": _day(made.draw, "2001-01-01", "2022-12-31"),
        "filed_on": "",
        "cancelled_on": "",
    }


def _registered_name(made: Invention, category: str, number: int) -> str:
    kinds = REGISTERED_KINDS[category]
    first_centre = category == "B1" and not any(CENTRE_KIND in name for name in made.names)
    while True:
        kind = CENTRE_KIND if first_centre else made.draw.pick(kinds)
        word = made.draw.pick(FIRST_WORDS) + made.draw.pick(SECOND_WORDS)
        name = f"示例{word}{kind}"
        if name not in made.names:
            made.names.add(name)
            return name


def _add_ended(made: Invention) -> None:
    """Add past rows beside the 530: they never count and are never shown as present."""
    draw = made.draw
    forms = {form: sum(counts.values()) for form, counts in REGISTERED.items()}
    number = 0
    for state, count in ENDED.items():
        for _ in range(count):
            number += 1
            form = list(forms)[draw.weighted(np.array([*forms.values()], dtype=float))]
            counts = REGISTERED[form]
            mix = np.array([*counts.values()], dtype=float)
            categories = list(counts)[draw.weighted(mix)]
            unit = draw.weighted(made.units.central)
            row = _registered_row(made, f"示例历史{number:04d}", form, categories, unit)
            row["state"] = state
            row["registered_on"] = _day(draw, "1998-01-01", "2016-12-31")
            row["cancelled_on"] = _day(draw, "2019-01-01", "2024-10-31")
            row["last_activity"] = ""
            row["inspection"] = row["rating"] = ""
            made.register.append(row)
            _add_points(made, row, unit, at_office=1.0)


def _add_filed(made: Invention) -> None:
    draw = made.draw
    states = draw.dealt(FILED_STATES)
    statuses = draw.dealt(FILED_STATUSES)
    number = 0
    for categories, count in FILED.items():
        for _ in range(count):
            unit = _unit_for(made, categories[:2])
            state = states[number]
            number += 1
            row: dict[str, object] = {
                "organisation_id": f"示例备案{number:04d}",
                "name": _filed_name(made, categories[:2], unit),
                "code": "",
                "filing_number": f"示例备字〔{draw.whole(2016, 2024)}〕{number:04d}号",
                "category": categories[:2],
                "categories": categories,
                "level": "备案",
                "filing_status": statuses[number - 1],
                "legal_form": "",
                "state": state,
                "provider_type": "社会组织",
                "community_code": made.units.codes[unit],
                "registered_on": "",
                "filed_on": _day(draw, "2012-01-01", "2024-06-30"),
                "cancelled_on": "",
                "last_activity": _last_activity(state, draw),
                "inspection": "",
                "rating": "",
            }
            made.register.append(row)
            _add_points(made, row, unit, at_office=0.0)


def _filed_name(made: Invention, category: str, unit: int) -> str:
    """Name it after its unit; a second one of a kind is told apart by a word."""
    kind = made.draw.pick(FILED_KINDS[category])
    name = f"示例街区{unit + 1:03d}{kind}"
    while name in made.names:
        word = made.draw.pick(FIRST_WORDS) + made.draw.pick(SECOND_WORDS)
        name = f"示例街区{unit + 1:03d}{word}{kind}"
    made.names.add(name)
    return name


def _add_committees(made: Invention) -> None:
    """Add the mediation committee that the law asks of every community."""
    for unit, code in enumerate(made.units.codes):
        identity = f"示例调委{unit + 1:04d}"
        name = COMMITTEE_NAME.format(unit=f"{unit + 1:03d}")
        made.register.append(_ledger_row(made, identity, name, "人民调解委员会", code))
        _add_point(made, made.register[-1], 1, unit, "社区中心")


def _add_enterprises(made: Invention) -> None:
    for number in range(1, ENTERPRISES + 1):
        unit = made.draw.weighted(made.units.central)
        while True:
            word = made.draw.pick(FIRST_WORDS) + made.draw.pick(SECOND_WORDS)
            name = ENTERPRISE_NAME.format(word=word)
            if name not in made.names:
                break
        made.names.add(name)
        row = _ledger_row(made, f"示例企调{number:04d}", name, "企业", made.units.codes[unit])
        row["level"], row["filing_status"] = "台账", ""
        made.register.append(row)
        _add_point(made, row, 1, unit, "地址")


def _ledger_row(
    made: Invention, identity: str, name: str, provider: str, code: str
) -> dict[str, object]:
    blank = dict.fromkeys(REGISTER_COLUMNS, "")
    return {
        **blank,
        "organisation_id": identity,
        "name": name,
        "category": "B1",
        "categories": "B1",
        "level": "备案",
        "filing_status": "已备案",
        "state": "正常",
        "provider_type": provider,
        "community_code": code,
        "last_activity": _last_activity("正常", made.draw),
    }


def _add_points(made: Invention, row: dict[str, object], unit: int, *, at_office: float) -> None:
    """Add where an organisation serves: mostly one point, sometimes more, sometimes at home."""
    draw = made.draw
    category = str(row["category"])
    if row["level"] == "备案":
        located = "社区中心" if draw.chance(0.4) else "坐标"
    else:
        located = "登记住所" if draw.chance(at_office) else "地址"
    if draw.chance(0.008):
        located = "未定位"
    _add_point(made, row, 1, unit, located)
    present = row["level"] == "登记" and not row["cancelled_on"]
    further = 0
    if present and category in ("A1", "A2", "C1", "H2", "J2", "E2"):
        further = draw.weighted(np.array([0.66, 0.22, 0.12]))
    for number in range(2, 2 + further):
        _add_point(made, row, number, _unit_for(made, category), "地址")
    if present and draw.chance(AT_HOME.get(category, 0.0) + ONLINE.get(category, 0.0)):
        delivery = "上门" if category in AT_HOME else "线上"
        _add_point(made, row, 2 + further, unit, located, delivery=delivery)


def _add_point(
    made: Invention,
    row: dict[str, object],
    number: int,
    unit: int,
    located: str,
    *,
    delivery: str = "到点",
) -> None:
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


def _inspection(state: str, draw: Draw) -> str:
    if state == "未年检":
        return "未参加"
    return "基本合格" if state != "正常" or draw.chance(0.05) else "合格"


def _last_activity(state: str, draw: Draw) -> str:
    """Return a day: within the year where things go well, long ago where they sleep."""
    if state == "僵尸":
        return _day(draw, "2020-03-01", "2022-12-31")
    if state == "未知" or draw.chance(0.04):
        return ""
    return _day(draw, "2024-01-01", "2024-11-30")


def _day(draw: Draw, first: str, last: str) -> str:
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days
    return (pd.Timestamp(first) + pd.Timedelta(days=draw.whole(0, days))).date().isoformat()


def credit_code(form: str, number: int) -> str:
    """Return a credit code with valid check characters that no office has given out.

    Its body is DEM and a number: GB 11714 checks the body, GB 32100 the whole.
    """
    body = f"DEM{number:05d}"
    body += organisation_check_character(body)
    code = f"5{FORM_DIGIT[form]}{AUTHORITY}{body}"
    return code + check_character(code)
