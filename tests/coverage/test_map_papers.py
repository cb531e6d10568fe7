"""What the map is painted with: classes at their bounds, inert data, no register in it."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from coverage.gaps import gap_list
from coverage.papers.first_screen import group_shares, headline, matrix, measurable, whole_percents
from coverage.papers.map_classes import (
    share_classes,
    share_marks,
)
from coverage.papers.map_content import answer_content, base_content, coded, map_words
from coverage.papers.map_layers import (
    ALL_GROUPS,
    DEGREE_SCALE,
    community_layer,
    map_bounds,
    map_geometry,
    organisation_layer,
)
from coverage.papers.register_table import REGISTER_TABLE_COLUMNS, Wanted, register_table
from coverage.papers.single_map import single_map
from coverage.reach import measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.classify import suggest
from geo.errors import TableError
from geo.ledger import read_corrections
from geo.place import load_place
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic
from tests.desert_place import write_desert


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "hostile"
    return load_place(
        write_synthetic(folder, communities=9, organisations=40, points_each=5, hostile=True)
    )


# What the file says in plain HTML; the strip on the map says the rest, from its data.
SAID = {
    "zh": ("示例数据", "组织为虚构", "步速", "直线估算", "数据日期", "2024", "内部工作资料"),
    "en": ("Demonstration", "invented", "Walking speed", "Straight-line", "Data date", "Internal"),
}


def measured(place, standard=None):
    standard = standard or Standard()
    walks = walk_categories(place, standard)
    return walks, measure_coverage(place, walks, standard)


def test_a_share_on_a_bound_belongs_to_the_better_class():
    shares = np.array([1.0, 0.95, 0.9499999, 0.8, 0.6, 0.5999999, 0.3, 0.2999999, 0.0, np.nan])
    assert share_marks(shares, Standard()) == "001123344-"


def test_the_ramp_changes_hue_at_the_question_s_own_cut_offs():
    strict = Standard(gap_below=0.9, serious_below=0.5)
    assert [one.lower for one in share_classes(strict)] == [0.95, 0.9, 0.9, 0.5, 0.0]
    assert share_marks(np.array([0.89, 0.5, 0.49]), strict) == "334"
    assert [one.hatched for one in share_classes(strict)] == [False, False, False, False, True]


def test_whole_percent_never_reaches_a_cut_off_from_below():
    shown = whole_percents(pd.Series([0.5999, 0.29, 1.0, 0.999, np.nan]))
    assert shown.tolist()[:4] == [59, 29, 100, 99]
    assert shown.isna().tolist() == [False, False, False, False, True]


def test_marks_stand_in_the_order_of_the_communities(desert):
    _, result = measured(desert)
    layer = community_layer(desert, result, "elder_care")
    rows = result.communities[result.communities["category"] == "elder_care"]
    rows = rows.set_index("community_code").loc[desert.communities.index]
    assert layer.marks == share_marks(rows["share"].to_numpy(float), result.standard)
    assert layer.uncovered == tuple(rows["uncovered"])
    assert len(layer.percent) == len(desert.communities)
    # Nobody older lives in the north-east: no class and no percentage.
    assert layer.marks[3] == "-"
    assert layer.percent[3] is None


def test_all_groups_show_the_lowest_one_and_add_nobody(desert):
    _, result = measured(desert)
    lowest = community_layer(desert, result, ALL_GROUPS)
    groups = [community_layer(desert, result, g.code) for g in desert.taxonomy.groups]
    for k in range(len(desert.communities)):
        known = [one.percent[k] for one in groups if one.percent[k] is not None]
        assert lowest.percent[k] == min(known)
    with pytest.raises(TableError):
        community_layer(desert, result, "nothing")


def test_geometry_comes_back_within_a_metre_and_holds_no_organisation(hostile):
    geometry = map_geometry(hostile)
    ring = np.array(geometry["communities"][8]["rings"][0][0]).reshape(-1, 2).cumsum(axis=0)
    shape = hostile.communities.geometry.to_crs("EPSG:4326").iloc[8]
    west, south, east, north = shape.bounds
    assert np.allclose(ring.min(axis=0) / DEGREE_SCALE, [west, south], atol=1e-5)
    assert np.allclose(ring.max(axis=0) / DEGREE_SCALE, [east, north], atol=1e-5)
    assert "示例组织" not in json.dumps(geometry, ensure_ascii=False)
    assert map_bounds(hostile)[0][0] < map_bounds(hostile)[1][0]


def test_organisations_that_do_not_count_are_drawn_as_such(hostile):
    layer = organisation_layer(hostile, Standard(), ALL_GROUPS)
    assert len(layer.marks) == len(layer.names) == len(layer.service_point_ids)
    assert len(layer.at) == 2 * len(layer.marks)
    states = hostile.register.loc[
        hostile.service_points.loc[list(layer.service_point_ids), "organisation_id"], "state"
    ]
    for mark, state in zip(layer.marks, states, strict=True):
        assert (mark == "c") == (state == "正常")


def test_an_answer_is_inert_whatever_the_names(hostile):
    _, result = measured(hostile)
    layer = organisation_layer(hostile, Standard(), "elder_care")
    words = map_words(hostile, Standard(), "elder_care", layer, "zh")
    communities = community_layer(hostile, result, "elder_care")
    content = answer_content(hostile, communities, layer, words, "zh")
    assert set(INJECTIONS) <= set(content["organisations"]["names"])
    text = coded(content)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", text)
    assert json.loads(base64.b64decode(text)) == json.loads(json.dumps(content))
    assert "geometry" not in base_content(map_bounds(hostile), "{}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_file_holds_everything_and_lets_nothing_out(hostile, language):
    walks = walk_categories(hostile, Standard())
    page = single_map(
        hostile, walks, Standard(minutes=12), "elder_care", language, approval_number="GS(2024)7"
    )
    assert not re.search(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=", page)
    assert "default-src 'none'" in page
    # Title, notes and sources are text of the page, escaped; nowhere else does a name stand.
    beyond_text = re.sub(r"<(p|h1|title|dd)>.*?</\1>", "", page, flags=re.DOTALL)
    for name in INJECTIONS:
        assert name not in beyond_text
    # The file's own scripts are all that may open or close a script.
    assert page.count("<script>") == page.count("</script>") == 6
    assert 'value="8"' in page
    for said in SAID[language]:
        assert said in page, said
    data = json.loads(base64.b64decode(re.search(r'yike\.decode\("([^"]+)"\)', page)[1]))
    # Each category's own minutes, then 5 to 30 alike; every step says what it asks.
    assert len(data["steps"]) == 27
    assert len({step["answer"]["words"]["question"] for step in data["steps"]}) == 27
    for step in data["steps"]:
        assert len(step["answer"]["classes"]) == len(hostile.communities)
        assert "GS(2024)7" in step["answer"]["words"]["notes"][0]
    bare = single_map(hostile, walks, Standard(), "elder_care", language)
    steps = json.loads(base64.b64decode(re.search(r'yike\.decode\("([^"]+)"\)', bare)[1]))["steps"]
    number = {"zh": "审图号", "en": "approval number"}[language]
    assert not any(number in note for one in steps for note in one["answer"]["words"]["notes"])


def test_an_approval_number_leaves_no_trace_when_there_is_none(desert):
    layer = organisation_layer(desert, Standard(), "elder_care")
    bare = map_words(desert, Standard(), "elder_care", layer, "zh")
    assert not any("审图号" in note for note in bare.notes)
    given = map_words(desert, Standard(), "elder_care", layer, "zh", approval_number="GS(2024)0001")
    assert any("审图号：GS(2024)0001" in note for note in given.notes)


def test_cards_add_up_and_say_the_same_as_the_answer(desert):
    standard = Standard()
    walks, result = measured(desert)
    paper = group_shares(desert, walks, standard)
    cards = headline(
        desert,
        result,
        gap_list(desert, walks, result, kind="group"),
        on_paper=paper,
        with_committees=paper,
    )
    assert [card.group.code for card in cards] == ["elder_care", "mediation", "disability"]
    for card in cards:
        assert card.covered + card.uncovered == card.beneficiaries
        assert card.share == result.share(card.group.code) == card.on_paper
    assert cards[0].beneficiaries == 100
    assert set(measurable(desert)) == set(result.subjects)


def test_the_matrix_begins_with_the_lowest_group(desert):
    _, result = measured(desert)
    table = matrix(desert, result)
    groups = [group.code for group in desert.taxonomy.groups]
    lowest = table[groups].min(axis=1)
    assert lowest.is_monotonic_increasing
    assert set(table.index) == set(desert.communities.index)
    assert table.loc["420106001001", "elder_care.has_one"] == 1


def test_the_register_table_keeps_its_columns_and_says_what_counts(hostile):
    before = hostile.register.copy()
    said = suggest(hostile.register["name"], taxonomy=hostile.taxonomy)
    none = read_corrections(hostile.folder)

    def asked(language="zh", **wanted):
        return register_table(
            hostile,
            Standard(),
            language,
            wanted=Wanted(**wanted),
            suggestions=said,
            corrections=none,
        )

    table = asked()
    assert tuple(table.columns) == REGISTER_TABLE_COLUMNS
    assert len(table) == len(hostile.register)
    assert (table["counts"] == (hostile.register["state"] == "正常")).all()
    assert set(table["origin"]) == {"名册"}
    empty = asked("en", states=("注销",))
    assert empty.empty
    assert tuple(empty.columns) == REGISTER_TABLE_COLUMNS
    assert 0 < len(asked(subject="elder_care")) < len(table)
    assert 0 < len(asked(text="示例組織 000")) < len(table)
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(hostile.register))
