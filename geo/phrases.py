"""Every visible word, in both languages.

The words stand in ``data/phrases/*.toml``, one table a key::

    ["error.file_missing"]
    zh = "找不到文件 {file}。请检查路径后重试。"
    en = "The file {file} does not exist. Check the path and try again."

A key stands in exactly one file, with both languages and the same values in
braces; `tests/test_phrases.py` holds the files to that. Values are formatted
with `str.format`, so ``{people:,}`` writes thousands separators.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from geo.errors import InputError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

PHRASES_FOLDER = Path(__file__).resolve().parent.parent / "data" / "phrases"


@lru_cache(maxsize=1)
def phrase_table() -> dict[str, dict[str, str]]:
    """Return every phrase by key, each with its Chinese and English words.

    Raises
    ------
    ValueError
        When a key stands in two files or lacks a language: a fault of the
        programme, not of the reader's input.
    """
    table: dict[str, dict[str, str]] = {}
    for path in sorted(PHRASES_FOLDER.glob("*.toml")):
        for key, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in table:
                raise ValueError(f"the phrase {key} stands twice, again in {path.name}")
            if set(words) != set(LANGUAGES):
                raise ValueError(f"the phrase {key} in {path.name} needs exactly zh and en")
            table[key] = words
    return table


@dataclass(frozen=True)
class Phrase:
    """A sentence not yet in a language: a key of the table and its values.

    A function that has something to tell a reader (a fault, a note, a doubt)
    returns phrases; the door that shows them chooses the language.
    """

    key: str
    values: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, key: str, **values: Any) -> Phrase:
        """Return the phrase of `key` with its values."""
        return cls(key, tuple(values.items()))

    def say(self, language: Language) -> str:
        """Return the words in `language`."""
        return phrase(self.key, language, **dict(self.values))


def phrase(key: str, language: Language, **values: Any) -> str:
    """Return the words of `key` in `language`, with `values` filled in.

    A value may itself be a pair of words (a mapping with ``zh`` and ``en``), a
    `Phrase`, or a list or tuple of phrases, which are joined with semicolons.
    """
    words = phrase_table()[key][language]
    return words.format(**{name: _spoken(value, language) for name, value in values.items()})


def _spoken(value: Any, language: Language) -> Any:
    if isinstance(value, Phrase):
        return value.say(language)
    if isinstance(value, dict) and language in value:
        return value[language]
    if isinstance(value, (list, tuple)):
        joint = "；" if language == "zh" else "; "
        return joint.join(str(_spoken(one, language)) for one in value)
    return value


def sentence(error: InputError, language: Language) -> str:
    """Return what `error` says, in the reader's language."""
    return phrase(error.key, language, **error.values)
