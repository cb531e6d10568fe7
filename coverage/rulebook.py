"""The rules as a file a bureau may edit: indicators, clauses, platforms, published figures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo.errors import FileError, TableError
from geo.phrases import Language
from geo.place import Words
from geo.tables import LEGAL_FORMS, LEVELS, STATES, UNIT_KINDS

RULES_FILE = Path(__file__).resolve().parent.parent / "data" / "rules.toml"
UNIT_LEVELS = ("district", "subdistrict", "community")
MARKS = ("V", "S", "M", "C")
COMPARISONS = (">=", ">", "<=", "<")

# What each measure may be told; those it cannot do without come first.
MEASURES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "against_earlier": (("years",), ()),
    "beds": (("categories", "per"), ()),
    "communities_with": (("each_of",), ()),
    "community_column": (("column",), ()),
    "growth": (("street", "town"), ()),
    "matched_gaps": ((), ()),
    "merging": ((), ()),
    "needs": ((), ()),
    "organisations": (("count",), ()),
    "per_community": (("count",), ()),
    "per_people": (("count", "per"), ()),
    "placed": (("count",), ()),
    "platforms": (("platforms",), ()),
    "premises_mean": ((), ()),
    "premises_per_households": (("per",), ()),
    "ratio": (("count", "among"), ()),
    "residents": ((), ()),
    "satisfaction": ((), ()),
    "summed_column": (("count", "column"), ()),
    "within_metres": (("categories", "metres"), ("strictly",)),
}
SELECTION = ("levels", "states", "legal_forms", "categories", "column", "values")


@dataclass(frozen=True)
class Rule:
    """One line of the rules: what is measured, against what, and who says so.

    Parameters
    ----------
    rule_id, rule
        The line, and the requirement it belongs to (``T6-both`` of ``T6``).
    title, clause, source
        Words in both languages.
    mark
        V read in a published source, S secondary source only, M from memory, C
        computed. Only V gives a verdict.
    measure, options
        Which arithmetic, and what it is told (`MEASURES`).
    levels
        At which of `UNIT_LEVELS` it is measured.
    units
        Kinds of communities the clause is about; empty: any.
    threshold, comparison
        What the value must reach; None: for reference.
    doubt
        Why there is no verdict although the source was read; or None.
    percent
        Whether the value is a share, read in percent.
    """

    rule_id: str
    rule: str
    title: Words
    clause: Words
    source: Words
    mark: str
    measure: str
    options: Mapping[str, Any]
    levels: tuple[str, ...]
    units: tuple[str, ...]
    threshold: Fraction | None
    comparison: str
    doubt: Words | None
    percent: bool = False

    @property
    def gives_verdict(self) -> bool:
        """Whether the source is sure enough for 达到 or 未达到."""
        return self.mark == "V" and self.doubt is None


@dataclass(frozen=True)
class Platform:
    """A kind of support platform, the level it belongs to, and the names it goes by."""

    code: str
    level: str
    words: Words
    names: tuple[str, ...]

    def name(self, language: Language) -> str:
        """Return the platform's name in `language`."""
        return self.words.say(language)


@dataclass(frozen=True)
class Published:
    """A figure from a district's own document: shown as published, never as computed.

    `value` was rounded to `digits`; it is a ratio per `per` when that is not 1,
    of `numerator` things where the document says how many.
    """

    rule: str
    value: Fraction
    digits: int
    per: int
    numerator: int | None
    words: Words
    source: Words


@dataclass(frozen=True)
class Rules:
    """All lines of a rules file, in its order."""

    rules: tuple[Rule, ...]
    platforms: tuple[Platform, ...]
    published: tuple[Published, ...]
    small_sample: int

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __getitem__(self, rule_id: str) -> Rule:
        for rule in self.rules:
            if rule.rule_id == rule_id:
                return rule
        known = "、".join(rule.rule_id for rule in self.rules)
        raise TableError("error.rule_unknown", given=rule_id, known=known)

    def platform(self, code: str) -> Platform:
        """Return the platform `code`."""
        return next(one for one in self.platforms if one.code == code)


