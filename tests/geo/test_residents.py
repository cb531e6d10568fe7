"""Counts of communities over points: to the person, without chance, with their basis."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeographyError, TableError
from geo.office_files import read_office_bytes
from geo.phrases import sentence
from geo.problems import REJECTED
from geo.resident_counts import read_counts
from geo.residents import PART_OF, largest_remainder, share_of_people, spread_counts
from geo.residents_candidates import (
    building_candidates,
    compound_candidates,
    grid_candidates,
    street_candidates,
)
from geo.tables import COUNT_COLUMNS, RESIDENTS

CRS = "EPSG:32650"


def _communities(*, lone: bool = False) -> gpd.GeoDataFrame:
    boxes = {"a": shapely.box(0, 0, 100, 100), "b": shapely.box(100, 0, 300, 100)}
    if lone:
        boxes["c"] = shapely.box(300, 0, 400, 100)
    frame = gpd.GeoDataFrame(geometry=list(boxes.values()), crs=CRS)
    frame.index = pd.Index(list(boxes), name="community_code", dtype="str")
    return frame


def _counts(**columns: list[object]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.Index(list("abc")[:size], name="community_code"))


def _candidates(weights: list[float], codes: str) -> gpd.GeoDataFrame:
    left = {"a": 10, "b": 110, "c": 310}
    x = [left[code] + 5 * at for at, code in enumerate(codes)]
    return gpd.GeoDataFrame(
        {"community_code": list(codes), "weight": weights},
        geometry=gpd.points_from_xy(x, np.full(len(x), 50.0)),
        crs=CRS,
    )


# ------------------------------------------------------------- largest remainder


def test_shares_by_hand() -> None:
    # 100 seats, quotas 43.7, 30.4, 25.9: two are left over, for .9 and .7.
    assert largest_remainder(100, np.array([43.7, 30.4, 25.9])).tolist() == [44, 30, 26]
    assert largest_remainder(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert largest_remainder(3, np.array([0.1, 0.2, 0.3])).tolist() == [1, 1, 1]
    assert largest_remainder(6, np.array([0.1, 0.2, 0.3])).tolist() == [1, 2, 3]
    assert largest_remainder(0, np.array([0.0, 0.0])).tolist() == [0, 0]
    assert largest_remainder(0, np.empty(0)).tolist() == []


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2_000_000),
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60).filter(
        lambda weights: sum(weights) > 1e-3
    ),
)
def test_shares_close_and_stay_within_one(total: int, weights: list[float]) -> None:
    shares = largest_remainder(total, np.array(weights))
    exact = total * np.array(weights) / sum(weights)
    assert shares.sum() == total
    assert (np.abs(shares - exact) < 1 + 1e-6).all()
    assert (shares[np.array(weights) == 0] == 0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.lists(st.integers(0, 50), min_size=2, max_size=12).filter(any))
def test_agrees_with_hamilton_done_in_whole_numbers(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    rest = [total * weight % whole for weight in weights]
    for at in sorted(range(len(weights)), key=lambda at: (-rest[at], at))[: total - sum(shares)]:
        shares[at] += 1
    assert largest_remainder(total, np.array(weights, dtype=float)).tolist() == shares


@pytest.mark.parametrize("total", [-1, 2.5, float("nan"), "many"])
def test_refuses_impossible_totals(total: object) -> None:
    with pytest.raises(TableError) as fault:
        largest_remainder(total, np.array([1.0]))  # type: ignore[arg-type]
    assert "total" in str(fault.value) and "total" in sentence(fault.value, "zh")


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_refuses_impossible_weights(weights: list[float]) -> None:
    with pytest.raises(TableError, match="weights are negative or missing"):
        largest_remainder(5, np.array(weights))


@pytest.mark.parametrize("weights", [[], [0.0, 0.0]])
def test_refuses_to_spread_people_over_nothing(weights: list[float]) -> None:
    with pytest.raises(TableError, match="5 people"):
        largest_remainder(5, np.array(weights))


# ------------------------------------------------------------------ spread_counts


def test_spreads_by_weight_and_keeps_every_total() -> None:
    residents = spread_counts(
        _communities(),
        _counts(people=[10, 7], elders=[3, 0]),
        _candidates([1.0, 3.0, 2.0, 2.0], "aabb"),
        basis={"people": "measured", "elders": "estimated"},
    )
    # a: 2.5 and 7.5, the tie goes to the first; b: 3.5 and 3.5, likewise.
    assert residents["people"].tolist() == [3, 7, 4, 3]
    # Elders follow the people: 3 x 3/10 = 0.9, 3 x 7/10 = 2.1.
    assert residents["elders"].tolist() == [1, 2, 0, 0]
    assert residents.index.tolist() == ["a-0001", "a-0002", "b-0001", "b-0002"]
    assert residents.index.name == RESIDENTS.index
    assert set(residents["basis_people"]) == {"measured"}
    assert set(residents["basis_elders"]) == {"estimated"}
    assert residents.crs == CRS


def test_a_community_without_points_keeps_its_people() -> None:
    residents = spread_counts(
        _communities(lone=True),
        _counts(people=[10, 0, 5], disabled=[1, 0, 1]),
        _candidates([1.0, 0.0], "ab"),
        basis={"people": "measured", "disabled": "assumed"},
    )
    assert residents["people"].to_dict() == {"a-0001": 10, "c-0001": 5}
    assert residents.loc["c-0001", "basis_people"] == "estimated"
    assert residents.loc["c-0001", "basis_disabled"] == "assumed"
    assert residents.loc["a-0001", "basis_people"] == "measured"
    assert _communities(lone=True).geometry["c"].contains(residents.geometry["c-0001"])


def test_candidates_that_weigh_nothing_count_as_no_points() -> None:
    candidates = _candidates([0.0, 0.0, 1.0], "aab")
    residents = spread_counts(_communities(), _counts(people=[4, 4]), candidates)
    assert residents["people"].tolist() == [4, 4]


def test_leaves_its_inputs_alone() -> None:
    communities, candidates = _communities(), _candidates([1.0, 2.0], "ab")
    counts = _counts(people=[3, 4])
    before = [frame.copy() for frame in (communities, counts, candidates)]
    spread_counts(communities, counts, candidates)
    pd.testing.assert_frame_equal(counts, before[1])
    for now, then in ((communities, before[0]), (candidates, before[2])):
        pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(then))


def test_promises_its_columns_when_nobody_lives_there() -> None:
    residents = spread_counts(_communities(), _counts(people=[0, 0]), _candidates([1.0], "a"))
    assert residents.empty
    assert {column.name for column in RESIDENTS.columns} <= set(residents.columns)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_totals_close_for_every_column_and_parts_fit_their_whole(data: st.DataObject) -> None:
    people = data.draw(st.lists(st.integers(0, 5000), min_size=2, max_size=2))
    elders = [data.draw(st.integers(0, whole)) for whole in people]
    older = [data.draw(st.integers(0, whole)) for whole in elders]
    weights = data.draw(st.lists(st.floats(0.0, 1e4), min_size=4, max_size=25))
    codes = "".join(data.draw(st.sampled_from("ab")) for _ in weights)
    counts = _counts(people=people, elders=elders, elders_65=older)
    residents = spread_counts(_communities(), counts, _candidates(weights, codes))
    sums = residents.groupby("community_code")[list(counts.columns)].sum()
    sums = sums.reindex(counts.index, fill_value=0)
    assert (sums.to_numpy() == counts.to_numpy()).all()
    assert (residents["elders"] <= residents["people"]).all()
    assert (residents["elders_65"] <= residents["elders"]).all()


def test_every_count_but_people_is_part_of_another() -> None:
    assert set(PART_OF) == set(COUNT_COLUMNS) - {"people"}


@pytest.mark.parametrize(
    ("people", "words"), [([-1, 2], "negative"), ([np.nan, 2], "without"), ([1.5, 2], "not whole")]
)
def test_refuses_impossible_counts(people: list[float], words: str) -> None:
    with pytest.raises(TableError, match=words) as fault:
        spread_counts(_communities(), _counts(people=people), _candidates([1.0], "a"))
    assert "people" in str(fault.value) and "a" in str(fault.value)


def test_refuses_tables_that_do_not_match() -> None:
    candidates = _candidates([1.0], "a")
    with pytest.raises(TableError, match="for example c"):
        spread_counts(_communities(), _counts(people=[1, 2, 3]), candidates)
    with pytest.raises(TableError, match="no column “people”"):
        spread_counts(_communities(), _counts(elders=[1, 2]), candidates)
    with pytest.raises(TableError, match="name communities that do not exist"):
        spread_counts(_communities(), _counts(people=[1, 2]), _candidates([1.0], "c"))
    with pytest.raises(TableError, match="cannot be guessed"):
        spread_counts(_communities(), _counts(people=[1, 2]), candidates, basis="guessed")
    with pytest.raises(TableError, match="basis of “elders”"):
        counts = _counts(people=[1, 2], elders=[0, 1])
        spread_counts(_communities(), counts, candidates, basis={"people": "measured"})


# ---------------------------------------------------------------- share_of_people


def test_an_assumed_share_closes_at_every_level() -> None:
    candidates = _candidates([1.0, 1.0, 1.0], "aab")
    residents = spread_counts(_communities(), _counts(people=[100, 53]), candidates)
    assumed = share_of_people(residents, "disabled", 0.063)
    # 0.063 x 153 = 9.639: ten; a has 6.536, b 3.464.
    assert assumed.groupby("community_code")["disabled"].sum().to_dict() == {"a": 7, "b": 3}
    assert assumed["disabled"].tolist() == [4, 3, 3]
    assert set(assumed["basis_disabled"]) == {"assumed"}
    assert "disabled" not in residents.columns


def test_refuses_impossible_shares() -> None:
    residents = spread_counts(_communities(), _counts(people=[1, 2]), _candidates([1.0], "a"))
    for share in (-0.1, 1.5, float("nan")):
        with pytest.raises(TableError, match="between 0 and 1"):
            share_of_people(residents, "disabled", share)
    with pytest.raises(TableError, match="Unknown count columns"):
        share_of_people(residents, "cats", 0.1)
    with pytest.raises(TableError, match="Unknown count columns"):
        share_of_people(residents, "disabled", 0.1, of="elders")


# --------------------------------------------------------------------- candidates


def test_streets_are_cut_into_equal_parts_and_junctions_kept() -> None:
    lines = gpd.GeoSeries(
        [
            shapely.LineString([(10, 50), (40, 50)]),
            shapely.LineString([(70, 50), (40, 50)]),  # the same street, drawn the other way
            shapely.LineString([(150, 20), (150, 60)]),
            shapely.LineString([(500, 0), (600, 0)]),  # in no community
        ],
        crs=CRS,
    )
    found = street_candidates(_communities(), lines.to_frame("geometry"), spacing=25.0)
    assert found["community_code"].tolist() == ["a", "a", "a", "b", "b"]
    assert found["weight"].tolist() == [20.0, 20.0, 20.0, 20.0, 20.0]
    assert found.geometry.x.round(6).tolist() == [20.0, 40.0, 60.0, 150.0, 150.0]
    turned = lines.reverse().iloc[::-1].to_frame("geometry")
    again = street_candidates(_communities(), turned, spacing=25.0)
    assert again.geometry.geom_equals_exact(found.geometry, 1e-9).all()


def test_the_grid_leaves_out_water() -> None:
    water = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 60)], crs=CRS)
    dry = grid_candidates(_communities(), spacing=50.0, water=water)
    everything = grid_candidates(_communities(), spacing=50.0)
    # A point on the border between a and b belongs to a, the first of the two.
    assert everything["community_code"].value_counts().to_dict() == {"a": 9, "b": 12}
    assert dry["community_code"].value_counts().to_dict() == {"b": 12, "a": 3}


def test_buildings_weigh_their_floors_and_compounds_their_dwellings() -> None:
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(150, 0, 170, 10), shapely.box(0, 20, 5, 40)]
    buildings = gpd.GeoDataFrame({"storeys": [6, None, 0]}, geometry=shapes, crs=CRS)
    found = building_candidates(_communities(), buildings, levels="storeys")
    assert found["weight"].tolist() == [100.0, 600.0, 200.0]  # a from west to east, then b
    assert found["community_code"].tolist() == ["a", "a", "b"]
    assert building_candidates(_communities(), buildings)["weight"].sum() == 400.0
    compounds = gpd.GeoDataFrame({"dwellings": [120]}, geometry=[shapely.Point(5, 5)], crs=CRS)
    assert compound_candidates(_communities(), compounds)["weight"].tolist() == [120.0]


def test_candidates_promise_their_columns_also_when_there_are_none() -> None:
    nothing = gpd.GeoDataFrame({"dwellings": []}, geometry=[], crs=CRS)
    for found in (
        street_candidates(_communities(), nothing),
        building_candidates(_communities(), nothing),
        compound_candidates(_communities(), nothing),
        grid_candidates(_communities().iloc[:0]),
    ):
        assert list(found.columns) == ["community_code", "weight", "geometry"]
        assert found.empty and found.crs == CRS


def test_candidates_refuse_degrees_and_missing_systems() -> None:
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=CRS)
    with pytest.raises(GeographyError, match="in degrees"):
        street_candidates(_communities().to_crs("EPSG:4326"), lines)
    with pytest.raises(GeographyError, match="no coordinate system"):
        street_candidates(_communities(), lines.set_crs(None, allow_override=True))
    with pytest.raises(TableError, match="spacing must be positive"):
        street_candidates(_communities(), lines, spacing=0.0)


@pytest.mark.slow
def test_a_million_points_take_a_moment() -> None:
    rng = np.random.default_rng(1)
    size = 1_000_000
    codes = np.where(rng.random(size) < 0.5, "a", "b")
    points = gpd.GeoSeries.from_xy(rng.random(size), rng.random(size), crs=CRS)
    candidates = gpd.GeoDataFrame(
        {"community_code": codes, "weight": rng.random(size)}, geometry=points
    )
    counts = _counts(people=[3_000_000, 4_000_001], elders=[600_000, 900_000])
    residents = spread_counts(_communities(), counts, candidates)
    assert residents["people"].sum() == 7_000_001
    assert residents["elders"].sum() == 1_500_000


# ------------------------------------------------------------------ what an office counts


def _counts_file(*rows: str) -> tuple[Any, list[str]]:
    content = "\n".join(("社区代码,常住人口,60岁及以上", *rows)).encode("utf-8-sig")
    communities = _communities().assign(
        name=["甲社区", "乙社区"], subdistrict="街道", subdistrict_code="s"
    )
    counts = read_counts(read_office_bytes(content, "residents.csv"), communities)
    return counts, [str(problem.reason.say("zh")) for problem in counts.problems]


@pytest.mark.parametrize("cell", ["-3", "2.5", "约三十", "1e3"])
def test_a_cell_that_is_no_count_rejects_its_row(cell: str) -> None:
    counts, said = _counts_file("a,100,20", f"b,50,{cell}")
    assert counts.rows["status"].iloc[1] == REJECTED
    assert counts.counts.iloc[1].sum() == 0
    assert any(cell in words for words in said)


def test_a_blank_count_is_nobody_and_says_so() -> None:
    counts, said = _counts_file("a,100,20", "b,50,")
    assert counts.counts["elders"].tolist() == [20, 0]
    assert any("按 0 人计" in words for words in said)
    _, quiet = _counts_file("a,100,20", "b,50,0")
    assert not any("按 0 人计" in words for words in quiet)
    # A column nobody filled in is no doubt about its rows.
    _, never = _counts_file("a,100,", "b,50,")
    assert not any("按 0 人计" in words for words in never)
