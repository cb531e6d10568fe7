"""A planner without a terminal: a place from messy files, start to finish, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from tests.messy_place import (
    ORGANISATIONS,
    write_communities,
    write_counts,
    write_register,
    write_streets,
)

pytestmark = pytest.mark.browser

PATIENCE = 120_000


@pytest.fixture
def places(visit):
    """Come to the page as a person does, by the link in the sidebar."""
    visit.open("place=synthetic")
    visit.page.get_by_role("link", name="地区与数据").click()
    visit.page.get_by_role("radio", name="当前地区").wait_for()
    visit.settle()
    return visit


def view(visit, name: str) -> None:
    visit.page.get_by_role("radio", name=name, exact=True).click()
    visit.settle()


def hand_in(visit, title: str, *files: Path) -> None:
    """Choose files in the box of this title and wait until they are listed."""
    box = visit.page.locator("[data-testid=stFileUploader]").filter(
        has=visit.page.get_by_text(title, exact=True)
    )
    if not box.count():
        # The label is folded away; the box is the one below its title.
        box = visit.page.locator(
            f"xpath=//strong[text()='{title}']/following::section"
            "[@data-testid='stFileUploaderDropzone'][1]/.."
        )
    box.locator("input[type=file]").first.set_input_files([str(path) for path in files])
    for path in files:
        visit.page.get_by_text(path.name).first.wait_for()
    visit.settle()


def fill(visit, label: str, text: str) -> None:
    visit.page.get_by_label(label).fill(text)
    visit.page.keyboard.press("Tab")
    visit.settle()


def press(visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


def wait_for(visit, text: str) -> None:
    visit.page.get_by_text(text).first.wait_for(timeout=PATIENCE)
    visit.settle()


def unharmed(visit) -> None:
    for where in (visit.page, *visit.page.frames):
        assert where.evaluate("window.hit === undefined && window.top.hit === undefined")
        assert where.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert not visit.faults
    assert not visit.beyond


def test_a_place_is_built_from_messy_files_with_hostile_names(places, tmp_path):
    visit = places
    view(visit, "新建地区")
    fill(visit, "地区名称（必填）", "示例敌意区")
    hand_in(visit, "社区边界（必需）", write_communities(tmp_path, hostile=True))
    hostile = write_register(tmp_path, name="${top.hit=1}`名册`.csv", hostile=True)
    hand_in(visit, "社会组织名册（必需，可多份）", hostile)
    hand_in(visit, "居民人数", write_counts(tmp_path, hostile=True))
    assert visit.page.get_by_text("直线 × 1.3").count()

    press(visit, "读取文件")
    wait_for(visit, "第三步")
    assert visit.page.get_by_role("button", name="检查并准备").is_disabled()
    assert "GCJ-02" in visit.page.get_by_text("核对结果").inner_text()
    assert visit.page.locator("[data-testid=stImage] img").count() == 2
    visit.page.get_by_text("名册：").first.click()
    visit.page.get_by_text("个人信息，不载入").wait_for()
    visit.page.locator("[data-testid=stRadio]").get_by_text("GCJ-02").click()
    visit.settle()
    press(visit, "检查并准备")
    wait_for(visit, "第五步")
    metrics = visit.page.locator("[data-testid=stMetricValue]").all_inner_texts()
    assert int(metrics[0]) == ORGANISATIONS + 1
    assert sum(map(int, metrics[1:])) == ORGANISATIONS + 1
    unharmed(visit)

    press(visit, "接受并打开")
    wait_for(visit, "已建好并打开")
    assert "place=" in visit.page.url
    visit.page.get_by_role("link", name="覆盖地图").click()
    frame = visit.map()
    assert "直线" in visit.page.locator(".st-key-honesty").inner_text()
    frame.locator("#map_div").hover()
    for name in ("缺口清单", "组织名录", "地区与数据"):
        visit.page.get_by_role("link", name=name).click()
        visit.settle()
        unharmed(visit)


def test_cancelled_work_leaves_everything_where_it_was(places, tmp_path):
    visit = places
    view(visit, "新建地区")
    fill(visit, "地区名称（必填）", "示例大名册区")
    hand_in(visit, "社区边界（必需）", write_communities(tmp_path))
    # So many rows that nobody's finger is too slow.
    register = write_register(tmp_path)
    title, heading, *rows, blank, total, end = register.read_bytes().split(b"\r\n")
    lines = [title, heading, *rows * (40_000 // len(rows)), blank, total, end]
    register.write_bytes(b"\r\n".join(lines))
    hand_in(visit, "社会组织名册（必需，可多份）", register)
    hand_in(visit, "居民人数", write_counts(tmp_path))
    press(visit, "读取文件")
    press(visit, "取消")
    visit.page.get_by_role("button", name="取消", exact=True).wait_for(state="detached")
    visit.settle()
    assert not visit.page.get_by_text("第三步").count()
    assert visit.page.get_by_label("地区名称（必填）").input_value() == "示例大名册区"
    assert not visit.faults


def test_the_check_workbook_is_corrected_and_streets_make_a_network(places, tmp_path):
    visit = places
    view(visit, "新建地区")
    fill(visit, "地区名称（必填）", "示例路网区")
    hand_in(visit, "社区边界（必需）", write_communities(tmp_path))
    hand_in(visit, "社会组织名册（必需，可多份）", write_register(tmp_path))
    hand_in(visit, "居民人数", write_counts(tmp_path))
    hand_in(visit, "道路（可不传）", write_streets(tmp_path))
    assert not visit.page.get_by_text("直线 × 1.3").count()
    press(visit, "读取文件")
    wait_for(visit, "第三步")
    visit.page.locator("[data-testid=stRadio]").get_by_text("GCJ-02").click()
    visit.settle()
    press(visit, "检查并准备")
    wait_for(visit, "改正后再载入")
    with visit.page.expect_download() as arriving:
        press(visit, "下载检查表")
    taken = tmp_path / "检查表.xlsx"
    arriving.value.save_as(taken)
    book = openpyxl.load_workbook(taken)
    sheet = book.worksheets[0]
    name = [cell.value for cell in sheet[1]].index("社会组织名称") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, name, sheet.cell(row, name).value or "示例补写养老驿站")
    corrected = tmp_path / "改好.xlsx"
    book.save(corrected)
    box = visit.page.locator("input[type=file]").last
    box.set_input_files(str(corrected))
    wait_for(visit, "下面是改动前的结果")
    press(visit, "检查并准备")
    visit.page.get_by_text("下面是改动前的结果").wait_for(state="detached", timeout=PATIENCE)
    visit.settle()
    metrics = visit.page.locator("[data-testid=stMetricValue]").all_inner_texts()
    assert metrics[-1] == "0"
    press(visit, "接受并打开")
    wait_for(visit, "已建好并打开")
    assert visit.page.get_by_text("沿街道网络步行").count()
    view(visit, "改名与移除")
    visit.page.get_by_text(re.compile("确认移除")).click()
    visit.settle()
    press(visit, "移除这个地区")
    wait_for(visit, "已移到 .trash")
    press(visit, "放回")
    wait_for(visit, "已放回")
    assert not visit.beyond
    assert not visit.faults


def test_bad_uploads_are_sentences(places, tmp_path):
    visit = places
    view(visit, "新建地区")
    fill(visit, "地区名称（必填）", "示例坏文件区")
    empty = tmp_path / "空.csv"
    empty.write_bytes(b"\n\n")
    picture = tmp_path / "照片.geojson"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    hand_in(visit, "社区边界（必需）", picture)
    hand_in(visit, "社会组织名册（必需，可多份）", empty)
    press(visit, "读取文件")
    visit.page.get_by_text("照片.geojson").nth(1).wait_for(timeout=PATIENCE)
    visit.settle()
    faults = visit.page.locator("[data-testid=stAlert]").all_inner_texts()
    assert any("照片.geojson" in one for one in faults)
    assert any("空.csv" in one for one in faults)
    assert visit.page.get_by_label("地区名称（必填）").input_value() == "示例坏文件区"
    assert not visit.faults


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("part", range(5))
def test_every_part_opens_and_asks_nobody_else(visit, language, part):
    visit.open(f"place=synthetic&lang={language}")
    names = {"zh": "地区与数据", "en": "Places"}
    visit.page.get_by_role("link", name=names[language], exact=True).click()
    visit.page.locator("[data-testid=stMain] [role=radio]").nth(part).click()
    visit.settle()
    shown = visit.page.locator("[data-testid=stMain]").inner_text()
    for foreign in ("Press Enter", "Choose options", "Choose an option"):
        assert foreign not in shown
    assert not visit.faults
    assert not visit.beyond
