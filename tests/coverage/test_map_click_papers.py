"""What clicks draw and say: marks, the card, the proof, edits made at a place on the map."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.organisation_reach import drawn_areas
from coverage.papers.kinds_table import five_kinds, kinds_words, reached
from coverage.papers.map_content import answer_content, map_words
from coverage.papers.map_edits import (
    answer_sentences,
    closed_or_reopened,
    edited_layer,
    edited_words,
    moved_to,
    opened_at,
    scenario_position,
)
from coverage.papers.map_layers import (
    DEGREE_SCALE,
    community_layer,
    lowest_group,
    organisation_layer,
)
from coverage.papers.map_marks import MapMarks, area_marks, resident_marks, together, walk_marks
from coverage.papers.organisation_card import area_category, organisation_card
from coverage.papers.proof_table import (
    nearest_order,
    point_order,
    proof_nearest,
    proof_organisations,
    proof_points,
    serving_order,
    walk_sentence,
)
from coverage.reach import explain, measure_coverage
from coverage.resident_walk import resident_walk
from coverage.scenario import (
    AddOrganisation,
    CloseOrganisation,
    MoveOrganisation,
    Scenario,
    apply,
    load_scenario,
    measure_scenario,
    save_scenario,
)
from coverage.side_by_side import outcome_today, side_by_side
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic
from tests.desert import ORIGIN
from tests.desert_place import write_desert


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "hostile"
    return load_place(
        write_synthetic(folder, communities=9, organisations=60, points_each=5, hostile=True)
    )


def answered(place, standard=None):
    standard = standard or Standard()
    walks = walk_categories(place, standard)
    return walks, measure_coverage(place, walks, standard)


def degrees(place, east, north):
    """Return longitude and latitude of an offset on the desert grid."""
    spot = gpd.GeoSeries([shapely.Point(ORIGIN[0] + east, ORIGIN[1] + north)], crs=place.crs)
    at = spot.to_crs("EPSG:4326").iloc[0]
    return at.x, at.y


# ---- what is drawn ---------------------------------------------------------------------


def test_resident_dots_tell_people_and_who_is_reached(desert):
    walks, result = answered(desert)
    proof = explain(desert, walks, result, subject="elder_care", community_code="420106001001")
    marks = resident_marks(desert, proof, "zh")
    # h0 with 20 elders and h1 with 40 stand in the south-west; both reached.
    assert marks.resident_point_ids == ("h0", "h1")
    assert marks.residents["marks"] == "rr"
    assert marks.residents["sizes"] == [round(np.sqrt(0.5), 2), 1.0]
    assert marks.residents["hints"][1] == ["居民点：养老已覆盖 · 40 人", "600 米 · 12.5 分钟"]
    at = np.array(marks.residents["at"]).reshape(-1, 2).cumsum(axis=0) / DEGREE_SCALE
    assert np.allclose(at[1], degrees(desert, 400, 400), atol=1e-5)
    assert [mark for mark, _ in marks.legend] == ["r"]
    json.dumps(marks.content(), allow_nan=False)


def test_a_point_that_nothing_reaches_says_so(desert):
    walks, result = answered(desert)
    proof = explain(desert, walks, result, subject="elder_care", community_code="420106001002")
    far = replace(proof, points=proof.points.assign(metres=np.nan, minutes=np.nan))
    assert resident_marks(desert, far, "zh").residents["hints"][0][1] == "步行范围内无"
    assert resident_marks(desert, far, "en").residents["hints"][0][1] == "none within walking range"


def test_nobody_concerned_draws_nothing(desert):
    walks, result = answered(desert)
    proof = explain(desert, walks, result, subject="elder_care", community_code="420106002002")
    assert resident_marks(desert, proof, "zh").content() == MapMarks().content()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_estimate_is_dashed_and_says_so(desert, language):
    place = replace(desert, streets=None, walking_basis="straight_line")
    walks, result = answered(place)
    walk = resident_walk(place, walks, result, subject="elder_care", resident_point_id="h1")
    marks = walk_marks(place, walk, language)
    assert marks.walk["estimated"]
    assert len(marks.walk["line"]) == 4
    said = {"zh": "直线估算", "en": "straight-line estimate"}[language]
    assert said in marks.walk["label"]
    assert marks.legend[0][0] == "e"
    areas = area_marks(place, drawn_areas(place, Standard(), "A1", "o1"), language)
    assert all(
        {"zh": "直线估算", "en": "straight line"}[language] in text for _, text in areas.legend
    )


def test_marks_together_keep_what_each_draws(desert):
    walks, result = answered(desert)
    areas = area_marks(desert, drawn_areas(desert, Standard(), "A1", "o1"), "zh")
    walk = resident_walk(desert, walks, result, subject="elder_care", resident_point_id="h1")
    both = together(areas, walk_marks(desert, walk, "zh"))
    assert [one["mark"] for one in both.bands] == ["b1", "b2", "b3"]
    assert both.walk is not None
    assert [mark for mark, _ in both.legend] == ["b1", "b2", "b3", "w"]
    layer = organisation_layer(desert, Standard(), "elder_care")
    words = map_words(desert, Standard(), "elder_care", layer, "zh")
    shapes = community_layer(desert, result, "elder_care")
    content = answer_content(desert, shapes, layer, words, "zh", marks=both)
    assert content["words"]["legend"][-4:] == (*areas.legend, ("w", "到最近一处的步行路线"))


def test_all_groups_are_proved_by_the_lowest_one(desert):
    _, result = answered(desert)
    rows = result.communities
    for code in desert.communities.index:
        here = rows[(rows["kind"] == "group") & (rows["community_code"] == code)]
        share = here.set_index("category")["share"]
        assert share[lowest_group(result, code)] == share.min()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_question_and_the_basis_of_people_go_along(desert, language):
    layer = organisation_layer(desert, Standard(), "C1")
    words = map_words(desert, Standard(minutes=20, speed_percent=80), "C1", layer, language)
    assert "20" in words.question
    assert "80 %" in words.question
    # Disabled people are assumed on the desert, elders measured.
    assumed = {"zh": "人口假定", "en": "people assumed"}[language]
    assert assumed in words.notes[0]
    measured = map_words(desert, Standard(), "elder_care", layer, language)
    assert assumed not in measured.notes[0]


# ---- the card and the proof ------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_shows_what_it_may_and_no_more(desert, language):
    register = desert.register.copy()
    register["telephone"], register["legal_person"] = "13800000000", "示例某某"
    place = replace(desert, register=register)
    walks, _ = answered(place)
    card = organisation_card(place, walks, Standard(), "o1", language)
    said = repr(card)
    assert card.name == "示例日间照料"
    assert card.counts
    assert "13800000000" not in said
    assert "示例某某" not in said
    assert card.reached["people"].tolist() == [60]
    assert len(card.facts) == 6


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("state", "异常名录", "状态为“异常名录”"),
        ("state", "注销", "状态为“注销”"),
        ("level", "台账", "不计“台账”"),
        ("provider_type", "企业", "主体为“企业”"),
    ],
)
def test_a_card_says_why_one_does_not_count(desert, column, value, said):
    register = desert.register.copy()
    register.loc["o1", column] = value
    place = replace(desert, register=register)
    walks, _ = answered(place)
    card = organisation_card(place, walks, Standard(), "o1", "zh")
    assert not card.counts
    assert said in card.verdict
    assert card.reached["people"].tolist() == [60]


def test_areas_are_drawn_for_the_subject_looked_at(desert):
    register = desert.register.copy()
    register.loc["o1", "categories"] = "A1;C1"
    place = replace(desert, register=register)
    assert area_category(place, "o1", "disability") == "C1"
    assert area_category(place, "o1", "all") == "A1"
    assert area_category(place, "o1", "B1") == "A1"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_proof_s_rows_stand_in_the_order_of_their_ids(desert, language):
    walks, result = answered(desert)
    proof = explain(desert, walks, result, subject="elder_care")
    points = proof_points(desert, proof, language)
    assert points.iloc[:, 0].tolist() == point_order(proof)
    assert len(proof_organisations(desert, proof, language)) == len(serving_order(proof)) == 1
    nearest = proof_nearest(desert, proof, language)
    assert nearest_order(proof) == ["o1"]
    # o1 is nearest to all 100 elders: from 0 minutes to 800 m, 16.7 minutes.
    assert nearest.iloc[0].tolist() == ["示例日间照料", 100, 0.0, 16.7]
    empty = replace(proof, points=proof.points.iloc[:0])
    assert list(proof_nearest(desert, empty, language)) == list(nearest)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_kinds_reached_are_counted_and_the_others_named(desert, language):
    walks, _ = answered(desert)
    scheme = five_kinds(desert.taxonomy)
    found = reached(desert, walks, Standard(), scheme)
    for code in desert.communities.index:
        said = kinds_words(found, code, language)
        row = found.table[found.table["unit_code"] == code].iloc[0]
        numbers = [int(one) for one in re.findall(r"\d+", said)]
        assert numbers[:2] == [row["reached"], row["of"]]
        own = [one for one in found.measured.subjects if one in found.table]
        lacking = [one for one in own if row[one] < 0.6]
        names = [scheme.members[int(one.split("/")[1])] for one in lacking]
        assert all(one.words.say(language) in said for one in names if not one.beside)


def test_a_walk_in_words(desert):
    walks, result = answered(desert)
    walk = resident_walk(desert, walks, result, subject="elder_care", resident_point_id="h1")
    said = walk_sentence(desert, walk, "elder_care", "zh")
    assert said == "居民点 h1：养老已覆盖，步行 600 米 · 12.5 分钟，到示例日间照料。"
    nothing = replace(walk, metres=None, minutes=None, organisation_id="", covered=False)
    assert "步行范围内无" in walk_sentence(desert, nothing, "elder_care", "zh")
    off = replace(nothing, off_network=True)
    assert "待核" in walk_sentence(desert, off, "elder_care", "zh")


# ---- edits at a place on the map -------------------------------------------------------


@pytest.mark.parametrize("crs", ["", "EPSG:32650", "EPSG:4326"])
def test_a_click_opens_one_where_it_was_made(desert, crs):
    scenario = Scenario("", crs=crs)
    at = degrees(desert, 900, 100)
    edit = opened_at(desert, scenario, "A1", at)
    assert edit.name == "拟设日间照料与居家养老（东南社区）"
    after = apply(desert, scenario.with_edit(edit))
    shape = after.service_points.geometry.loc[edit.organisation_id]
    assert shape.distance(shapely.Point(ORIGIN[0] + 900, ORIGIN[1] + 100)) < 0.01
    again = opened_at(desert, scenario.with_edit(edit), "A1", at)
    assert again.organisation_id != edit.organisation_id


def test_outside_of_every_community_one_opens_as_well(desert):
    edit = opened_at(desert, Scenario(""), "A1", degrees(desert, 5_000, 5_000))
    assert edit.name == "拟设日间照料与居家养老（区外）"
    assert apply(desert, Scenario("").with_edit(edit)) is not desert


@pytest.mark.parametrize("crs", ["", "EPSG:4326"])
def test_a_point_moves_once_to_where_it_was_put_last(desert, crs):
    point = str(desert.service_points.index[0])
    scenario = moved_to(desert, Scenario("", crs=crs), point, "o1", degrees(desert, 300, 300))
    scenario = moved_to(desert, scenario, point, "o1", degrees(desert, 500, 700))
    assert [type(one) for one in scenario.edits] == [MoveOrganisation]
    shape = apply(desert, scenario).service_points.geometry.loc[point]
    assert shape.distance(shapely.Point(ORIGIN[0] + 500, ORIGIN[1] + 700)) < 0.01


def test_a_site_of_the_scenario_moves_and_closes_without_a_trace(desert):
    edit = opened_at(desert, Scenario(""), "A1", degrees(desert, 900, 100))
    scenario = Scenario("").with_edit(edit)
    moved = moved_to(
        desert, scenario, edit.organisation_id, edit.organisation_id, degrees(desert, 0, 0)
    )
    assert [type(one) for one in moved.edits] == [AddOrganisation]
    assert moved.edits[0].at != edit.at
    assert closed_or_reopened(moved, edit.organisation_id).edits == ()


def test_a_second_click_opens_a_closed_one_again(desert):
    closed = closed_or_reopened(Scenario(""), "o1")
    assert closed.edits == (CloseOrganisation("o1"),)
    assert closed_or_reopened(closed, "o1").edits == ()


def test_clicked_edits_are_saved_with_the_scenario(desert, tmp_path):
    scenario = Scenario("示例", crs=desert.crs.to_string())
    scenario = scenario.with_edit(opened_at(desert, scenario, "A1", degrees(desert, 900, 100)))
    point = str(desert.service_points.index[0])
    scenario = closed_or_reopened(moved_to(desert, scenario, point, "o1", (114.3, 30.5)), "o2")
    kept = load_scenario(save_scenario(scenario, tmp_path / "示例.toml"))
    assert kept.edits == scenario.edits
    assert scenario_position(desert, kept, (0.0, 0.0), desert.crs) == (0.0, 0.0)


def test_the_map_after_edits_marks_what_changed(desert):
    scenario = Scenario("")
    scenario = scenario.with_edit(opened_at(desert, scenario, "A1", degrees(desert, 900, 100)))
    scenario = closed_or_reopened(scenario, "o1")
    after = apply(desert, scenario)
    layer = edited_layer(desert, after, scenario, Standard(), "elder_care")
    assert layer.marks == "nk"
    assert layer.names == ("拟设日间照料与居家养老（东南社区）", "示例日间照料")
    assert len(layer.at) == 4
    words = edited_words(desert, scenario, Standard(), "elder_care", layer, "zh")
    assert [mark for mark, _ in words.legend][-2:] == ["n", "k"]
    assert words.title.endswith("改动后")
    plain = edited_words(desert, Scenario(""), Standard(), "elder_care", layer, "zh")
    assert not plain.title.endswith("改动后")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_answer_says_who_gains_and_which_gaps_close(desert, language):
    standard = Standard()
    walks, _ = answered(desert)
    today = outcome_today(desert, walks, standard)
    scenario = Scenario("")
    scenario = scenario.with_edit(opened_at(desert, scenario, "A1", degrees(desert, 900, 100)))
    sides = side_by_side(today, measure_scenario(today, scenario, standard))
    groups = tuple(group.code for group in desert.taxonomy.groups)
    ((name, what),) = answer_sentences(desert, sides, groups, language)
    # The 10 elders at (900, 100) were 800 m away; their community was a gap of its own.
    assert name == {"zh": "养老", "en": "Elder care"}[language]
    said = {
        "zh": "新覆盖 10 人（东南社区：10 人）；补上缺口 1 处（东南社区）",
        "en": "10 people gain (东南社区: 10); gaps closed: 1 (东南社区)",
    }
    assert what == said[language]
    assert answer_sentences(desert, side_by_side(today, today), groups, language) == ()


# ---- names from files ------------------------------------------------------------------


def test_hostile_names_travel_as_data(hostile):
    walks, result = answered(hostile)
    subject = "elder_care"
    proof = explain(hostile, walks, result, subject=subject, community_code="420106000000")
    marks = resident_marks(hostile, proof, "zh")
    assert json.loads(json.dumps(marks.content())) is not None
    card = organisation_card(hostile, walks, Standard(), "o00000", "zh")
    assert card.name == INJECTIONS[0]
    middle = hostile.communities.geometry.to_crs("EPSG:4326").iloc[0].representative_point()
    edit = opened_at(hostile, Scenario(""), "A1", (middle.x, middle.y))
    assert INJECTIONS[0] in edit.name
    assert edit.name.startswith("示例")


def test_nothing_given_is_changed(desert):
    walks, result = answered(desert)
    before = [pd.DataFrame(one).copy() for one in (desert.register, desert.service_points)]
    scenario = closed_or_reopened(Scenario(""), "o1")
    edited_layer(desert, apply(desert, scenario), scenario, Standard(), "all")
    organisation_card(desert, walks, Standard(), "o1", "zh")
    explain(desert, walks, result, subject="A1")
    for was, now in zip(before, (desert.register, desert.service_points), strict=True):
        pd.testing.assert_frame_equal(was, pd.DataFrame(now))
