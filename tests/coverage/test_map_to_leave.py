"""A saved map leaves the house: subtracting its answers brings no small count back."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.papers.map_classes import (
    FEW,
    NOBODY,
    class_bounds,
    share_marks,
    telling_sizes,
)
from coverage.papers.map_layers import (
    ALL_GROUPS,
    community_layer,
)
from coverage.papers.map_to_leave import asks_alike, layer_to_leave, printable
from coverage.papers.single_map import single_map
from coverage.reach import measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import TableError
from geo.place import load_place
from tests.desert_place import CODES, SETTINGS, Desert, write_desert

HOMES = [
    # south-west: 70 elders, the last two of them reached late
    *((100 + 100 * k, 100, n) for k, n in enumerate((50, 18, 0, 2))),
    # south-east: three elders in all
    (900, 100, 2),
    (600, 300, 1),
    # north-west: 200, 40 of them far
    (100, 700, 160),
    (400, 1000, 40),
    # north-east: nobody
    (900, 900, 0),
]


def place_of(folder, *, basis: str = "measured"):
    homes = [
        (x, y, {"people": 300, "elders": n, "elders_80": 0, "disabled": 40}) for x, y, n in HOMES
    ]
    words = SETTINGS.replace('elders = "measured"', f'elders = "{basis}"')
    return load_place(write_desert(folder, Desert(homes=homes), words))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    place = place_of(tmp_path_factory.mktemp("counted"))
    return place, walk_categories(place, Standard())


@pytest.fixture(scope="module")
def estimated(tmp_path_factory):
    place = place_of(tmp_path_factory.mktemp("estimated"), basis="estimated")
    return place, walk_categories(place, Standard())


def saved(place, walks, standard, subject="elder_care", language="zh"):
    """Return what the script of a saved map is given, and the page."""
    page = single_map(place, walks, standard, subject, language)
    return json.loads(base64.b64decode(re.search(r'yike\.decode\("([^"]+)"\)', page)[1])), page


def true_counts(place, walks, standard, subject):
    result = measure_coverage(place, walks, standard)
    rows = result.communities[result.communities["category"] == subject]
    return rows.set_index("community_code").reindex(place.communities.index)


def questions(standard):
    return [replace(standard, minutes=None)] + [replace(standard, minutes=m) for m in range(5, 31)]


# ---------------------------------------------------------------- by hand


def test_of_few_people_a_class_may_tell_a_count():
    # Of 5, "30 to 60 %" is 2; of 24, "80 to 95 %" leaves 2 to 4 out; of 25, 2 to 5.
    sizes = np.array([0, 1, 3, 5, 9, 24, 25, 400])
    told = [False, True, True, True, True, True, False, False]
    assert telling_sizes(sizes, Standard()).tolist() == told
    assert telling_sizes(np.zeros(0, np.int64), Standard()).tolist() == []


@pytest.mark.parametrize("cuts", [(0.6, 0.3), (0.97, 0.5), (0.95, 0.3), (0.8, 0.1)])
def test_classes_of_so_many_people_are_those_of_their_shares(cuts):
    standard = Standard(gap_below=cuts[0], serious_below=cuts[1])
    for size in range(1, 150):
        marks = share_marks(np.arange(size + 1) / size, standard)
        found = {mark: (marks.index(mark), marks.rindex(mark)) for mark in set(marks)}
        assert class_bounds(size, standard) == found


def test_a_count_beside_a_class_that_differs_by_few_for_certain_is_not_printed():
    # 19 of 25 are under 80 %, and "80 to 95 %" would be 20 to 23: 1 to 4 more. A blank for
    # 19 alone would say 19, so all of "60 to 80 %" is blank.
    assert not printable(19, 25, Standard())
    assert not printable(97, 100, Standard())
    assert not printable(3, 100, Standard())
    # 24 and 25 are the best class of 25: a blank for 24 alone would say so.
    assert not printable(25, 25, Standard())
    assert not printable(15, 25, Standard())
    assert printable(100, 100, Standard())
    assert printable(0, 100, Standard())


def test_steps_of_equal_reach_ask_alike(measured):
    place, _ = measured
    own = Standard()
    own_minutes = {one.minutes for one in place.taxonomy if one.code in ("A1", "A2", "A3")}
    for minutes in range(5, 31):
        alike = asks_alike(place, own, Standard(minutes=minutes), "elder_care")
        assert alike == (own_minutes == {minutes})
    assert asks_alike(place, own, own, ALL_GROUPS)


def test_an_unknown_subject_is_refused(measured):
    place, walks = measured
    result = measure_coverage(place, walks, Standard())
    with pytest.raises(TableError):
        layer_to_leave(place, result, "nothing", asked=True)


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("minutes", [None, 5, 9, 10, 30])
@pytest.mark.parametrize("subject", ["elder_care", "A1"])
def test_a_reader_who_subtracts_every_step_learns_no_small_count(measured, minutes, subject):
    """The reader knows how many people live where, and reads every number and class of the file."""
    place, walks = measured
    standard = Standard(minutes=minutes)
    data, page = saved(place, walks, standard, subject)
    asked = questions(standard)
    truth = [true_counts(place, walks, one, subject) for one in asked]
    total = truth[0]["beneficiaries"].to_numpy()
    printed = 0
    for k in range(len(CODES)):
        seen = []
        for step, one, true in zip(data["steps"], asked, truth, strict=True):
            answer = step["answer"]
            covered = int(true["covered"].iloc[k])
            mark, uncovered = answer["classes"][k], answer["uncovered"][k]
            if uncovered is not None and total[k]:
                assert uncovered == total[k] - covered
                printed += 1
                seen.append((one.minutes, {int(total[k] - uncovered)}))
            else:
                assert answer["percent"][k] is None
                possible = worlds(int(total[k]), mark, one)
                if one == standard and mark not in (FEW, NOBODY):
                    possible = blanks(possible, int(total[k]), one)
                seen.append((one.minutes, possible))
            assert covered in seen[-1][1]
        assert_nothing_small(int(total[k]), seen)
    assert printed
    first = data["answer"]
    chosen = data["steps"][0 if minutes is None else minutes - 4]["answer"]
    for name in ("classes", "percent", "uncovered"):
        assert first[name] == chosen[name]
    assert "小于 5" in page


def worlds(total, mark, standard):
    """Return every number of covered people that a class leaves possible."""
    if mark == FEW:
        return set(range(total + 1))
    if mark == NOBODY:
        return {0}
    marks = share_marks(np.arange(total + 1) / total, standard)
    return {covered for covered in range(total + 1) if marks[covered] == mark}


def blanks(possible, total, standard):
    """Return what a blank leaves possible for a reader who knows how this room decides."""
    return {covered for covered in possible if not printable(covered, total, standard)}


def assert_nothing_small(total, seen):
    """A blank may say "1 to 4", never which; nothing else may say as much."""

    def small(numbers):
        return numbers <= {1, 2, 3, 4}

    for _, covered in seen:
        for numbers in (covered, {total - one for one in covered}):
            assert not (small(numbers) and len(numbers) == 1)
    for minutes, fewer in seen:
        for longer, more in seen:
            if minutes is not None and longer is not None and minutes < longer:
                # Who is reached in less is reached in more.
                gained = {b - a for a in fewer for b in more if b >= a}
                assert not small(gained), (minutes, longer)


def test_numbers_stand_for_the_question_asked_alone(measured):
    place, walks = measured
    data, _ = saved(place, walks, Standard(minutes=9))
    codes = list(place.communities.index)
    north_west, south_east = codes.index(CODES[2]), codes.index(CODES[1])
    numbered = [
        k for k, step in enumerate(data["steps"]) if step["answer"]["uncovered"][north_west]
    ]
    assert numbered == [9 - 4]
    for step in data["steps"]:
        assert step["answer"]["classes"][south_east] == FEW
        assert step["answer"]["uncovered"][south_east] is None
        assert [FEW, "人数过少，不显示等级"] in step["answer"]["words"]["legend"]
        # Nobody lives there: zero points at nobody.
        assert step["answer"]["classes"][codes.index(CODES[3])] == NOBODY


def test_all_groups_hide_what_any_group_hides(measured):
    place, walks = measured
    data, _ = saved(place, walks, Standard(), ALL_GROUPS)
    row = list(place.communities.index).index(CODES[1])
    assert {step["answer"]["classes"][row] for step in data["steps"]} == {FEW}


def test_estimates_are_all_printed(estimated):
    place, walks = estimated
    data, _ = saved(place, walks, Standard())
    for step, one in zip(data["steps"], questions(Standard()), strict=True):
        layer = community_layer(place, measure_coverage(place, walks, one), "elder_care")
        assert step["answer"]["uncovered"] == list(layer.uncovered)
        assert step["answer"]["classes"] == layer.marks
        assert not layer.few


def test_the_screen_stays_exact_and_names_what_a_picture_leaves_out(measured):
    place, walks = measured
    layer = community_layer(place, measure_coverage(place, walks, Standard()), "elder_care")
    assert FEW not in layer.marks
    assert None not in layer.uncovered
    assert layer.few == (list(place.communities.index).index(CODES[1]),)


# ---------------------------------------------------------------- law


@settings(max_examples=400, deadline=None)
@given(
    st.integers(1, 120),
    st.data(),
    st.sampled_from([(0.6, 0.3), (0.9, 0.1), (0.97, 0.5), (0.5, 0.45)]),
)
def test_no_class_beside_a_count_tells_a_few_people_for_certain(total, data, cuts):
    standard = Standard(gap_below=cuts[0], serious_below=cuts[1])
    if telling_sizes(np.array([total]), standard)[0]:
        return
    steps = sorted(data.draw(st.lists(st.integers(0, total), min_size=2, max_size=6)))
    asked = data.draw(st.integers(0, len(steps) - 1))
    marks = share_marks(np.array(steps) / total, standard)
    seen, few = [], {1, 2, 3, 4}
    for minutes, covered in enumerate(steps):
        possible = worlds(total, marks[minutes], standard)
        if minutes != asked:
            assert not possible <= few
            assert not {total - one for one in possible} <= few
        elif printable(covered, total, standard):
            possible = {covered}
        else:
            possible = blanks(possible, total, standard)
        seen.append((minutes, possible))
    assert_nothing_small(total, seen)
