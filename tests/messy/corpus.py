"""Deliberately messy files, each with its fault written down and what must become of its rows.

Three invented organisations stand in every register; a case spoils the file they
stand in. `register.xls` beside this file is the one that no library at hand writes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import shapely
import xlsxwriter

from geo.credit_code import check_character, organisation_check_character

HERE = Path(__file__).resolve().parent
NAMES = ("示例一养老服务中心", "示例二人民调解室", "示例三残疾人康复站")
HEADINGS = ("组织名称", "登记或备案", "状态", "统一社会信用代码", "服务类别", "经度", "纬度")


def credit_code(number: int, kind: str = "2") -> str:
    first = f"5{kind}420106MJ{number:06d}"
    whole = first + organisation_check_character(first[8:16])
    return whole + check_character(whole)


ROWS = tuple(
    (name, "登记", "正常", credit_code(k + 1), code, str(114.30 + k / 100), "30.55")
    for k, (name, code) in enumerate(zip(NAMES, ("A1", "B1", "C1"), strict=True))
)


@dataclass(frozen=True)
class Messy:
    """One spoilt file.

    Parameters
    ----------
    name
        File name.
    fault
        What is wrong with it.
    content
        Makes its bytes.
    expected
        accepted, repaired, doubtful, rejected.
    reasons
        Keys of phrases that must stand in the report.
    names
        Names that must stand in the register.
    absent
        Texts that must stand nowhere in the register or the report.
    """

    name: str
    fault: str
    content: Callable[[], bytes]
    expected: tuple[int, int, int, int] = (3, 0, 0, 0)
    reasons: frozenset[str] = frozenset()
    names: tuple[str, ...] = NAMES
    absent: tuple[str, ...] = field(default=())


def lines(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


def csv(*changes: tuple[int, int, str], extra: Sequence[Sequence[str]] = ()) -> str:
    """Return the three rows as CSV, some cells replaced and some rows added."""
    rows = [list(row) for row in (HEADINGS, *ROWS)]
    for row, column, value in changes:
        rows[row][column] = value
    return lines([*rows, *extra])


def workbook(build: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    build(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _titled(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append(["示例区社会组织名册（2024年）"])
    page.merge_cells("A1:G1")
    page.append(["填报单位：示例区", None, "2024年12月"])
    page.append([])
    page.append(list(HEADINGS))
    for row in ROWS:
        page.append(list(row))
    page.append(["合  计", None, None, None, None, 3])
    page.append(["注：本表由示例区填报"])


def _two_row_header(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append(["组织名称", "登记或备案", "状态", "统一社会信用代码", "服务类别", "坐标", None])
    page.append([None, None, None, None, None, "经度", "纬度"])
    for column in "ABCDE":
        page.merge_cells(f"{column}1:{column}2")
    page.merge_cells("F1:G1")
    for row in ROWS:
        page.append(list(row))


def _merged_down(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append([*HEADINGS, "所属街道"])
    for row in ROWS:
        page.append([*row, None])
    page["H2"] = "示例街道"
    page.merge_cells("H2:H4")


def _sections(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append(list(HEADINGS))
    page.append(["一、社会服务机构"])
    page.merge_cells("A2:G2")
    page.append(list(ROWS[0]))
    page.append(["小计", None, None, None, None, 1])
    page.append(list(HEADINGS))
    page.append(["二、社会团体"])
    page.merge_cells("A6:G6")
    page.append(list(ROWS[1]))
    page.append([])
    page.append(list(ROWS[2]))
    page.append(["总计", None, None, None, None, 3])


def _numbers_for_codes(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append([*HEADINGS, "社区代码"])
    for k, row in enumerate(ROWS):
        # Twelve digits survive as a number, eighteen do not.
        code = 511502030001234567 if k == 0 else row[3]
        page.append([*row[:3], code, *row[4:], 150203001015 + k])


def _serial_dates(book: openpyxl.Workbook) -> None:
    page = book.active
    page.append([*HEADINGS, "成立登记日期"])
    for row, day in zip(ROWS, (42065, "2015.3.2", "107年7月9日"), strict=True):
        page.append([*row, day])


def _other_sheets(book: openpyxl.Workbook) -> None:
    page = book.active
    page.title = "名册"
    page.append(list(HEADINGS))
    for row in ROWS:
        page.append(list(row))
    told = book.create_sheet("说明书")
    told.append(["请如实填写，不得涂改。"])
    hidden = book.create_sheet("旧数据")
    hidden.append(list(HEADINGS))
    hidden.append(["示例旧组织", *ROWS[0][1:]])
    hidden.sheet_state = "hidden"


def _far_corner(book: openpyxl.Workbook) -> None:
    """A form: begins at column C below a title, two rows of header, column numbers, signatures."""
    page = book.active
    page["C2"] = "示例区社区社会组织台账"
    page.merge_cells("C2:K2")
    upper = ("序号", "组织名称", "基本信息", None, None, "位置", None, "负责人", None)
    lower = (
        None,
        None,
        "统一社会信用代码",
        "备案状态",
        "备案日期",
        "经度",
        "纬度",
        "姓名",
        "联系电话",
    )
    rows = [upper, lower, ("甲", "乙", "1", "2", "3", "4", "5", "6", "7")]
    rows += [
        (k + 1, row[0], row[3], "已备案", "2020-05-01", row[5], row[6], "示例甲", "13800138000")
        for k, row in enumerate(ROWS)
    ]
    rows += [("合计", 3), ("制表人：示例丁", None, None, "审核人：示例戊")]
    for at, row in enumerate(rows, start=4):
        for column, value in enumerate(row, start=3):
            page.cell(at, column, value)
    for area in ("C4:C5", "D4:D5", "E4:G4", "H4:I4", "J4:K4"):
        page.merge_cells(area)


def _points_sheet(book: openpyxl.Workbook) -> None:
    page = book.active
    page.title = "名册"
    page.append(list(HEADINGS))
    for row in ROWS:
        page.append(list(row))
    points = book.create_sheet("服务点")
    points.append(["组织名称", "统一社会信用代码", "服务点名称", "经度", "纬度", "提供方式"])
    points.append([NAMES[0], "", "一部", 114.35, 30.56, "到点"])
    points.append(["", credit_code(2), "二部", 114.36, 30.56, "上门"])
    points.append(["示例无此组织", "", "三部", 114.37, 30.56, "到点"])


def _formulas() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    rows = [HEADINGS, ("=HYPERLINK(1)示例", *ROWS[0][1:]), *ROWS[1:]]
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    book.close()
    return buffer.getvalue()


def _web_page() -> bytes:
    cells = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in (HEADINGS, *ROWS)
    )
    page = f"<html><head><meta charset=gbk></head><table border=1>{cells}</table></html>"
    return page.encode("gb18030")


def _frame() -> gpd.GeoDataFrame:
    table = pd.DataFrame(ROWS, columns=list(HEADINGS)).drop(columns=["经度", "纬度"])
    points = gpd.points_from_xy([114.30, 114.31, 114.32], [30.55] * 3)
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def _features() -> str:
    return _frame().to_json(drop_id=True, ensure_ascii=False)


def _written(frame: gpd.GeoDataFrame, name: str, **options: str) -> dict[str, bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / name, **options)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _bare_shapefile() -> bytes:
    frame = _frame().rename(
        columns={"组织名称": "名称", "统一社会信用代码": "信用代码", "登记或备案": "登记备案"}
    )
    parts = _written(frame, "点.shp", encoding="GBK")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if not name.endswith((".cpg", ".shx")):
                archive.writestr(f"导出/{name}", content)
    return buffer.getvalue()


def _kml() -> bytes:
    marks = "".join(
        f"<Placemark><name>{row[0]}</name><ExtendedData>"
        + "".join(
            f'<Data name="{heading}"><value>{cell}</value></Data>'
            for heading, cell in zip(HEADINGS[1:5], row[1:5], strict=True)
        )
        + "</ExtendedData>"
        + f"<Point><coordinates>{row[5]},{row[6]},0</coordinates></Point></Placemark>"
        for row in ROWS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder><name>示例</name>{marks}</Folder></Document></kml>"
    ).encode()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    _frame().to_parquet(buffer)
    return buffer.getvalue()


def _zone_38() -> bytes:
    return _written(_frame().to_crs("EPSG:4526"), "点.gpkg", driver="GPKG")["点.gpkg"]


def _shapes_as_text() -> str:
    rows = [[*HEADINGS[:5], "WKT"]]
    shapes = (
        "POINT (114.30 30.55)",
        "POLYGON ((114.31 30.55, 114.32 30.55, 114.32 30.56, 114.31 30.55))",
        "POINT (114.32",
    )
    rows += [[*row[:5], f'"{shape}"'] for row, shape in zip(ROWS, shapes, strict=True)]
    return lines(rows)


def _reasons(*keys: str) -> frozenset[str]:
    return frozenset(keys)


CORPUS: tuple[Messy, ...] = (
    Messy("gbk.csv", "GBK without any mark", lambda: csv().encode("gb18030")),
    Messy("bom.csv", "UTF-8 with a byte order mark", lambda: csv().encode("utf-8-sig")),
    Messy("unicode.txt", "UTF-16 with tabs, as Excel saves 'Unicode text'",
          lambda: lines([HEADINGS, *ROWS], "\t").encode("utf-16")),
    Messy("semicolons.csv", "separated by semicolons",
          lambda: lines([HEADINGS, *ROWS], ";").encode()),
    Messy("wide_commas.txt", "separated by full-width commas",
          lambda: lines([HEADINGS, *ROWS], "，").encode()),
    Messy("mixed.csv", "one line in GBK, pasted into a UTF-8 file",
          lambda: b"".join(line.encode("gb18030" if k == 2 else "utf-8")
                           for k, line in enumerate(csv().splitlines(keepends=True)))),
    Messy("cut_off.csv", "cut off in the middle of a character",
          lambda: csv(extra=[["示例四服务社", "登记", "正常", "", "F1", "114.33", "30.55", "备"]])
          .encode()[:-3],
          (3, 0, 1, 0), _reasons("doubtful.broken_text")),
    Messy("text.xls", "a CSV under the name .xls", lambda: csv().encode("gb18030")),
    Messy("page.xls", "a web page under the name .xls", _web_page),
    Messy("register.xls", "a real .xls with a title, dates and a total",
          (HERE / "register.xls").read_bytes, (3, 0, 0, 0),
          _reasons("skipped.title", "skipped.total")),
    Messy("titled.xlsx", "title rows above the header, totals and a footnote below",
          lambda: workbook(_titled), (3, 0, 0, 0),
          _reasons("skipped.title", "skipped.blank", "skipped.total", "skipped.footnote")),
    Messy("two_row_header.xlsx", "a header of two rows with merged cells",
          lambda: workbook(_two_row_header)),
    Messy("merged_down.xlsx", "a value merged over three rows", lambda: workbook(_merged_down)),
    Messy("sections.xlsx", "headings of sections, subtotals, the header again, a blank row",
          lambda: workbook(_sections), (3, 0, 0, 0),
          _reasons("skipped.section", "skipped.total", "skipped.header_again", "skipped.blank")),
    Messy("numbers.xlsx", "codes as numbers: 12 digits survive, 18 do not",
          lambda: workbook(_numbers_for_codes), (2, 0, 1, 0), _reasons("doubtful.code_destroyed")),
    Messy("dates.xlsx", "dates as a serial number, with dots, and of the Republican calendar",
          lambda: workbook(_serial_dates), (2, 1, 0, 0), _reasons("repaired.date_serial")),
    Messy("sheets.xlsx", "a sheet of explanations and a hidden sheet",
          lambda: workbook(_other_sheets), (3, 0, 0, 0),
          _reasons("skipped.hidden_sheets", "skipped.sheets_without_table"),
          absent=("示例旧组织",)),
    Messy("points.xlsx", "a second sheet of service points, one without an owner",
          lambda: workbook(_points_sheet), (5, 0, 0, 1), _reasons("rejected.point_without_owner")),
    Messy("formula.xlsx", "a name that looks like a formula", _formulas,
          names=("=HYPERLINK（1）示例", *NAMES[1:])),
    Messy("scientific.csv", "a long code turned into 5.1E+17 by Excel",
          lambda: csv((1, 3, "5.24201E+17")).encode(), (2, 0, 1, 0),
          _reasons("doubtful.code_destroyed")),
    Messy("wrong_check.csv", "a mistyped check character",
          lambda: csv((1, 3, credit_code(1)[:-1] + "Q")).encode(), (2, 0, 1, 0),
          _reasons("credit_code.wrong_check")),
    Messy("wide.csv", "full-width letters and spaces inside names and codes",
          lambda: csv((1, 0, "示 例 一　养老服务中心"), (2, 3, "".join(
              chr(ord(one) + 0xFEE0) for one in credit_code(2)))).encode(),
          (2, 1, 0, 0), _reasons("repaired.name")),
    Messy("traditional.csv", "headings and states in traditional characters",
          lambda: lines([("組織名稱", "登記或備案", "狀態", "統一社會信用代碼", "服務類別",
                          "經度", "緯度"), *(
              (row[0], "登記", "正常", *row[3:]) for row in ROWS)]).encode()),
    Messy("nameless.csv", "a row without a name", lambda: csv((2, 0, "")).encode(),
          (2, 0, 0, 1), _reasons("rejected.no_name"), names=(NAMES[0], NAMES[2])),
    Messy("doubled.csv", "a row that stands twice", lambda: csv(extra=[ROWS[0]]).encode(),
          (3, 0, 0, 1), _reasons("rejected.doubled_by_code")),
    Messy("two_points.csv", "one organisation at two places",
          lambda: csv(extra=[(*ROWS[0][:5], "114.39", "30.59")]).encode(),
          (3, 1, 0, 0), _reasons("repaired.further_point")),
    Messy("code_of_another.csv", "two names under one code",
          lambda: csv((2, 3, credit_code(1))).encode(), (1, 0, 2, 0),
          _reasons("doubtful.code_of_another")),
    Messy("swapped.csv", "longitude and latitude exchanged in one row",
          lambda: csv((1, 5, "30.55"), (1, 6, "114.30")).encode(), (2, 1, 0, 0),
          _reasons("repaired.swapped")),
    Messy("degrees.csv", "degrees, minutes and seconds, full-width and marked",
          lambda: csv((1, 5, "114°18′00″"), (1, 6, "30°33′00″"), (2, 5, "东经１１４．３１"))
          .encode()),
    Messy("zero.csv", "coordinates of zero, and a word for a coordinate",
          lambda: csv((1, 5, "0"), (1, 6, "0"), (2, 5, "待补")).encode(), (1, 0, 2, 0),
          _reasons("doubtful.coordinates_zero", "doubtful.coordinates_unread",
                   "doubtful.unplaced")),
    Messy("states.csv", "states nobody agreed on",
          lambda: csv((1, 2, "存续（曾列入异常名录，已移出）"), (2, 2, "拟注销"), (3, 2, "？？"))
          .encode(), (1, 0, 2, 0), _reasons("doubtful.state_planned", "doubtful.state_unknown")),
    Messy("personal.csv", "telephones, identity numbers and names of persons",
          lambda: lines([
              (*HEADINGS, "法定代表人", "联系电话", "列甲", "备注"),
              (*ROWS[0], "示例甲", "13800138000", "11010519491231002X", "找示例甲13800138000"),
              (*ROWS[1], "示例乙", "027-88888888", "440524188001010014", ""),
              (*ROWS[2], "示例丙", "13900139000", "", ""),
          ]).encode(), (3, 0, 0, 0), _reasons("note.personal_columns", "note.hidden_columns"),
          absent=("13800138000", "11010519491231002X", "027-88888888", "示例乙", "示例丙")),
    Messy("form.xlsx", "a form in the middle of its sheet, with two rows of header, numbers of the "
          "columns, a total and signatures", lambda: workbook(_far_corner), (3, 0, 0, 0),
          _reasons("skipped.column_numbers", "skipped.footnote", "skipped.total"),
          absent=("示例甲", "13800138000")),
    Messy("gaps.csv", "two rows of header without merged cells, the code with .0 behind it",
          lambda: lines([
              ("组织名称", "登记", "", "", "服务类别", "位置", ""),
              ("", "登记或备案", "状态", "统一社会信用代码", "", "经度", "纬度"),
              *ROWS,
          ]).encode()),
    Messy("numbered.csv", "headings with numbers, stars and remarks",
          lambda: lines([
              ("*1.组织名称（必填）", "2、登记或备案", "3.状态", "4.统一社会信用代码*", "服务类别",
               "经度(°)", "纬度（度）"),
              *ROWS,
          ]).encode()),
    Messy("unmarked.txt", "UTF-16 that has lost its mark",
          lambda: csv().encode("utf-16-le")),
    Messy("one_cell.csv", "both coordinates in one cell, in every way people write them",
          lambda: lines([
              (*HEADINGS[:5], "坐标"),
              (*ROWS[0][:5], '"114.30,30.55"'),
              (*ROWS[1][:5], "POINT(114.31 30.55)"),
              (*ROWS[2][:5], "114.32"),
          ]).encode(), (2, 0, 1, 0), _reasons("doubtful.coordinates_unread")),
    Messy("number_of_a_person.csv", "the number of a person in the place of a code",
          lambda: csv((1, 3, "11010519491231002X"), (2, 3, "11010519491231002X")).encode(),
          (1, 2, 0, 0), _reasons("repaired.personal_hidden"), absent=("11010519491231002X",)),
    Messy("first_generation.csv", "fifteen digits of a person under a heading nobody knows",
          lambda: lines([
              (*HEADINGS, "列甲", "秘书长"),
              *((*row, "110105491231002", "示例己") for row in ROWS),
          ]).encode(), (3, 0, 0, 0), _reasons("note.personal_columns", "note.hidden_columns"),
          absent=("110105491231002", "示例己")),
    Messy("ditto.csv", "同上 for the cell above", lambda: csv((2, 2, "同上")).encode(),
          (2, 1, 0, 0), _reasons("repaired.ditto")),
    Messy("quote.csv", "a quotation mark that never closes",
          lambda: lines([HEADINGS, *ROWS[:2], ('"' + ROWS[2][0], *ROWS[2][1:]), *(
              (f"示例第{k}服务社", *row[1:3], "", *row[4:])
              for k, row in enumerate(ROWS * 12))]).encode(),
          (39, 0, 0, 0), _reasons("doubtful.quote_open"), names=NAMES[:2]),
    Messy("category.csv", "a category nobody knows, and one by its name",
          lambda: csv((1, 4, "不知道什么"), (2, 4, "人民调解与邻里调解")).encode(),
          (2, 0, 1, 0), _reasons("doubtful.category_unknown")),
    Messy("shapes.csv", "shapes as text, one broken, one an area",
          lambda: _shapes_as_text().encode(), (1, 1, 1, 0),
          _reasons("doubtful.shape_unreadable", "repaired.shape_to_point")),
    Messy("gbk.geojson", "GeoJSON in GBK", lambda: _features().encode("gb18030")),
    Messy("bare.zip", "a zipped shapefile in GBK without .cpg and .shx", _bare_shapefile),
    Messy("zone.gpkg", "a GeoPackage in a CGCS2000 zone with its number in front", _zone_38),
    Messy("places.kml", "KML with extended data and heights", _kml),
    Messy("table.parquet", "GeoParquet", _parquet),
)  # fmt: skip


def _zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _areas() -> gpd.GeoDataFrame:
    names = [(f"示例{k}社区", "示例街道", f"15020400100{k}") for k in range(1, 5)]
    shapes = [square(114.3 + 0.01 * k, 30.5) for k in range(4)]
    return gpd.GeoDataFrame(names, columns=["名称", "街道", "代码"], geometry=shapes, crs=4326)


def _areas_parquet() -> bytes:
    buffer = io.BytesIO()
    _areas().to_parquet(buffer)
    return buffer.getvalue()


def specimens() -> dict[str, bytes]:
    """Return a whole file of every format, to be damaged."""
    of_corpus = ("gbk.csv", "unicode.txt", "shapes.csv", "page.xls", "sections.xlsx", "points.xlsx",
                 "gbk.geojson", "zone.gpkg", "bare.zip", "places.kml", "table.parquet")  # fmt: skip
    made = {case.name: case.content() for case in CORPUS if case.name in of_corpus}
    return made | {
        "sheets.xls": (HERE / "sheets.xls").read_bytes(),
        "areas.geojson": _areas().to_json(drop_id=True, ensure_ascii=False).encode(),
        "areas.gpkg": _written(_areas(), "a.gpkg", driver="GPKG")["a.gpkg"],
        "areas.zip": _zipped(_written(_areas(), "面.shp", encoding="GBK")),
        "areas.parquet": _areas_parquet(),
        "places.kmz": _zipped({"doc.kml": _kml()}),
        "packed.zip": _zipped({"名册.csv": csv().encode("gb18030"), "册.xlsx": workbook(_titled)}),
    }


def features_with_broken_shape() -> bytes:
    whole = json.loads(_features())
    whole["features"][0]["geometry"] = {"type": "Point", "coordinates": ["甲", None]}
    return json.dumps(whole, ensure_ascii=False).encode()


def square(west: float, south: float, side: float = 0.01) -> shapely.Polygon:
    return shapely.box(west, south, west + side, south + side)
