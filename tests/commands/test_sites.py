"""`sites` and `what-if` on the terminal."""

from __future__ import annotations

import json

import pytest

from commands import app
from tests.desert_place import write_desert


@pytest.fixture(autouse=True)
def chinese(monkeypatch, tmp_path):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YIKE_LANGUAGE", "zh")
    monkeypatch.setenv("YIKE_HOME", str(tmp_path / "home"))


@pytest.fixture
def desert(tmp_path):
    return str(write_desert(tmp_path / "desert"))


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_sites_in_words(desert, capsys):
    assert app.main(["sites", desert, "--category", "A1", "--sites", "2", "--curve"]) == 0
    said = capsys.readouterr().out
    assert "新增 2 个站点，多覆盖 40 人；现已覆盖 60 / 100 人" in said
    assert "已证明最优" in said
    assert "第 2 个" in said
    assert "best_covered" in said


def test_sites_as_json_hold_nothing_but_json(desert, capfd, tmp_path):
    saved = tmp_path / "方案.toml"
    arguments = ["sites", desert, "--category", "A1", "--sites", "2", "--json"]
    assert app.main([*arguments, "--scenario", str(saved), "--curve"]) == 0
    # Also what C libraries print: the optimiser greets when it first starts.
    answer = strict(capfd.readouterr().out)
    assert answer["answer"]["how"] == "proven"
    assert answer["answer"]["extra"] == 40
    assert answer["answer"]["gap"] == 0
    assert sum(row["gain"] for row in answer["sites"]) == 40
    assert len(answer["curve"]) == 2
    assert answer["sites"][0]["cost"] is None
    assert app.main(["what-if", desert, str(saved), "--json"]) == 0
    compared = strict(capfd.readouterr().out)
    row = next(one for one in compared["district"] if one["category"] == "A1")
    assert (row["covered_before"], row["gained"], row["covered"]) == (60, 40, 100)


def test_locks_bans_and_objectives_reach_the_question(desert, capsys):
    first = ["sites", desert, "--category", "A1", "--sites", "1", "--json"]
    assert app.main(first) == 0
    best = strict(capsys.readouterr().out)["sites"][0]["candidate_id"]
    assert app.main([*first, "--ban", best]) == 0
    other = strict(capsys.readouterr().out)["sites"][0]["candidate_id"]
    assert other != best
    assert app.main([*first, "--lock", other, "--objective", "median"]) == 0
    answer = strict(capsys.readouterr().out)
    assert [one["candidate_id"] for one in answer["sites"]] == [other]
    assert answer["question"]["objective"] == "median"


def test_what_if_in_words_and_by_name(desert, capsys, tmp_path):
    folder = tmp_path / "home" / "scenarios" / "desert"
    folder.mkdir(parents=True)
    (folder / "撤点.toml").write_text(
        'schema = 1\nname = "撤点"\n[[edit]]\nkind = "close_organisation"\n'
        'organisation_id = "o1"\n',
        encoding="utf-8",
    )
    assert app.main(["what-if", desert, "撤点"]) == 0
    said = capsys.readouterr().out
    assert "方案“撤点”" in said
    assert "失去覆盖 60 人" in said
    assert app.main(["what-if", desert, "撤点", "--language", "en"]) == 0
    assert "60 lose" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--category", "Q9"], "Q9"),
        (["--category", "A1", "--lock", "zzz"], "zzz"),
        (["--category", "A1", "--objective", "best"], "best"),
        (["--category", "A1", "--candidates", "absent.csv"], "absent.csv"),
        (["--category", "A1", "--minutes", "99"], "99"),
    ],
)
def test_bad_questions_are_sentences(desert, capsys, arguments, words):
    assert app.main(["sites", desert, *arguments]) != 0
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_missing_scenario_is_a_sentence(desert, capsys):
    assert app.main(["what-if", desert, "没有"]) != 0
    assert "没有.toml" in capsys.readouterr().err
