"""The story of a meeting: chosen by hand on the desert grid, and said in both languages."""

from __future__ import annotations

import dataclasses

import pytest

from coverage.gaps import gap_list
from coverage.papers.first_screen import group_shares, headline
from coverage.papers.map_content import answer_content, map_words
from coverage.papers.map_layers import community_layer, organisation_layer
from coverage.papers.story import (
    AFTER,
    CHAPTERS,
    COMMUNITY,
    DISTRICT,
    PROPOSAL,
    SUBDISTRICT,
    both,
    change,
    story_question,
    story_subject,
    tell,
    turned,
)
from coverage.papers.story_map import meeting_content, story_outline, story_picked, story_view
from coverage.papers.story_words import (
    after_words,
    community_words,
    district_words,
    edit_answer,
    footing_words,
    position_words,
    proposal_words,
    subdistrict_words,
)
from coverage.proposals import SiteQuestion, propose
from coverage.reach import measure_coverage
from coverage.scenario import AddOrganisation, CloseOrganisation, Scenario, measure_scenario
from coverage.side_by_side import outcome_today
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.desert import ORIGIN
from tests.desert_place import CODES, Desert, write_desert

STANDARD = Standard()
GROUP = "elder_care"
NORTH_WEST = "420106002001"


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


@pytest.fixture(scope="module")
def today(desert):
    return outcome_today(desert, walk_categories(desert, STANDARD), STANDARD)


def told(place, outcome, subject=GROUP):
    gaps = gap_list(
        place,
        outcome.walks,
        outcome.result,
        kind="category" if subject in place.taxonomy else "group",
    )
    return tell(place, outcome.result, gaps[gaps["category"] == subject], subject)


@pytest.fixture(scope="module")
def story(desert, today):
    return told(desert, today)


OPENING = AddOrganisation("new", "示例新站", ("A1",), (ORIGIN[0] + 100, ORIGIN[1] + 800))


def test_the_story_leads_where_the_share_is_lowest(story):
    # 100 elders; o1 covers the 60 in the south-west. North: 30 of 30 uncovered, south: 10 of 70.
    assert (story.district.beneficiaries, story.district.uncovered) == (100, 40)
    assert story.district.share == pytest.approx(0.6)
    assert (story.district.communities, story.district.gaps, story.district.serious) == (4, 2, 2)
    assert story.subdistricts == 2
    assert (story.subdistrict.name, story.subdistrict.share) == ("北街道", 0.0)
    assert story.part_of_uncovered == pytest.approx(0.75)
    assert (story.community.code, story.community.uncovered) == (NORTH_WEST, 30)
    assert story.community.has_one == 0
    # (100, 900) to (100, 100): 800 m at 48 m a minute.
    assert story.nearest.organisation == "示例日间照料"
    assert story.nearest.minutes == pytest.approx(800 / 48)
    assert not story.nearest.at_home


def test_what_an_opening_changes_closes_to_the_person(story, today):
    after = measure_scenario(today, Scenario("", (OPENING,)), STANDARD)
    found = change(story, today, after)
    assert (found.share_before, found.share) == (pytest.approx(0.6), pytest.approx(0.9))
    assert (found.uncovered_before, found.uncovered, found.gained, found.lost) == (40, 10, 30, 0)
    assert (found.gaps_closed, found.gaps_opened, found.gaps_left, found.serious_left) == (
        1,
        0,
        1,
        1,
    )
    assert found.subdistrict == (0.0, 1.0)
    assert found.community == (0.0, 1.0)
    closed = measure_scenario(today, Scenario("", (CloseOrganisation("o1"),)), STANDARD)
    worse = change(story, today, closed)
    assert (worse.gained, worse.lost, worse.uncovered, worse.gaps_opened) == (0, 60, 100, 1)


