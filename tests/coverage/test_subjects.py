"""What can be measured at a place, and the nearest walk of a category or a group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coverage.standard import Standard
from coverage.subjects import nearest_of, subject_categories, subject_named, subjects_of
from coverage.walking import UNREACHED, Walks, walk_categories
from geo.errors import TableError
from geo.place import Place, load_place
from tests.desert_place import Desert, write_desert

STANDARD = Standard()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    meals = {"organisation_id": "o4", "name": "示例食堂", "category": "A2", "x": 900, "y": 200}
    desert = Desert(organisations=[*Desert().organisations, meals])
    return load_place(write_desert(tmp_path_factory.mktemp("subjects"), desert))


@pytest.fixture(scope="module")
def walks(place: Place) -> Walks:
    return walk_categories(place, STANDARD)


def test_categories_with_counted_beneficiaries_then_whole_groups(
    place: Place, walks: Walks
) -> None:
    subjects = {one.code: one for one in subjects_of(place, walks, STANDARD)}
    kinds = [one.kind for one in subjects.values()]
    assert kinds == sorted(kinds)  # categories before groups
    assert (subjects["A1"].column, subjects["A1"].categories) == ("elders", ("A1",))
    assert subjects["elder_care"].categories == ("A1", "A2", "A3")
    assert (subjects["elder_care"].column, subjects["elder_care"].kind) == ("elders", "group")
    assert subjects["disability"].column == "disabled"


def test_who_is_not_counted_cannot_be_measured(place: Place, walks: Walks) -> None:
    without = replace(place, count_columns=("people", "elders", "elders_80"))
    codes = {one.code for one in subjects_of(without, walks, STANDARD)}
    assert {"A1", "elder_care", "mediation"} <= codes
    assert not {"C1", "C2", "disability"} & codes
    some = walk_categories(place, STANDARD, categories=["A1", "B1"])
    # A group of which a category was not walked is not measured in part.
    assert [one.code for one in subjects_of(place, some, STANDARD)] == ["A1", "B1", "mediation"]


def test_codes_of_categories_and_groups_are_known_or_refused(place: Place) -> None:
    assert [one.code for one in subject_categories(place, "disability")] == ["C1", "C2"]
    assert [one.code for one in subject_categories(place, "B1")] == ["B1"]
    assert subject_named(place, "disability").code == "disability"
    assert subject_named(place, "A1").code == "A1"
    for ask in (subject_categories, subject_named):
        with pytest.raises(TableError, match="Q7"):
            ask(place, "Q7")


def test_the_nearest_of_a_group_by_hand(place: Place, walks: Walks) -> None:
    nearest = nearest_of(place, walks, "elder_care")
    # Day care at (100, 100), meals at (900, 200): homes 0 and 1 walk 0 and 600 m to the first,
    # the home at (900, 100) 100 m to the second, those in the north 800 m and 700 m.
    assert nearest.metres.tolist() == [0, 600, 100, 800, 700]
    codes = [nearest.categories[k].code for k in nearest.category]
    assert codes == ["A1", "A1", "A2", "A1", "A2"]
    ids = place.service_points["organisation_id"].to_numpy()[nearest.service_point]
    assert ids.tolist() == ["o1", "o1", "o4", "o1", "o4"]
    # Elders walk 0.8 m/s.
    assert nearest.minutes(STANDARD)[1] == pytest.approx(600 / 0.8 / 60)
    slow = Standard(speed_percent=50)
    assert nearest.minutes(slow)[1] == pytest.approx(2 * 600 / 0.8 / 60)


def test_a_group_is_the_least_of_its_categories(place: Place, walks: Walks) -> None:
    for group in place.taxonomy.groups:
        parts = [nearest_of(place, walks, code).millimetres for code in group.categories]
        whole = nearest_of(place, walks, group.code)
        assert whole.millimetres.tolist() == np.min(parts, axis=0).tolist()


def test_beyond_the_bound_there_is_neither_walk_nor_service(place: Place, walks: Walks) -> None:
    nobody = nearest_of(place, walks, "A3")
    assert (nobody.millimetres == UNREACHED).all()
    assert (nobody.service_point == -1).all()
    assert np.isnan(nobody.metres).all()
    assert np.isnan(nobody.minutes(STANDARD)).all()


def test_walks_are_left_alone(place: Place, walks: Walks) -> None:
    before = walks.millimetres.copy(), walks.service_point.copy()
    nearest_of(place, walks, "elder_care")
    assert (walks.millimetres == before[0]).all() and (walks.service_point == before[1]).all()
