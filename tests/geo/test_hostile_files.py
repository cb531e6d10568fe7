"""Files made to harm: each is a sentence, in bounded time and memory, and writes nothing."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from geo.check_report import check_file
from geo.errors import InputError
from tests.messy import corpus
from tests.messy.corpus import csv, workbook

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# The libraries alone take about 300 MB.
MOST_MEGABYTES = 1_500


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_of(rows: bytes) -> bytes:
    """Return a workbook whose one sheet holds `rows`."""
    with zipfile.ZipFile(io.BytesIO(workbook(lambda book: None))) as whole:
        members = [(name, whole.read(name)) for name in whole.namelist()]
    page = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode() + rows + b"</sheetData></worksheet>"
    return zipped(*((n, page if n.endswith("sheet1.xml") else c) for n, c in members))


def one_long_text_many_times() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["组织名称", *(f"列{k}" for k in range(9))])
    for row in range(1, 2001):
        page.write_row(row, 0, ["长" * 32_000] * 10)
    book.close()
    return buffer.getvalue()


def one_long_text_in_parquet() -> bytes:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), ["长" * 300_000])
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"name": texts}), buffer)
    return buffer.getvalue()


def nested_bytes(depth: int) -> bytes:
    collection = struct.pack("<BII", 1, 7, 1)
    return collection * depth + struct.pack("<BIdd", 1, 1, 114.3, 30.5)


def deep_parquet() -> bytes:
    geo = {"version": "1.0.0", "primary_column": "geometry",
           "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}  # fmt: skip
    table = pa.table({"name": ["示例"], "geometry": [nested_bytes(100_000)]})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), buffer)
    return buffer.getvalue()


def deep_collections() -> bytes:
    shape = '{"type":"Point","coordinates":[1,2]}'
    for _ in range(200):
        shape = '{"type":"GeometryCollection","geometries":[' + shape + "]}"
    feature = '{"type":"Feature","properties":{"名称":"示例"},"geometry":' + shape + "}"
    return ('{"type":"FeatureCollection","features":[' + feature + "]}").encode()


def laughs(root: str) -> str:
    names = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "la">{names}]><{root}>&l9;</{root}>'


def million_rows(cell: bytes) -> bytes:
    return b"".join(b'<row r="%d">' % k + cell % k + b"</row>" for k in range(1, 1_000_001))


# What is made to harm, and the keys of the sentences that may answer; "table": it is read.
HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "bomb.zip": (lambda: zipped(("a.kml", b" " * 500_000_000)), {"error.zip_too_large"}),
    "bomb.kmz": (lambda: zipped(("doc.kml", corpus._kml()), ("x.png", bytes(500_000_000))),
                 {"error.zip_too_large"}),
    "nested.zip": (lambda: zipped(("inner.zip", zipped(("doc.kml", corpus._kml())))),
                   {"error.zip_unknown"}),
    "disguised.zip": (lambda: zipped(("a.csv", zipped(("b.csv", csv().encode())))),
                      {"error.zip_unknown"}),
    "many.zip": (lambda: zipped(*((f"{k}.txt", b"") for k in range(5_001))),
                 {"error.zip_too_large"}),
    "deep.kml": (lambda: b"<kml>" + b"<Folder>" * 100_000, {"error.xml_too_deep"}),
    "laughs.kml": (lambda: laughs("kml").encode(), {"error.xml_entities"}),
    "laughs16.kml": (lambda: laughs("kml").encode("utf-16"), {"error.xml_entities"}),
    "deep.geojson": (lambda: b'{"features":' + b"[" * 100_000, {"error.json_broken"}),
    "collections.geojson": (deep_collections, {"table"}),
    "laughs.xlsx": (lambda: sheet_of(laughs("row").encode()), {"error.xml_entities"}),
    "utf16.xlsx": (lambda: zipped(("xl/worksheets/sheet1.xml", laughs("row").encode("utf-16"))),
                   {"error.workbook_broken"}),
    "corner.xlsx": (lambda: sheet_of(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
                    {"error.no_table", "error.too_many_rows"}),
    "million.xlsx": (lambda: sheet_of(million_rows(b'<c r="A%d"><v>1</v></c>')),
                     {"error.too_many_rows"}),
    "million_empty.xlsx": (lambda: sheet_of(million_rows(b'<c r="A%d" s="0"/>')),
                           {"error.no_table"}),
    "nowhere.xlsx": (lambda: sheet_of(b"<row>" + b"<c><v>1</v></c>" * 4_000_000 + b"</row>"),
                     {"error.too_many_cells"}),
    "ragged.xlsx": (lambda: sheet_of(b"<row>" + b"<c><v>1</v></c>" * 90_000 + b"</row>"
                                     + b"<row><c><v>1</v></c></row>" * 90_000),
                    {"error.too_many_columns"}),
    "open.xlsx": (lambda: sheet_of(b"<c " * 1_000_000), {"error.workbook_broken"}),
    "copied.xlsx": (one_long_text_many_times, {"error.too_many_letters"}),
    "copied.parquet": (one_long_text_in_parquet, {"error.zip_too_large"}),
    "deep.parquet": (deep_parquet, {"table"}),
    "deep.csv": (lambda: b"name,wkb\nx," + nested_bytes(100_000).hex().encode(), {"table"}),
    "million.csv": (lambda: b"name,a\n" + b"x,1\n" * 1_000_000, {"error.too_many_rows"}),
    "blank.csv": (lambda: csv().encode() + b",,,,,,\r\n" * 1_000_000, {"table"}),
    "lines.csv": (lambda: b"name\nx\n" + b"\n" * 20_000_000, {"table"}),
    "commas.csv": (lambda: b"name" + b"," * 20_000_000, {"error.too_many_columns"}),
    "ditto.csv": (("名称,a\n" + "长" * 100_000 + ",1\n" + "同上,1\n" * 20_000).encode,
                  {"error.too_many_letters"}),
    "wide.xls": (lambda: b"<html><table><tr>" + b"<td colspan=500>" * 500_000,
                 {"error.too_many_columns"}),
    "cells.xls": (lambda: b"<html><table><tr><td>" + b"<td " * 200_000,
                  {"error.no_name_column", "error.no_table"}),
    "comments.xls": (lambda: b"<html><table><tr><td>" + b"<!--" * 200_000, {"error.no_table"}),
    "number.xls": (lambda: b"<html><table><tr><td>&#" + b"1" * 100_000 + b";",
                   {"error.no_name_column", "error.no_table"}),
}  # fmt: skip

CHILD = """
import sys, resource, time
from geo.check_report import check_file
from geo.errors import InputError
began = time.process_time()
try:
    end = "table" if check_file(sys.argv[1]).counts["rows_read"] else "nothing"
