"""The categories an office has corrected before: by organisation, or by a part of a name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geo.cell_text import match_key
from geo.errors import TableError
from geo.phrases import Phrase
from geo.tables import split_codes
from geo.taxonomy import Taxonomy

MOST_CATEGORIES = 3
CORRECTION_COLUMNS = ("organisation_id", "name_pattern", "column", "value")


@dataclass(frozen=True, eq=False)
class Corrected:
    """What the office has said: codes and reason by row; pairs to train the model with."""

    rows: dict[int, tuple[tuple[str, ...], Phrase]]
    training: tuple[tuple[str, str], ...]


def corrected_categories(
    index: pd.Index, texts: list[str], taxonomy: Taxonomy, corrections: pd.DataFrame | None
) -> Corrected:
    """Return what `corrections` say of the organisations of `index` with prepared names `texts`.

    The later row about the same thing stands; an empty value takes a correction back.

    Raises
    ------
    TableError
        The corrections lack a column or name an unknown category.
    """
    if corrections is None or corrections.empty:
        return Corrected({}, ())
    absent = [name for name in CORRECTION_COLUMNS if name not in corrections.columns]
    if absent:
        raise TableError("error.corrections_table", columns="、".join(absent))
    text = corrections.fillna("").astype(str)
    about = text[text["column"] == "categories"]
    by_organisation: dict[str, tuple[str, ...]] = {}
    by_pattern: dict[str, tuple[str, ...]] = {}
    cells = zip(about["organisation_id"], about["name_pattern"], about["value"], strict=True)
    for organisation, words, value in cells:
        given = tuple(taxonomy[code].code for code in split_codes(value))[:MOST_CATEGORIES]
        pattern = match_key(words)
        said, key = (by_organisation, organisation) if organisation else (by_pattern, pattern)
        said.pop(key, None)
        if given and key:
            said[key] = given
    rows: dict[int, tuple[tuple[str, ...], Phrase]] = {}
    training = {pattern: given[0] for pattern, given in by_pattern.items()}
    longest_first = sorted(by_pattern, key=len, reverse=True)
    for at, (identity, name) in enumerate(zip(index.astype(str), texts, strict=True)):
        if identity in by_organisation:
            rows[at] = by_organisation[identity], Phrase("classify.reason_corrected")
            training[name] = by_organisation[identity][0]
        elif pattern := _first_in(match_key(name) if longest_first else "", longest_first):
            reason = Phrase.of("classify.reason_pattern", pattern=pattern)
            rows[at] = by_pattern[pattern], reason
    return Corrected(rows, tuple(sorted(training.items())))


def _first_in(key: str, patterns: list[str]) -> str:
    return next((one for one in patterns if one in key), "")
