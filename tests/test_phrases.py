"""The phrase table is whole: two languages, the same values, nothing missing, nothing idle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from geo.errors import InputError
from geo.phrases import PHRASES_FOLDER, Phrase, phrase, phrase_table, sentence

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("geo", "coverage", "dashboard", "commands", "data/build")
DOORS = ("yike.py", "streamlit_app.py")
TABLE = phrase_table()
# What a key looks like; a file name that begins like one is none.
KEY = re.compile(r"[a-z][a-z_0-9]*(\.[\w-]+)+")
FILE_ENDING = re.compile(
    r"\.(toml|csv|txt|json|geojson|parquet|xlsx|xls|gpkg|pbf|osm|gz|html|css|js|png|svg|py|md)$"
)


def code() -> list[Path]:
    rooms = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(rooms + [ROOT / door for door in DOORS if (ROOT / door).is_file()])


def trees() -> Iterator[tuple[str, ast.AST]]:
    for path in code():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def values_of(words: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(words) if name}


def keys_and_beginnings() -> tuple[dict[str, str], set[str]]:
    """Return every literal key with its file, and what composed keys begin with."""
    keys: dict[str, str] = {}
    beginnings: set[str] = set()
    families = {key.partition(".")[0] for key in TABLE}
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(node.values[0].value)
            if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant):
                beginnings.add(str(node.left.value))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                known = text.partition(".")[0] in families and not FILE_ENDING.search(text)
                if text in TABLE or (KEY.fullmatch(text) and known):
                    keys[text] = file
    return keys, {one for one in beginnings if re.match(r"[a-z_0-9]+\.", one)}


def told(node: ast.Call) -> bool:
    """Return whether a call fills in the values of a phrase."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        return function.attr == "of" and isinstance(owner, ast.Name) and owner.id == "Phrase"
    name = function.id if isinstance(function, ast.Name) else ""
    return name in ("phrase", "say") or name.endswith("Error")


@pytest.mark.parametrize("key", sorted(TABLE))
def test_both_languages_say_the_same(key):
    words = TABLE[key]
    assert set(words) == {"zh", "en"}
    assert values_of(words["zh"]) == values_of(words["en"])
    for language, said in words.items():
        assert said.strip(), (key, language)
        assert not re.search(r"[！]|!(?!=)", said), "words on screen do not shout"
    assert not re.search(r"[，。；：]", words["en"]), "Chinese punctuation in an English phrase"


@pytest.mark.parametrize("path", sorted(PHRASES_FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_phrase_files_are_plain_utf8(path):
    text = path.read_bytes()
    assert not text.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in text
    assert "�" not in text.decode("utf-8")


def test_every_key_in_the_code_exists():
    keys, _ = keys_and_beginnings()
    missing = {key: file for key, file in keys.items() if key not in TABLE}
    # An f-string holds its own beginning as a constant; that is no key.
    assert not missing, f"no such phrase: {missing}"


def test_every_phrase_is_used():
    keys, beginnings = keys_and_beginnings()
    # The terminal composes these from the names of the command files.
    beginnings.discard("command.")
    commands = {
        f"command.{path.stem.replace('_', '-')}" for path in (ROOT / "commands").glob("*.py")
    }
    idle = [
        key
        for key in TABLE
        if key not in keys
        and key not in commands | {"command.yike"}
        and not any(key.startswith(beginning) for beginning in beginnings)
    ]
    assert not idle, f"nobody says: {idle}"


def test_every_sentence_gets_its_values():
    lacking = []
    for file, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not told(node) or not node.args:
                continue
            key = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            given = {keyword.arg for keyword in node.keywords}
            if key not in TABLE or None in given:  # composed, or **values
                continue
            short = values_of(TABLE[key]["en"]) - given
            if short:
                lacking.append((f"{file}:{node.lineno}", key, sorted(short)))
    assert not lacking


def test_a_sentence_is_said_in_the_readers_language():
    error = InputError("error.file_missing", file="a.csv")
    assert sentence(error, "zh").startswith("找不到文件：a.csv")
    assert sentence(error, "en") == str(error)
    inner = Phrase.of("fault.column_missing", column="x")
    both = phrase("error.table_faults", "zh", table="t", file="f", count=2, faults=[inner, inner])
    assert both.count("缺少列“x”") == 2
    assert "；" in both