except InputError as error:
    end = error.key
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
print(end, round(time.process_time() - began, 1), peak)
"""


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_a_sentence(name, tmp_path):
    make, expected = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(make())
    try:
        end = "table" if check_file(path).counts["rows_read"] else "nothing"
    except InputError as error:
        end = error.key
        assert name in str(error)
    assert end in expected


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is asked of Linux")
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_takes_little_time_and_memory(name, tmp_path):
    make, expected = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=240,
    )  # fmt: skip
    end, seconds, peak = done.stdout.split()
    assert end in expected
    assert float(seconds) < 30
    assert int(peak) < MOST_MEGABYTES


@pytest.mark.parametrize("folder", ["../../..", "/", "..\\..", "C:\\"])
def test_names_in_archives_lead_nowhere(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = corpus._frame().rename(
        columns={"组织名称": "名称", "统一社会信用代码": "信用代码", "登记或备案": "登记备案"}
    )
    parts = corpus._written(frame, "点.shp", encoding="GBK")
    path = tmp_path / "册.zip"
    path.write_bytes(zipped(*((f"{folder}/{name}", data) for name, data in parts.items())))
    assert check_file(path).counts["accepted"] == 3
    assert [one.name for one in tmp_path.iterdir()] == ["册.zip"]


def test_names_packed_on_chinese_windows_are_read(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # Python marks such names as UTF-8; Windows writes the bytes of GBK without a mark.
        archive.writestr("XXXX.csv", csv().encode("gb18030"))
    content = buffer.getvalue().replace(b"XXXX", "名册".encode("gb18030"))
    path = tmp_path / "包.zip"
    path.write_bytes(content)
    report = check_file(path)
    assert set(report.rows["file"]) == {"包.zip/名册.csv"}


def test_an_archive_may_hold_several_files(tmp_path):
    path = tmp_path / "包.zip"
    path.write_bytes(
        zipped(
            ("一.csv", csv().encode("gb18030")),
            ("二.xlsx", workbook(corpus._titled)),
            ("readme.md", b"#"),
            ("__MACOSX/._一.csv", b"\0\5\x16\7"),
        )
    )
    report = check_file(path)
    # The second file repeats the first: every row of it says so.
    assert report.counts == {
        "rows_read": 6, "accepted": 3, "repaired": 0, "doubtful": 0, "rejected": 3,
    }  # fmt: skip
