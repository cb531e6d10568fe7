"""Keyword rules: which categories the words of a name and its business scope speak for.

The score of a category is 3 x the letters of the name that its keywords cover, plus
the letters of the scope. The highest score wins; between equals the longer single
word, then the order of the taxonomy. A few overrides go before everything, for names
that mislead (老年秧歌队 is culture). Words that say nothing alone (公益, 爱心, 服务社)
count only where nothing else matches, and then a person decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.cell_text import clean, simplified
from geo.errors import FileError, TableError
from geo.taxonomy import UNCLASSIFIED, Taxonomy

RULES_FILE = Path(__file__).resolve().parent.parent / "data" / "classifier" / "rules.toml"
NAME_WEIGHT = 3
# Nobody writes a scope longer than this; what follows is some other cell that slipped.
LONGEST_TEXT = 2_000

Starts = dict[str, list[tuple[str, int]]]
Covered = dict[int, tuple[int, str]]


@dataclass(frozen=True)
class Override:
    """A name with one word of every group, and none of `without`, has this category."""

    category: str
    groups: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]

    def words_in(self, name: str) -> tuple[str, ...]:
        """Return one word of each group that stands in `name`; empty when it does not apply."""
        if any(word in name for word in self.without):
            return ()
        found = tuple(next((word for word in group if word in name), "") for group in self.groups)
        return found if all(found) else ()


@dataclass(frozen=True)
class Extras:
    """What a rules file adds to the keywords of a taxonomy."""

    weak: frozenset[str]
    overrides: tuple[Override, ...]

    @cached_property
    def first_words(self) -> re.Pattern[str]:
        """Return what finds a word of any override's first group: a quick look before the rest."""
        words = {word for one in self.overrides for group in one.groups[:1] for word in group}
        return re.compile("|".join(map(re.escape, sorted(words))) or r"(?!)")


@dataclass(frozen=True, eq=False)
class RuleEvidence:
    """What the rules found, one row a name, one column a category code.

    Parameters
    ----------
    codes
        The categories, in the order of the taxonomy.
    scores
        Rows x codes.
    best
        Position of the winning code, -1 where no keyword matched.
    override
        Position of the code an override gives, -1 where none applies.
    weak
        Whether keywords matched, but only weak ones.
    words
        For every row: code position → the longest word and whether it stands in the name.
    override_words
        The words that made the override apply.
    """

    codes: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    best: npt.NDArray[np.int64]
    override: npt.NDArray[np.int64]
    weak: npt.NDArray[np.bool_]
    words: list[dict[int, tuple[str, bool]]]
    override_words: list[tuple[str, ...]]


def prepared(text: object) -> str:
    """Return a name or scope as the rules and the model read it: tidy, simplified, lower case."""
    if not isinstance(text, str):
        return ""
    return simplified(clean(text[:LONGEST_TEXT])).lower()


@lru_cache(maxsize=4)
def read_extras(path: Path = RULES_FILE) -> Extras:
    """Read weak words and overrides.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    TableError
        An entry is incomplete.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    try:
        overrides = tuple(
            Override(
                category=row["category"],
                groups=tuple(tuple(prepared(word) for word in group) for group in row["all"]),
                without=tuple(prepared(word) for word in row.get("without", ())),
            )
            for row in content.get("override", ())
        )
        weak = frozenset(prepared(word) for word in content.get("weak", ()))
    except (KeyError, TypeError) as fault:
        raise TableError("error.rules_entry", file=path.name, detail=str(fault)) from fault
    return Extras(weak, overrides)


def rule_evidence(
    names: Sequence[str], scopes: Sequence[str], taxonomy: Taxonomy, *, extras: Extras | None = None
) -> RuleEvidence:
    """Weigh prepared names and scopes (of one length) by the keywords of `taxonomy`."""
    known = read_extras() if extras is None else extras
    codes = tuple(code for code in taxonomy.codes if code != UNCLASSIFIED)
    strong, weak_words = _by_first_letters(taxonomy, codes, known.weak)
    scores = np.zeros((len(names), len(codes)), dtype=np.float32)
    best = np.full(len(names), -1, dtype=np.int64)
    override = np.full(len(names), -1, dtype=np.int64)
    weak = np.zeros(len(names), dtype=np.bool_)
    words: list[dict[int, tuple[str, bool]]] = []
    override_words: list[tuple[str, ...]] = []
    # Scopes are often copied from one ledger row to the next.
    of_scope = {scope: _covered(scope, strong) for scope in set(scopes)}
    for row, (name, scope) in enumerate(zip(names, scopes, strict=True)):
        totals, longest = _weighed(_covered(name, strong), of_scope[scope])
        if not totals:
            totals, longest = _weighed(_covered(name, weak_words), _covered(scope, weak_words))
            weak[row] = bool(totals)
        if totals:
            # One write of a whole row costs far less than one for every category.
            scores[row, list(totals)] = list(totals.values())
            best[row] = min(totals, key=lambda code: (-totals[code], -len(longest[code][0]), code))
        words.append(longest)
        override[row], applied = _override(name, codes, known)
        override_words.append(applied)
    return RuleEvidence(codes, scores, best, override, weak, words, override_words)


def _weighed(
    in_name: Covered, in_scope: Covered
) -> tuple[dict[int, int], dict[int, tuple[str, bool]]]:
    """Return, by category, the score and the longest word with where it stands."""
    totals = {code: NAME_WEIGHT * letters for code, (letters, _) in in_name.items()}
    longest = {code: (word, True) for code, (_, word) in in_name.items()}
    for code, (letters, word) in in_scope.items():
        totals[code] = totals.get(code, 0) + letters
        if code not in longest or len(word) > len(longest[code][0]):
            longest[code] = (word, False)
    return totals, longest


def _override(name: str, codes: tuple[str, ...], extras: Extras) -> tuple[int, tuple[str, ...]]:
    if extras.first_words.search(name) is None:
        return -1, ()
    for one in extras.overrides:
        if one.category in codes and (applied := one.words_in(name)):
            return codes.index(one.category), applied
    return -1, ()


def _by_first_letters(
    taxonomy: Taxonomy, codes: tuple[str, ...], weak: frozenset[str]
) -> tuple[Starts, Starts]:
    """Sort strong and weak keywords by their first two letters: a text is read once for all."""
    strong: Starts = {}
    weak_words: Starts = {}
    for position, code in enumerate(codes):
        for keyword in taxonomy[code].keywords:
            word = prepared(keyword)
            # A single letter is in half of all names and tells nothing.
            if len(word) > 1:
                starts = weak_words if word in weak else strong
                starts.setdefault(word[:2], []).append((word, position))
    return strong, weak_words


def _covered(text: str, starts: Starts) -> Covered:
    """Return, by category, how many letters of `text` its keywords cover and the longest one."""
    # Letters are bits of one whole number: overlapping words count once.
    letters: dict[int, int] = {}
    longest: dict[int, str] = {}
    for at in range(len(text)):
        candidates = starts.get(text[at : at + 2])
        if candidates is None:
            continue
        for word, code in candidates:
            if text.startswith(word, at):
                letters[code] = letters.get(code, 0) | ((1 << len(word)) - 1) << at
                if len(word) > len(longest.get(code, "")):
                    longest[code] = word
    return {code: (covered.bit_count(), longest[code]) for code, covered in letters.items()}
