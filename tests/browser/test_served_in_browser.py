"""The pages of who is served, in a real browser: gaps with their doubts, rules, downloads."""

from __future__ import annotations

import openpyxl
import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("language", "words", "button"),
    [("zh", "服务薄弱片区", "下载 Excel"), ("en", "Underserved areas", "Download Excel")],
)
def test_the_gap_list_leaves_with_its_doubts(visit, tmp_path, language, words, button) -> None:
    visit.open(f"lang={language}", path="gap_list")
    visit.page.get_by_text(words).wait_for()
    with visit.page.expect_download() as download:
        visit.page.get_by_text(button).click()
    target = tmp_path / "gaps.xlsx"
    download.value.save_as(target)
    book = openpyxl.load_workbook(target)
    heads = [cell.value for cell in book.worksheets[0][2]]
    assert {"是否稳定", "How sure"} & set(heads)
    assert book.sheetnames[1] in ("五类可达", "Kinds reached")
    assert not visit.beyond


def test_every_table_of_the_rules_page_can_be_reached(visit, tmp_path) -> None:
    visit.open("lang=zh", path="rules")
    for name in ("五类可达", "名册结构", "支持平台", "可整合", "供需对接", "已公布数字"):
        visit.page.get_by_role("tab", name=name, exact=True).click()
        visit.settle()
    visit.page.get_by_text("照录供对照").wait_for()
    with visit.page.expect_download() as download:
        visit.page.get_by_text("下载 Excel").click()
    download.value.save_as(tmp_path / "rules.xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "rules.xlsx").sheetnames) == 9
    assert not visit.beyond


def test_how_sure_the_gaps_are_says_who_walks_how_far(visit) -> None:
    visit.open("lang=zh&subject=all", path="sure_or_not")
    visit.page.get_by_text("第 90 百分位").first.wait_for()
    visit.page.get_by_text("步行能力差异").first.wait_for()
    assert not visit.beyond
