"""Old .xls workbooks: read as their .xlsx twins, in a process that is stopped when it must be."""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from geo import old_workbooks, xls_child
from geo.errors import FileError
from geo.office_files import read_office_bytes
from geo.old_workbooks import read_xls
from geo.spreadsheets import OLE_MARK, read_workbook

HERE = Path(__file__).resolve().parent.parent / "messy"
# Begins at column C and row 2; one sheet is hidden, one is a chart.
SHEETS = (HERE / "sheets.xls").read_bytes()


def twin() -> bytes:
    """Return the workbook of `sheets.xls` as .xlsx, written from its values."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "名册"
    page.cell(2, 3, "示例区社会组织名册")
    page.merge_cells("C2:H2")
    headings = [
        "组织名称",
        "统一社会信用代码",
        "登记状态",
        "成立登记日期",
        "备案日期",
        "最近活动日期",
        "占比",
        "经度",
        "纬度",
        "是否登记",
        "社区代码",
        "时刻",
        "空值公式",
    ]
    rows = (
        ("示例一养老服务中心", "52420106MJ00000181", "正常", date(2015, 3, 1),
         datetime(2016, 5, 6, 7, 8, 9), date(2024, 12, 31), 0.25, 114.3, 30.55, True,
         150203001015, time(8, 30)),
        ("示例二人民调解室", "52420106MJ0000026U", "正常", date(2015, 3, 2),
         datetime(2016, 5, 6), date(2023, 2, 28), 1.0, 114.31, 30.55, False,
         150203001016, time(23, 59, 59)),
        ("示例三残疾人康复站", 524201060000026123.0, "正常", date(1999, 1, 1), 42065,
         date(2023, 2, 28), 1 / 3, 114.32, 30.55, True, 150203001017, time(0, 0, 1)),
    )  # fmt: skip
    for at, row in enumerate((headings, *rows)):
        for column, value in enumerate(row):
            page.cell(4 + at, 3 + column, value)
    hidden = book.create_sheet("旧数据")
    hidden.append(["组织名称"])
    hidden.sheet_state = "hidden"
    points = book.create_sheet("服务点")
    points.append(["组织名称", "服务点名称", "经度", "纬度"])
    points.append(["示例一养老服务中心", "一部", 114.35, 30.56])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_an_xls_reads_as_its_twin_in_xlsx():
    old, new = read_workbook(SHEETS, "表.xls"), read_workbook(twin(), "表.xls")
    assert [grid.sheet for grid in old] == [grid.sheet for grid in new] == ["名册", "服务点"]
    for one, other in zip(old, new, strict=True):
        assert one.rows == other.rows
        assert one.merged == other.merged
        assert one.problems == other.problems


def test_dates_and_numbers_stand_as_an_office_reads_them():
    row = dict(zip(*(read_workbook(SHEETS, "表.xls")[0].rows[at] for at in (3, 4)), strict=True))
    assert row["成立登记日期"] == "2015-03-01"
    assert row["备案日期"] == "2016-05-06 07:08:09"
    assert (row["占比"], row["社区代码"], row["是否登记"]) == ("0.25", "150203001015", "是")


def test_rows_keep_their_numbers_and_broken_codes_are_told():
    tables = read_office_bytes(SHEETS, "表.xls")
    assert tables[0].origin["row"].tolist() == [5, 6, 7]
    told = [one.reason.key for one in tables[0].findings]
    assert told == ["doubtful.code_destroyed"]


def test_hidden_sheets_are_told_and_charts_are_none():
    (note,) = read_workbook(SHEETS, "表.xls")[0].problems
    assert note.reason.key == "skipped.hidden_sheets"
    assert note.sheet == "旧数据"
    names = [one["name"] for one in read_xls(SHEETS, "表.xls")]
    assert names == ["名册", "旧数据", "服务点"]


@pytest.mark.parametrize("protected", [False, True], ids=["", "write_protected"])
def test_a_password_is_named(protected):
    content = bytearray(SHEETS)
    at = content.find(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    if protected:
        content[at : at + 2] = b"\x86\x00"
        at += 4 + content[at + 2]
    content[at : at + 2] = b"\x2f\x00"
    with pytest.raises(FileError) as caught:
        read_office_bytes(bytes(content), "表.xls")
    assert caught.value.key == "error.locked"


@pytest.mark.parametrize("stop", [8, 512, 1024, 3000, len(SHEETS) - 512])
def test_a_cut_off_file_is_a_sentence(stop):
    with pytest.raises(FileError) as caught:
        read_office_bytes(SHEETS[:stop], "表.xls")
    assert caught.value.key in ("error.workbook_broken", "error.no_table")


def test_a_reader_that_never_ends_is_stopped(monkeypatch, tmp_path):
    endless = tmp_path / "endless.py"
    endless.write_text("while True:\n    pass\n", encoding="utf-8")
    monkeypatch.setattr(old_workbooks, "CHILD", endless)
    with pytest.raises(FileError) as caught:
        read_xls(SHEETS, "表.xls", seconds=1)
    assert caught.value.key == "error.workbook_broken"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds the reader by time alone")
def test_a_reader_that_takes_all_memory_is_stopped(monkeypatch, tmp_path):
    child = Path(xls_child.__file__).read_text("utf-8")
    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        child.replace("json.dump(", "bytearray(10 * MOST_MEMORY)\n    json.dump("), encoding="utf-8"
    )
    monkeypatch.setattr(old_workbooks, "CHILD", greedy)
    with pytest.raises(FileError) as caught:
        read_xls(SHEETS, "表.xls")
    assert caught.value.key == "error.workbook_broken"


def test_what_is_too_large_is_told_before_it_is_written(monkeypatch):
    monkeypatch.setattr(old_workbooks, "MOST_CELLS", 50)
    with pytest.raises(FileError) as caught:
        read_xls(SHEETS, "表.xls")
    assert caught.value.key == "error.too_many_cells"
    assert xls_child.answer(SHEETS, most_cells=50, most_rows=9) == {"fault": "too_large"}
    monkeypatch.setattr(xls_child, "MOST_LETTERS", 50)
    assert xls_child.answer(SHEETS, most_cells=500, most_rows=9) == {"fault": "too_large"}


def test_no_workbook_inside_is_a_fault_and_no_traceback():
    assert xls_child.answer(OLE_MARK * 200, most_cells=9, most_rows=9) == {"fault": "broken"}


def test_an_answer_is_plain_json():
    told = xls_child.answer(SHEETS, most_cells=10_000, most_rows=100)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, allow_nan=False))
    assert [xls_child.plain(one) for one in (None, time(8), date(2020, 1, 2))] == [
        "", "08:00:00", "2020-01-02",
    ]  # fmt: skip
