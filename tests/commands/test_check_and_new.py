"""`check` and `new` on the terminal: what a planner hands over, and what comes back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from commands import app
from geo.place import load_place
from tests.messy.corpus import NAMES, credit_code, csv, lines

KEYS = {
    "rows_read",
    "accepted",
    "repaired",
    "doubtful",
    "rejected",
    "encoding",
    "datum",
    "problems",
}
STATUSES = ("accepted", "repaired", "doubtful", "rejected")


@pytest.fixture(autouse=True)
def chinese(monkeypatch, tmp_path):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YIKE_LANGUAGE", "zh")
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))


@pytest.fixture
def raw(tmp_path) -> Path:
    """A district of two communities on a street of 4 km, as an office would hand it over."""
    metres = "EPSG:4547"
    west, south = 510_000.0, 3_381_000.0
    frame = gpd.GeoDataFrame(
        {
            "社区名称": ["示例东社区", "示例西社区"],
            "所属街道": ["示例街道", "示例街道"],
            "社区代码": ["420106900001", "420106900002"],
            "常住人口": [600, 401],
            "60岁以上": [120, 81],
        },
        geometry=[
            shapely.box(west, south, west + 2000, south + 1000),
            shapely.box(west + 2000, south, west + 4000, south + 1000),
        ],
        crs=metres,
    ).to_crs("EPSG:4490")
    frame.to_file(tmp_path / "社区.geojson", driver="GeoJSON")
    counts = pd.DataFrame(frame.drop(columns=["geometry", "所属街道"]))
    counts.to_csv(tmp_path / "人口.csv", index=False, encoding="gb18030")
    ways = [
        shapely.LineString([(west + k * 250, south + 500), (west + (k + 1) * 250, south + 500)])
        for k in range(16)
    ]
    streets = gpd.GeoDataFrame({"highway": ["residential"] * 16}, geometry=ways, crs=metres)
    streets.to_file(tmp_path / "街道.gpkg", driver="GPKG")
    points = gpd.GeoSeries(gpd.points_from_xy([west + 500, west + 3000], [south + 500] * 2))
    there = points.set_crs(metres).to_crs("EPSG:4326")
    rows = [
        ["组织名称", "登记或备案", "状态", "统一社会信用代码", "服务类别", "经度", "纬度"],
        *(
            [name, "登记", "正常", credit_code(k + 1), code, f"{at.x:.7f}", f"{at.y:.7f}"]
            for k, (name, code, at) in enumerate(zip(NAMES, ("A1", "B1"), there, strict=False))
        ),
    ]
    (tmp_path / "名册.csv").write_bytes(lines(rows).encode("gb18030"))
    return tmp_path


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def checked(path, capsys, *more):
    code = app.main(["check", str(path), "--json", *more])
    return code, strict(capsys.readouterr().out)


def test_the_answer_as_json_and_its_exit_code(tmp_path, capsys):
    path = tmp_path / "名册.csv"
    path.write_bytes(csv().encode("gb18030"))
    code, answer = checked(path, capsys)
    assert code == 0
    assert set(answer) == KEYS
    assert (answer["rows_read"], answer["accepted"]) == (3, 3)
    assert answer["encoding"] == "gb18030"
    assert answer["datum"] == {"best": "undetermined", "scores": {}}
    path.write_bytes(csv((2, 0, ""), (3, 2, "？？")).encode())
    code, answer = checked(path, capsys)
    assert code == 1
    assert sum(answer[name] for name in STATUSES) == answer["rows_read"] == 3
    assert answer["rejected"] == answer["doubtful"] == 1
    for one in answer["problems"]:
        assert set(one) == {"file", "sheet", "row", "column", "level", "reason"}
    first = answer["problems"][0]
    assert (first["file"], first["row"], first["level"]) == ("名册.csv", 3, "rejected")


def test_a_file_that_is_none_is_a_sentence(tmp_path, capsys):
    assert app.main(["check", str(tmp_path / "没有.csv")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "没有.csv" in said.err
    assert "Traceback" not in said.err


def test_a_corrected_workbook_loads_and_keeps_its_rows(tmp_path, capsys):
    path, book = tmp_path / "名册.csv", tmp_path / "核对.xlsx"
    path.write_bytes(csv((1, 6, "0"), (1, 5, "0"), (2, 0, ""), (3, 2, "？？")).encode("gb18030"))
    code, before = checked(path, capsys, "--out", str(book))
    assert code == 1
    assert (before["doubtful"], before["rejected"]) == (2, 1)
    opened = openpyxl.load_workbook(book)
    page = opened.worksheets[0]
    at = {cell.value: cell.column for cell in page[1]}
    for row in page.iter_rows(min_row=2):
        number = int(row[at["原行号"] - 1].value)
        if number == 2:
            page.cell(row[0].row, at["经度"], "114.30")
            page.cell(row[0].row, at["纬度"], 30.55)
        elif number == 3:
            page.cell(row[0].row, at["组织名称"], NAMES[1])
        else:
            page.cell(row[0].row, at["状态"], "正常")
    opened.save(book)
    code, after = checked(book, capsys)
    assert code == 0
    assert (after["rows_read"], after["accepted"]) == (3, 3)
    frame = pd.read_excel(book, dtype=str, engine="calamine")
    assert frame["原文件"].tolist() == ["名册.csv"] * 3


def test_problems_of_a_corrected_workbook_name_the_first_file(tmp_path, capsys):
    path, book = tmp_path / "名册.csv", tmp_path / "核对.xlsx"
    path.write_bytes(csv((3, 2, "？？")).encode())
    checked(path, capsys, "--out", str(book))
    again = tmp_path / "再核对.xlsx"
    code, answer = checked(book, capsys, "--out", str(again))
    assert code == 0
    doubt = next(one for one in answer["problems"] if one["level"] == "doubtful")
    assert (doubt["file"], doubt["row"]) == ("名册.csv", 4)
    twice = openpyxl.load_workbook(again).worksheets[0]
    headings = [cell.value for cell in twice[1]]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_loads_without_a_question(tmp_path, capsys, language):
    book = tmp_path / "模板.xlsx"
    assert app.main(["--language", language, "check", str(book), "--template"]) == 0
    capsys.readouterr()
    opened = openpyxl.load_workbook(book)
    page = next(one for one in opened.worksheets if one.sheet_state == "visible")
    assert page.data_validations.dataValidation
    values = {0: NAMES[0], 1: "登记", 2: "正常", 3: credit_code(1)}
    for column, value in values.items():
        page.cell(2, column + 1, value)
    heads = {cell.value: cell.column for cell in page[1]}
    lon, lat, delivery = (
        ("经度", "纬度", "提供方式") if language == "zh" else ("Longitude", "Latitude", "Delivery")
    )
    page.cell(2, heads[lon], "114.3")
    page.cell(2, heads[lat], "30.55")
    page.cell(2, heads[delivery], "到点")
    category = "服务类别" if language == "zh" else "Category"
    page.cell(2, next(at for name, at in heads.items() if category in str(name)), "A1")
    opened.save(book)
    code, answer = checked(book, capsys)
    assert code == 0
    assert (answer["rows_read"], answer["accepted"]) == (1, 1)
    assert not [one for one in answer["problems"] if one["level"] in ("doubtful", "rejected")]


def new(raw, *more):
    return app.main(
        ["new", "示例新区", "--communities", str(raw / "社区.geojson"),
         "--register", str(raw / "名册.csv"), *more]
    )  # fmt: skip


def test_a_place_from_raw_files(raw, capsys, tmp_path):
    code = new(raw, "--streets", str(raw / "街道.gpkg"), "--residents", str(raw / "人口.csv"))
    said = capsys.readouterr()
    assert code == 0, said.err
    place = load_place(tmp_path / "home" / "示例新区")
    assert int(place.residents["people"].sum()) == 1001
    assert int(place.residents["elders"].sum()) == 201
    assert len(place.register) == 2
    assert place.streets is not None
    assert "假定" in said.out
    # The place that has been built can itself be checked.
    code, answer = checked(tmp_path / "home" / "示例新区", capsys)
    assert code == 0
    assert answer["rows_read"] == 2


def test_without_streets_distances_are_straight_and_say_so(raw, capsys, tmp_path):
    assert new(raw) == 0
    said = capsys.readouterr().out
    place = load_place(tmp_path / "home" / "示例新区")
    assert place.streets is None
    # Counts that stand in the file of the boundaries are enough.
    assert int(place.residents["people"].sum()) == 1001
    assert place.residents["basis_people"].eq("estimated").any() or "假定" in said
    assert "直线" in said + " ".join(str(one) for one in place.notes)


def test_whole_or_not_at_all(raw, capsys, tmp_path, monkeypatch):
    (raw / "坏.csv").write_bytes("这里没有名册\n".encode())
    code = app.main(
        ["new", "示例新区", "--communities", str(raw / "社区.geojson"),
         "--register", str(raw / "坏.csv")]
    )  # fmt: skip
    assert code == 2
    assert not list((tmp_path / "home").rglob("*place.toml"))
    from geo import place_building

    def refuse(*_: object, **__: object) -> bytes:
        raise place_building.FileError("error.register_empty", file="名册.csv")

    monkeypatch.setattr(place_building, "check_workbook", refuse)
    assert new(raw) == 2
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert left == []
    monkeypatch.undo()


def test_a_name_that_is_taken_is_refused(raw, capsys):
    assert new(raw) == 0
    assert new(raw) == 2
    assert "示例新区" in capsys.readouterr().err


def test_nothing_is_read_as_a_formula(tmp_path, capsys):
    path, book = tmp_path / "名册.csv", tmp_path / "核对.xlsx"
    path.write_bytes(csv((1, 0, "=1+1"), (2, 0, "@SUM(A1)")).encode())
    checked(path, capsys, "--out", str(book))
    page = openpyxl.load_workbook(io.BytesIO(book.read_bytes())).worksheets[0]
    cells = [cell for row in page.iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]
