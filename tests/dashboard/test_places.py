"""The page Places without a browser: building, updating, keeping, settings, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from geo.cell_text import clean_name
from geo.place import load_place
from geo.place_settings import read_settings
from geo.place_shelf import kept_places, trash
from tests.dashboard.synthetic_place import INJECTIONS, write_synthetic
from tests.messy_place import (
    HEADINGS,
    ORGANISATIONS,
    communities,
    register_rows,
    write_communities,
    write_counts,
    write_register,
)

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

LOOK, CHECK, ACCEPT = "desk_new_read", "desk_new_check", "desk_new_accept"


def places_alone() -> None:
    import streamlit as st

    from dashboard import places
    from dashboard.frame import frame

    page = st.Page(places.page, title="地区与数据", default=True)
    frame([page], st.navigation([page], position="hidden"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    write_synthetic(home / "small", communities=6, organisations=40, points_each=4)
    monkeypatch.setenv("YIKE_HOME", str(home))
    return home


@pytest.fixture
def app(home):
    def opened(view: str = "about", **asked: str) -> AppTest:
        test = AppTest.from_function(places_alone, default_timeout=120)
        for name, value in {"place": "small", **asked}.items():
            test.query_params[name] = value
        test.session_state["places_view"] = view
        return test.run()

    return opened


def upload(test: AppTest, kind: str, *files: Path, desk: str = "new") -> AppTest:
    start = f"desk_{desk}_upload_{kind}_"
    widget = next(one for one in test.file_uploader if one.key.startswith(start))
    given = [(path.name, path.read_bytes(), "application/octet-stream") for path in files]
    return widget.set_value(given).run()


def done(test: AppTest, desk: str = "new") -> AppTest:
    """Wait for the work of a desk and draw what came of it."""
    work = test.session_state["place_desks"][desk].work
    # Small files may have been read before the page was drawn.
    if work is not None:
        work.wait(180)
    return test.run()


def said(test: AppTest) -> str:
    parts = (*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.success)
    return " ".join(one.value for one in parts).replace("\\", "")


def errors(test: AppTest) -> str:
    return " ".join(one.value for one in test.error).replace("\\", "")


def handed_in(test: AppTest, folder: Path, *, hostile: bool = False) -> AppTest:
    folder.mkdir(exist_ok=True)
    upload(test, "communities", write_communities(folder, hostile=hostile))
    upload(test, "register", write_register(folder, hostile=hostile))
    return upload(test, "residents", write_counts(folder, hostile=hostile))


def checked(test: AppTest, system: str = "gcj02") -> AppTest:
    test.button(key=LOOK).click().run()
    done(test)
    test.radio(key="desk_new_system").set_value(system).run()
    test.button(key=CHECK).click().run()
    return done(test)


def test_it_opens_on_the_open_place(app):
    test = app()
    assert not test.exception
    assert not test.error
    assert "合成测试区" in said(test)


@pytest.mark.parametrize("view", ["about", "build", "update", "keep", "settings"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_opens_in_both_languages(app, view, language):
    test = app(view, lang=language)
    assert not test.exception
    assert not test.error


def test_a_place_is_built_from_messy_files_and_opened(app, home, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    test.text_input(key="desk_new_name_en").set_value("Example District").run()
    handed_in(test, tmp_path / "files")
    assert "名册.csv" in said(test)
    assert "直线 × 1.3" in said(test)
    test.button(key=LOOK).click().run()
    done(test)
    assert test.button(key=CHECK).disabled, "the coordinate system is a required choice"
    assert test.radio(key="desk_new_system").value is None
    assert "GCJ-02" in said(test)
    assert "联系电话" in said(test)
    test.radio(key="desk_new_system").set_value("gcj02").run()
    test.button(key=CHECK).click().run()
    done(test)
    assert not test.exception
    counts = {one.label: one.value for one in test.metric}
    assert counts["读入行数"] == str(ORGANISATIONS + 1)
    assert counts["不载入"] == "1"
    assert not [one for one in kept_places() if one != "small"]
    test.button(key=ACCEPT).click().run()
    assert not test.exception
    assert "示例区" in "".join(one.value for one in test.success)
    assert test.session_state["ask_place"] == "示例区"
    place = load_place(home / "示例区")
    assert place.name.en == "Example District"
    assert len(place.register) == ORGANISATIONS
    assert "new" not in test.session_state["place_desks"]
    assert sorted(one.name for one in home.iterdir()) == ["small", "示例区"]


def test_a_declaration_against_the_points_is_said_and_must_be_confirmed(app, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files")
    checked(test, "wgs84")
    assert test.button(key=ACCEPT).disabled
    test.checkbox(key="desk_new_against").check().run()
    assert not test.button(key=ACCEPT).disabled


def test_a_change_after_the_check_asks_for_another_one(app, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files")
    checked(test)
    assert not test.button(key=ACCEPT).disabled
    test.text_input(key="desk_new_name_zh").set_value("另一区").run()
    assert test.button(key=ACCEPT).disabled
    assert any("再检查一次" in one.value for one in test.warning)


def test_bad_files_are_sentences_and_lose_nothing(app, home, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    broken = tmp_path / "坏名册.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    lines = tmp_path / "边界.geojson"
    lines.write_text('{"type": "FeatureCollection", "features": [', encoding="utf-8")
    upload(test, "communities", lines)
    upload(test, "register", broken)
    test.button(key=LOOK).click().run()
    done(test)
    assert not test.exception
    assert "坏名册.xlsx" in errors(test)
    assert "边界.geojson" in errors(test)
    assert test.text_input(key="desk_new_name_zh").value == "示例区"
    test.button(key="desk_new_remove_register_坏名册.xlsx").click().run()
    test.button(key="desk_new_remove_communities_边界.geojson").click().run()
    handed_in(test, tmp_path / "files")
    checked(test)
    assert not test.error
    assert not test.button(key=ACCEPT).disabled
    assert [one.name for one in home.iterdir()] == ["small"]


def test_boundaries_without_a_system_ask_for_it(app, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files")
    areas = (
        communities()
        .to_crs("EPSG:4547")
        .rename(columns={"社区代码": "DM", "社区名称": "SQMC", "所属街道": "JDMC"})
    )
    areas.to_file(tmp_path / "areas.shp", encoding="gb18030")
    parts = [tmp_path / f"areas.{ending}" for ending in ("shp", "shx", "dbf", "cpg")]
    test.button(key="desk_new_remove_communities_社区边界.geojson").click().run()
    upload(test, "communities", *parts)
    test.button(key=LOOK).click().run()
    done(test)
    assert "areas.shp" in errors(test)
    test.selectbox(key="desk_new_crs").set_value("EPSG:4547").run()
    test.button(key=LOOK).click().run()
    done(test)
    assert not test.error
    assert "GCJ-02" in said(test)


def test_a_wrong_column_is_corrected(app, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    folder = tmp_path / "files"
    handed_in(test, folder)
    text = (folder / "名册.csv").read_bytes().decode("gbk").replace("社会组织名称", "叫什么")
    (folder / "名册.csv").write_bytes(text.encode("gbk"))
    upload(test, "register", folder / "名册.csv")
    test.button(key=LOOK).click().run()
    done(test)
    assert "组织名称" in errors(test)
    assert test.button(key=CHECK).disabled
    column = next(one for one in test.selectbox if one.label == "叫什么")
    column.set_value("name").run()
    test.radio(key="desk_new_system").set_value("gcj02").run()
    test.button(key=CHECK).click().run()
    done(test)
    assert not test.button(key=ACCEPT).disabled
    # The corrected column survives leaving the page and coming back.
    test.button_group(key="places_view").set_value("about").run()
    test.button_group(key="places_view").set_value("build").run()
    assert next(one for one in test.selectbox if one.label == "叫什么").value == "name"
    assert test.radio(key="desk_new_system").value == "gcj02"
    assert test.text_input(key="desk_new_name_zh").value == "示例区"


def test_a_corrected_workbook_takes_the_place_of_the_register(app, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files")
    checked(test)
    found = test.session_state["place_desks"]["new"].draft.kept_answer("check")
    book = openpyxl.load_workbook(found.checks[-1].book)
    sheet = book.worksheets[0]
    name = [cell.value for cell in sheet[1]].index("社会组织名称") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, name, sheet.cell(row, name).value or "示例补写养老驿站")
    corrected = tmp_path / "改好.xlsx"
    book.save(corrected)
    upload(test, "corrected", corrected)
    assert test.button(key=ACCEPT).disabled
    test.button(key=CHECK).click().run()
    done(test)
    counts = {one.label: one.value for one in test.metric}
    assert counts["不载入"] == "0"
    assert counts["读入行数"] == str(ORGANISATIONS + 1)
    assert not test.button(key=ACCEPT).disabled


def test_a_taken_or_impossible_name_is_a_sentence(app, tmp_path):
    test = app("build")
    handed_in(test, tmp_path / "files")
    test.button(key=LOOK).click().run()
    done(test)
    test.radio(key="desk_new_system").set_value("gcj02").run()
    for name in ("合成测试区", "<img src=x>", "a/b"):
        test.text_input(key="desk_new_name_zh").set_value(name).run()
        test.button(key=CHECK).click().run()
        assert name in errors(test)
        assert not test.exception


def test_hostile_names_are_data_from_files_to_map(app, home, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files", hostile=True)
    checked(test)
    test.button(key=ACCEPT).click().run()
    assert not test.exception
    assert not test.error
    place = load_place(home / "示例区")
    assert {clean_name(one) for one in INJECTIONS} <= set(place.register["name"])
    for body in (one.proto.body for one in test.get("html")):
        assert "<img" not in body
        assert "<script" not in body


def test_the_register_of_a_place_is_added_to(app, home, tmp_path):
    test = app("build")
    test.text_input(key="desk_new_name_zh").set_value("示例区").run()
    handed_in(test, tmp_path / "files")
    checked(test)
    test.button(key=ACCEPT).click().run()
    test.button_group(key="places_view").set_value("update").run()
    assert test.selectbox(key="update_which").value == "示例区"
    rows = register_rows()[1:3]
    rows[0][1] = "示例新增养老驿站"
    more = tmp_path / "新增.csv"
    more.write_text("\n".join(",".join(row) for row in (HEADINGS, *rows)), encoding="utf-8")
    upload(test, "register", more, desk="示例区")
    test.radio(key="desk_示例区_how").set_value("add").run()
    test.button(key="desk_示例区_read").click().run()
    done(test, "示例区")
    test.radio(key="desk_示例区_system").set_value("gcj02").run()
    test.button(key="desk_示例区_check").click().run()
    done(test, "示例区")
    assert "新增 1 个组织" in said(test)
    test.button(key="desk_示例区_accept").click().run()
    assert not test.exception
    assert len(load_place(home / "示例区").register) == ORGANISATIONS + 1


def test_a_place_of_another_kind_is_not_updated(app, tmp_path):
    test = app("update")
    upload(test, "register", write_register(tmp_path), desk="small")
    test.button(key="desk_small_read").click().run()
    done(test, "small")
    test.radio(key="desk_small_system").set_value("wgs84").run()
    test.button(key="desk_small_check").click().run()
    done(test, "small")
    assert not test.exception
    assert "small" in errors(test)


def test_a_place_is_renamed_put_away_and_put_back(app, home):
    test = app("keep")
    test.text_input[0].set_value("改过的名称")
    next(one for one in test.button if one.label == "保存名称").click().run()
    assert "改过的名称" in "".join(one.value for one in test.success)
    assert load_place(home / "small").name.zh == "改过的名称"
    assert test.button(key="keep_remove").disabled
    test.checkbox(key="keep_sure_small").check().run()
    test.button(key="keep_remove").click().run()
    assert not test.exception
    assert not kept_places()
    assert test.session_state["ask_place"] == "wuchang"
    (away,) = trash()
    test.button(key=f"back_{away.folder.name}").click().run()
    assert list(kept_places()) == ["small"]
    assert not test.exception


def test_settings_are_checked_and_kept_apart_from_shipped_data(app, home, root):
    test = app("settings", place="wuchang")
    test.text_input[0].set_value("ftp://10.0.0.8/{x}{y}{z}")
    test.text_input[2].set_value("鄂S（2024）1号")
    next(one for one in test.button if one.label == "保存").click().run()
    assert "http://" in errors(test)
    assert test.text_input[2].value == "鄂S（2024）1号"
    test.text_input[0].set_value("http://10.0.0.8/{z}/{x}/{y}.png")
    next(one for one in test.button if one.label == "保存").click().run()
    assert not test.error
    kept = read_settings("wuchang", home)
    assert (kept.tile_template, kept.review_number) == (
        "http://10.0.0.8/{z}/{x}/{y}.png",
        "鄂S（2024）1号",
    )
    assert not (root / "data" / "wuchang" / "settings.toml").exists()


def test_a_place_put_away_by_somebody_else_is_no_fault(app, home):
    test = app()
    (home / "small").rename(home / ".gone")
    test.run()
    assert not test.exception
    assert test.session_state["ask_place"] == "wuchang"
