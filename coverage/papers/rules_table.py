"""The districts' rules as a table to read: value, verdict, clause and what it rests on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coverage.kinds import Crosswalks, kind_view
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
    clause = rows[f"clause_{language}"] + _in_brackets(rows[f"source_{language}"], language)
    return pd.DataFrame(
        {
            "rule": rows["rule"],
            "title": rows[f"title_{language}"],
            "unit": rows["unit"],
            **{name: rows[name].map(_number) for name in ("value", "numerator", "denominator")},
            "target": [
                _target(comparison, threshold)
                for comparison, threshold in zip(rows["comparison"], rows["threshold"], strict=True)
            ],
            "verdict": [verdict_words(verdict, language) for verdict in rows["verdict"]],
            "lacking": lacking,
            "mark": rows["mark"],
            "notes": [say_notes(notes, language) for notes in rows["notes"]],
            "clause": clause,
        },
        columns=list(RULE_TABLE_COLUMNS),
    )


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


def _number(number: Any) -> str:
    """Write a number with what it needs of decimals; nothing where there is none."""
    if pd.isna(number):
        return ""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _target(comparison: str, threshold: Any) -> str:
    if not comparison or pd.isna(threshold):
        return ""
    sign = {">=": "≥", "<=": "≤"}.get(comparison, comparison)
    return f"{sign} {threshold:,.10g}"


def _in_brackets(source: pd.Series, language: Language) -> pd.Series:
    left, right = ("（", "）") if language == "zh" else (" (", ")")
    return left + source + right
