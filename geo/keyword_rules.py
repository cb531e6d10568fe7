"""Keyword rules: which categories the words of a name and its business scope speak for.

Where the name tells, the score of a category is 3 x the letters of the name that its
keywords cover, plus the letters of the scope, at most 6 of them. Where the name tells
nothing, or only who runs it (社会工作服务中心), the scope decides: 2 x the letters it
covers. The highest score wins; between equals the longer single word, then the order of
the taxonomy. A few overrides go before everything, for names that mislead (老年秧歌队 is
culture). Words that say nothing alone (公益, 爱心, 服务社) count only where nothing else
matches, and then a person decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.cell_text import clean, simplified
from geo.errors import FileError, TableError
from geo.keyword_matching import (
    TELLING,
    WEAK,
    YIELDS_IN_NAME,
    YIELDS_TO_SCOPE,
    Found,
    KeywordFinder,
)
from geo.taxonomy import UNCLASSIFIED, Taxonomy

RULES_FILE = Path(__file__).resolve().parent.parent / "data" / "classifier" / "rules.toml"
NAME_WEIGHT = 3
SCOPE_ALONE_WEIGHT = 2
# A scope lists all that may ever be done; a telling name says what is done.
SCOPE_MOST = 6
# Nobody writes a scope longer than this; what follows is some other cell that slipped.
LONGEST_TEXT = 2_000

# A body that runs something of another name: 某基金会附设某日间照料中心.
_HOST = re.compile(r".+?(?:基金会|公司|医院|教会)(?:附设|附属|承办|承接|经营|受托|办理)?(?=.{4})")

Totals = dict[int, int]
Longest = dict[int, tuple[str, bool]]


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
    yields_in_name: frozenset[str] = frozenset()
    yields_to_scope: frozenset[str] = frozenset()
    misleading: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def first_words(self) -> re.Pattern[str]:
        """Return what finds a word of any override's first group: a quick look before the rest."""
        words = {word for one in self.overrides for group in one.groups[:1] for word in group}
        return re.compile("|".join(map(re.escape, sorted(words))) or r"(?!)")

    @cached_property
    def misleading_words(self) -> re.Pattern[str]:
        """Return what finds a longer word in which a keyword means something else."""
        words = {longer for phrases in self.misleading.values() for longer in phrases}
        return re.compile("|".join(map(re.escape, sorted(words, key=len)[::-1])) or r"(?!)")

    def kind(self, word: str) -> int:
        """Return how much a keyword tells: one of the kinds of `geo.keyword_matching`."""
        if word in self.weak:
            return WEAK
        if word in self.yields_to_scope:
            return YIELDS_TO_SCOPE
        return YIELDS_IN_NAME if word in self.yields_in_name else TELLING


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
    by_scope
        Whether the scope tells what the name does not.
    unnamed
        Whether no telling word stands in the name.
    words
        For every row: code position → the longest word and whether it stands in the name.
    override_words
        The words that made the override apply.
    read
        The names as they were read: without a host that stands before the unit's own name.
    """

    codes: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    best: npt.NDArray[np.int64]
    override: npt.NDArray[np.int64]
    weak: npt.NDArray[np.bool_]
    by_scope: npt.NDArray[np.bool_]
    unnamed: npt.NDArray[np.bool_]
    words: list[dict[int, tuple[str, bool]]]
    override_words: list[tuple[str, ...]]
    read: list[str]


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
        named = ("weak", "yields_in_name", "yields_to_scope")
        weak, in_name, to_scope = (
            frozenset(prepared(word) for word in content.get(name, ())) for name in named
        )
        misleading = {
            prepared(word): tuple(prepared(longer) for longer in phrases)
            for word, phrases in content.get("misleading", {}).items()
        }
    except (AttributeError, KeyError, TypeError) as fault:
        raise TableError("error.rules_entry", file=path.name, detail=str(fault)) from fault
    return Extras(weak, overrides, in_name, to_scope, misleading)


def rule_evidence(
    names: Sequence[str], scopes: Sequence[str], taxonomy: Taxonomy, *, extras: Extras | None = None
) -> RuleEvidence:
    """Weigh prepared names and scopes (of one length) by the keywords of `taxonomy`."""
    known = read_extras() if extras is None else extras
    codes = tuple(code for code in taxonomy.codes if code != UNCLASSIFIED)
    finder = _finder(taxonomy, codes, known)
    scores = np.zeros((len(names), len(codes)), dtype=np.float32)
    best, override = (np.full(len(names), -1, dtype=np.int64) for _ in range(2))
    weak, by_scope, unnamed = (np.zeros(len(names), dtype=np.bool_) for _ in range(3))
    words: list[Longest] = []
    override_words: list[tuple[str, ...]] = []
    read: list[str] = []
    # Scopes are often copied from one ledger row to the next.
    of_scope = {scope: finder.found(scope, once=True) for scope in set(scopes)}
    for row, (name, scope) in enumerate(zip(names, scopes, strict=True)):
        override[row], applied = _override(name, codes, known)
        own = name if applied else _own_name(name, finder)
        in_name, in_scope = finder.found(own), of_scope[scope]
        read.append(own)
        unnamed[row] = not (in_name[TELLING] or in_name[YIELDS_IN_NAME] or applied)
        by_scope[row] = unnamed[row] and bool(in_scope[TELLING] or in_scope[YIELDS_IN_NAME])
        totals, longest = _weighed(in_name, in_scope)
        weak[row] = unnamed[row] and not by_scope[row] and not in_name[YIELDS_TO_SCOPE]
        weak[row] &= bool(totals)
        if totals:
            # One write of a whole row costs far less than one for every category.
            scores[row, list(totals)] = list(totals.values())
            best[row] = min(totals, key=lambda code: (-totals[code], -len(longest[code][0]), code))
        words.append(longest)
        override_words.append(applied)
    return RuleEvidence(
        codes, scores, best, override, weak, by_scope, unnamed, words, override_words, read
    )


def _own_name(name: str, finder: KeywordFinder) -> str:
    """Return a name without the host before it, where what follows tells by itself."""
    host = _HOST.match(name)
    if host is None:
        return name
    own = name[host.end() :]
    return own if finder.found(own)[TELLING] else name


def _weighed(in_name: Found, in_scope: Found) -> tuple[Totals, Longest]:
    """Return, by category, the score and the longest word with where it stands."""
    totals: Totals = {}
    longest: Longest = {}

    def add(found: Found, kind: int, weight: int, *, named: bool, most: int | None = None) -> None:
        for code, (letters, word) in found[kind].items():
            points = weight * letters if most is None else min(weight * letters, most)
            totals[code] = totals.get(code, 0) + points
            if code not in longest or len(word) > len(longest[code][0]):
                longest[code] = word, named

    def add_scope(weight: int, most: int | None) -> None:
        for kind in (TELLING, YIELDS_IN_NAME):
            add(in_scope, kind, weight if kind == TELLING else 1, named=False, most=most)

    if in_name[TELLING]:
        add(in_name, TELLING, NAME_WEIGHT, named=True)
        add(in_name, YIELDS_IN_NAME, 1, named=True)
        add(in_name, YIELDS_TO_SCOPE, 1, named=True)
        add_scope(1, SCOPE_MOST)
    elif in_name[YIELDS_IN_NAME]:
        add(in_name, YIELDS_IN_NAME, NAME_WEIGHT, named=True)
        add(in_name, YIELDS_TO_SCOPE, 1, named=True)
        add_scope(1, SCOPE_MOST)
    elif in_scope[TELLING] or in_scope[YIELDS_IN_NAME]:
        add_scope(SCOPE_ALONE_WEIGHT, None)
        add(in_name, YIELDS_TO_SCOPE, 1, named=True)
    elif in_name[YIELDS_TO_SCOPE] or in_scope[YIELDS_TO_SCOPE]:
        add(in_name, YIELDS_TO_SCOPE, NAME_WEIGHT, named=True)
        add(in_scope, YIELDS_TO_SCOPE, 1, named=False)
    else:
        add(in_name, WEAK, NAME_WEIGHT, named=True)
        add(in_scope, WEAK, 1, named=False)
    return totals, longest


def _override(name: str, codes: tuple[str, ...], extras: Extras) -> tuple[int, tuple[str, ...]]:
    if extras.first_words.search(name) is None:
        return -1, ()
    for one in extras.overrides:
        if one.category in codes and (applied := one.words_in(name)):
            return codes.index(one.category), applied
    return -1, ()


def _finder(taxonomy: Taxonomy, codes: tuple[str, ...], extras: Extras) -> KeywordFinder:
    keywords = [
        (word, position, extras.kind(word))
        for position, code in enumerate(codes)
        for word in map(prepared, taxonomy[code].keywords)
    ]
    return KeywordFinder.of(keywords, extras.misleading)
