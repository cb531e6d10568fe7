"""The districts' rules as a table to read: value, verdict, clause and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from coverage.kinds import Crosswalks, kind_view
from coverage.reach import DISTRICT
from coverage.rules import VERDICTS, counted_words, say_notes, verdict_words
from coverage.structure import category_structure
from geo.phrases import Language, phrase
from geo.place import Place

RULE_TABLE_COLUMNS = (
    "rule",
    "title",
    "unit",
    "value",
    "numerator",
    "denominator",
    "target",
    "verdict",
    "lacking",
    "mark",
    "notes",
    "clause",
)


def rules_table(indicators: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.indicators` in the reader's words.

    Returns
    -------
    DataFrame with `RULE_TABLE_COLUMNS`, one row an indicator and unit, in their
    order. ``lacking`` is the distance to the target with what it counts.
    """
    rows = indicators
    lacking = [
        ""
        if pd.isna(distance) or distance == 0
        else f"{distance:,} {counted_words(what, language)}"
        for distance, what in zip(rows["distance"], rows["counted"], strict=True)
    ]
    district = rows["level"] == DISTRICT
    clause = rows[f"clause_{language}"] + _in_brackets(rows[f"source_{language}"], language)
    return pd.DataFrame(
        {
            "rule": rows["rule"],
            "title": rows[f"title_{language}"],
            "unit": rows["unit"].mask(district, phrase("rules.level.district", language)),
            "value": _shown(rows["value"], rows["percent"], targets=rows["threshold"]),
            **{name: rows[name].map(_number) for name in ("numerator", "denominator")},
            "target": [
                f"{_SIGNS.get(comparison, comparison)} {shown}" if comparison and shown else ""
                for comparison, shown in zip(
                    rows["comparison"], _shown(rows["threshold"], rows["percent"]), strict=True
                )
            ],
            "verdict": [verdict_words(verdict, language) for verdict in rows["verdict"]],
            "lacking": lacking,
            "mark": rows["mark"],
            "notes": [say_notes(notes, language) for notes in rows["notes"]],
            "clause": clause,
        },
        columns=list(RULE_TABLE_COLUMNS),
    )


def platform_paper(matrix: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.platform_matrix` in the reader's words, headed in `language`."""
    words = {True: phrase("rules.present", language), False: phrase("rules.absent", language)}
    district = matrix["level"] == DISTRICT
    return _headed(
        {
            "unit": matrix["unit"].mask(district, phrase("rules.level.district", language)),
            "platform": matrix[f"platform_{language}"],
            "present": matrix["present"].map(words),
            "organisation": matrix["organisation"],
            "operator": matrix["operator"],
        },
        language,
    )


def merges_paper(place: Place, merges: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.merge_candidates` in the reader's words, headed in `language`."""
    names = {one.code: one.name(language) for one in place.taxonomy}
    return _headed(
        {
            "community": merges["community"],
            "kind": merges["category"].map(names),
            "filed": merges["filed"],
            "organisation": merges["organisations"],
        },
        language,
    )


def matches_paper(place: Place, matches: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.supply_matches` in the reader's words, headed in `language`.

    Without counts of people: those stand in the gap list.
    """
    names = {one.code: one.name(language) for one in place.taxonomy}
    return _headed(
        {
            "community": matches["community"],
            "kind": matches["category"].map(names),
            "choice": matches["choice"],
            "organisation": matches["organisation"],
            "minutes": matches["minutes"].astype(float).round(1),
            "metres": matches["metres"].astype(float).round(),
            "capacity": matches["capacity"].map(_number),
        },
        language,
    )


def published_paper(published: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.published_figures` in the reader's words, headed in `language`."""
    return _headed(
        {
            "rule": published["rule"],
            "published": published[language],
            "implied": [_implied(row, language) for row in published.to_dict("records")],
            "source": published[f"source_{language}"],
        },
        language,
    )


def _implied(row: dict[Any, Any], language: Language) -> str:
    if pd.isna(row["implied"]):
        return ""
    bounds = {"least": row["implied_least"], "most": row["implied_most"]}
    return phrase("rules.implied", language, best=row["implied"], **bounds)


def culture_paper(alone: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return `coverage.rules.culture_only` in the reader's words, headed in `language`."""
    names = ("subdistrict", "community", "organisations")
    return _headed({name: alone[name] for name in names}, language)


def _headed(columns: Mapping[str, Any], language: Language) -> pd.DataFrame:
    heads = {name: phrase(f"rules.column.{name}", language) for name in columns}
    return pd.DataFrame(dict(columns)).rename(columns=heads).reset_index(drop=True)


def verdict_counts(indicators: pd.DataFrame, language: Language) -> list[tuple[str, int]]:
    """Return how many rows read each verdict, in the order of `VERDICTS`."""
    counts = indicators["verdict"].value_counts()
    return [(verdict_words(one, language), int(counts.get(one, 0))) for one in VERDICTS]


def kinds_table(
    place: Place, crosswalks: Crosswalks, scheme: str, language: Language
) -> pd.DataFrame:
    """Return the register by another scheme's kinds, ``share`` in percent."""
    view = kind_view(place, crosswalks[scheme])
    shown = view[[language, "registered", "filed", "total"]].rename(columns={language: "kind"})
    return shown.assign(share=view["share"] * 100)


def structure_table(place: Place, language: Language) -> pd.DataFrame:
    """Return the register by division of the taxonomy, ``share`` in percent."""
    table = category_structure(place)
    names = table[language].mask(table["division"] == "", phrase("rules.unclassified", language))
    return pd.DataFrame(
        {"kind": names, "total": table["organisations"], "share": table["share"] * 100}
    )


_SIGNS = {">=": "≥", "<=": "≤"}


def _shown(
    numbers: pd.Series, percent: pd.Series, *, targets: pd.Series | None = None
) -> list[str]:
    """Write values, shares in percent.

    What misses its target is cut where rounding would make it read as reached.
    """
    wanted = numbers if targets is None else targets
    shown = []
    for number, target, share in zip(numbers, wanted, percent, strict=True):
        factor = 100 if share and not pd.isna(number) else 1
        cut = not pd.isna(target) and number < target <= round(number * factor, 2) / factor
        words = _number(number * factor if factor > 1 else number, cut=cut)
        shown.append(f"{words} %" if factor > 1 else words)
    return shown


def _number(number: Any, *, cut: bool = False) -> str:
    """Write a number with what it needs of decimals; nothing where there is none."""
    if pd.isna(number):
        return ""
    kept = math.floor(float(number) * 100) / 100 if cut else float(number)
    return f"{kept:,.2f}".rstrip("0").rstrip(".")


def _in_brackets(source: pd.Series, language: Language) -> pd.Series:
    left, right = ("（", "）") if language == "zh" else (" (", ")")
    return left + source + right
