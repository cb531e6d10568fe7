"""The one check of every table: all faults in one sentence, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import TableError
from geo.tables import COMMUNITIES, REGISTER, RESIDENTS, SERVICE_POINTS, checked, split_codes

CRS = "EPSG:32650"


def residents(**changes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "community_code": ["c1", "c2"],
            "people": [3, 0],
            "basis_people": "measured",
            "elders": [1, 0],
            "basis_elders": "assumed",
            **changes,
        },
        geometry=[shapely.Point(0, 0), shapely.Point(1, 1)],
        index=pd.Index(["h1", "h2"], name=RESIDENTS.index, dtype="str"),
        crs=CRS,
    )


def faults(frame: pd.DataFrame, schema: object = RESIDENTS) -> list[str]:
    with pytest.raises(TableError) as caught:
        checked(frame, schema, file="册.csv")
    assert caught.value.values["file"] == "册.csv"
    assert caught.value.values["count"] == len(caught.value.values["faults"])
    return [one.key for one in caught.value.values["faults"]]


def test_what_keeps_its_promises_comes_back_unchanged() -> None:
    frame = residents()
    before = frame.copy()
    assert checked(frame, RESIDENTS) is frame
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("schema", [COMMUNITIES, REGISTER, SERVICE_POINTS, RESIDENTS])
def test_an_empty_table_needs_its_columns_all_the_same(schema: object) -> None:
    columns = {one.name: pd.Series(dtype=_dtype(one.kind)) for one in schema.columns}
    index = pd.Index([], name=schema.index, dtype="str")
    empty = pd.DataFrame(columns).set_axis(index)
    if "geometry" in columns:
        empty = gpd.GeoDataFrame(empty, geometry="geometry", crs=CRS)
    assert checked(empty, schema) is empty
    assert faults(empty.drop(columns=schema.columns[0].name), schema) == ["fault.column_missing"]
    nothing = pd.DataFrame(index=index)
    assert faults(nothing, schema) == ["fault.column_missing"] * len(schema.columns)


def _dtype(kind: str) -> str:
    return {"text": "str", "whole": "int64", "number": "float64"}.get(kind, "geometry")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one.rename_axis("id"), "fault.index_name"),
        (lambda one: one.set_axis(pd.Index([1, 2], name=RESIDENTS.index)), "fault.ids_not_text"),
        (lambda one: one.set_axis(pd.Index(["h", "h"], name=RESIDENTS.index)), "fault.ids_twice"),
        (lambda one: one.assign(people=[1.5, 2]), "fault.fractional"),
        (lambda one: one.assign(people=[-1, 2]), "fault.negative"),
        (lambda one: one.assign(people=[np.inf, 2]), "fault.missing_values"),
        (lambda one: one.assign(people=[np.nan, 2]), "fault.missing_values"),
        (lambda one: one.assign(people=["3", "2"]), "fault.not_numbers"),
        (lambda one: one.assign(basis_people=["measured", "guessed"]), "fault.not_allowed"),
        (lambda one: one.assign(community_code=["c1", None]), "fault.missing_values"),
        (lambda one: one.assign(elders=[-1, 2]), "fault.negative"),
        (lambda one: one.assign(elders=pd.array([1, None], dtype="Int64")), "fault.missing_values"),
        (lambda one: one.assign(basis_elders="guessed"), "fault.not_allowed"),
        (lambda one: one.set_crs(None, allow_override=True), "fault.no_crs"),
        (pd.DataFrame, "fault.no_crs"),
        (lambda one: one.set_geometry(one.geometry.where([True, False])), "fault.no_shape"),
        (lambda one: one.set_geometry([shapely.Point(), shapely.Point(1, 1)], crs=CRS),
         "fault.no_shape"),
        (lambda one: one.set_geometry(one.buffer(1)), "fault.wrong_shape"),
    ],
)  # fmt: skip
def test_each_fault_has_its_sentence(
    change: Callable[[gpd.GeoDataFrame], pd.DataFrame], expected: str
) -> None:
    assert faults(change(residents())) == [expected]


def test_all_faults_come_together() -> None:
    spoilt = residents(people=[-1, 2], basis_people="guessed").rename_axis("id")
    assert faults(spoilt) == ["fault.index_name", "fault.negative", "fault.not_allowed"]


def test_only_a_service_point_may_be_nowhere() -> None:
    points = gpd.GeoDataFrame(
        {
            "organisation_id": "o1",
            "categories": "A1",
            "delivery": "到点",
            "capacity": [np.nan],
            "located_by": "未定位",
        },
        geometry=[None],
        index=pd.Index(["s1"], name=SERVICE_POINTS.index, dtype="str"),
        crs=CRS,
    )
    assert checked(points, SERVICE_POINTS) is points
    assert faults(points.assign(capacity="many"), SERVICE_POINTS) == ["fault.not_numbers"]


@given(st.lists(st.from_regex(r"[A-Z][0-9]{1,2}", fullmatch=True), max_size=4))
def test_joined_codes_come_apart_again(codes: list[str]) -> None:
    assert split_codes(";".join(codes)) == tuple(codes)
    assert split_codes(";" + ";;".join(codes) + ";") == tuple(codes)
