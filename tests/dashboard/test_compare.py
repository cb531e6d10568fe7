"""Two answers side by side: sums close, sides may ask otherwise, papers are safe to open."""

from __future__ import annotations

import io

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from coverage.papers.compare_table import Side, compare_csv, compare_workbook
from coverage.scenario import AddOrganisation, AddResidents, Scenario, save_scenario, scenario_file
from coverage.scenario import apply as applied
from coverage.side_by_side import headline_codes, outcome_today, side_by_side
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.dashboard.synthetic_place import write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


def compare_alone() -> None:
    import streamlit as st

    from dashboard import compare
    from dashboard.frame import frame

    page = st.Page(compare.page, title="对比", default=True)
    frame([page], st.navigation([page], position="hidden"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    write_synthetic(
        tmp_path / "small", communities=12, organisations=80, points_each=8, hostile=True
    )
    return load_place(tmp_path / "small")


@pytest.fixture
def app(place):
    middle = place.communities.geometry.iloc[5].representative_point()
    edits = (
        AddOrganisation("new-1", "=示例新站", ("A1",), (middle.x, middle.y)),
        AddResidents("estate-1", (middle.x, middle.y), (("people", 900), ("elders", 300))),
    )
    scenario = Scenario("示例方案", edits, crs=place.crs.to_string())
    save_scenario(scenario, scenario_file("small", "示例方案"))

    def opened(**asked: str) -> AppTest:
        test = AppTest.from_function(compare_alone, default_timeout=120)
        for name, value in {"place": "small", "subject": "elder_care", **asked}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def groups_of(test: AppTest):
    return next(one.value for one in test.dataframe if "gaps_closed" in one.value.columns)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_today_against_a_saved_scenario_closes(app, language):
    test = app(lang=language)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="compare_second_scenario").value == "示例方案"
    shown = groups_of(test)
    closing = shown["covered_first"] + shown["gained"] - shown["lost"] + shown["built"]
    assert closing.tolist() == shown["covered"].tolist()
    assert shown["built"].iloc[0] == 300


def test_a_side_may_ask_with_its_own_minutes(app):
    test = app()
    test.selectbox(key="compare_second_scenario").set_value("").run()
    assert any("两项相同" in one.value for one in test.info)
    test.toggle(key="compare_second_own").set_value(True).run()
    test.slider(key="compare_second_minutes").set_value(30).run()
    assert not test.exception
    assert not test.info
    shown = groups_of(test)
    assert shown["gained"].sum() > 0
    assert (shown["lost"] == 0).all()


def test_a_broken_scenario_file_is_said_and_left_out(app, place):
    scenario_file("small", "坏").write_text("schema = 9\n", encoding="utf-8")
    test = app()
    assert not test.exception
    assert len(test.warning) == 1
    assert "坏" not in test.selectbox(key="compare_second_scenario").options


def test_a_scenario_that_no_longer_fits_is_a_sentence(app):
    wrong = Scenario("旧", (AddOrganisation("o00000", "示例", ("A1",), (0.0, 0.0)),))
    save_scenario(wrong, scenario_file("small", "旧"))
    test = app()
    test.selectbox(key="compare_second_scenario").set_value("旧").run()
    assert not test.exception
    assert test.error


def test_sides_reversed_change_signs(place):
    standard = Standard()
    walks = walk_categories(place, standard, categories=headline_codes(place, ""))
    now = outcome_today(place, walks, standard)
    middle = place.communities.geometry.iloc[5].representative_point()
    after_place = applied(place, [AddResidents("estate-1", (middle.x, middle.y), (("elders", 7),))])
    after_walks = walk_categories(after_place, standard, categories=headline_codes(place, ""))
    after = outcome_today(after_place, after_walks, standard)
    there, back = side_by_side(now, after).district, side_by_side(after, now).district
    assert there["gained"].tolist() == back["lost"].tolist()
    assert there["built"].tolist() == (-back["built"]).tolist()
    same = side_by_side(now, now).communities
    assert not same[["gained", "lost", "built"]].to_numpy().any()
    assert (same["gap"] == "").all()


def test_papers_hold_names_as_text(place):
    standard, wider = Standard(), Standard(minutes=30)
    codes = headline_codes(place, "")
    walks = walk_categories(place, standard, categories=codes)
    sides = side_by_side(outcome_today(place, walks, standard), outcome_today(place, walks, wider))
    first, second = Side("=1+1", standard), Side("@示例", wider)
    book = openpyxl.load_workbook(io.BytesIO(compare_workbook(place, sides, first, second, "zh")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    lines = compare_csv(place, sides, first, second, "en").decode("utf-8-sig").splitlines()
    assert not [line for line in lines for one in line.split(",") if one.startswith(("=", "@"))]
