"""Names from files that are code somewhere: in every paper they stay names.

The place carries them as organisation, community, subdistrict, place, note and
source; each export is opened the way a reader's programme would open it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest

from coverage.gaps import gap_list
from coverage.papers.answers import gap_answer, strict_json
from coverage.papers.compare_table import (
    Side,
    compare_csv,
    compare_file_name,
    compare_workbook,
)
from coverage.papers.gap_workbook import gap_csv, gap_file_name, gap_workbook
from coverage.papers.map_content import file_stem
from coverage.papers.single_map import single_map
from coverage.papers.siting_answers import comparison_answer, site_answer
from coverage.proposals import SiteQuestion, propose
from coverage.reach import measure_coverage
from coverage.scenario import (
    AddOrganisation,
    CloseOrganisation,
    Scenario,
    compare,
    measure_scenario,
    scenario_text,
)
from coverage.side_by_side import outcome_today, side_by_side
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.dashboard.synthetic_place import FORMULAS, HOSTILE, INJECTIONS, write_synthetic

STANDARD = Standard(minutes=5, speed_percent=50)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?", re.IGNORECASE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "hostile"
    write_synthetic(folder, communities=30, organisations=60, points_each=5, hostile=True)
    return load_place(folder)


@pytest.fixture(scope="module")
def today(place):
    return outcome_today(place, walk_categories(place, STANDARD), STANDARD)


@pytest.fixture(scope="module")
def gaps(place, today):
    return gap_list(place, today.walks, today.result)


@pytest.fixture(scope="module")
def scenario(place):
    middle = place.communities.geometry.iloc[0].centroid
    edits = [CloseOrganisation(str(place.register.index[k]), note=HOSTILE[k]) for k in range(13)]
    for k, name in enumerate(HOSTILE):
        at = (float(middle.x) + k, float(middle.y))
        edits.append(AddOrganisation(f"new{k}", name, ("A1",), at, note=name))
    return Scenario(INJECTIONS[0], tuple(edits))


@pytest.fixture(scope="module")
def sides(today, scenario):
    return side_by_side(today, measure_scenario(today, scenario, STANDARD))


def pair():
    return Side(FORMULAS[0], STANDARD), Side(INJECTIONS[3], STANDARD)


@pytest.fixture(scope="module", params=["zh", "en"])
def books(request, place, today, gaps, sides):
    return {
        "gaps": gap_workbook(place, today.result, gaps, request.param),
        "compare": compare_workbook(place, sides, *pair(), request.param),
    }


@pytest.fixture(scope="module", params=["zh", "en"])
def tables(request, place, today, gaps, sides):
    return {
        "gaps": gap_csv(place, today.result, gaps, request.param),
        "compare": compare_csv(place, sides, *pair(), request.param),
    }


def test_the_names_reach_the_papers_at_all(tables, books):
    text = tables["gaps"].decode("utf-8-sig")
    for name in (INJECTIONS[1], FORMULAS[1], FORMULAS[3]):
        assert name in text
    cells = cells_of(books["gaps"])
    assert {INJECTIONS[0], FORMULAS[0], FORMULAS[3]} <= {str(one.value) for one in cells}


def cells_of(content: bytes):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]


def test_no_workbook_holds_a_formula_or_a_link(books):
    for name, content in books.items():
        cells = cells_of(content)
        assert cells, name
        assert not [one.coordinate for one in cells if one.data_type == "f" or one.hyperlink], name
        with zipfile.ZipFile(io.BytesIO(content)) as inside:
            for part in inside.namelist():
                if part.startswith("xl/worksheets/"):
                    text = inside.read(part).decode("utf-8")
                    assert "<f" not in re.sub(r"<(formatCode|family|font)", "", text), (name, part)
                    assert "hyperlink" not in text, (name, part)
                assert "externalLink" not in part, name


def test_no_csv_cell_begins_a_formula(tables):
    for name, content in tables.items():
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        for cell in (cell for row in rows for cell in row):
            begins = cell.lstrip(" ").startswith(STARTS)
            assert not begins or NUMBER.fullmatch(cell), (name, cell)


class Opened(HTMLParser):
    """A page as a browser takes it apart: its tags, its attributes, its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts.append(data)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_file_holds_names_as_text_and_data_only(place, today, language):
    opened = Opened()
    opened.feed(single_map(place, today.walks, STANDARD, "elder_care", language))
    assert opened.scripts
    for script in opened.scripts:
        assert "top.hit" not in script
        assert "7*7" not in script
    assert "img" not in opened.tags
    assert not [name for name, _ in opened.attributes if name.startswith("on")]
    links = [value for name, value in opened.attributes if name in ("src", "href")]
    assert not [one for one in links if not (one or "").startswith(("data:", "#"))]


def test_answers_are_strict_json_with_the_names_as_they_are(place, today, gaps, scenario):
    groups = gap_list(place, today.walks, today.result, kind="group")
    found = propose(place, STANDARD, SiteQuestion("A1", sites=2), walks=today.walks)
    answers = [
        gap_answer(place, today.result, gaps, groups),
        comparison_answer(place, STANDARD, compare(place, STANDARD, [scenario])),
        site_answer(place, STANDARD, found, None),
    ]
    for answer in answers:
        again = json.loads(strict_json(answer), parse_constant=refuse)
        assert again["place"]["zh"] == INJECTIONS[0]


def refuse(constant: str):
    raise ValueError(constant)


def test_a_scenario_file_brings_the_names_back(scenario, tmp_path):
    from coverage.scenario import load_scenario

    path = tmp_path / "示例.toml"
    path.write_text(scenario_text(scenario), encoding="utf-8")
    assert load_scenario(path) == scenario


def test_file_names_come_from_the_folder_never_from_a_title(place):
    for name in (
        gap_file_name(place, "xlsx", "zh"),
        compare_file_name(place, "csv", "en"),
        file_stem(place, "zh"),
    ):
        assert re.fullmatch(r"[\w.()（）-]+", name), name
    assert measure_coverage(place, walk_categories(place, STANDARD), STANDARD).subjects
