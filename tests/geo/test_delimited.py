"""Text files with separators: the encoding, the separator and the rows, by hand and by law."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import delimited
from geo.delimited import SEPARATORS, decoded, read_delimited, sniffed
from geo.errors import FileError

TEXT = "组织名称,登记状态\n示例养老服务中心,正常\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(encoding: str, found: str) -> None:
    assert decoded(TEXT.encode(encoding), "册.csv") == (TEXT, found)


def test_big5_is_told_by_headings_that_are_known() -> None:
    text = "組織名稱,登記狀態\n示例老人服務中心,正常\n"
    assert decoded(text.encode("cp950"), "冊.csv") == (text, "big5")


def test_lines_of_two_encodings_are_read_line_by_line() -> None:
    spoilt = "组织名称\n".encode() + "示例养老服务中心\n".encode() * 20 + "乙\n".encode("gbk")
    text, found = decoded(spoilt, "册.csv")
    assert found == "mixed"
    assert text.splitlines()[1] == "示例养老服务中心" and text.splitlines()[-1] == "乙"


def test_a_file_cut_off_inside_a_character_is_still_read() -> None:
    grid = read_delimited(TEXT.encode()[:-8], "册.csv")
    assert grid.rows[0] == ["组织名称", "登记状态"]
    assert grid.rows[1][0] == "示例养老服务中心"


@pytest.mark.parametrize("content", [b"\0\1\2\3" * 50, bytes(range(14, 28)) * 20, b"MZ\x90\0\3\0"])
def test_what_is_no_text_is_a_sentence(content: bytes) -> None:
    with pytest.raises(FileError) as caught:
        read_delimited(content, "册.csv")
    assert caught.value.key == "error.not_text"
    assert "册.csv" in str(caught.value)


CELL = st.text(alphabet="示例组织ab1 ", min_size=1, max_size=6).filter(str.strip)


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=8),
    st.sampled_from(SEPARATORS),
)
def test_every_separator_is_recognised(rows: list[list[str]], separator: str) -> None:
    content = "\r\n".join(separator.join(row) for row in rows).encode()
    assert sniffed(content.decode()) == separator
    assert read_delimited(content, "册.csv").rows == rows


@given(st.lists(st.lists(st.text(alphabet='甲"，,;\n\t ', max_size=5), min_size=2, max_size=4)))
def test_quoted_cells_come_back_as_they_were(rows: list[list[str]]) -> None:
    rows = [["组织名称", "登记状态", "住所"], *rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    got, problems = delimited._rows(buffer.getvalue(), ",", "册.csv")
    while rows and not any(rows[-1]):
        rows.pop()
    assert [row if any(row) else [] for row in rows] == got
    assert problems == []


def test_rows_keep_their_numbers_over_blank_lines() -> None:
    grid = read_delimited("名称,数\n\n甲,1\n\n\n乙,2\n\n\n".encode(), "册.csv")
    assert grid.rows == [["名称", "数"], [], ["甲", "1"], [], [], ["乙", "2"]]
    assert (grid.file, grid.sheet, grid.first_row, grid.encoding) == ("册.csv", "", 1, "utf-8")


def test_a_quotation_mark_left_open_costs_no_rows() -> None:
    rows = [f"示例{k}号养老服务中心,正常" for k in range(60)]
    rows[20] = '"' + rows[20]
    grid = read_delimited(("组织名称,登记状态\n" + "\n".join(rows)).encode(), "册.csv")
    assert len(grid.rows) == 61
    (told,) = grid.problems
    assert (told.reason.key, told.row) == ("doubtful.quote_open", 22)


def test_the_most_rows_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_ROWS", 3)
    monkeypatch.setattr(delimited, "MOST_COLUMNS", 2)
    kept = read_delimited(b"a,b\nc,d\ne,f,,,\n\n\n", "册.csv")
    assert kept.rows == [["a", "b"], ["c", "d"], ["e", "f"]]
    for content, key in ((b"a\nb\nc\nd", "error.too_many_rows"),
                         (b"a\n\n\nd", "error.too_many_rows"),
                         (b"a,b,c", "error.too_many_columns")):  # fmt: skip
        with pytest.raises(FileError) as caught:
            read_delimited(content, "册.csv")
        assert caught.value.key == key


def test_the_limit_of_the_csv_module_is_put_back() -> None:
    before = csv.field_size_limit()
    read_delimited(b"name,shape\nx," + b"1" * 300_000, "册.csv")
    assert csv.field_size_limit() == before


def test_an_empty_file_has_no_rows() -> None:
    assert read_delimited(b"", "册.csv").rows == []
    assert read_delimited(b"\xef\xbb\xbf", "册.csv").rows == []
