"""The rules page as it leaves the house: complete, harmless, small counts kept in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coverage.gaps import gap_list
from coverage.ground import ground_of
from coverage.kinds import read_crosswalks
from coverage.papers.kinds_table import five_kinds, reached
from coverage.papers.rules_table import rules_table
from coverage.papers.rules_workbook import (
    RulePapers,
    fit_rules,
    rules_csv,
    rules_file_name,
    rules_workbook,
)
from coverage.reach import measure_coverage
from coverage.rules import (
    indicators,
    platform_matrix,
    published_figures,
    read_rules,
    supply_matches,
)
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import Place, load_place
from tests.desert_place import Desert, write_desert

NASTY = '=HYPERLINK("http://x","示例")'


@dataclass(frozen=True)
class Asked:
    place: Place
    standard: Standard
    papers: RulePapers


def asked_of(folder: Path, desert: Desert) -> Asked:
    place = load_place(write_desert(folder, desert))
    standard, rules = Standard(), read_rules()
    walks = walk_categories(place, standard)
    result = measure_coverage(place, walks, standard)
    return Asked(
        place,
        standard,
        RulePapers(
            indicators=indicators(place, result, rules, walks=walks),
            reached=reached(place, walks, standard, five_kinds(place.taxonomy)),
            platforms=platform_matrix(ground_of(place, result, walks=walks), rules),
            matches=supply_matches(place, walks, result, gap_list(place, walks, result)),
            published=published_figures(rules),
            crosswalks=read_crosswalks(place.taxonomy),
        ),
    )


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    first, *others = Desert().organisations
    desert = Desert(organisations=[first | {"name": NASTY}, *others])
    return asked_of(tmp_path_factory.mktemp("rules"), desert)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_has_every_table_and_runs_nothing(asked: Asked, language: str) -> None:
    content = rules_workbook(asked.place, asked.papers, asked.standard, language)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert len(book.worksheets) == 9
    assert book.worksheets[0].max_row == len(asked.papers.indicators) + 1
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == NASTY for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)
    words = [str(cell.value) for cell in cells]
    assert any("634,568" in one for one in words)  # what 8.1 per 10,000 implies


def test_the_csv_carries_its_question(asked: Asked) -> None:
    content = rules_csv(asked.place, asked.papers.indicators, asked.standard, "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) > len(asked.papers.indicators)
    assert any("内部工作资料" in cell for row in rows for cell in row)


def test_rules_about_the_same_few_people_keep_to_the_district(tmp_path: Path) -> None:
    homes = [
        (100.0, 100.0, {"people": 90, "elders": 60, "elders_80": 1, "disabled": 0}),
        (900.0, 100.0, {"people": 50, "elders": 3, "elders_80": 1, "disabled": 0}),
        (100.0, 900.0, {"people": 70, "elders": 60, "elders_80": 0, "disabled": 0}),
    ]
    asked = asked_of(tmp_path, Desert(homes=homes))
    rows = asked.papers.indicators
    fit = fit_rules(rows, "zh")
    elders = (rows["column"] == "elders") & (rows["numerator"].notna())
    under = rows["level"] != "district"
    assert (elders & under).any()
    for name in ("value", "numerator", "denominator"):
        assert set(fit.loc[elders & under, name]) <= {"＊", ""}
        assert "＊" not in set(fit.loc[elders & ~under, name])
    # Those about all residents have no small counts and stay.
    people = (rows["column"] == "people") & under & rows["denominator"].notna()
    assert "＊" not in set(fit.loc[people, "denominator"])


@pytest.mark.parametrize(("between", "hidden"), [(3, True), (0, False), (30, False)])
def test_rules_inside_one_another_tell_a_small_count_by_their_difference(
    tmp_path: Path, between: int, *, hidden: bool
) -> None:
    """Elders at 0, 600 and 800 m: within 500 and within 700 m differ by those between."""
    homes = [
        (x, 100.0 + y, {"people": 90, "elders": elders, "elders_80": 0, "disabled": 0})
        for x, y, elders in ((100.0, 0.0, 60), (400.0, 300.0, between), (500.0, 400.0, 20))
    ]
    rows = asked_of(tmp_path, Desert(homes=homes)).papers.indicators
    fit = fit_rules(rows, "zh")
    elders = (rows["column"] == "elders") & (rows["counted"] == "people") & (rows["numerator"] > 0)
    under = rows["level"] != "district"
    assert rows.loc[elders & under, "numerator"].nunique() > 1
    marked = fit.loc[elders & under, "numerator"] == "＊"
    assert marked.all() == marked.any() == hidden
    assert "＊" not in set(fit.loc[elders & ~under, "numerator"])


def test_shares_read_in_percent_and_never_round_up_to_their_target() -> None:
    rows = pd.DataFrame(
        {
            "rule": "X",
            "level": "district",
            "unit": "区",
            "value": [0.99999, 26.6192, None],
            "percent": [True, False, True],
            "numerator": [99_999.0, 2934.0, None],
            "denominator": [100_000.0, 1_102_188.0, None],
            "comparison": [">=", "", ""],
            "threshold": [1.0, None, None],
            "distance": [1, None, None],
            "counted": "people",
            "verdict": ["未达到", "参考", "数据不足"],
            "mark": "V",
            "notes": [(), (), ()],
            "title_zh": "标题",
            "clause_zh": "条款",
            "source_zh": "来源",
        }
    ).astype({"distance": "Int64"})
    shown = rules_table(rows, "zh")
    assert shown["value"].tolist() == ["99.99 %", "26.62", ""]
    near = rules_table(rows.assign(value=24.999, percent=False, threshold=25.0), "zh")
    assert set(near["value"]) == {"24.99"}
    assert shown["target"].tolist() == ["≥ 100 %", "", ""]
    assert shown["unit"].tolist() == ["区", "区", "区"]


def test_file_names_say_what_is_inside(asked: Asked) -> None:
    assert rules_file_name(asked.place, "xlsx", "zh").startswith("指标与依据_")
