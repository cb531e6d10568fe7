"""The coordinate check on paper: numbers only, nothing that a file could smuggle in."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from coverage.papers.datum_paper import (
    INSIDE,
    OUTSIDE,
    datum_picture,
    datum_table,
    declarable,
    inside_words,
)
from geo.desk_look import DatumLook, look_at
from geo.place_files import PlaceFiles
from tests.messy_place import ORGANISATIONS, write_communities, write_register


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> DatumLook:
    folder: Path = tmp_path_factory.mktemp("desk")
    files = PlaceFiles(
        communities=write_communities(folder, hostile=True),
        register=write_register(folder, hostile=True),
    )
    found = look_at(files).datum
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_system_stands_in_the_table_the_best_first(look, language) -> None:
    table = datum_table(look, language)
    assert "GCJ-02" in table["reading"].iloc[0]
    assert len(table) >= 3
    assert table["in_district"].iloc[0] == "100%"
    assert "near_street" not in table.columns


def test_the_picture_is_numbers_only(look) -> None:
    picture = datum_picture(look, "gcj02")
    tree = ElementTree.fromstring(picture)  # noqa: S314  (our own)
    kinds = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert kinds == {"svg", "rect", "path", "g", "circle"}
    assert "示例" not in picture
    assert not re.search(r"\b(nan|inf)\b", picture)
    assert picture.count("<circle") == ORGANISATIONS
    assert picture.count(f'fill="{OUTSIDE}"') == 0


def test_points_outside_have_another_colour_and_are_counted(look) -> None:
    picture = datum_picture(look, "wgs84")
    outside = picture.count(f'fill="{OUTSIDE}"')
    inside = picture.count(f'fill="{INSIDE}"')
    assert outside > 0
    assert inside + outside == ORGANISATIONS
    assert f"{inside} " in inside_words(look, "wgs84", "zh")


def test_only_systems_that_can_be_declared_are_offered(look) -> None:
    assert declarable(look) == ("wgs84", "gcj02", "bd09")
    assert declarable(None) == ("wgs84", "gcj02", "bd09")
