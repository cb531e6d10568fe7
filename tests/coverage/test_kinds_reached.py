"""How many of the five kinds are within the walk: by hand on the desert grid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from coverage.kinds import Crosswalks, Scheme, read_crosswalks
from coverage.kinds_reached import REACHED_COLUMNS, kinds_reached, measure_kinds, reached_counts
from coverage.papers.kinds_table import reached, reached_paper
from coverage.standard import Standard
from coverage.walking import Walks, walk_categories
from geo.place import Place, load_place
from tests.desert_place import Desert, write_desert

SERVICES = [
    {"organisation_id": "o1", "name": "示例调解室", "category": "B1", "x": 100, "y": 100},
    {"organisation_id": "o2", "name": "示例舞蹈队", "category": "J1", "x": 900, "y": 100},
    {"organisation_id": "o3", "name": "示例健身队", "category": "J2", "x": 100, "y": 900},
    {"organisation_id": "o4", "name": "示例义诊队", "category": "G1", "x": 100, "y": 100},
]
STANDARD = Standard(minutes=5)  # adults 300 m


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return load_place(
        write_desert(tmp_path_factory.mktemp("kinds"), Desert(organisations=SERVICES))
    )


@pytest.fixture(scope="module")
def walks(place: Place) -> Walks:
    return walk_categories(place, STANDARD)


@pytest.fixture(scope="module")
def scheme(place: Place) -> Scheme:
    return read_crosswalks(place.taxonomy)["five_kinds"]


def test_kinds_by_hand(place: Place, walks: Walks, scheme: Scheme) -> None:
    measured = measure_kinds(place, walks, STANDARD, scheme)
    table = kinds_reached(place, measured, scheme)
    assert list(table.columns[: len(REACHED_COLUMNS)]) == list(REACHED_COLUMNS)
    units = table.set_index("unit")
    # West-south: 100 of its 300 people stand at the mediation room, 200 are 600 m away.
    assert units.loc["西南社区", "five_kinds/0"] == pytest.approx(1 / 3)
    assert units.loc["西南社区", "reached"] == 0
    # Culture is either of two categories: the dancers in one square, the gymnasts in another.
    assert units.loc["东南社区", "five_kinds/4"] == 1
    assert units.loc["西北社区", "five_kinds/4"] == 1
    assert units.loc["东南社区", "reached"] == 1
    assert units.loc["西南社区", "of"] == 5
    # Nobody over 60 lives east-north: solace is not one of its kinds.
    assert units.loc["东北社区", "of"] == 4
    # 130 of 500 people have culture within 300 m, 100 of 500 mediation.
    district = table[table["level"] == "district"].iloc[0]
    assert district["five_kinds/4"] == pytest.approx(130 / 500)
    assert district["reached"] == 0


def test_health_beside_the_five_is_shown_and_not_counted(
    place: Place, walks: Walks, scheme: Scheme
) -> None:
    table = kinds_reached(place, measure_kinds(place, walks, STANDARD, scheme), scheme)
    wide = replace(STANDARD, minutes=30)
    far = kinds_reached(place, measure_kinds(place, walks, wide, scheme), scheme)
    south_west = far.set_index("unit").loc["西南社区"]
    assert south_west["five_kinds/5"] == 1
    assert south_west["reached"] == 2  # mediation and culture
    assert south_west["reached"] >= table.set_index("unit").loc["西南社区", "reached"]


def test_counts_of_communities_close(place: Place, walks: Walks, scheme: Scheme) -> None:
    table = kinds_reached(place, measure_kinds(place, walks, STANDARD, scheme), scheme)
    assert sum(count for _, count in reached_counts(table, 5)) == 4


def test_kinds_close_at_every_level(place: Place, walks: Walks, scheme: Scheme) -> None:
    measured = measure_kinds(place, walks, STANDARD, scheme)
    names = ["beneficiaries", "covered", "uncovered"]
    upward = measured.communities.groupby("category")[names].sum()
    top = measured.district.set_index("category")[names]
    pd.testing.assert_frame_equal(upward.sort_index(), top.sort_index(), check_names=False)


def test_a_taxonomy_without_the_kinds_promises_the_columns(
    place: Place, walks: Walks, scheme: Scheme
) -> None:
    foreign = replace(scheme, members=tuple(replace(one, codes=("QQ",)) for one in scheme.members))
    measured = measure_kinds(place, walks, STANDARD, foreign)
    table = kinds_reached(place, measured, foreign)
    assert list(table.columns) == list(REACHED_COLUMNS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_paper_tells_no_share_when_asked_not_to(
    place: Place, walks: Walks, scheme: Scheme, language: str
) -> None:
    found = reached(place, walks, STANDARD, scheme)
    assert found.kinds == 5
    paper = reached_paper(place, found, language, shares=False)
    assert paper.iloc[:, 4:].map(lambda cell: isinstance(cell, str)).all().all()
    shares = reached_paper(place, found, language)
    assert shares.shape == paper.shape


def test_a_scheme_says_which_kind_stands_beside(place: Place) -> None:
    crosswalks: Crosswalks = read_crosswalks(place.taxonomy)
    beside = [one.words.zh for one in crosswalks["five_kinds"].members if one.beside]
    assert len(beside) == 1
    assert "健康理疗" in beside[0]


def test_inputs_are_left_alone(place: Place, walks: Walks, scheme: Scheme) -> None:
    before = place.residents.copy()
    kinds_reached(place, measure_kinds(place, walks, STANDARD, scheme), scheme)
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(place.residents))
    assert Path(place.folder).is_dir()