def test_a_place_where_nobody_benefits_tells_of_nobody(tmp_path):
    homes = [(100, 100, {"people": 5, "elders": 0, "elders_80": 0, "disabled": 0})]
    place = load_place(write_desert(tmp_path / "none", Desert(homes=homes)))
    walks = walk_categories(place, STANDARD)
    outcome = outcome_today(place, walks, STANDARD)
    story = told(place, outcome)
    assert story.subdistrict is None
    assert story.community is None
    assert story.district.share is None
    for language in ("zh", "en"):
        assert district_words(place, story, None, language).figure == "—"
        assert subdistrict_words(place, story, language).lines == ()
        assert community_words(place, story, language).figure == "—"
    assert story_view(place, story, COMMUNITY, None) == story_view(place, story, DISTRICT, None)
    assert story_outline(place, story, SUBDISTRICT) == []


def test_without_a_gap_the_lowest_community_is_shown(tmp_path):
    homes = [
        (100, 100, {"people": 9, "elders": 9, "elders_80": 0, "disabled": 0}),
        (900, 100, {"people": 9, "elders": 2, "elders_80": 0, "disabled": 0}),
        (600, 100, {"people": 9, "elders": 8, "elders_80": 0, "disabled": 0}),
    ]
    place = load_place(write_desert(tmp_path / "fine", Desert(homes=homes)))
    outcome = outcome_today(place, walk_categories(place, STANDARD), STANDARD)
    story = told(place, outcome)
    # South-east: 8 of 10 covered, which is no gap but the lowest.
    assert story.community.code == CODES[1]
    assert story.nearest is None
    assert any("没有缺口" in line for line in community_words(place, story, "zh").lines)


def test_all_groups_are_told_by_the_group_that_heads_the_list(desert, today):
    gaps = gap_list(desert, today.walks, today.result, kind="group")
    assert story_subject(desert, gaps, "A2") == "A2"
    assert story_subject(desert, gaps, "all") == gaps["category"].iloc[0]
    assert story_subject(desert, gaps.iloc[:0], "all") == GROUP


def test_the_group_is_sought_by_its_farthest_category(desert):
    # A1 may walk 15 minutes, A2 ten at the same speed.
    reach = {one: STANDARD.reach_mm(desert.taxonomy[one]) for one in ("A1", "A2", "A3")}
    asked = story_question(desert, STANDARD, GROUP)
    assert reach[asked.category] == max(reach.values())
    assert asked.group == GROUP
    assert story_question(desert, STANDARD, "A2") == SiteQuestion("A2", sites=3)


def test_pages_turn_within_their_ends():
    assert turned(DISTRICT, 1) == SUBDISTRICT
    assert turned(DISTRICT, -1) == DISTRICT
    assert turned(AFTER, 1) == AFTER
    assert turned(PROPOSAL, -len(CHAPTERS)) == DISTRICT


