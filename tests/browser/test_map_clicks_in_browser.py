"""Clicks on the map as a person makes them: look, prove, walk, edit, take away."""

from __future__ import annotations

import pytest

from tests.browser.browsing import Visit
from tests.dashboard.synthetic_place import INJECTIONS

pytestmark = pytest.mark.browser

WUCHANG_COMMUNITY = "示例街区021"
SYNTHETIC_COMMUNITY = "420106000007"

# Where a dot stands in the frame: of the organisations, or of the resident points.
DOT = """
({kind, mark}) => {
  let found = null;
  map_div.eachLayer((layer) => {
    if (!layer.hit || !layer._places.length || Boolean(layer._sizes) !== (kind === 'resident')) {
      return;
    }
    const seen = map_div.getSize();
    for (let k = 0; k < layer._places.length; k += 1) {
      if (mark && layer._marks[k] !== mark) continue;
      const at = map_div.latLngToContainerPoint(layer._places[k]);
      const clear = at.x > 230 && at.y > 60 && at.x < seen.x - 90 && at.y < seen.y - 60;
      if (clear && !found) found = {x: at.x, y: at.y, count: layer._places.length, row: k};
    }
  });
  return found;
}
"""


def dot(frame, kind: str, mark: str = "") -> dict:
    found = frame.evaluate(DOT, {"kind": kind, "mark": mark})
    assert found, f"no {kind} {mark} in sight"
    return found


def dots(frame, kind: str) -> str:
    """Return the marks of the dots drawn, in order."""
    return frame.evaluate(
        """(homes) => {
          let marks = '';
          map_div.eachLayer((one) => {
            if (one.hit && Boolean(one._sizes) === homes) marks = one._marks;
          });
          return marks;
        }""",
        kind == "resident",
    )


def click(visit: Visit, frame, at: dict) -> None:
    frame.locator("#map_div").click(position={"x": at["x"], "y": at["y"]})
    visit.settle()


def legend(frame) -> str:
    return frame.locator(".yike-panel").inner_text()


def view(frame) -> list[float]:
    return frame.evaluate("[map_div.getZoom(), map_div.getCenter().lat, map_div.getCenter().lng]")


def same_frame(frame) -> bool:
    return frame.evaluate("window.kept") == "the same frame"


@pytest.mark.parametrize(
    ("language", "words", "verdict"),
    [
        ("zh", "15 分钟走得到（720 米）", "按现在的参数"),
        ("en", "within 15 min (720 m)", "this question"),
    ],
)
def test_a_clicked_organisation_shows_its_areas_and_its_card(visit, language, words, verdict):
    visit.open(f"lang={language}")
    frame = visit.map()
    frame.evaluate("window.kept = 'the same frame'")
    click(visit, frame, dot(frame, "organisation", "c"))
    before = view(frame)
    card = visit.page.locator(".st-key-organisation_card")
    assert "示例" in card.inner_text()
    assert verdict in card.inner_text()
    assert words in legend(frame)
    assert "organisation=" in visit.page.url
    assert view(frame) == before
    frame.locator(".yike-closer").click()
    visit.page.wait_for_timeout(600)
    assert view(frame)[0] > before[0]
    # A click on nothing closes it, and the frame was never loaded anew.
    frame.evaluate("void map_div.setView([30.45, 114.9], 14, {animate: false})")
    click(visit, frame, {"x": 300, "y": 200})
    card.wait_for(state="detached")
    assert words not in legend(frame)
    assert same_frame(frame)
    assert not visit.faults
    assert not visit.beyond


def test_a_link_opens_the_same_resident_point(visit):
    visit.open(f"community={WUCHANG_COMMUNITY}")
    frame = visit.map()
    frame.locator(".yike-closer").click()
    visit.page.wait_for_timeout(600)
    click(visit, frame, dot(frame, "resident", "u"))
    assert "resident=" in visit.page.url
    said = visit.page.locator(".st-key-walk").inner_text()
    again = Visit(visit.context.browser, visit.address)
    try:
        again.page.goto(visit.page.url)
        again.settle()
        assert again.page.locator(".st-key-walk").inner_text() == said
    finally:
        again.close()


