"""Presenter mode without a browser: pages, frozen question, what is tried, and faults."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from coverage.scenario import AddOrganisation, CloseOrganisation
from dashboard.presenter_edits import Picked
from tests.dashboard.synthetic_place import write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


def presenter_alone() -> None:
    import streamlit as st

    from coverage.papers.first_screen import measurable
    from dashboard import answers, meeting, presenter
    from dashboard import selection as sel

    sel.begin(tuple(answers.place_folders()))
    if meeting.FROZEN not in st.session_state:
        place = answers.open_place(st.session_state[sel.PLACE])
        sel.settle_subject(place.taxonomy, measurable(place))
    presenter.page()


@pytest.fixture
def app(tmp_path, monkeypatch):
    write_synthetic(tmp_path / "small", communities=12, organisations=120, points_each=8)
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))

    def opened(**asked: str) -> AppTest:
        test = AppTest.from_function(presenter_alone, default_timeout=120)
        for name, value in {"place": "small", "subject": "elder_care", **asked}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def said(test: AppTest) -> str:
    return " ".join(one.proto.body for one in test.get("html") if "<style>" not in one.proto.body)


def turn(test: AppTest, key: str, times: int = 1) -> AppTest:
    for _ in range(times):
        test.button(key=f"present_{key}").click().run()
    return test


def proposed(test: AppTest) -> AppTest:
    """Go to the proposal and wait until it is final."""
    from dashboard import presenter

    frozen = test.session_state["present_frozen"]
    place, standard = frozen.place, frozen.chosen.standard
    question = presenter.story_question(place, standard, frozen.chosen.subject)
    presenter.searching(place, standard, question).wait(60)
    return turn(test, "Right", 3)


def test_the_story_is_turned_by_either_key_and_never_beyond_its_ends(app):
    test = app()
    assert not test.exception
    assert "1 / 5" in said(test)
    turn(test, "Right")
    assert "2 / 5" in said(test)
    turn(test, "PageDown")
    assert "3 / 5" in said(test)
    assert "community" in test.query_params["step"]
    turn(test, "PageUp")
    assert "2 / 5" in said(test)
    turn(test, "Home")
    assert "1 / 5" in said(test)
    assert test.button(key="present_Left").disabled
    assert not test.exception


def test_a_link_opens_the_page_it_was_copied_from(app):
    assert "3 / 5" in said(app(step="community"))
    assert "1 / 5" in said(app(step="<script>"))


def test_the_proposal_and_what_it_changes_are_the_same_people(app):
    test = proposed(app())
    assert not test.exception
    gained = re.search(r"\+([\d,]+) 人", said(test))[1]
    turn(test, "Right")
    assert f"新覆盖 {gained} 人" in said(test)
    assert "→" in said(test)


def test_open_one_here_and_undo(app):
    test = app(step="community")
    test.button(key="present_open").click().run()
    assert not test.exception
    (edit,) = test.session_state["present_tried"].edits
    assert isinstance(edit, AddOrganisation)
    assert "新开" in said(test)
    test.button(key="present_undo").click().run()
    assert test.session_state["present_tried"].edits == ()
    # Only this meeting: the scenario of the other pages is as it was.
    assert "what_if_at_small" not in test.session_state


def test_close_the_one_clicked(app):
    test = app()
    test.session_state["present_picked"] = Picked("organisation", "o00003")
    test.run()
    test.button(key="present_close").click().run()
    assert not test.exception
    assert test.session_state["present_tried"].edits == (CloseOrganisation("o00003"),)
    test.session_state["present_picked"] = Picked("organisation", "o00003")
    test.run()
    test.button(key="present_close").click().run()
    assert not test.exception
    test.button(key="present_clear").click().run()
    assert test.session_state["present_tried"].edits == ()


def test_open_one_where_somebody_clicked(app):
    test = app()
    test.session_state["present_picked"] = Picked("spot", "", (114.31, 30.53))
    test.run()
    test.button(key="present_open").click().run()
    assert not test.exception
    (edit,) = test.session_state["present_tried"].edits
    place = test.session_state["present_frozen"].place
    at = gpd.GeoSeries([shapely.Point(edit.at)], crs=place.crs).to_crs("EPSG:4326")[0]
    assert (at.x, at.y) == pytest.approx((114.31, 30.53), abs=1e-6)


def test_the_question_is_frozen_while_the_meeting_lasts(app):
    test = app(minutes="20")
    before = said(test)
    test.session_state["ask_minutes"] = 5
    test.run()
    assert said(test) == before
    assert "统一按 20 分钟" in before
    assert test.session_state["present_frozen"].chosen.standard.minutes == 20


def test_nothing_to_be_checked_by_hand_but_what_is_doubtful_stays(app):
    for step in ("district", "subdistrict", "community", "proposal", "after"):
        text = said(app(step=step))
        assert "待人工核对" not in text
        assert "示例数据" in text
        assert "直线估算" in text
        assert "人数为估算" in text
        assert "数据 2024" in text


def test_a_category_without_a_gap_indicator_and_a_place_that_lacks_nothing(app):
    test = proposed(app(subject="J1", minutes="30"))
    assert not test.exception
    turn(test, "Home")
    assert "有缺口" not in said(test)


def test_it_speaks_english(app):
    test = app(lang="en")
    assert "Whole place" in said(test)
    assert not re.search("未覆盖|缺口", said(test))


def test_hostile_names_are_written_as_they_are(app, tmp_path):
    write_synthetic(tmp_path / "hostile", communities=12, organisations=60, hostile=True)
    for step in ("district", "subdistrict", "community"):
        test = app(place="hostile", step=step)
        assert not test.exception
        assert "<img" not in said(test)
        assert "<script" not in said(test)
