"""The first screen as a person uses it, in a browser that reaches nothing but this machine."""

from __future__ import annotations

import zipfile

import pytest

pytestmark = pytest.mark.browser

PLACES = ("wuchang", "synthetic")
HEADLINE = ".card.chosen strong"


def slide(visit, presses: int) -> None:
    """Move the last slider (speed) by the keyboard and wait for the answer."""
    frame = visit.map()
    before = frame.evaluate("window.yike.shown")
    slider = visit.page.locator(
        "[data-testid=stSlider] [role=slider], [data-testid=stSlider] input"
    )
    slider.last.focus()
    for _ in range(abs(presses)):
        visit.page.keyboard.press("ArrowRight" if presses > 0 else "ArrowLeft")
    frame.wait_for_function("before => window.yike.shown !== before", arg=before)
    visit.settle()


def view(frame) -> list[float]:
    return frame.evaluate("[map_div.getZoom(), map_div.getCenter().lat, map_div.getCenter().lng]")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", PLACES)
def test_it_opens_complete_and_asks_nobody_else(visit, place, language):
    visit.open(f"place={place}&lang={language}")
    frame = visit.map()
    assert frame.evaluate("L.version") == "1.9.4"
    assert visit.page.locator(".card").count() == 3
    assert visit.page.locator(".card strong").first.inner_text().endswith(" %")
    words = {"zh": "内部工作用图", "en": "Internal working map"}[language]
    assert words in frame.locator(".yike-notes").inner_text()
    visit.page.wait_for_selector("[data-testid=stDataFrame]")
    assert not visit.beyond
    assert not visit.faults


def test_the_map_is_seen_without_scrolling(visit):
    visit.open()
    visit.map()
    box = visit.page.locator("iframe[title*=folium]").bounding_box()
    assert box["y"] < 230
    assert box["y"] + box["height"] <= 720
    assert box["height"] >= 400


def test_a_slider_changes_the_headline_and_never_the_view(visit):
    visit.open()
    frame = visit.map()
    frame.evaluate("window.kept = 'the same frame'")
    frame.locator("#map_div").click(position={"x": 300, "y": 200})
    visit.settle()
    frame.evaluate("void map_div.setView([30.55, 114.33], 14.5, {animate: false})")
    before, headline = view(frame), visit.page.locator(HEADLINE).inner_text()
    painted = frame.evaluate("window.yike.shown")
    slide(visit, -3)
    assert visit.page.locator(HEADLINE).inner_text() != headline
    assert frame.evaluate("window.yike.shown") != painted
    assert view(frame) == before
    assert frame.evaluate("window.kept") == "the same frame"
    assert sum("streamlit_folium" in one.url for one in visit.page.frames) == 1
    assert "speed=70" in visit.page.url


def test_the_language_switch_keeps_the_map_and_the_question(visit):
    visit.open("subject=mediation&speed=80")
    frame = visit.map()
    frame.evaluate("window.kept = 1")
    share = visit.page.locator(HEADLINE).inner_text()
    visit.page.get_by_role("radio", name="English").click()
    frame.wait_for_function(
        "document.querySelector('.yike-title').textContent.includes('Mediation')"
    )
    visit.settle()
    assert visit.page.locator(HEADLINE).inner_text() == share
    assert frame.evaluate("window.kept") == 1
    assert "lang=en" in visit.page.url
    assert "subject=mediation" in visit.page.url


def test_chosen_words_follow_the_language_and_the_group(visit):
    visit.open("place=wuchang&subject=A2")
    visit.map()
    chosen = lambda: visit.page.eval_on_selector_all(  # noqa: E731
        "[data-testid=stSidebar] [data-testid=stSelectbox] input",
        "boxes => boxes.map(one => one.value)",
    )
    before = chosen()
    visit.page.get_by_role("radio", name="English").click()
    visit.settle()
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in "".join(chosen()))
    assert "subject=A2" in visit.page.url
    visit.page.get_by_role("radio", name="中文").click()
    visit.settle()
    assert chosen() == before
    assert "subject=A2" in visit.page.url
    for group, category in (("全部", "各组中最低的一组"), ("助残", "整组（任一类可达）")):
        visit.page.get_by_role("radio", name=group, exact=True).click()
        visit.settle()
        assert chosen()[1] == category


