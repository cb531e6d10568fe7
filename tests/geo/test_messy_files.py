"""Every messy file of the corpus is read, and every row of it is accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.check_report import check_file, report_answer
from geo.phrases import LANGUAGES
from geo.register_desk import Desk
from tests.messy.corpus import CORPUS, Messy, features_with_broken_shape

DESK = Desk(today=date(2025, 6, 30))


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_messy_file(case: Messy, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content())
    report = check_file(path, DESK)
    counts = report.counts
    told = {(one.level, one.row, one.reason.say("zh")) for one in report.problems}
    found = tuple(counts[name] for name in ("accepted", "repaired", "doubtful", "rejected"))
    assert found == case.expected, (case.fault, sorted(told, key=str))
    assert sum(found) == counts["rows_read"] == len(report.rows)
    assert case.reasons <= {one.reason.key for one in report.problems}, case.fault
    assert report.register is not None
    names = set(report.register.register["name"])
    assert set(case.names) <= names
    everything = report.register.register.to_csv() + str(report_answer(report, "zh"))
    assert not [text for text in case.absent if text in everything]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_every_row_is_a_record_or_says_why_not(case: Messy, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content())
    report = check_file(path, DESK)
    seen = set(zip(report.rows["sheet"], report.rows["row"], strict=True))
    skipped = {(one.sheet, one.row) for one in report.problems if one.level == "skipped"}
    for table in report.tables:
        rows = {row for sheet, row in seen | skipped if sheet == table.sheet and row is not None}
        # What is not a record stands in the problems, but for the one or two rows of the header.
        missing = set(range(1, max(rows) + 1)) - rows
        assert len(missing) <= 2, (case.fault, missing)


@pytest.mark.parametrize("case", CORPUS[:6], ids=lambda case: case.name)
def test_reasons_are_sentences_in_both_languages(case: Messy, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content())
    report = check_file(path, DESK)
    for language in LANGUAGES:
        answer = report_answer(report, language)
        assert set(answer) == {
            "rows_read", "accepted", "repaired", "doubtful", "rejected", "encoding", "datum",
            "problems",
        }  # fmt: skip
        assert set(answer["datum"]) == {"best", "scores"}
        assert all(one["reason"] and "{" not in one["reason"] for one in answer["problems"])


def test_encodings_are_named(tmp_path: Path) -> None:
    told = {}
    for case in CORPUS[:6]:
        (tmp_path / case.name).write_bytes(case.content())
        told[case.name] = check_file(tmp_path / case.name, DESK).encoding
    assert told == {
        "gbk.csv": "gb18030",
        "bom.csv": "utf-8-sig",
        "unicode.txt": "utf-16",
        "semicolons.csv": "utf-8",
        "wide_commas.txt": "utf-8",
        "mixed.csv": "mixed",
    }


def test_a_broken_shape_leaves_the_row_unplaced(tmp_path: Path) -> None:
    path = tmp_path / "broken.geojson"
    path.write_bytes(features_with_broken_shape())
    report = check_file(path, DESK)
    assert (report.counts["accepted"], report.counts["doubtful"]) == (2, 1)


def test_a_service_point_sheet_gives_organisations_several_points(tmp_path: Path) -> None:
    case = next(one for one in CORPUS if one.name == "points.xlsx")
    path = tmp_path / case.name
    path.write_bytes(case.content())
    imported = check_file(path, DESK).register
    assert imported is not None
    assert len(imported.register) == 3
    points = imported.service_points
    assert points["organisation_id"].value_counts().tolist() == [2, 2, 1]
    assert list(points["categories"]) == ["A1", "B1", "C1", "A1", "B1"]
    assert set(points["delivery_basis"]) == {"default", "given"}
