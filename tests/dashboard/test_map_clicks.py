"""What the page makes of clicks, without a browser: the cards, the proof, faulty settings."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.map_frame import Click, _click
from tests.conftest import ROOT
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

COMMUNITY = "420106000003"


@pytest.fixture
def app(tmp_path, monkeypatch):
    write_synthetic(tmp_path / "small", communities=12, organisations=200, points_each=8)
    write_synthetic(tmp_path / "hostile", communities=12, organisations=60, hostile=True)
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))

    def opened(**asked: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        for name, value in {"place": "small", **asked}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.warning, *test.error)
    return " ".join(one.value for one in parts).replace("\\", "")


def keys(test: AppTest) -> set[str]:
    return {one.key for one in test.button}


@pytest.mark.parametrize(
    "given",
    [
        None,
        "community",
        {"kind": "place", "row": 1, "lng": 114.0, "lat": 30.0},
        {"kind": "community", "row": -1, "lng": 114.0, "lat": 30.0},
        {"kind": "community", "row": "1", "lng": 114.0, "lat": 30.0},
        {"kind": "spot", "row": -1, "lng": None, "lat": 30.0},
        {"kind": "spot", "row": -1},
    ],
)
def test_what_is_no_click_is_none(given):
    assert _click(given) is None


def test_a_click_on_empty_map_has_coordinates():
    click = _click({"kind": "spot", "row": -1, "lng": 114.25, "lat": 30, "stamp": 1})
    assert click == Click("spot", -1, 114.25, 30.0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_card_of_an_organisation(app, language):
    test = app(organisation="o00010", lang=language)
    assert not test.exception
    assert "示例组织 00010" in said(test)
    assert {"zh": "按现在的参数", "en": "under this question"}[language] in said(test)
    assert "card_close" in keys(test)


def test_a_card_is_closed_again(app):
    test = app(organisation="o00010")
    test.button(key="card_close").click().run()
    assert "card_close" not in keys(test)
    assert "organisation" not in test.query_params


def test_a_line_of_figures_opens_its_proof_and_the_sums_close(app):
    test = app(community=COMMUNITY)
    assert not test.exception
    test.button(key="proof_of_disability").click().run()
    assert any("依据：助残" in one.label and one.proto.expanded for one in test.expander)
    balance = next(one.value for one in test.markdown if "已覆盖" in one.value and "=" in one.value)
    numbers = [
        int("".join(ch for ch in part if ch.isdigit()))
        for part in balance.split("；")[0].replace("=", "+").split("+")
    ]
    assert numbers[0] + numbers[1] == numbers[2] > 0
    for part in ("organisations", "nearest", "points"):
        test.segmented_control(key="proof_shown").set_value(part).run()
        assert not test.exception
    heads = [list(one.value.columns) for one in test.dataframe]
    assert any("步行（米）" in head for head in heads)


def test_another_subject_on_the_map_takes_the_proof_along(app):
    test = app(community=COMMUNITY)
    test.button(key="proof_of_disability").click().run()
    test.button_group(key="ask_group").set_value("mediation").run()
    assert any("依据：调解" in one.label for one in test.expander)


def test_all_groups_prove_the_lowest_one(app):
    test = app(community=COMMUNITY, subject="all")
    assert not test.exception
    assert any(one.label.startswith("依据：") for one in test.expander)


def test_a_resident_point_in_the_address_is_told(app):
    test = app(community=COMMUNITY, resident="r000025")
    assert not test.exception
    assert "居民点 r000025" in said(test)
    assert "直线估算" in said(test)
    test.button(key="walk_organisation").click().run()
    assert "card_close" in keys(test)
    assert COMMUNITY in test.query_params["community"]


@pytest.mark.parametrize(
    "asked",
    [
        {"resident": "r000025"},
        {"community": COMMUNITY, "resident": "nobody"},
        {"community": COMMUNITY, "resident": "r000000"},
        {"organisation": "<script>"},
    ],
)
def test_what_the_address_misstates_is_left_out(app, asked):
    test = app(**asked)
    assert not test.exception
    assert not test.error
    assert "居民点 r" not in said(test)


@pytest.mark.parametrize("row", range(len(INJECTIONS)))
def test_hostile_names_stay_names_on_the_cards(app, row):
    test = app(place="hostile", organisation=f"o0000{row}", community=f"4201060{row:05d}")
    assert not test.exception
    text = " ".join(one.value for one in test.markdown)
    assert INJECTIONS[row].split("<")[0][:2] in text
    # Behind a backslash Markdown takes a letter for itself.
    for mark in ("<img", "<script", "${", "](javascript"):
        assert not re.search(r"(?<!\\)" + re.escape(mark), text), "Markdown would read it"


def test_a_broken_setting_is_said_and_the_map_stays(app, tmp_path):
    (tmp_path / "small" / "settings.toml").write_text(
        'tile_template = "ftp://x/{z}/{x}/{y}"', encoding="utf-8"
    )
    test = app()
    assert not test.exception
    assert len(test.warning) == 1
    assert "http" in test.warning[0].value


def test_two_places_of_one_name_are_two_choices(app, tmp_path):
    write_synthetic(tmp_path / "twin", communities=12, organisations=60)
    test = app(place="twin")
    offered = test.selectbox(key="ask_place").options
    assert len(set(offered)) == len(offered)
    assert {"合成测试区 · small", "合成测试区 · twin"} <= set(offered)
    test.slider(key="ask_speed").set_value(70).run()
    assert test.session_state["ask_place"] == "twin"
