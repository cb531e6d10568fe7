"""Features as records: attributes become text, shapes in text become shapes."""

from __future__ import annotations

import json
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import features
from geo.errors import FileError
from geo.features import cell_text, feature_table, read_shape, with_shape_column
from geo.raw_table import RawTable

POINT = shapely.Point(114.3, 30.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" 甲　", "甲"),
        (None, ""),
        (float("nan"), ""),
        (np.float32("nan"), ""),
        (pd.NaT, ""),
        (b"picture", ""),
        (True, "是"),
        (np.bool_(False), "否"),
        (3.0, "3"),
        (7, "7"),
        (datetime(2024, 5, 1), "2024-05-01"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 8, 30), "2024-05-01 08:30:00"),
        (np.array([1, 2]), "[1, 2]"),
        ({"名": "甲"}, '{"名": "甲"}'),
    ],
)
def test_attributes_become_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_lists_nested_without_end_are_no_text() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert cell_text(nested) == ""


@pytest.mark.parametrize(
    "text",
    [
        "POINT (114.3 30.5)",
        " point(114.3 30.5)",
        "SRID=4326;POINT(114.3 30.5)",
        shapely.to_wkb(POINT, hex=True),
        shapely.to_wkb(POINT, hex=True).lower(),
        shapely.to_wkb(shapely.set_srid(POINT, 4326), hex=True, include_srid=True),
    ],
)
def test_shapes_in_text_are_read(text: str) -> None:
    found = read_shape(text)
    assert (found.x, found.y) == (114.3, 30.5)
    assert shapely.get_srid(found) in (0, 4326)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "武昌区",
        "POINT (114.3)",
        "POINT (nan 30.5)",
        "POLYGON ((0 0, nan 1, 1 1, 0 0))",
        "POLYGON ((0 0, 1e999 1, 1 1, 0 0))",
        "LINESTRING (nan nan, 1 1)",
        "MULTIPOLYGON (((0 0, 1 nan, 1 1, 0 0)))",
        "POLYGON ((0 0, 1 1))",
        "SRID=99999999999999999999;POINT (1 2)",
        "01" + "0" * 41,
        "01" + "F" * 40,
    ],
)
def test_what_is_no_shape_is_none(text: str) -> None:
    assert read_shape(text) is None


@given(st.text(alphabet="POLYGNINT(),.-+0123456789enaif SRID=;", max_size=60))
def test_any_text_is_a_shape_of_numbers_or_none(text: str) -> None:
    for one in (text, f"POLYGON (({text}))", f"POINT ({text})"):
        found = read_shape(one)
        assert found is None or np.isfinite(shapely.get_coordinates(found)).all()


def test_a_table_of_features_by_hand() -> None:
    records = [{"名称": "甲", "人数": 3.0}, {"名称": "乙", "备注": None}]
    kept = json.dumps(records)
    table = feature_table(records, [POINT, None], file="点.geojson", sheet="层", crs="EPSG:4326")
    assert table.cells.to_dict("list") == {
        "名称": ["甲", "乙"],
        "人数": ["3", ""],
        "备注": ["", ""],
    }
    assert table.origin.to_dict("list") == {
        "file": ["点.geojson"] * 2,
        "sheet": ["层"] * 2,
        "row": [1, 2],
    }
    assert table.shapes.iloc[0] == POINT and table.shapes.iloc[1] is None
    assert table.shapes.crs == "EPSG:4326"
    assert json.dumps(records) == kept


def test_no_features_are_an_empty_table_and_too_many_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = feature_table([], [], file="空.geojson")
    assert empty.cells.empty and empty.shapes.empty
    assert list(empty.origin.columns) == ["file", "sheet", "row"]
    monkeypatch.setattr(features, "MOST_ROWS", 1)
    monkeypatch.setattr(features, "MOST_COLUMNS", 1)
    for records, key in (
        ([{}, {}], "error.too_many_rows"),
        ([{"a": 1, "b": 2}], "error.too_many_columns"),
    ):
        with pytest.raises(FileError) as caught:
            feature_table(records, [None] * len(records), file="层.geojson")
        assert caught.value.key == key


def _table(**columns: list[str]) -> RawTable:
    frame = pd.DataFrame(columns, dtype="str")
    origin = pd.DataFrame({"file": "册.csv", "sheet": "", "row": range(2, len(frame) + 2)})
    return RawTable("册.csv", "", frame, origin)


def test_a_column_of_shapes_leaves_the_cells_and_its_bad_cells_are_doubtful() -> None:
    given_table = _table(名称=["甲", "乙", "丙"], 位置=["SRID=4326;POINT (1 2)", "?", ""])
    before = given_table.cells.copy()
    table = with_shape_column(given_table)
    # Half of what is filled in is no shape and the heading says nothing: it stays text.
    assert table is given_table
    named = _table(名称=["甲", "乙", "丙"], geometry=["SRID=4326;POINT (1 2)", "?", ""])
    table = with_shape_column(named)
    assert list(table.cells.columns) == ["名称"]
    assert table.shapes.iloc[0] == shapely.Point(1, 2)
    assert table.shapes.crs == "EPSG:4326"
    assert [(one.position, one.reason.key) for one in table.findings] == [
        (1, "doubtful.shape_unreadable")
    ]
    pd.testing.assert_frame_equal(given_table.cells, before)
    assert with_shape_column(table) is table