def test_edits_add_up_and_leave_their_parts_alone():
    first, second = Scenario("a", (OPENING,), crs="EPSG:32650"), Scenario("b", (OPENING,))
    joined = both(first, second)
    assert (len(joined.edits), joined.crs) == (2, "EPSG:32650")
    assert (len(first.edits), len(second.edits)) == (1, 1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_carry_the_figures(desert, today, story, language):
    found = propose(desert, STANDARD, story_question(desert, STANDARD, GROUP), walks=today.walks)
    after = measure_scenario(today, found.scenario, STANDARD)
    made = change(story, today, after)
    cards = headline(
        desert,
        today.result,
        gap_list(desert, today.walks, today.result, kind="group"),
        on_paper=group_shares(desert, today.walks, STANDARD),
        with_committees=group_shares(desert, today.walks, STANDARD),
    )
    card = next(one for one in cards if one.group.code == GROUP)
    first = district_words(desert, story, card, language)
    assert first.figure == "60.0 %"
    assert "40" in first.lines[0]
    assert "100" in first.lines[0]
    assert "60.0 %" in first.lines[2]
    second = subdistrict_words(desert, story, language)
    assert (second.title, second.figure) == ("北街道", "0.0 %")
    assert any("75.0 %" in line for line in second.lines)
    third = community_words(desert, story, language)
    assert any("示例日间照料" in line and "17" in line for line in third.lines)
    # Everybody can be covered by two of three sites.
    assert made.gained == found.extra == 40
    fourth = proposal_words(desert, story, found, made, language)
    assert fourth.figure.startswith("+40")
    fifth = after_words(desert, story, made, language)
    assert fifth.figure == "60.0 → 100.0 %"
    same = after_words(desert, story, change(story, today, today), language)
    assert same.figure == "60.0 → 60.0 %"
    kicker = position_words(desert, story, PROPOSAL, language)
    assert "4 / 5" in kicker
    for chapter in (first, second, third, fourth, fifth):
        assert "待人工核对" not in " ".join((chapter.title, chapter.under, *chapter.lines))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_edit_is_answered_in_people(desert, today, story, language):
    closed = measure_scenario(today, Scenario("", (CloseOrganisation("o1"),)), STANDARD)
    answer = edit_answer(desert, story, change(story, today, closed), language)
    assert "60.0 → 0.0 %" in answer[0]
    assert "60" in answer[1]
    other = measure_scenario(today, Scenario("", (CloseOrganisation("o3"),)), STANDARD)
    nothing = edit_answer(desert, story, change(story, today, other), language)
    assert len(nothing) == 1
    assert "60.0 %" in nothing[0]


def test_what_is_doubtful_and_what_was_asked_stays_in_sight(desert, today, story):
    doubts, asked = footing_words(desert, story, STANDARD, "zh")
    assert doubts == ()
    assert any("2020" in one for one in asked)
    assert any("10–15" in one for one in asked)
    assert any("正常" in one for one in asked)
    doubtful = dataclasses.replace(desert, demonstration=True, walking_basis="straight_line")
    estimated = dataclasses.replace(
        story, district=dataclasses.replace(story.district, basis="estimated")
    )
    doubts, _ = footing_words(doubtful, estimated, STANDARD, "zh")
    assert doubts == ("示例数据", "人数为估算", "直线估算")
    fixed = Standard(minutes=20).with_committees()
    _, asked = footing_words(desert, story, fixed, "en")
    assert any("20 minutes" in one for one in asked)
    assert any("committees" in one for one in asked)


def test_the_map_looks_where_the_story_is(desert, today, story):
    whole = story_view(desert, story, DISTRICT, None)
    part = story_view(desert, story, SUBDISTRICT, None)
    assert part[0][0] > whole[0][0]  # the north only
    assert part[1][0] == pytest.approx(whole[1][0], abs=1e-4)
    proposed = Scenario("", (OPENING,), crs=desert.crs.to_string())
    (south, west), (north, east) = story_view(desert, story, AFTER, proposed)
    assert south < north
    assert west < east
    assert story_view(desert, story, PROPOSAL, None) == whole
    assert story_picked(story, SUBDISTRICT) == ""
    assert story_picked(story, COMMUNITY) == NORTH_WEST
    assert len(story_outline(desert, story, SUBDISTRICT)) == 1
    assert story_outline(desert, story, DISTRICT) == []
    points = organisation_layer(desert, STANDARD, GROUP)
    content = answer_content(
        desert,
        community_layer(desert, today.result, GROUP),
        points,
        map_words(desert, STANDARD, GROUP, points, "zh"),
        "zh",
    )
    shown = meeting_content(content, desert, whole, proposed)
    assert "meeting" not in content
    ((latitude, longitude),) = shown["meeting"]["sites"]
    assert south < latitude < north
    assert west < longitude < east
    assert meeting_content(content, desert, whole, None)["meeting"]["sites"] == []
    assert measure_coverage(desert, today.walks, STANDARD).share(GROUP) == pytest.approx(0.6)
