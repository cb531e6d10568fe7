"""The page on organisations without a browser: choosing, correcting, taking back, the queue."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import register_check
from geo.ledger import read_corrections
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


def organisations_alone() -> None:
    import streamlit as st

    from dashboard import organisations
    from dashboard.frame import frame

    page = st.Page(organisations.page, title="组织名录", default=True)
    frame([page], st.navigation([page], position="hidden"))


@pytest.fixture
def app(tmp_path, monkeypatch):
    write_synthetic(
        tmp_path / "small", communities=12, organisations=120, points_each=8, hostile=True
    )
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))

    def opened(view: str = "register", **asked: str) -> AppTest:
        test = AppTest.from_function(organisations_alone, default_timeout=120)
        for name, value in {"place": "small", "subject": "elder_care", **asked}.items():
            test.query_params[name] = value
        test.session_state["organisations_view"] = view
        return test.run()

    return opened


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.warning, *test.error, *test.success, *test.info)
    return " ".join(one.value for one in parts).replace("\\", "")


def labelled(test: AppTest, words: str):
    return next(one for one in test.button if words in one.label)


def categories_of(test: AppTest, organisation: str):
    return test.multiselect(key=f"correct_categories_{organisation}")


def corrected(test: AppTest, organisation: str, *codes: str) -> AppTest:
    categories_of(test, organisation).set_value(list(codes)).run()
    return labelled(test, "保存更正").click().run()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("view", ["register", "review", "corrections", "check"])
def test_every_view_opens_in_both_languages(app, view, language):
    test = app(view, lang=language, organisation="o00001")
    assert not test.exception
    assert not test.error
    assert "{" not in said(test).replace("{{ 7*7 }}", "").replace("${top", "")


def test_a_correction_is_kept_shown_and_taken_back(app, tmp_path):
    test = app(organisation="o00010")
    before = test.dataframe[0].value
    assert "保存更正" in [one.label for one in test.button]
    assert labelled(test, "保存更正").disabled
    test = corrected(test, "o00010", "A2", "B1")
    assert not test.exception
    assert "更正已保存" in said(test)
    kept = read_corrections(tmp_path / "small")
    assert kept[["organisation_id", "column", "value"]].to_numpy().tolist() == [
        ["o00010", "categories", "A2;B1"]
    ]
    table = test.dataframe[0].value
    assert table.loc["o00010", "origin"] == "人工更正"
    assert len(table) >= len(before)
    test = labelled(test, "撤回对它的更正").click().run()
    assert "已撤回" in said(test)
    assert test.dataframe[0].value.index.tolist() == before.index.tolist()
    assert labelled(test, "撤回对它的更正").disabled


def test_names_alike_are_corrected_together_and_counted_beforehand(app, tmp_path):
    test = app(organisation="o00020")
    test.radio(key="correct_whom_o00020").set_value("alike").run()
    test.text_input(key="correct_pattern_o00020").set_value("組織 0002").run()
    assert "10 家组织的名称含这些字" in said(test)
    test = corrected(test, "o00020", "C2")
    kept = read_corrections(tmp_path / "small")
    assert kept[["organisation_id", "name_pattern", "value"]].to_numpy().tolist() == [
        ["", "組織 0002", "C2"]
    ]
    test.session_state["organisations_view"] = "corrections"
    test = test.run()
    table = next(one.value for one in test.dataframe if "name_pattern" in one.value.columns)
    assert table["name_pattern"].tolist() == ["組織 0002"]
    assert table["value"].tolist() == ["C2 残疾人托养与辅助就业"]


def test_what_is_typed_survives_a_rerun_and_a_full_disk(app, monkeypatch):
    test = app(organisation="o00030")
    categories_of(test, "o00030").set_value(["A1", "A2"]).run()
    test.toggle(key="register_only_subject").set_value(False).run()
    assert categories_of(test, "o00030").value == ["A1", "A2"]

    def refuse(*_: object) -> None:
        from geo.errors import FileError

        raise FileError("error.file_not_written", file="corrections.csv", detail="disk full")

    monkeypatch.setattr("geo.ledger._append", refuse)
    test = labelled(test, "保存更正").click().run()
    assert "corrections.csv" in said(test)
    assert categories_of(test, "o00030").value == ["A1", "A2"]


def test_the_queue_is_ordered_and_lets_go_of_what_was_checked(app):
    test = app("review")
    queue = next(one.value for one in test.dataframe if "dependants" in one.value.columns)
    weight = queue[["dependants", "at_stake"]].max(axis=1)
    assert weight.is_monotonic_decreasing
    first = str(queue.index[0])
    test = app("review", organisation=first)
    test = labelled(test, "核对无误").click().run()
    assert not test.exception
    after = [one.value for one in test.dataframe if "dependants" in one.value.columns]
    assert not after or first not in after[0].index


def test_hostile_names_are_shown_as_they_are_written(app):
    test = app(organisation="o00000")
    assert not test.exception
    title = next(one.value for one in test.markdown if "示例" in one.value and "img" in one.value)
    assert "\\<img" in title
    assert INJECTIONS[0] in said(test)


def test_a_search_for_a_name_finds_it_in_either_script(app):
    test = app()
    test.toggle(key="register_only_subject").set_value(False).run()
    test.text_input(key="register_text").set_value("組織 00077").run()
    assert test.dataframe[0].value.index.tolist() == ["o00077"]
    test.text_input(key="register_text").set_value("没有这样的名称").run()
    assert "没有符合条件的组织" in said(test)


def test_a_check_that_was_stopped_says_so_and_can_be_made_again(app, monkeypatch):
    monkeypatch.setattr(register_check, "SECONDS_OF_PATIENCE", 0.0)
    test = app("check")
    work = test.session_state[register_check.CHECK]
    work.cancel()
    work.wait(60)
    work.report = None  # as when it was stopped in time
    test.run()
    assert "检查已停止" in said(test)
    monkeypatch.setattr(register_check, "SECONDS_OF_PATIENCE", 60.0)
    test.button(key="check_again").click().run()
    assert not test.exception
    assert len(test.metric) == len(register_check.COUNTS)


def test_the_check_report_adds_up(app, monkeypatch):
    monkeypatch.setattr(register_check, "SECONDS_OF_PATIENCE", 60.0)
    test = app("check")
    counts = [int(one.value.replace(",", "")) for one in test.metric]
    assert counts[0] == 120 == sum(counts[1:])
    table = test.dataframe[-1].value
    assert isinstance(table, pd.DataFrame)
    assert {"row", "reason"} <= set(table.columns)
