"""Web pages under the name .xls: cells that span rows and columns, and what is not shown."""

from __future__ import annotations

import pytest

from geo.errors import FileError
from geo.raw_table import raw_table
from geo.web_pages import read_web_page


def rows(body: str) -> list[list[str]]:
    return read_web_page(f"<html><body>{body}</body></html>", "册.xls").rows


def test_cells_entities_and_line_breaks():
    page = "<table><tr><th>组织&amp;名称<td>甲<br>乙</tr><tr><td>&nbsp;丙&#20057;</tr></table>"
    assert rows(page) == [["组织&名称", "甲 乙"], ["丙乙"]]


def test_cells_may_span_rows_and_columns():
    page = (
        "<table><tr><td rowspan=2>名称<td colspan='2'>坐标<td rowspan=2>街道</tr>"
        "<tr><td>经度<td>纬度</tr><tr><td>示例一<td>114.3<td>30.5<td rowspan=2>示例街道</tr>"
        "<tr><td>示例二<td>114.4<td>30.6</tr></table>"
    )
    grid = read_web_page(page, "册.xls")
    assert grid.rows[1] == ["", "经度", "纬度"]
    table = raw_table(grid)
    assert table is not None
    assert list(table.cells.columns) == ["名称", "坐标-经度", "坐标-纬度", "街道"]
    assert table.cells["街道"].tolist() == ["示例街道", "示例街道"]
    assert table.origin["row"].tolist() == [3, 4]


def test_what_is_not_shown_is_not_read():
    page = (
        "<!-- <table><tr><td>不</td></tr></table> --><style>td{}</style>"
        "<script>document.write('<td>不')</script><![if !x]><table><tr><td>见</td></tr></table>外"
    )
    assert rows(page) == [["见"]]


def test_tables_stand_one_below_the_other():
    page = "<table><tr><td>一</table>之间<table><tr><td>二<tr><td>三</table>"
    assert rows(page) == [["一"], ["二"], ["三"]]


@pytest.mark.parametrize("body", ["", "没有表", "<table></table>", "<table><tr><td> </table>"])
def test_a_page_without_a_table_is_a_sentence(body):
    with pytest.raises(FileError) as caught:
        rows(body)
    assert caught.value.key == "error.no_table"


@pytest.mark.parametrize(
    "part", ["<", "<a", "<!--", "<td ", "</", "&#", "<script", "<![", "<td rowspan=999999>"]
)
def test_a_broken_page_takes_time_in_proportion(part):
    import time

    def seconds(times: int) -> float:
        began = time.process_time()
        try:
            read_web_page("<table><tr><td>名称" + part * times, "册.xls")
        except FileError as error:
            assert error.key in ("error.no_table", "error.too_many_columns")
        return time.process_time() - began

    # Time with the square of the length would be a hundred times as much.
    assert seconds(100_000) < max(40 * seconds(10_000), 1.0)