def test_a_clicked_resident_point_shows_its_walk_and_the_way_to_the_organisation(visit):
    visit.open(f"community={WUCHANG_COMMUNITY}")
    frame = visit.map()
    frame.locator(".yike-closer").click()
    visit.page.wait_for_timeout(600)
    assert set(dots(frame, "resident")) == {"r", "u"}
    click(visit, frame, dot(frame, "resident", "u"))
    walk = visit.page.locator(".st-key-walk")
    label = frame.locator(".yike-label").inner_text()
    assert "未覆盖" in walk.inner_text()
    assert label in walk.inner_text()
    assert "米" in label
    assert "分钟" in label
    assert "到最近一处的步行路线" in legend(frame)
    walk.get_by_role("button").click()
    visit.settle()
    assert visit.page.locator(".st-key-organisation_card").count() == 1
    assert "走得到" in legend(frame)
    assert not visit.faults


def test_a_straight_line_place_says_estimate_and_draws_no_route(visit):
    visit.open(f"place=synthetic&community={SYNTHETIC_COMMUNITY}")
    frame = visit.map()
    frame.locator(".yike-closer").click()
    visit.page.wait_for_timeout(600)
    click(visit, frame, dot(frame, "resident"))
    assert "直线估算" in frame.locator(".yike-label").inner_text()
    assert "不是路线" in legend(frame)
    assert "直线估算" in visit.page.locator(".st-key-walk").inner_text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_figure_opens_its_proof_and_a_row_its_walk(visit, language):
    visit.open(f"community={WUCHANG_COMMUNITY}&lang={language}")
    frame = visit.map()
    visit.page.locator("[class*=st-key-proof_of_disability] button:visible").click()
    visit.settle()
    words = {"zh": "居民点：助残未覆盖", "en": "Residents: Disability not covered"}[language]
    assert words in legend(frame)
    table = visit.page.locator("[class*=st-key-proof_rows_points] .dvn-scroller")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 60, "y": 50})
    visit.settle()
    assert "resident=" in visit.page.url
    assert visit.page.locator(".st-key-walk").count() == 1
    assert not visit.faults


