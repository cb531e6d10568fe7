"""The logic of the first page and of the shared selection, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    write_synthetic(folder / "small", communities=12, organisations=200, points_each=8)
    write_synthetic(folder / "hostile", communities=12, organisations=60, hostile=True)
    (folder / "broken").mkdir()
    (folder / "broken" / "place.toml").write_text('zh = "坏"\nen = "Broken"\n', encoding="utf-8")
    return folder


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setenv("YIKE_HOME", str(home))

    def opened(**asked: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        for name, value in {"place": "small", **asked}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def cards(test: AppTest) -> str:
    return next(one.proto.body for one in test.get("html") if "card" in one.proto.body)


def address(test: AppTest) -> dict[str, str]:
    given = test.query_params.items()
    return {name: one if isinstance(one, str) else one[0] for name, one in given}


def test_it_opens_without_a_fault_and_counts_three_groups(app):
    test = app()
    assert not test.exception
    assert not test.error
    assert cards(test).count("<section") == 3
    assert "养老" in cards(test)


def test_the_address_is_read_and_written_back(app):
    test = app(subject="A2", minutes="20", speed="70", lang="en", levels="登记")
    assert test.session_state["ask_group"] == "elder_care"
    assert test.session_state["ask_category"] == "A2"
    assert address(test) == {
        "place": "small",
        "subject": "A2",
        "minutes": "20",
        "speed": "70",
        "levels": "登记",
        "lang": "en",
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"minutes": "4"},
        {"minutes": "31"},
        {"minutes": "-15"},
        {"minutes": "十五"},
        {"speed": "0"},
        {"speed": "1e2"},
        {"subject": "nothing"},
        {"subject": "<script>"},
        {"place": "../../etc"},
        {"lang": "fr"},
        {"levels": "台账"},
        {"states": "注销"},
        {"community": "nowhere"},
    ],
)
def test_a_misstated_address_falls_back_to_the_default(app, asked):
    test = app(**asked)
    assert not test.exception
    assert not test.error
    assert test.session_state["ask_speed"] == 100
    assert test.session_state["ask_same_minutes"] is False
    assert test.session_state["ask_states"] == []


def test_a_change_on_one_widget_reaches_the_address_and_the_cards(app):
    test = app()
    before = cards(test)
    test.slider(key="ask_speed").set_value(50).run()
    assert address(test)["speed"] == "50"
    assert cards(test) != before
    test.toggle(key="ask_same_minutes").set_value(True).run()
    test.slider(key="ask_minutes").set_value(30).run()
    assert address(test)["minutes"] == "30"


def test_group_and_category_stay_in_line(app):
    test = app(subject="A2")
    test.button_group(key="ask_group").set_value("mediation").run()
    assert address(test)["subject"] == "mediation"
    test.button_group(key="ask_group").set_value("all").run()
    assert address(test)["subject"] == "all"
    test.button_group(key="ask_group").set_value("other").run()
    assert address(test)["subject"] not in ("all", "other", "mediation", "")
    assert not test.exception


def test_the_language_switch_changes_words_and_nothing_else(app):
    test = app()
    share = cards(test).split("<strong>")[1].split("<")[0]
    test.button_group(key="ask_language").set_value("en").run()
    assert "Elder care" in cards(test)
    assert share in cards(test)
    assert "养老" not in cards(test)


def test_a_place_that_cannot_be_opened_says_why(app):
    test = app(place="broken")
    assert not test.exception
    said = "".join(one.value for one in test.error).replace("\\", "")
    assert "place.toml" in said
    assert "metric_crs" in said


def test_a_category_without_a_gap_indicator_says_so(app):
    test = app(subject="J1")
    assert not test.exception
    assert any("core = 0" in one.value for one in test.caption)


def test_hostile_names_are_written_as_they_are(app):
    test = app(place="hostile", community="420106000000")
    assert not test.exception
    for body in (one.proto.body for one in test.get("html")):
        assert "<img" not in body
        assert "<script" not in body
    assert INJECTIONS[0].startswith("示例<img")


def test_no_place_at_all_says_what_to_do(app, monkeypatch, tmp_path):
    from dashboard import answers

    monkeypatch.setattr(answers, "SHIPPED", tmp_path)
    monkeypatch.setenv("YIKE_HOME", str(tmp_path))
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not test.exception
    assert any("place.toml" in one.value for one in test.info)