def test_a_click_on_a_community_opens_its_numbers(visit):
    visit.open("place=synthetic")
    frame = visit.map()
    # Somewhere in a community where no organisation stands.
    at = frame.evaluate(
        """() => {
          const dots = [];
          const shapes = [];
          map_div.eachLayer((layer) => {
            if (layer.hit) dots.push(...layer._places);
            else if (layer.at !== undefined) shapes.push(layer);
          });
          const spots = shapes.map((one) => one.getBounds().getCenter());
          const apart = (one) => Math.min(...dots.map((dot) => map_div.distance(one, dot)));
          spots.sort((one, other) => apart(other) - apart(one));
          return map_div.latLngToContainerPoint(spots[0]);
        }"""
    )
    frame.locator("#map_div").click(position={"x": at["x"], "y": at["y"]})
    visit.page.wait_for_selector(".st-key-profile")
    visit.settle()
    assert "community=" in visit.page.url
    visit.page.get_by_role("button", name="关闭").click()
    visit.page.wait_for_selector(".st-key-profile", state="detached")


def test_a_link_opens_the_same_view(visit):
    visit.open("place=synthetic&subject=A2&minutes=20&speed=120&levels=备案&lang=en")
    visit.map()
    url = visit.page.url
    for part in ("subject=A2", "minutes=20", "speed=120", "lang=en", "place=synthetic"):
        assert part in url


def test_both_downloads_arrive(visit):
    visit.open("place=synthetic")
    with visit.page.expect_download() as arriving:
        visit.page.get_by_role("button", name="下载 Excel").click()
    book = arriving.value
    assert "示例数据" in book.suggested_filename
    with zipfile.ZipFile(book.path()) as inside:
        assert "xl/workbook.xml" in inside.namelist()
    with visit.page.expect_download() as arriving:
        visit.page.get_by_role("button", name="下载 CSV").click()
    text = arriving.value.path().read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")


def test_the_map_is_saved_as_a_picture(visit):
    visit.open("place=synthetic")
    frame = visit.map()
    with visit.page.expect_download() as arriving:
        frame.locator(".yike-save").click()
    assert arriving.value.suggested_filename.endswith(".png")
    assert arriving.value.path().read_bytes()[:4] == b"\x89PNG"


def test_hostile_names_stay_names(visit):
    visit.open("place=synthetic&community=420106000000")
    frame = visit.map()
    visit.page.wait_for_selector(".st-key-profile")
    assert "<img src=x" in visit.page.locator(".st-key-profile").inner_text()
    for k in range(6):
        frame.evaluate(f"map_div.fire('mousemove', {{containerPoint: L.point(10, {k})}})")
    box = frame.locator("#map_div").bounding_box()
    for across in range(1, 9):
        for up in range(1, 7):
            visit.page.mouse.move(
                box["x"] + box["width"] * across / 9, box["y"] + box["height"] * up / 7
            )
            visit.page.wait_for_timeout(40)
    for where in (visit.page, frame):
        assert where.evaluate("window.hit === undefined && window.top.hit === undefined")
        assert where.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert not visit.faults
    assert not visit.beyond


def test_the_map_file_opens_alone_with_its_slider(visit, browser, tmp_path):
    visit.open("place=synthetic")
    with visit.page.expect_download() as arriving:
        visit.page.get_by_role("button", name="下载地图").click()
    file = tmp_path / "map.html"
    arriving.value.save_as(file)
    alone = browser.new_context(offline=True)
    page = alone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(file.as_uri())
    first = page.evaluate("yike.shown || document.getElementById('shown').textContent")
    page.locator("#minutes").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "first => document.getElementById('shown').textContent !== first", arg=first
    )
    assert page.evaluate("window.hit === undefined")
    assert not faults
    alone.close()
