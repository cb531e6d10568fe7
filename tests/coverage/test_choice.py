"""How many organisations lie within a walk, by hand and against the nearest one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from coverage.choice import organisations_within_reach
from coverage.reach import measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.desert_place import Desert, write_desert


def _desert() -> Desert:
    first = Desert().organisations[0]
    second = first | {"organisation_id": "o8", "name": "示例二", "x": 400, "y": 100}
    twice = first | {
        "organisation_id": "o9",
        "name": "示例三",
        "category": "A3",
        "x": 400,
        "y": 400,
    }
    return Desert(organisations=[*Desert().organisations, second, twice])


def test_by_hand(tmp_path: Path) -> None:
    place = load_place(write_desert(tmp_path, _desert()))
    # A1 at (100, 100) and (400, 100), 720 m: home 0 at 0 and 300, home 1 at 600 and 300,
    # home 2 at 800 and 500, home 3 at 800 and 1100, home 4 beyond both.
    count = organisations_within_reach(place, Standard(), subject="A1")
    assert list(count) == [2, 2, 1, 0, 0]
    assert count.index.equals(place.residents.index)
    # With A3 at (400, 400) the group has one more for homes 0 and 1 (600 and 0 m) and none
    # for home 2 (800 m).
    assert list(organisations_within_reach(place, Standard(), subject="elder_care")) == [
        3,
        3,
        1,
        0,
        0,
    ]
    assert not organisations_within_reach(place, Standard(), subject="A2").any()


def test_somebody_is_covered_exactly_when_there_is_one(tmp_path: Path) -> None:
    place = load_place(write_desert(tmp_path, _desert()))
    straight = replace(place, streets=None, walking_basis="straight_line")
    for one in (place, straight):
        for standard in (Standard(), Standard(minutes=30, speed_percent=150)):
            result = measure_coverage(one, walk_categories(one, standard), standard)
            covered = result.covered[:, result.subjects.index("elder_care")]
            count = organisations_within_reach(one, standard, subject="elder_care")
            assert list(count > 0) == list(covered)
