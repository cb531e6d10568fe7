"""Every page in both languages, in a browser that reaches nothing but this machine."""

from __future__ import annotations

import ast
from itertools import product

import pytest

from tests.conftest import ROOT

browsing = pytest.importorskip("tests.browser.browsing", reason="playwright is not installed")

pytestmark = pytest.mark.browser


def listed_pages() -> tuple[str, ...]:
    """Return the pages of the browser door, without running it."""
    tree = ast.parse((ROOT / "streamlit_app.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "PAGES":
            return ast.literal_eval(node.value)
    raise AssertionError("streamlit_app.py lists no pages")


PAGES = listed_pages()
DEMONSTRATION = {"zh": "示例数据", "en": "Demonstration"}
# A name that ran would leave one of these; an image would have been asked for.
NOTHING_RAN = """() => window.hit === undefined && window.top.hit === undefined
    && document.querySelectorAll('img[src="x"], [onerror]').length === 0"""


# Whatever can be used and is not reached by the tab key; groups are walked by the arrow keys.
FOCUSABLE = """() => [...document.querySelectorAll(
    'button, a[href], input, select, textarea, summary, [role=slider], [role=radio], iframe'
)].filter(one => one.offsetParent && !one.disabled && one.tabIndex < 0
    && getComputedStyle(one).visibility !== 'hidden'
    && !one.closest('[role=radiogroup], [role=group], [data-testid=stDataFrame], label')
    && !one.closest('[data-testid=stHeaderActionElements], [aria-hidden=true]')
    && !one.closest('[data-testid=stNumberInput]'))  // its arrows are the arrow keys
.map(one => one.outerHTML.slice(0, 120))"""
# WCAG 2.1, 1.4.3: 4.5 to 1 for text, 3 to 1 for large text; what is disabled is exempt.
FAINT = """() => {
  const part = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ink = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = text => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = text;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map(k => top[k] * top[3] + under[k] * (1 - top[3]));
  const behind = one => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const veil = one => {
    let seen = 1;
    for (let at = one; at; at = at.parentElement) seen *= Number(getComputedStyle(at).opacity);
    return seen;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const one = text.parentElement;
    if (!text.data.trim() || !one.checkVisibility()) continue;
    if (one.closest('style, script, [data-testid=stIconMaterial]')) continue;
    if (one.closest(':disabled, [aria-disabled=true], [disabled]')) continue;
    const style = getComputedStyle(one);
    // The value of a slider hangs above its thumb, not on it.
    const background = behind(one.closest('[data-testid=stSlider]') || one);
    const colour = rgba(style.color);
    colour[3] *= veil(one);
    if (!colour[3]) continue;
    const [high, low] = [light(over(colour, background)), light(background)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio >= (large ? 3 : 4.5)) continue;
    found.push(`${ratio.toFixed(2)} ${text.data.trim().slice(0, 40)}`);
  }
  return [...new Set(found)];
}"""


@pytest.fixture(scope="module")
def guest(browser, address):
    """One visitor for all pages: the browser then keeps the scripts it has read."""
    made = browsing.Visit(browser, address)
    yield made
    made.close()


def opened(guest, page: str, question: str):
    guest.beyond.clear()
    guest.faults.clear()
    return guest.open(question, path="" if page == PAGES[0] else page)


def hold_calm(guest) -> None:
    """Nothing was asked of other machines, nothing broke, and no error stands on the page."""
    assert not guest.beyond
    assert not guest.faults
    assert guest.page.locator("[data-testid=stException]").count() == 0
    errors = guest.page.locator("[data-testid=stAlertContentError]")
    assert errors.all_inner_texts() == []


@pytest.mark.parametrize(("page", "language"), list(product(PAGES, DEMONSTRATION)))
def test_every_page_opens_calm_and_can_be_read_and_reached(guest, page, language):
    opened(guest, page, f"place=wuchang&lang={language}")
    hold_calm(guest)
    text = guest.page.locator("[data-testid=stMain]").inner_text()
    assert DEMONSTRATION[language] in text
    wide = guest.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert guest.page.evaluate(FAINT) == []
    assert guest.page.evaluate(FOCUSABLE) == []


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_run_on_no_page(guest, page):
    opened(guest, page, "place=synthetic&community=420106000000&organisation=o00000")
    hold_calm(guest)
    for frame in guest.page.frames:
        assert frame.evaluate(NOTHING_RAN), frame.url


def test_hostile_names_stay_names_where_they_are_used(guest, tmp_path):
    """A community opened, a row proved, an organisation closed, a file of such a name read."""
    opened(guest, "gap_list", "place=synthetic&minutes=5&speed=50")
    tables = guest.page.locator("[data-testid=stDataFrame]")
    listed, grid = tables.count(), tables.first.bounding_box()
    guest.page.mouse.click(grid["x"] + 14, grid["y"] + 50)
    guest.settle()
    # The proof: its resident points; organisations as well where one reaches them.
    assert tables.count() > listed
    opened(guest, "where_next", "place=synthetic&organisation=o00000&community=420106000003")
    guest.page.get_by_role("button", name="关闭一家").click()
    guest.page.get_by_role("button", name="关闭", exact=True).click()
    guest.settle()
    premises = tmp_path / "示例`${top.hit=1}`<img src=x onerror=top.hit=1>.csv"
    premises.write_text("name,lon,lat\n示例</script><script>top.hit=1</script>,114.31,30.53\n")
    guest.page.get_by_role("button", name="候选点").click()
    guest.page.locator("input[type=file]").set_input_files(premises)
    guest.page.get_by_role("button", name="使用这份清单").click()
    guest.settle()
    hold_calm(guest)
    for frame in guest.page.frames:
        assert frame.evaluate(NOTHING_RAN), frame.url


@pytest.mark.parametrize("size", [(1280, 720), (1024, 576)], ids=["100 %", "125 %"])
@pytest.mark.parametrize("page", [PAGES[0], "gap_list", "presenter"])
def test_scaled_windows_keep_everything_within_reach(browser, address, page, size):
    """A 1280 x 720 projector at 125 % Windows scaling leaves 1024 x 576."""
    visit = browsing.Visit(browser, address, size=size)
    try:
        visit.open("place=wuchang", path="" if page == PAGES[0] else page)
        wide = visit.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
        assert wide <= 0
        if page == "presenter":
            for words in ("下一页", "退出"):
                box = visit.page.get_by_role("button", name=words).first.bounding_box()
                assert box["x"] + box["width"] <= size[0]
                assert box["y"] + box["height"] <= size[1]
    finally:
        visit.close()
