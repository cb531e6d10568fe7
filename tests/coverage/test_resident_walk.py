"""The walk of one resident point: as far as its number says, along streets, or none at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coverage.reach import explain, measure_coverage
from coverage.resident_walk import resident_walk
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import TableError
from geo.place import load_place
from tests.conftest import ROOT
from tests.desert import desert_lines
from tests.desert_place import Desert, write_desert


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


def answered(place, standard=None):
    standard = standard or Standard()
    walks = walk_categories(place, standard)
    return walks, measure_coverage(place, walks, standard)


def test_a_walk_worked_by_hand(desert):
    walks, result = answered(desert)
    walk = resident_walk(desert, walks, result, subject="elder_care", resident_point_id="h1")
    # (400, 400) to (100, 100): 600 m of streets, 12.5 minutes at 0.8 m/s.
    assert (walk.organisation_id, walk.category) == ("o1", "A1")
    assert walk.metres == 600.0
    assert walk.minutes == pytest.approx(12.5)
    assert walk.covered
    assert not walk.estimated
    assert walk.line.length == pytest.approx(600, abs=0.01)


def test_nothing_within_reach_is_no_walk(desert):
    points = desert.service_points
    place = replace(desert, service_points=points[points["organisation_id"] != "o1"])
    walks, result = answered(place)
    walk = resident_walk(place, walks, result, subject="elder_care", resident_point_id="h0")
    assert (walk.metres, walk.minutes, walk.line) == (None, None, None)
    assert walk.organisation_id == walk.service_point_id == walk.category == ""
    assert not walk.covered
    assert not walk.off_network


def test_a_point_far_from_any_street_is_to_be_checked(tmp_path):
    lines = desert_lines()
    west = lines[lines.geometry.bounds["maxx"] <= lines.total_bounds[0] + 300]
    place = load_place(write_desert(tmp_path / "west", Desert(streets=west)))
    walks, result = answered(place)
    walk = resident_walk(place, walks, result, subject="elder_care", resident_point_id="h2")
    assert walk.off_network
    assert walk.line is None
    assert not walk.covered


def test_without_streets_the_line_is_straight_and_says_so(desert):
    place = replace(desert, streets=None, walking_basis="straight_line", detour=1.5)
    walks, result = answered(place)
    walk = resident_walk(place, walks, result, subject="elder_care", resident_point_id="h1")
    assert walk.estimated
    assert len(walk.line.coords) == 2
    assert walk.metres == pytest.approx(walk.line.length * 1.5, abs=0.01)


@pytest.mark.parametrize(
    ("subject", "point"), [("nothing", "h1"), ("elder_care", "nobody"), ("", "h1")]
)
def test_what_is_not_there_is_refused(desert, subject, point):
    walks, result = answered(desert)
    with pytest.raises(TableError):
        resident_walk(desert, walks, result, subject=subject, resident_point_id=point)


def test_every_line_is_as_long_as_its_number_on_real_streets():
    place = load_place(ROOT / "data" / "wuchang")
    walks, result = answered(place)
    some = np.random.default_rng(7).choice(place.residents.index, 40, replace=False)
    for subject in ("elder_care", "B1", "C1"):
        proof = explain(place, walks, result, subject=subject)
        drawn = 0
        for point in some:
            walk = resident_walk(place, walks, result, subject=subject, resident_point_id=point)
            row = proof.points.loc[point]
            assert walk.covered == row["covered"]
            assert walk.service_point_id == row["service_point_id"]
            if walk.line is not None:
                drawn += 1
                assert walk.line.length == pytest.approx(walk.metres, abs=0.1)
                assert walk.metres == pytest.approx(row["metres"])
                assert walk.minutes == pytest.approx(row["minutes"])
        assert drawn > 20
