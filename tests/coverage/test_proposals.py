"""Where to open next on the desert grid: by hand, and as the scenario that opens it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.proposals import (
    GAIN_COLUMNS,
    SITE_COLUMNS,
    Patience,
    SiteQuestion,
    proposal_curve,
    propose,
    reachable,
)
from coverage.reach import measure_coverage
from coverage.scenario import apply
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.errors import SitingError, TableError
from geo.phrases import sentence
from geo.place import load_place
from tests.desert import CRS, ORIGIN
from tests.desert_place import SETTINGS, Desert, write_desert

STANDARD = Standard()


@pytest.fixture(scope="module")
def desert(tmp_path_factory):
    return load_place(write_desert(tmp_path_factory.mktemp("desert") / "desert"))


def premises(*rows):
    """Candidates at (east, north), with a name, a cost and a capacity."""
    return gpd.GeoDataFrame(
        {
            "name": [f"示例用房{k}" for k in range(len(rows))],
            "cost": [float(row[2]) for row in rows],
            "capacity": [float(row[3]) for row in rows],
            "community_code": "",
        },
        index=pd.Index([f"c{k}" for k in range(len(rows))], dtype="str", name="candidate_id"),
        geometry=[shapely.Point(ORIGIN[0] + row[0], ORIGIN[1] + row[1]) for row in rows],
        crs=CRS,
    )


# 720 m for A1: o1 reaches h0, h1 (60 elders); h2 (900, 100) has 10, h3 (100, 900) has 30.
LIST = premises((100, 800, 40, np.nan), (900, 200, 10, np.nan), (500, 500, 90, np.nan))


def test_the_best_of_three_premises_by_hand(desert):
    found = propose(desert, STANDARD, SiteQuestion("A1", sites=2), candidates=LIST)
    assert list(found.sites.index) == ["c0", "c1"]
    assert list(found.sites.columns) == list(SITE_COLUMNS)
    assert list(found.gains.columns) == list(GAIN_COLUMNS)
    assert found.sites["gain"].tolist() == [30, 10]
    assert (found.covered_before, found.extra, found.siting.extra) == (60, 40, 40)
    assert found.gains["community_code"].tolist() == ["420106002001", "420106001002"]
    assert found.sites["cost_per_person"].tolist() == pytest.approx([40 / 30, 1.0])
    assert found.siting.cost == 50
    assert found.siting.proven_optimal
    assert found.never.empty


def test_locks_bans_budget_and_capacity(desert):
    ask = SiteQuestion("A1", sites=1, locked=("c1",))
    assert list(propose(desert, STANDARD, ask, candidates=LIST).sites.index) == ["c1"]
    ask = SiteQuestion("A1", sites=1, banned=("c0",))
    assert list(propose(desert, STANDARD, ask, candidates=LIST).sites.index) == ["c1"]
    ask = SiteQuestion("A1", sites=3, budget=39)
    assert list(propose(desert, STANDARD, ask, candidates=LIST).sites.index) == ["c1"]
    small = premises((100, 800, 40, 12), (900, 200, 10, 50))
    found = propose(desert, STANDARD, SiteQuestion("A1", sites=2), candidates=small)
    assert found.sites["gain"].to_dict() == {"c0": 12, "c1": 10}
    assert found.extra == found.siting.extra == found.gains["gain"].sum() == 22


@pytest.mark.parametrize("objective", ["cover", "fewest", "median", "centre"])
def test_default_candidates_and_the_scenario_close(desert, objective):
    walks = walk_categories(desert, STANDARD)
    ask = SiteQuestion("A1", sites=2, objective=objective)
    found = propose(desert, STANDARD, ask, walks=walks)
    assert found.siting.proven_optimal
    after = apply(desert, found.scenario)
    result = measure_coverage(after, walk_categories(after, STANDARD), STANDARD)
    row = result.district[result.district["category"] == "A1"].iloc[0]
    assert row["covered"] == found.covered_before + found.extra
    before = measure_coverage(desert, walks, STANDARD)
    by_unit = found.gains.groupby("community_code")["gain"].sum()
    for table, sign in ((result, 1), (before, -1)):
        units = table.communities[table.communities["category"] == "A1"]
        by_unit = by_unit.add(-sign * units.set_index("community_code")["covered"], fill_value=0)
    assert (by_unit == 0).all()
    if objective == "fewest":
        assert found.siting.objective == 2
        assert row["covered"] == row["beneficiaries"]


def test_a_place_without_streets_uses_the_detour(tmp_path):
    settings = SETTINGS.replace(
        '[walking]\nbasis = "network"\nstreets = "streets.parquet"',
        '[walking]\nbasis = "straight_line"\ndetour = 1.5',
    )
    place = load_place(write_desert(tmp_path / "d", settings=settings))
    walks = walk_categories(place, STANDARD, categories=["A1"])
    found = reachable(place, STANDARD, "A1", candidates=LIST, walks=walks)
    # h3 (100, 900) to c0 (100, 800): 100 m x 1.5.
    assert found.metres[3, 1] == 150.0
    answer = propose(place, STANDARD, SiteQuestion("A1", sites=1), walks=walks)
    after = apply(place, answer.scenario)
    walked = walk_categories(after, STANDARD, categories=["A1"])
    result = measure_coverage(after, walked, STANDARD)
    row = result.district[result.district["category"] == "A1"].iloc[0]
    assert row["covered"] == answer.covered_before + answer.extra


def test_the_curve_names_its_candidates(desert):
    curve = proposal_curve(desert, STANDARD, SiteQuestion("A1", sites=3), candidates=LIST)
    assert curve["candidate_id"].tolist() == ["c0", "c1"]
    assert curve["gain"].tolist() == [30, 10]
    assert curve["covered"].tolist() == [90, 100]


def test_worst_off_and_patience(desert):
    ask = SiteQuestion("A1", sites=1, worst_off=True)
    told = []
    patience = Patience(time_limit=20, progress=told.append)
    found = propose(desert, STANDARD, ask, candidates=LIST, patience=patience)
    assert found.siting.smallest_share == 0
    assert found.extra == 30


def test_who_can_never_be_reached_is_listed(desert):
    far = premises((900, 200, 1, np.nan))
    found = propose(desert, STANDARD, SiteQuestion("A1", sites=1), candidates=far)
    assert found.never["people"].tolist() == [30]
    assert found.never["community_code"].tolist() == ["420106002001"]
    with pytest.raises(SitingError) as told:
        propose(desert, STANDARD, SiteQuestion("A1", objective="fewest"), candidates=far)
    assert told.value.key == "error.sites_never_covered"
    assert "西北社区" in sentence(told.value, "zh")
    assert told.value.values["possible"] == 70


REFUSED = [
    ("error.sites_unknown_candidate", {"locked": ("zzz",)}),
    ("error.siting_locked_and_banned", {"locked": ("c1",), "banned": ("c1",)}),
    ("error.siting_too_many", {"sites": 9}),
    ("error.siting_too_many_locks", {"sites": 1, "locked": ("c0", "c1")}),
]


@pytest.mark.parametrize(("key", "change"), REFUSED)
def test_impossible_questions_are_sentences(desert, key, change):
    with pytest.raises(SitingError) as told:
        propose(desert, STANDARD, SiteQuestion("A1", **change), candidates=LIST)
    assert told.value.key == key
    assert sentence(told.value, "zh")
    if "banned" in change:
        assert "c1" in sentence(told.value, "zh")


def test_impossible_objectives_are_sentences(desert):
    with pytest.raises(SitingError, match="nearest"):
        SiteQuestion("A1", objective="nearest")
    with pytest.raises(SitingError, match="worst-off"):
        SiteQuestion("A1", objective="median", worst_off=True)
    with pytest.raises(TableError):
        propose(desert, STANDARD, SiteQuestion("Q9"))
    with pytest.raises(SitingError) as told:
        propose(
            desert,
            STANDARD,
            SiteQuestion("A1", budget=5),
            candidates=LIST.assign(cost=np.nan),
        )
    assert told.value.key == "error.siting_budget_without_costs"


def test_whom_the_group_covers_is_not_gained_again(tmp_path):
    served = (
        *Desert().organisations,
        # 480 m for A2: it covers h2 where it stands; h3 is 500 m from the other one.
        {"organisation_id": "o4", "name": "示例食堂一", "category": "A2", "x": 900, "y": 100},
        {"organisation_id": "o5", "name": "示例食堂二", "category": "A2", "x": 100, "y": 400},
    )
    place = load_place(write_desert(tmp_path / "group", Desert(organisations=served)))
    alone = propose(place, STANDARD, SiteQuestion("A1", sites=2), candidates=LIST)
    assert alone.sites["gain"].tolist() == [30, 10]
    asked = SiteQuestion("A1", sites=2, group="elder_care")
    found = propose(place, STANDARD, asked, candidates=LIST)
    assert (found.covered_before, found.extra) == (70, 30)
    before = measure_coverage(place, walk_categories(place, STANDARD), STANDARD)
    after_place = apply(place, found.scenario)
    after = measure_coverage(after_place, walk_categories(after_place, STANDARD), STANDARD)
    gained = after.district.set_index("category").at["elder_care", "covered"]
    assert gained - before.district.set_index("category").at["elder_care", "covered"] == 30
    curve = proposal_curve(place, STANDARD, asked, candidates=LIST)
    assert curve["extra"].max() == 30
