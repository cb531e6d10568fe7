"""One organisation: why it does not count, whom it reaches, where its walking areas lie."""

from __future__ import annotations

import itertools
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from coverage.organisation_reach import (
    AREA_MINUTES,
    REACHED_COLUMNS,
    drawn_areas,
    own_rows,
    people_reached,
)
from coverage.standard import STATES_DOUBTFUL, Standard, counting
from coverage.uncounted import REASONS, reasons_against
from coverage.walking import walk_categories
from geo.errors import TableError
from geo.place import load_place
from geo.tables import DELIVERIES, FILING_STATUSES, LEVELS, PROVIDER_TYPES, STATES
from tests.desert import ORIGIN
from tests.desert_place import Desert, write_desert


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


def straight(place, detour=1.3):
    return replace(place, streets=None, walking_basis="straight_line", detour=detour)


def every_kind() -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return a register with every combination there is, and its service points."""
    kinds = list(itertools.product(LEVELS, FILING_STATUSES, STATES, PROVIDER_TYPES))
    ids = [f"o{k}" for k in range(len(kinds))]
    register = pd.DataFrame(
        kinds, columns=["level", "filing_status", "state", "provider_type"], index=ids
    )
    rows = list(itertools.product(ids, DELIVERIES, (None, shapely.Point(1, 1)), (False, True)))
    points = gpd.GeoDataFrame(
        {
            "organisation_id": [row[0] for row in rows],
            "delivery": [row[1] for row in rows],
            "outside_district": [row[3] for row in rows],
        },
        geometry=[row[2] for row in rows],
        crs="EPSG:32650",
        index=[f"p{k}" for k in range(len(rows))],
    )
    return register, points


@pytest.mark.parametrize(
    "standard",
    [
        Standard(),
        Standard().on_paper(),
        Standard().with_committees(),
        Standard(levels=frozenset({"台账"}), states=frozenset({"正常", "未知"})),
        Standard(deliveries=frozenset(DELIVERIES), across_border=False),
        Standard(states=frozenset(STATES_DOUBTFUL)),
    ],
)
def test_what_has_no_reason_against_it_counts_and_nothing_else(standard):
    register, points = every_kind()
    before = register.copy(), points.copy()
    against = reasons_against(register, points, standard)
    assert tuple(against.columns) == REASONS
    counts = counting(register, points, standard)
    assert ((~against.any(axis=1)) == counts).all()
    pd.testing.assert_frame_equal(register, before[0])
    pd.testing.assert_frame_equal(pd.DataFrame(points), pd.DataFrame(before[1]))


def test_reasons_of_an_empty_table_keep_their_columns():
    register, points = every_kind()
    assert tuple(reasons_against(register, points.iloc[:0], Standard()).columns) == REASONS


def test_people_reached_as_counted_by_hand(desert):
    # o1 stands at (100, 100); 15 minutes at 0.8 m/s are 720 m of Manhattan walk:
    # (100, 100) and (400, 400) are within, (900, 100) and (100, 900) are 800 m away.
    walks = walk_categories(desert, Standard())
    before = desert.residents.copy()
    table = people_reached(desert, walks, Standard(), "o1")
    assert tuple(table.columns) == REACHED_COLUMNS
    assert table.to_dict("records") == [
        {"category": "A1", "column": "elders", "minutes": 15, "metres": 720.0, "people": 60}
    ]
    faster = people_reached(desert, walks, Standard(speed_percent=120), "o1")
    assert faster["people"].tolist() == [100]
    pd.testing.assert_frame_equal(pd.DataFrame(desert.residents), pd.DataFrame(before))


def test_a_straight_line_walk_is_the_line_times_the_detour(desert):
    place = straight(desert, detour=1.5)
    walks = walk_categories(place, Standard())
    # (400, 400) is 424 m away, 636 m with the detour; (900, 100) is 1,200 m.
    assert people_reached(place, walks, Standard(), "o1")["people"].tolist() == [60]
    shorter = Standard(minutes=13)
    assert people_reached(place, walks, shorter, "o1")["people"].tolist() == [20]


def test_whether_it_counts_does_not_change_whom_it_reaches(desert):
    register = desert.register.copy()
    register.loc["o1", "state"] = "异常名录"
    place = replace(desert, register=register)
    walks = walk_categories(place, Standard())
    assert people_reached(place, walks, Standard(), "o1")["people"].tolist() == [60]


def test_one_that_nobody_walks_to_has_no_row(desert):
    points = desert.service_points.copy()
    points.loc[points["organisation_id"] == "o1", "delivery"] = "上门"
    place = replace(desert, service_points=points)
    walks = walk_categories(place, Standard())
    table = people_reached(place, walks, Standard(), "o1")
    assert table.empty
    assert tuple(table.columns) == REACHED_COLUMNS
    assert all(one.area.is_empty for one in drawn_areas(place, Standard(), "A1", "o1"))


def test_an_unknown_organisation_is_refused(desert):
    with pytest.raises(TableError, match="nobody"):
        own_rows(desert, "nobody")


def test_walking_areas_lie_inside_each_other_and_claim_what_is_walked(desert):
    areas = drawn_areas(desert, Standard(), "A1", "o1")
    assert tuple(one.minutes for one in areas) == AREA_MINUTES
    assert [one.metres for one in areas] == [240.0, 480.0, 720.0]
    for inner, outer in itertools.pairwise(areas):
        assert outer.area.buffer(3).covers(inner.area)
    # 240 m from (100, 100): the crossing 200 m on is in, the one at 300 m is not.
    spot = lambda east, north: shapely.Point(ORIGIN[0] + east, ORIGIN[1] + north)  # noqa: E731
    assert areas[0].area.covers(spot(100, 300))
    assert not areas[0].area.covers(spot(100, 400))
    assert not areas[0].area.covers(spot(300, 300))


def test_without_streets_the_areas_are_circles(desert):
    areas = drawn_areas(straight(desert, detour=1.5), Standard(), "A1", "o1")
    for one in areas:
        radius = one.metres / 1.5
        west, _, east, _ = one.area.bounds
        assert east - west == pytest.approx(2 * radius, rel=1e-3)


def test_two_service_points_reach_everybody_once(tmp_path):
    organisations = (
        {"organisation_id": "o1", "name": "示例甲", "category": "A1", "x": 100, "y": 100},
        {"organisation_id": "o2", "name": "示例乙", "category": "A1", "x": 900, "y": 100},
    )
    place = load_place(write_desert(tmp_path / "two", Desert(organisations=organisations)))
    points = place.service_points.copy()
    points["organisation_id"] = "o1"
    place = replace(place, service_points=points)
    walks = walk_categories(place, Standard())
    # 60 as before, and 10 at (900, 100).
    assert people_reached(place, walks, Standard(), "o1")["people"].tolist() == [70]
