"""Invent a register of Wuchang at its true scale: no row is a real organisation.

Counts and mix follow the published figures (`wuchang_names`); where the
organisations stand follows the units: many in the middle, few at the edge, and
services for elders, for mediation and for disabled people only in some units,
so that gaps are there to be seen. Draws come from `random.Random.random` alone,
whose sequence the language guarantees.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from draws import Draw
from wuchang_invention import Invention, Units, hosts_of, unit_for
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
from wuchang_points import POINT_COLUMNS, add_branches_across, add_point, add_points

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


def invent_register(units: Units) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the register and its service points (x, y in metres, or missing)."""
    draw = Draw(SEED)
    made = Invention(units, draw, hosts_of(units, draw))
    _add_registered(made)
    add_branches_across(made)
    _add_ended(made)
    _add_filed(made)
    _add_committees(made)
    _add_enterprises(made)
    register = pd.DataFrame(made.register, columns=REGISTER_COLUMNS)
    return register, pd.DataFrame(made.points, columns=POINT_COLUMNS)


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
        unit = unit_for(made, categories[:2])
        state = states[number - 1]
        row = _registered_row(made, f"示例登记{number:04d}", form, categories, unit)
        row["state"] = state
        row["inspection"] = _inspection(state, draw)
        row["rating"] = ratings[number - 1] if state == "正常" else ""
        row["last_activity"] = _last_activity(state, draw)
        made.register.append(row)
        add_points(made, row, unit, at_office=0.35)


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
            add_points(made, row, unit, at_office=1.0)


def _add_filed(made: Invention) -> None:
    draw = made.draw
    states = draw.dealt(FILED_STATES)
    statuses = draw.dealt(FILED_STATUSES)
    number = 0
    for categories, count in FILED.items():
        for _ in range(count):
            unit = unit_for(made, categories[:2])
            state = states[number]
            number += 1
            filed_on = _day(draw, "2012-01-01", "2024-06-30")
            row: dict[str, object] = {
                "organisation_id": f"示例备案{number:04d}",
                "name": _filed_name(made, categories[:2], unit),
                "code": "",
                "filing_number": f"示例备字〔{filed_on[:4]}〕{number:04d}号",
                "category": categories[:2],
                "categories": categories,
                "level": "备案",
                "filing_status": statuses[number - 1],
                "legal_form": "",
                "state": state,
                "provider_type": "社会组织",
                "community_code": made.units.codes[unit],
                "registered_on": "",
                "filed_on": filed_on,
                "cancelled_on": "",
                "last_activity": _last_activity(state, draw),
                "inspection": "",
                "rating": "",
            }
            made.register.append(row)
            add_points(made, row, unit, at_office=0.0)


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
        add_point(made, made.register[-1], 1, unit, "社区中心")


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
        add_point(made, row, 1, unit, "地址")


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
