"""What waits for a person, on a desert grid where every walk can be counted by hand."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from coverage.papers.register_paper import register_csv, register_file_name, register_workbook
from coverage.papers.register_table import Wanted, register_table
from coverage.papers.review_table import REVIEW_TABLE_COLUMNS, reason_counts, review_table
from coverage.review_queue import QUEUE_COLUMNS, REASONS, dependants, review_queue
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.classify import suggest
from geo.ledger import CORRECTION_COLUMNS
from geo.phrases import phrase
from geo.place import Place, load_place
from tests.desert_place import Desert, write_desert

ORGANISATIONS = (
    {"organisation_id": "o1", "name": "示例日间照料", "category": "A1", "x": 100, "y": 100},
    {"organisation_id": "o2", "name": "=1+1 示例调解室", "category": "B1", "x": 500, "y": 500},
    {"organisation_id": "o3", "name": "示例康复站", "category": "C1", "x": 900, "y": 900},
    {"organisation_id": "o4", "name": "示例小屋", "category": "Z9", "x": 900, "y": 100},
    {"organisation_id": "o5", "name": "示例同乡会", "category": "E2", "x": 100, "y": 900},
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    desert = Desert(organisations=ORGANISATIONS)
    return load_place(write_desert(tmp_path_factory.mktemp("queue") / "desert", desert))


@pytest.fixture(scope="module")
def walks(place):
    return walk_categories(place, Standard())


def suggestions(place: Place) -> pd.DataFrame:
    """What a classifier might say: o3 differs for certain, o4 is a guess."""
    return pd.DataFrame(
        {
            "category": ["A1", "B1", "A2", "A1", "E2"],
            "confidence": [0.9, 0.9, 0.9, 0.4, 0.9],
            "categories": ["A1", "B1", "A2", "", "E2"],
            "needs_review": [False, False, False, True, False],
        },
        index=place.register.index,
    )


def no_corrections() -> pd.DataFrame:
    return pd.DataFrame(columns=list(CORRECTION_COLUMNS), dtype="str")


def correcting(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame([("", *row) for row in rows], columns=list(CORRECTION_COLUMNS), dtype="str")


def asked(place, walks, corrections=None, standard=None):
    return review_queue(
        place,
        walks,
        standard or Standard(),
        suggestions=suggestions(place),
        corrections=no_corrections() if corrections is None else corrections,
    )


def test_dependants_by_hand(place, walks):
    # A1 reaches 720 m: 20 elders on the spot and 40 at 600 m; the next are 800 m away.
    told = dict(zip(place.register.index, dependants(place, walks, Standard()), strict=True))
    assert told["o1"] == 60
    # B1 reaches 900 m from the middle; the farthest homes, in the corners, are 800 m away.
    assert told["o2"] == 500
    assert told["o3"] == told["o4"] == 0
    near = dependants(place, walks, Standard(minutes=5))
    assert dict(zip(place.register.index, near, strict=True))["o1"] == 20


def test_the_queue_by_hand(place, walks):
    queue = asked(place, walks)
    assert tuple(queue.columns) == QUEUE_COLUMNS
    # E2 (o5) reaches 900 m from (100, 900): 80 on the spot, and 100, 200 and 70 at 800 m.
    # o4 might serve the 10 elders of its community whom A1 does not reach.
    # o3 might serve elders, of whom its community has none.
    assert queue.index.tolist() == ["o5", "o4", "o3"]
    assert queue["reasons"].tolist() == ["flagged", "open", "differs"]
    assert queue["dependants"].tolist() == [450, 0, 0]
    assert queue["at_stake"].tolist() == [0, 10, 0]


def test_what_the_office_decided_or_looked_at_does_not_wait(place, walks):
    decided = correcting(("o3", "", "categories", "C1"), ("o5", "", "reviewed", "是"))
    assert asked(place, walks, decided).index.tolist() == ["o4"]
    undone = correcting(("o5", "", "reviewed", "是"), ("o5", "", "reviewed", ""))
    assert "o5" in asked(place, walks, undone).index
    everything = correcting(*((one, "", "reviewed", "是") for one in place.register.index))
    empty = asked(place, walks, everything)
    assert empty.empty
    assert tuple(empty.columns) == QUEUE_COLUMNS


def test_places_that_are_doubtful_wait(place, walks):
    points = place.service_points.copy()
    points.loc["o1", "located_by"] = "登记住所"
    points.loc["o2", "outside_district"] = True
    points.loc["o3", "geometry"] = None
    queue = asked(replace(place, service_points=points), walks)
    assert queue.loc["o1", "reasons"] == "estimated"
    assert queue.loc["o2", "reasons"] == "outside"
    assert queue.loc["o3", "reasons"] == "differs;not_placed"


def test_nothing_is_changed_on_the_way(place, walks):
    register, points, said = (
        place.register.copy(),
        place.service_points.copy(),
        suggestions(place),
    )
    asked(place, walks)
    pd.testing.assert_frame_equal(pd.DataFrame(register), pd.DataFrame(place.register))
    pd.testing.assert_frame_equal(pd.DataFrame(points), pd.DataFrame(place.service_points))
    pd.testing.assert_frame_equal(said, suggestions(place))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_queue_in_words(place, walks, language):
    queue = asked(place, walks)
    table = review_table(queue, place.taxonomy, language, reasons=REASONS)
    assert tuple(table.columns) == REVIEW_TABLE_COLUMNS
    assert table.index.tolist() == queue.index.tolist()
    assert phrase("queue.open", language) in table.loc["o4", "why"]
    assert reason_counts(queue) == {"flagged": 1, "open": 1, "differs": 1}
    none = review_table(queue, place.taxonomy, language, reasons=())
    assert none.empty
    assert tuple(none.columns) == REVIEW_TABLE_COLUMNS


def register_rows(place: Place, language="zh", **wanted: object) -> pd.DataFrame:
    return register_table(
        place,
        Standard(),
        language,
        wanted=Wanted(**wanted),
        suggestions=suggest(place.register["name"], taxonomy=place.taxonomy),
        corrections=correcting(("o1", "", "categories", "A1"), ("", "調解", "categories", "B1")),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_register_leaves_without_formulas_and_without_marks(place, language):
    table = register_rows(place, language)
    book = openpyxl.load_workbook(io.BytesIO(register_workbook(place, table, Standard(), language)))
    sheet = book[book.sheetnames[0]]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 1 + len(place.register)
    assert rows[0][0] == phrase("register.column.id", language)
    cell = next(cell for row in sheet.iter_rows() for cell in row if "1+1" in str(cell.value))
    assert cell.data_type == "s"
    text = register_csv(place, table, language).decode("utf-8-sig")
    assert "'=1+1" in text
    assert not text.startswith("=")
    assert "联谊" not in text
    assert register_file_name(place, "csv", language).endswith(".csv")


def test_the_register_says_who_chose_a_category(place):
    origin = register_rows(place)["origin"]
    assert origin["o1"] == origin["o2"] == phrase("category_basis.corrected", "zh")
    assert origin["o3"] == phrase("category_basis.given", "zh")
    assert register_rows(place, text="康復").index.tolist() == ["o3"]
