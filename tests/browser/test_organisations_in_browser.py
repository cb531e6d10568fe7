"""Correcting organisations as a person would, in a browser that reaches nothing else."""

from __future__ import annotations

import pytest

from tests.browser.browsing import Visit, served
from tests.dashboard.synthetic_place import write_synthetic

PlaywrightTimeout = pytest.importorskip("playwright.sync_api").TimeoutError

pytestmark = pytest.mark.browser

HEADLINE = ".card.chosen strong"


@pytest.fixture(scope="module")
def own_address(tmp_path_factory):
    home = tmp_path_factory.mktemp("corrected")
    write_synthetic(home / "small", communities=12, organisations=120, points_each=8, hostile=True)
    with served(home) as found:
        yield found


@pytest.fixture
def visit(browser, own_address):
    made = Visit(browser, own_address)
    yield made
    made.close()


def first_row(visit) -> None:
    """Click the name in the first row of the table on the page."""
    table = visit.page.locator("[data-testid=stDataFrame]").first
    panel = visit.page.locator(".st-key-organisation_panel")
    for _ in range(6):
        table.scroll_into_view_if_needed()
        table.click(position={"x": 190, "y": 50})
        try:
            panel.wait_for(timeout=10_000)
        except PlaywrightTimeout:
            # A table that is being drawn anew swallows a click; a person clicks again.
            continue
        break
    visit.settle()
    assert panel.count() == 1


def choose_category(visit, code: str) -> None:
    panel = visit.page.locator(".st-key-organisation_panel")
    panel.locator("[data-testid=stMultiSelect] input").first.fill(code)
    visit.page.get_by_role("option", name=code).first.click()
    visit.page.keyboard.press("Escape")
    visit.settle()


def headline(visit) -> str:
    visit.open("place=small&subject=mediation")
    visit.map()
    return visit.page.locator(HEADLINE).inner_text()


def test_two_corrections_change_the_headline_and_can_be_taken_back(visit):
    before = headline(visit)
    for search in ("组织 0002", "组织 0007"):
        visit.open("place=small&subject=mediation", path="organisations")
        visit.page.get_by_text("只看所选服务", exact=True).click()
        visit.settle()
        visit.page.get_by_label("名称包含").fill(search)
        visit.page.keyboard.press("Enter")
        visit.settle()
        visit.page.get_by_text("10 家，").wait_for(timeout=60_000)
        visit.settle()
        first_row(visit)
        visit.page.get_by_text("所有名称相似的组织").click()
        visit.page.get_by_label("名称中共有的字").fill(search)
        visit.page.keyboard.press("Enter")
        visit.page.get_by_text("10 家组织的名称含这些字").wait_for(timeout=60_000)
        visit.settle()
        choose_category(visit, "B1")
        visit.page.get_by_role("button", name="保存更正").click()
        visit.settle()
        visit.page.get_by_text("更正已保存").wait_for(timeout=60_000)
    after = headline(visit)
    assert float(after.rstrip(" %")) > float(before.rstrip(" %"))
    visit.open("place=small&subject=mediation", path="organisations")
    visit.page.get_by_text("更正记录", exact=True).click()
    visit.settle()
    table = visit.page.locator("[data-testid=stDataFrame]").first
    # The box in the head marks every row.
    table.click(position={"x": 18, "y": 17})
    visit.settle()
    visit.page.get_by_role("button", name="撤回所选的 2 条更正").click()
    visit.settle()
    visit.page.get_by_text("还没有更正").wait_for(timeout=60_000)
    assert headline(visit) == before
    assert not visit.beyond


@pytest.mark.parametrize("view", ["待人工核对", "检查报告"])
def test_hostile_names_execute_nowhere(visit, view):
    visit.open("place=small&organisation=o00000", path="organisations")
    visit.page.get_by_text(view, exact=True).click()
    visit.settle()
    assert visit.page.locator(".st-key-organisation_panel").get_by_text("<img src=x").count() == 1
    assert visit.page.evaluate("window.hit") is None
    assert not visit.beyond


def test_the_register_leaves_as_a_workbook(visit):
    visit.open("place=small", path="organisations")
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="下载 Excel").click()
    assert waiting.value.suggested_filename.startswith("组织名录_small")
    assert waiting.value.path().read_bytes()[:2] == b"PK"


def test_a_click_opens_what_now_stands_in_a_row_that_was_clicked_before(visit):
    visit.open("place=small", path="organisations")
    visit.page.get_by_text("只看所选服务", exact=True).click()
    visit.settle()
    panel = visit.page.locator(".st-key-organisation_panel")
    for search in ("组织 0002", "组织 0007"):
        visit.page.get_by_label("名称包含").fill(search)
        visit.page.keyboard.press("Enter")
        visit.settle()
        visit.page.get_by_text("10 家，").wait_for(timeout=60_000)
        visit.settle()
        # The panel of the one before stands open, and its row was the first one too.
        first_row(visit)
        panel.get_by_text(search).first.wait_for(timeout=60_000)
    assert not visit.faults