MODES = {"zh": ("新增", "移动", "关闭"), "en": ("Add", "Move", "Close")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_edits_by_clicks_are_answered_undone_and_saved(visit, language):
    add, move, close = MODES[language]
    visit.open(f"place=synthetic&lang={language}", path="where_next")
    frame = visit.map()
    frame.evaluate("window.kept = 'the same frame'")
    mode = lambda name: visit.page.get_by_role("radio", name=name, exact=True)  # noqa: E731
    answer = visit.page.locator(".st-key-map_answer")
    edits = visit.page.locator("[class*=st-key-what_if_remove_]")

    mode(add).click()
    visit.settle()
    assert frame.evaluate("map_div.getContainer().classList.contains('yike-waiting')")
    click(visit, frame, {"x": 330, "y": 90})
    assert edits.count() == 1
    assert "n" in dots(frame, "organisation")
    assert answer.inner_text().strip()

    mode(move).click()
    visit.settle()
    click(visit, frame, dot(frame, "organisation", "n"))
    assert frame.evaluate("map_div.getContainer().classList.contains('yike-waiting')")
    before = dot(frame, "organisation", "n")
    click(visit, frame, {"x": 300, "y": 300})
    moved = dot(frame, "organisation", "n")
    assert (before["x"], before["y"]) != (moved["x"], moved["y"])
    assert edits.count() == 1

    mode(close).click()
    visit.settle()
    click(visit, frame, {"x": 300, "y": 300})
    assert edits.count() == 0
    click(visit, frame, dot(frame, "organisation", "c"))
    assert edits.count() == 1
    assert "k" in dots(frame, "organisation")
    visit.page.locator(".st-key-map_undo button").click()
    visit.settle()
    assert edits.count() == 0
    assert "k" not in dots(frame, "organisation")
    assert same_frame(frame)

    click(visit, frame, dot(frame, "organisation", "c"))
    visit.page.get_by_role("button", name={"zh": "保存为方案", "en": "Save as"}[language]).click()
    visit.page.locator(".st-key-what_if_name input").fill(f"click-{language}")
    visit.page.locator(".st-key-what_if_save_do button").click()
    visit.settle()
    done = {"zh": "已保存", "en": "is saved"}[language]
    visit.page.get_by_text(done).first.wait_for()
    assert not [one for one in visit.faults if "_stcore" not in one]
    assert not visit.beyond


def test_a_click_where_nobody_is_says_so(visit):
    visit.open("place=synthetic", path="where_next")
    frame = visit.map()
    visit.page.get_by_role("radio", name="关闭", exact=True).click()
    visit.settle()
    frame.evaluate("void map_div.setView([30.45, 114.9], 14, {animate: false})")
    click(visit, frame, {"x": 300, "y": 200})
    visit.page.get_by_text("这里没有组织").wait_for()


def test_empty_map_tells_its_coordinates(visit):
    visit.open("place=synthetic")
    frame = visit.map()
    frame.evaluate("window.yike.onpick = (chosen) => { window.chosen = chosen; }")
    frame.evaluate("void map_div.setView([30.45, 114.9], 14, {animate: false})")
    frame.locator("#map_div").click(position={"x": 300, "y": 200})
    chosen = frame.evaluate("window.chosen")
    at = frame.evaluate("map_div.containerPointToLatLng([300, 200])")
    assert (chosen["kind"], chosen["row"]) == ("spot", -1)
    assert chosen["lat"] == pytest.approx(at["lat"], abs=1e-3)
    assert chosen["lng"] == pytest.approx(at["lng"], abs=1e-3)


def test_the_map_is_used_by_the_keyboard_alone(visit):
    visit.open("place=synthetic")
    frame = visit.map()
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        if frame.evaluate("document.activeElement === map_div.getContainer()"):
            break
    else:
        pytest.fail("the map is not in the tab order")
    label = frame.evaluate("map_div.getContainer().getAttribute('aria-label')")
    assert "回车" in label
    assert frame.locator(".yike-aim").is_visible()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(".st-key-profile, .st-key-organisation_card")
    assert not visit.faults


def test_hostile_names_on_cards_hints_and_in_the_saved_files(visit):
    for row in range(len(INJECTIONS)):
        visit.open(f"place=synthetic&organisation=o0000{row}&community=4201060{row:05d}")
        frame = visit.map()
        card = visit.page.locator(".st-key-organisation_card").inner_text()
        assert INJECTIONS[row] in card
        at = dot(frame, "resident") if dots(frame, "resident") else {"x": 300, "y": 200}
        box = frame.locator("#map_div").bounding_box()
        visit.page.mouse.move(box["x"] + at["x"], box["y"] + at["y"])
        for where in (visit.page, frame):
            assert where.evaluate("window.hit === undefined && window.top.hit === undefined")
            assert where.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    with visit.page.expect_download() as arriving:
        frame.locator(".yike-save").click()
    assert arriving.value.path().stat().st_size > 20_000
    assert not visit.faults
    assert not visit.beyond


# Every visible word of the map and the cards against what lies behind it (WCAG 2 AA: 4.5).
CONTRAST = """
(boxes) => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const lightness = (c) => {
    const part = c.slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4)));
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const given = parse(getComputedStyle(at).backgroundColor);
      if (given.length === 3 || given[3] > 0.84) return given;
    }
    return [255, 255, 255];
  };
  const poor = [];
  let seen = 0;
  for (const box of document.querySelectorAll(boxes)) {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.textContent.trim() || !node.offsetParent) continue;
      if (node.closest(':disabled')) continue;
      const ink = parse(getComputedStyle(node).color);
      const [a, b] = [lightness(ink), lightness(behind(node))].sort((x, y) => y - x);
      seen += 1;
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) poor.push([walker.currentNode.textContent.slice(0, 30), ratio]);
    }
  }
  return [seen, poor];
}
"""


def test_words_on_the_map_and_the_cards_stand_out_enough(visit):
    visit.open(f"community={WUCHANG_COMMUNITY}&organisation=示例登记00280")
    frame = visit.map()
    seen, poor = frame.evaluate(CONTRAST, ".yike-panel, .yike-notes, .yike-buttons, .yike-north")
    assert seen > 10
    assert not poor
    boxes = ".card, .st-key-profile, .st-key-organisation_card, .st-key-honesty, .st-key-matrix"
    seen, poor = visit.page.evaluate(CONTRAST, boxes)
    assert seen > 40
    assert not poor


def test_at_125_percent_the_map_is_seen_without_scrolling(browser, address):
    # Windows at 125 % leaves 1024 x 576 of a 1280 x 720 projector.
    made = Visit(browser, address, size=(1024, 576))
    try:
        made.open()
        made.map()
        box = made.page.locator("iframe[title*=folium]").bounding_box()
        assert box["y"] < 300
        assert box["width"] >= 380
    finally:
        made.close()


def exported(visit: Visit, tmp_path) -> str:
    with visit.page.expect_download() as arriving:
        visit.page.locator(".st-key-download_map button").click()
    arriving.value.save_as(tmp_path / "map.html")
    return (tmp_path / "map.html").read_text(encoding="utf-8")


def alone(browser, tmp_path):
    """Open the saved map without a network; return its page and its faults."""
    page = browser.new_context(offline=True).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_function("window.yike.shown")
    return page, faults


def test_tiles_are_asked_for_only_where_an_office_set_them(visit, browser, tmp_path):
    visit.open("place=tiled")
    frame = visit.map()
    frame.wait_for_function("document.querySelectorAll('img.leaflet-tile').length > 0")
    assert visit.beyond
    assert all(one.startswith("http://tiles.intranet.invalid/base/") for one in visit.beyond)
    notes = frame.locator(".yike-notes").inner_text()
    assert "示例底图 <img src=x>" in notes
    assert "审图号：示例审字 1 号" in notes
    assert frame.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    with visit.page.expect_download() as arriving:
        frame.locator(".yike-save").click()
    assert arriving.value.path().read_bytes()[:4] == b"\x89PNG"
    assert "tiles.intranet" not in exported(visit, tmp_path)
    page, faults = alone(browser, tmp_path)
    assert "审图号：示例审字 1 号" in page.locator(".yike-notes").inner_text()
    assert page.locator("img.leaflet-tile").count() == 0
    assert not faults
    page.context.close()


def test_without_a_number_and_tiles_nothing_is_printed_or_asked(visit):
    visit.open("place=synthetic")
    frame = visit.map()
    assert "审图号" not in frame.locator(".yike-notes").inner_text()
    assert frame.locator("img.leaflet-tile").count() == 0
    assert not visit.beyond


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("内部工作用图", "示例数据", "直线估算", "人口估算", "数据 2024", "非政策标准")),
        (
            "en",
            ("Internal working map", "Demonstration", "Straight-line", "Data 2024", "not policy"),
        ),
    ],
)
def test_the_saved_map_says_everything_in_the_reader_s_language(
    visit, browser, tmp_path, language, said
):
    visit.open(f"place=synthetic&lang={language}")
    visit.map()
    text = exported(visit, tmp_path)
    page, faults = alone(browser, tmp_path)
    page.locator("summary").click()
    words = page.locator("body").inner_text()
    for one in said:
        assert one in words, one
    other = {"zh": "Internal working map", "en": "内部工作用图"}[language]
    assert other not in words
    before = page.evaluate("window.yike.shown")
    page.locator("#minutes").focus()
    page.keyboard.press("End")
    page.wait_for_function("before => window.yike.shown !== before", arg=before)
    assert "30" in page.locator(".yike-title").inner_text()
    assert "30" in page.locator("#question").inner_text()
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert page.evaluate("window.hit === undefined")
    with page.expect_download() as arriving:
        page.locator(".yike-save").click()
    assert arriving.value.path().read_bytes()[:4] == b"\x89PNG"
    assert len(text) > 100_000
    assert not faults
    page.context.close()
