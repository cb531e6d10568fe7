"""Counts from an office's table: bands are added up only where they fit together exactly."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import TableError
from geo.office_files import read_office_bytes
from geo.resident_counts import OPEN, ResidentCounts, age_bands, bands_between, read_counts

FIVE = [f"{low}-{low + 4}岁" for low in range(0, 80, 5)]


def communities() -> gpd.GeoDataFrame:
    words = {"name": "甲社区", "subdistrict": "街道", "subdistrict_code": "s", "unit_kind": "社区"}
    index = pd.Index(["c1"], name="community_code", dtype="str")
    return gpd.GeoDataFrame(
        {key: [value] for key, value in words.items()},
        geometry=[shapely.box(0, 0, 9, 9)], index=index, crs="EPSG:32650",
    )  # fmt: skip


def read(headings: list[str], counts: list[int]) -> ResidentCounts:
    content = "社区代码," + ",".join(headings) + "\nc1," + ",".join(map(str, counts)) + "\n"
    return read_counts(read_office_bytes(content.encode(), "人口.csv"), communities())


def totals(headings: list[str], counts: list[int]) -> dict[str, int]:
    return read(headings, counts).counts.iloc[0].to_dict()


def test_bands_of_five_years_by_hand() -> None:
    assert totals([*FIVE, "80岁以上"], [1] * 17) == {
        "people": 17, "elders": 5, "elders_65": 4, "elders_80": 1, "children": 3,
    }  # fmt: skip


def test_a_sum_beside_its_bands_is_not_added_again() -> None:
    headings = [*FIVE, "80岁及以上", "65岁及以上人数"]
    assert totals(headings, [1] * 17 + [4])["people"] == 17
    assert totals(headings, [1] * 17 + [4])["elders"] == 5


def test_bands_of_ten_years_do_not_tell_who_is_65() -> None:
    headings = [f"{low}-{low + 9}岁" for low in range(0, 80, 10)] + ["80岁以上"]
    found = read(headings, [10] * 9)
    assert found.counts.iloc[0].to_dict() == {"people": 90, "elders": 30, "elders_80": 10}
    told = [dict(one.reason.values)["column"] for one in found.problems if one.level == "note"]
    assert sorted(told) == ["children", "elders_65"]


def test_bands_of_the_old_alone_are_not_everybody() -> None:
    with pytest.raises(TableError) as caught:
        read(["60-64岁", "65-69岁", "70-74岁", "75-79岁", "80岁以上"], [1] * 5)
    assert caught.value.key == "error.no_people"
    known = totals(
        ["常住人口", "60-64岁", "65-69岁", "70-74岁", "75-79岁", "80岁以上"], [9] + [1] * 5
    )
    assert (known["people"], known["elders"], known["elders_65"]) == (9, 5, 4)
    assert "children" not in known


def test_a_missing_band_makes_no_sum() -> None:
    headings = [one for one in FIVE if one != "65-69岁"]
    found = totals(["常住人口", *headings, "80岁以上"], [99] + [1] * 16)
    assert "elders" not in found and "elders_65" not in found
    assert found["elders_80"] == 1


def test_what_looks_like_bands_and_is_none() -> None:
    assert age_bands(["60岁以上", "65岁以上"]) == {}
    assert age_bands(["1-200", "9-3", "2019-2024", "甲"]) == {}
    assert age_bands(["A0A4_CNT", "A5A9_CNT", "A10A14_CNT", "A15UP_5_CNT"]) == {
        "A0A4_CNT": (0, 4), "A5A9_CNT": (5, 9), "A10A14_CNT": (10, 14), "A15UP_5_CNT": (15, OPEN),
    }  # fmt: skip


BANDS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(0, 110), st.integers(0, 20)).map(lambda one: (one[0], one[0] + one[1]))
    | st.integers(50, 110).map(lambda low: (low, OPEN)),
    max_size=8,
)


@given(BANDS, st.integers(0, 90), st.sampled_from([14, 64, OPEN]))
def test_every_age_is_counted_once_or_nothing_is(
    bands: dict[str, tuple[int, int]], first: int, last: int
) -> None:
    chosen = bands_between(bands, first, last)
    ages = [age for name in chosen for age in range(bands[name][0], bands[name][1] + 1)]
    assert len(set(ages)) == len(ages)
    if chosen:
        assert ages == list(range(first, max(ages) + 1))
        assert max(ages) == last or (last == OPEN and max(ages) >= 99)


@given(st.lists(st.integers(1, 10), min_size=3, max_size=11))
def test_a_row_of_bands_is_always_found(widths: list[int]) -> None:
    bands, low = {}, 0
    for k, width in enumerate(widths):
        bands[f"b{k}"] = (low, low + width - 1)
        low += width
    bands["open"] = (low, OPEN)
    assert bands_between(bands, 0, OPEN) == list(bands)


def test_bands_within_bands_without_an_end_take_no_time_to_refuse() -> None:
    # 2^19 ways of tiling them, and more: only remembering dead ends comes to an end.
    bands = {
        f"{low}-{low + width - 1}岁": (low, low + width - 1)
        for width in (1, 5, 10)
        for low in range(0, 90, width)
    }
    assert bands_between(bands, 0, OPEN) == []
    assert len(bands_between(bands, 0, 89)) == 90