def read_rules(path: Path = RULES_FILE) -> Rules:
    """Read a rules file and hold it to its form.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    TableError
        A line lacks something, names what does not exist, or stands twice.
    """
    content = read_toml(path)
    rules = tuple(_entry(_rule, row, path) for row in content.get("rule", ()))
    platforms = tuple(_entry(_platform, row, path) for row in content.get("platform", ()))
    published = tuple(_entry(_published, row, path) for row in content.get("published", ()))
    ids = [rule.rule_id for rule in rules] + [one.code for one in platforms]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice or not rules:
        raise _fault(path, "、".join(twice) or "rule", "id")
    known = {one.code for one in platforms}
    for rule in rules:
        foreign = sorted(set(rule.options.get("platforms", ())) - known)
        if foreign:
            raise _fault(path, rule.rule_id, f"platforms = {', '.join(foreign)}")
    return Rules(rules, platforms, published, int(content.get("small_sample", 30)))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault


def _entry(make: Any, row: dict[str, Any], path: Path) -> Any:
    name = str(row.get("id") or row.get("code") or row.get("rule") or row.get("zh") or "?")
    try:
        return make(row)
    except KeyError as fault:
        raise _fault(path, name, str(fault.args[0])) from fault
    except (TypeError, ValueError, ZeroDivisionError) as fault:
        raise _fault(path, name, str(fault)) from fault


def _fault(path: Path, entry: str, detail: str) -> TableError:
    return TableError("error.rulebook_entry", file=path.name, entry=entry, detail=detail)


def _rule(row: dict[str, Any]) -> Rule:
    measure = _one_of("measure", row["measure"], tuple(MEASURES))
    levels = tuple(row.get("levels", UNIT_LEVELS))
    units = tuple(row.get("units", ()))
    _all_of("levels", levels, UNIT_LEVELS)
    _all_of("units", units, UNIT_KINDS)
    threshold = Fraction(str(row["threshold"])) if "threshold" in row else None
    comparison = _one_of("comparison", row.get("comparison", ">="), COMPARISONS)
    doubt = Words(row["doubt_zh"], row["doubt_en"]) if "doubt_zh" in row else None
    return Rule(
        rule_id=row["id"],
        rule=row["rule"],
        title=Words(row["zh"], row["en"]),
        clause=Words(row["clause_zh"], row["clause_en"]),
        source=Words(row["source_zh"], row["source_en"]),
        mark=_one_of("mark", row["mark"], MARKS),
        measure=measure,
        options=MappingProxyType(_options(measure, row.get("options", {}))),
        levels=levels,
        units=units,
        threshold=threshold,
        comparison=comparison,
        doubt=doubt,
        percent=bool(row.get("percent", False)),
    )


def _options(measure: str, options: dict[str, Any]) -> dict[str, Any]:
    needed, further = MEASURES[measure]
    for name in needed:
        if name not in options:
            raise KeyError(f"options.{name}")
    _all_of("options", tuple(options), needed + further)
    for name in ("count", "among"):
        selection = options.get(name, {})
        _all_of(name, tuple(selection), SELECTION)
        _all_of("levels", tuple(selection.get("levels", ())), LEVELS)
        _all_of("states", tuple(selection.get("states", ())), STATES)
        _all_of("legal_forms", tuple(selection.get("legal_forms", ())), LEGAL_FORMS)
        if ("column" in selection) != ("values" in selection):
            raise KeyError(f"{name}.column + {name}.values")
    for name in ("per", "metres", "years"):
        if name in options and not options[name] > 0:
            raise ValueError(f"{name} = {options[name]}")
    for name in ("street", "town"):
        if name in options:
            Fraction(options[name])
    return options


def _platform(row: dict[str, Any]) -> Platform:
    level = _one_of("level", row["level"], UNIT_LEVELS)
    return Platform(row["code"], level, Words(row["zh"], row["en"]), tuple(row["names"]))


def _published(row: dict[str, Any]) -> Published:
    return Published(
        rule=row["rule"],
        value=Fraction(str(row["value"])),
        digits=int(row["digits"]),
        per=int(row["per"]),
        numerator=int(row["numerator"]) if "numerator" in row else None,
        words=Words(row["zh"], row["en"]),
        source=Words(row["source_zh"], row["source_en"]),
    )


def _one_of(name: str, given: Any, allowed: tuple[str, ...]) -> str:
    _all_of(name, (given,), allowed)
    return str(given)


def _all_of(name: str, given: tuple[Any, ...], allowed: tuple[str, ...]) -> None:
    foreign = [str(one) for one in given if one not in allowed]
    if foreign:
        raise ValueError(f"{name} = {', '.join(foreign)} ({', '.join(allowed)})")
