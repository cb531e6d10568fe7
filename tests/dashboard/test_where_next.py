"""Where next and what if, without a browser: searches, edits, saving, and what goes wrong."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from coverage.scenario import CloseOrganisation, load_scenario, saved_scenarios
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


def where_next_alone() -> None:
    import streamlit as st

    from dashboard import where_next
    from dashboard.frame import frame

    page = st.Page(where_next.page, title="下一处建在哪", default=True)
    frame([page], st.navigation([page], position="hidden"))


@pytest.fixture
def app(tmp_path, monkeypatch):
    write_synthetic(tmp_path / "small", communities=12, organisations=120, points_each=8)
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))

    def opened(**asked: str) -> AppTest:
        test = AppTest.from_function(where_next_alone, default_timeout=120)
        for name, value in {"place": "small", "subject": "A2", **asked}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def searched(test: AppTest) -> AppTest:
    """Press the button and wait until the answer is final."""
    test.button(key="where_run").click().run()
    test.session_state["where_search"].wait(60)
    return test.run()


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.warning, *test.error, *test.success)
    return " ".join(one.value for one in parts).replace("\\", "")


def tables(test: AppTest) -> dict[str, object]:
    return {" ".join(one.value.columns): one.value for one in test.dataframe}


def labelled(test: AppTest, words: str):
    return next(one for one in test.button if one.label == words)


def edits(test: AppTest, place: str = "small"):
    return test.session_state[f"what_if_at_{place}"].edits


def test_it_opens_with_today_and_no_edits(app):
    test = app()
    assert not test.exception
    assert not test.error
    assert "现状" in said(test)
    assert "还没有改动" in said(test)


def test_a_search_says_how_sure_it_is_and_its_gains_close(app):
    test = searched(app())
    assert not test.exception
    assert "已证明最优" in said(test)
    sites = next(table for heads, table in tables(test).items() if heads.startswith("order"))
    extra = int(re.search(r"多覆盖 ([\d,]+)", said(test))[1].replace(",", ""))
    assert sites["gain"].sum() == extra > 0
    curve = next(table for heads, table in tables(test).items() if heads.startswith("sites"))
    assert curve["gain"].cumsum().tolist() == curve["extra"].tolist()
    assert curve["gain"].is_monotonic_decreasing


def test_a_changed_question_is_said_and_the_old_answer_stays(app):
    test = searched(app())
    test.number_input(key="where_sites").set_value(1).run()
    assert "条件已改变" in said(test)
    assert any("order" in heads for heads in tables(test))


def test_the_fewest_sites_for_more_than_can_be_reached_is_a_sentence(app):
    test = app()
    test.button_group(key="where_objective").set_value("fewest").run()
    test.number_input(key="where_percent").set_value(60).run()
    test = searched(test)
    assert not test.exception
    sure = "已证明最优" in said(test) or "与最优差距不超过" in said(test)
    assert sure or test.error


def test_sites_taken_over_can_be_undone_and_saved(app):
    test = searched(app())
    labelled(test, "采纳选址结果").click().run()
    assert len(edits(test)) == 3
    labelled(test, "采纳选址结果").click().run()
    assert len(edits(test)) == 3
    groups = next(table for heads, table in tables(test).items() if "gaps_closed" in heads)
    closing = groups["covered_first"] + groups["gained"] - groups["lost"] + groups["built"]
    assert closing.tolist() == groups["covered"].tolist()
    test.button(key="what_if_undo").click().run()
    assert len(edits(test)) == 2
    test.text_input(key="what_if_name").set_value("示例方案").run()
    test.button(key="what_if_save_do").click().run()
    (path,) = saved_scenarios("small")
    assert load_scenario(path).edits == edits(test)
    test.button(key="what_if_save_do").click().run()
    assert "已有名为" in said(test)
    test.button(key="what_if_clear").click().run()
    assert edits(test) == ()


def test_a_name_that_cannot_be_a_file_is_a_sentence(app):
    test = app()
    test.button(key="what_if_open_do").click().run()
    test.text_input(key="what_if_name").set_value("../../x").run()
    test.button(key="what_if_save_do").click().run()
    assert not test.exception
    assert test.error
    assert len(edits(test)) == 1
    assert saved_scenarios("small") == ()


def test_an_organisation_found_by_name_closes(app):
    test = app()
    test.text_input(key="what_if_text").set_value("组织 0000").run()
    test.button(key="what_if_close_do").click().run()
    assert not test.exception
    assert isinstance(edits(test)[0], CloseOrganisation)
    test.text_input(key="what_if_text").set_value("没有这个词(").run()
    assert "没有名称相符的组织" in said(test)


def test_it_speaks_english_throughout(app):
    test = app(lang="en")
    assert not test.exception
    assert "No edits yet" in said(test)
    assert test.button(key="where_run").label == "Find sites"


def test_hostile_names_pass_through_as_text(app, tmp_path):
    (tmp_path / "small").rename(tmp_path / "kept")
    write_synthetic(tmp_path / "hostile", communities=12, organisations=60, hostile=True)
    (tmp_path / "kept" / "place.toml").unlink()
    test = app(place="hostile")
    test.button(key="what_if_open_do").click().run()
    test.text_input(key="what_if_text").set_value("示例").run()
    test.button(key="what_if_close_do").click().run()
    assert not test.exception
    assert not test.error
    assert len(edits(test, "hostile")) == 2
    assert any(INJECTIONS[0] in one for one in test.selectbox(key="what_if_close").options)
    assert "\\<img" in " ".join(one.value for one in test.markdown)


def test_a_broken_list_of_premises_keeps_the_page(app):
    test = app()
    test.file_uploader(key="where_upload").set_value(("示例.csv", b"name\nx\n", "text/csv")).run()
    test.button(key="where_use").click().run()
    assert not test.exception
    assert "经纬度" in said(test)
    good = b"name,lon,lat\n\xe7\xa4\xba\xe4\xbe\x8b,114.29,30.52\n"
    test.file_uploader(key="where_upload").set_value(("示例.csv", good, "text/csv")).run()
    test.button(key="where_use").click().run()
    assert not test.error
    assert len(test.session_state["where_premises"]["small"][1]) == 1
