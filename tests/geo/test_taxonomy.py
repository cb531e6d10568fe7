"""The taxonomy file: read whole, or one sentence about the entry that cannot be."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from geo.errors import FileError, TableError
from geo.taxonomy import UNCLASSIFIED, read_taxonomy

CATEGORY = """[[category]]
code = "A1"
zh = "日间照料"
en = "Day care"
division_zh = "养老"
division_en = "Elder care"
serves = ["elders", "people"]
beneficiaries_zh = "老年人"
beneficiaries_en = "Elders"
speed_mps = 0.8
minutes = 15
walker = "elder"
core = 1
"""
SECOND = CATEGORY.replace('"A1"', '"A2"')
GROUP = """[[group]]
code = "elder_care"
zh = "养老"
en = "Elder care"
categories = ["A1", "A2"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "taxonomy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_taxonomy_by_hand(tmp_path: Path) -> None:
    taxonomy = read_taxonomy(written(tmp_path, CATEGORY + SECOND + GROUP))
    assert taxonomy.codes == ("A1", "A2") == tuple(one.code for one in taxonomy)
    first = taxonomy["A1"]
    # 0.8 m/s for a quarter of an hour: 720 m, exactly.
    assert first.metres_per_minute * first.minutes == 720
    assert (first.name("zh"), first.name("en")) == ("日间照料", "Day care")
    assert (first.beneficiaries("zh"), first.beneficiaries("en")) == ("老年人", "Elders")
    assert first.beneficiary_column(("people", "elders")) == "elders"
    assert first.beneficiary_column(("people",)) == "people"
    assert first.beneficiary_column(("disabled",)) is None
    assert "A2" in taxonomy and "A3" not in taxonomy
    group = taxonomy.group("elder_care")
    assert taxonomy.group_of("A2") is group and taxonomy.group_of("B1") is None
    assert (group.name("zh"), group.name("en")) == ("养老", "Elder care")


def test_kilometres_an_hour_stay_exact(tmp_path: Path) -> None:
    text = CATEGORY.replace("speed_mps = 0.8", "speed_kmh = 5")
    assert read_taxonomy(written(tmp_path, text))["A1"].metres_per_minute == Fraction(250, 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minutes = 15", "minutes = 0"),
        ("minutes = 15", "minutes = 61"),
        ("minutes = 15", "minutes = 12.5"),
        ("minutes = 15", "minutes = true"),
        ("minutes = 15", 'minutes = "15"'),
        ("speed_mps = 0.8", "speed_mps = 0"),
        ("speed_mps = 0.8", "speed_mps = 4"),
        ("speed_mps = 0.8", "speed_mps = nan"),
        ("speed_mps = 0.8", 'speed_kmh = "1/0"'),
        ("speed_mps = 0.8\n", ""),
        ('walker = "elder"', 'walker = "runner"'),
        ("core = 1", "core = 3"),
        ("core = 1", "core = 1.9"),
        ('serves = ["elders", "people"]', 'serves = ["cats"]'),
        ('zh = "日间照料"\n', ""),
        ("[[category]]", "[category]"),
    ],
)
def test_a_category_that_cannot_be(tmp_path: Path, old: str, new: str) -> None:
    assert old in CATEGORY
    with pytest.raises(TableError, match=r"taxonomy\.toml"):
        read_taxonomy(written(tmp_path, CATEGORY.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "error.taxonomy_entry"),
        (CATEGORY + CATEGORY, "error.taxonomy_entry"),
        (CATEGORY + SECOND + GROUP.replace('"elder_care"', '"A1"'), "error.taxonomy_entry"),
        (CATEGORY + SECOND + GROUP + GROUP, "error.taxonomy_entry"),
        (CATEGORY + GROUP, "error.category_unknown"),
        (CATEGORY + SECOND.replace('["elders", ', "[") + GROUP, "error.taxonomy_group_mixed"),
        (CATEGORY + GROUP.replace('["A1", "A2"]', "[]"), "error.taxonomy_group_mixed"),
    ],
)
def test_what_does_not_hold_together(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(TableError) as caught:
        read_taxonomy(written(tmp_path, text))
    assert caught.value.key == key


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere\.toml"):
        read_taxonomy(tmp_path / "nowhere.toml")
    for content in (b"[[category", b"zh = '\xb0'"):
        path = tmp_path / "broken.toml"
        path.write_bytes(content)
        with pytest.raises(FileError) as caught:
            read_taxonomy(path)
        assert caught.value.key == "error.file_not_toml"


def test_unknown_codes_are_named_with_the_known_ones() -> None:
    taxonomy = read_taxonomy()
    with pytest.raises(TableError, match="Q7"):
        taxonomy["Q7"]
    with pytest.raises(TableError, match="mediation"):
        taxonomy.group("nothing")


def test_the_shipped_taxonomy_keeps_the_three_headline_groups() -> None:
    taxonomy = read_taxonomy()
    assert {one.code: one.categories for one in taxonomy.groups} == {
        "elder_care": ("A1", "A2", "A3"),
        "mediation": ("B1",),
        "disability": ("C1", "C2"),
    }
    assert all(taxonomy[code].core == 1 for one in taxonomy.groups for code in one.categories)
    assert taxonomy[UNCLASSIFIED].core == 0
