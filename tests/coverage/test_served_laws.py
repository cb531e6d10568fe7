"""Laws of coverage that hold for any place and question, and what bad input does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.gaps import gap_list
from coverage.indices import two_step_floating_catchment
from coverage.reach import CoverageResult, measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import InputError
from geo.place import Place, load_place
from tests.desert_place import CODES, Desert, write_desert

COUNTS = ["beneficiaries", "covered", "uncovered", "unreached"]
quiet = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    crossing = [
        {
            "organisation_id": f"o{k}",
            "name": f"示例{k}",
            "category": ("A1", "A2", "B1", "C1")[k % 4],
            "x": 100 * (k * 3 % 10),
            "y": 100 * (k * 7 % 10),
        }
        for k in range(12)
    ]
    desert = Desert(organisations=crossing)
    return load_place(write_desert(tmp_path_factory.mktemp("laws"), desert))


def asked(place: Place, standard: Standard) -> CoverageResult:
    return measure_coverage(place, walk_categories(place, standard), standard)


@quiet
@given(
    open_ones=st.sets(st.integers(0, 11)),
    opened=st.integers(0, 11),
    minutes=st.integers(5, 30),
    wheelchair=st.booleans(),
)
def test_coverage_never_falls_when_an_organisation_opens(
    place: Place, open_ones: set[int], opened: int, minutes: int, wheelchair: bool
) -> None:
    standard = Standard(minutes=minutes, walker="wheelchair" if wheelchair else None)

    def with_open(which: set[int]) -> pd.DataFrame:
        states = ["正常" if k in which else "注销" for k in range(12)]
        return asked(
            replace(place, register=place.register.assign(state=states)), standard
        ).communities

    few, more = with_open(open_ones), with_open(open_ones | {opened})
    assert (more["covered"] >= few["covered"]).all()
    assert (more["has_one"] >= few["has_one"]).all()
    assert (few["covered"] + few["uncovered"] == few["beneficiaries"]).all()
    # Closing all organisations of a category covers nobody by it.
    codes = place.register["category"]
    for code in set(codes) - {codes.iloc[k] for k in open_ones}:
        assert (few.loc[few["category"] == code, "covered"] == 0).all()


@quiet
@given(
    homes=st.lists(st.integers(0, 1), min_size=5, max_size=5),
    minutes=st.one_of(st.none(), st.integers(5, 30)),
)
def test_splitting_a_community_changes_no_total_above_it(
    place: Place, homes: list[int], minutes: int | None
) -> None:
    standard = Standard(minutes=minutes)
    whole = asked(place, standard)
    communities = pd.concat(
        [place.communities, place.communities.iloc[[0]].set_axis(["420106001009"])]
    )
    communities.index.name = place.communities.index.name
    residents = place.residents.copy()
    moved = (residents["community_code"] == CODES[0]) & np.array(homes, dtype=bool)
    residents["community_code"] = residents["community_code"].mask(moved, "420106001009")
    split = asked(replace(place, communities=communities, residents=residents), standard)
    # `has_one` is about communities and not compared; people are.
    for level in ("subdistricts", "district"):
        before, after = getattr(whole, level), getattr(split, level)
        pd.testing.assert_frame_equal(before[[*COUNTS, "share"]], after[[*COUNTS, "share"]])
    assert split.communities[COUNTS].sum().equals(whole.communities[COUNTS].sum())


def test_a_community_of_nobody_has_no_share_and_no_gap(place: Place) -> None:
    standard = Standard()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    empty = result.communities[result.communities["beneficiaries"] == 0]
    assert len(empty)
    assert empty["share"].isna().all()
    assert not empty["covered"].any()
    gaps = gap_list(place, walks, result)
    pairs = set(zip(gaps["community_code"], gaps["category"], strict=True))
    assert pairs.isdisjoint(zip(empty["community_code"], empty["category"], strict=True))


def test_a_category_whose_beneficiaries_nobody_counted_is_not_measured(tmp_path: Path) -> None:
    homes = [(100.0, 100.0, {"people": 100})]
    place = load_place(
        write_desert(
            tmp_path,
            Desert(homes=homes),
            settings=(Path(__file__).parent.parent / "desert_place.py")
            .read_text(encoding="utf-8")
            .split('SETTINGS = """')[1]
            .split('"""')[0]
            .replace(
                'basis = { people = "measured", elders = "measured", '
                'elders_80 = "measured", disabled = "assumed" }',
                'basis = { people = "measured" }',
            ),
        )
    )
    result = asked(place, Standard())
    assert "A1" not in result.subjects
    assert "elder_care" not in result.subjects
    assert "B1" in result.subjects


@pytest.mark.parametrize("given", ["-5", "2.5", "many", ""])
def test_counts_that_are_no_whole_number_of_people_are_refused(tmp_path: Path, given: str) -> None:
    folder = write_desert(tmp_path)
    file = folder / "residents.csv"
    rows = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    rows.loc[1, "elders"] = given
    rows.to_csv(file, index=False, encoding="utf-8-sig")
    with pytest.raises(InputError):
        load_place(folder)


def test_a_capacity_of_zero_adds_nothing() -> None:
    costs = np.array([[1.0, 2.0]])
    one = two_step_floating_catchment(costs, [10], [5, 0], weight=np.ones_like)
    assert one.tolist() == [0.5]
