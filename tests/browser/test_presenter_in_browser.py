"""Presenter mode as a speaker uses it: a clicker, a click on the map, and the way back."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

KICKER = ".st-key-present_story .kicker"
FIGURE = ".st-key-present_story .figure"
LOOKED_AT = "[map_div.getCenter().lat, map_div.getCenter().lng, map_div.getZoom()]"


def press(visit, key: str, position: int) -> None:
    """Press a key and wait until the page of the story is there."""
    visit.page.keyboard.press(key)
    visit.page.wait_for_function(
        "([kicker, words]) => document.querySelector(kicker)?.innerText.includes(words)",
        arg=[KICKER, f"{position} / 5"],
    )
    visit.settle()


def size_of(visit, selector: str) -> float:
    return visit.page.evaluate(
        "one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize)", selector
    )


def test_a_clicker_leads_through_the_story_and_back(visit):
    visit.open("subject=disability&speed=80")
    visit.page.get_by_role("link", name="会议模式").click()
    visit.page.wait_for_selector(KICKER)
    visit.settle()
    frame = visit.map()
    frame.evaluate("window.kept = 1")
    assert "助残" in visit.page.locator(KICKER).inner_text()
    # No chrome, large type, and the map fills what the words leave.
    assert not visit.page.locator("[data-testid=stSidebar]").is_visible()
    assert not visit.page.locator("[data-testid=stHeader]").is_visible()
    assert size_of(visit, FIGURE) >= 64
    assert size_of(visit, ".st-key-present_story li") >= 22
    box = visit.page.locator("iframe[title*=folium]").bounding_box()
    assert box["width"] >= 720
    assert box["height"] >= 580
    seen = [frame.evaluate(LOOKED_AT)]
    for key, position in (("PageDown", 2), ("ArrowRight", 3), ("PageDown", 4)):
        press(visit, key, position)
        visit.page.wait_for_timeout(500)
        seen.append(frame.evaluate(LOOKED_AT))
    assert len({tuple(one) for one in seen}) == 4
    visit.page.wait_for_selector(FIGURE, timeout=60_000)
    gained = visit.page.locator(FIGURE).inner_text()
    assert gained.startswith("+")
    assert frame.locator(".yike-site").count() == 3
    press(visit, "PageDown", 5)
    assert gained.lstrip("+") in visit.page.locator(".st-key-present_story").inner_text()
    text = visit.page.locator("[data-testid=stMain]").inner_text()
    for words in ("示例数据", "人数为假定", "数据 2020-11-01", "步速 80 %", "条件已固定"):
        assert words in text
    assert "待人工核对" not in text
    press(visit, "PageUp", 4)
    press(visit, "ArrowLeft", 3)
    press(visit, "Home", 1)
    assert frame.evaluate("window.kept") == 1
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_selector("[data-testid=stSidebar] h3")
    visit.settle()
    assert "subject=disability" in visit.page.url
    assert "speed=80" in visit.page.url
    assert "/presenter" not in visit.page.url
    assert not visit.beyond
    assert not visit.faults


def test_keys_turn_pages_after_a_click_on_the_map(visit):
    visit.open("place=wuchang&step=subdistrict", path="presenter")
    frame = visit.map()
    box = frame.locator("#map_div").bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    visit.page.wait_for_selector(".st-key-present_open, .st-key-present_close")
    visit.settle()
    press(visit, "ArrowRight", 3)
    press(visit, "PageUp", 2)


def test_open_one_here_is_answered_at_once_and_undone(visit):
    visit.open("place=wuchang&step=community", path="presenter")
    frame = visit.map()
    before = frame.evaluate("window.yike.shown")
    visit.page.locator(".st-key-present_open button").click()
    visit.page.wait_for_selector(".st-key-present_try .answer", timeout=5_000)
    frame.wait_for_function("before => window.yike.shown !== before", arg=before)
    answer = visit.page.locator(".st-key-present_try .answer").inner_text()
    assert "→" in answer
    assert "新覆盖" in answer
    visit.settle()
    visit.page.get_by_role("button", name="撤销", exact=True).click()
    visit.page.wait_for_selector(".st-key-present_try .answer", state="detached")
    frame.wait_for_function("before => window.yike.shown === before", arg=before)
    assert not visit.faults
