"""The register as a reader sees it: names and kinds in words, and whether each row counts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from coverage.papers.map_layers import ALL_GROUPS
from coverage.standard import Standard, counting
from coverage.subjects import subject_categories
from geo.ledger import alike, standing_corrections
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import split_codes
from geo.taxonomy import Taxonomy

REGISTER_TABLE_COLUMNS = (
    "name",
    "categories",
    "origin",
    "suggested",
    "confidence",
    "level",
    "filing_status",
    "state",
    "provider_type",
    "counts",
)


@dataclass(frozen=True)
class Wanted:
    """Which rows of a register are asked for.

    Parameters
    ----------
    subject
        Only organisations of this category or group (or of all groups); empty: every one.
    levels, states
        Only these; empty: any.
    text
        Only names that hold it, however they are written; empty: any.
    """

    subject: str = ""
    levels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    text: str = ""


def register_table(
    place: Place,
    standard: Standard,
    language: Language,
    *,
    wanted: Wanted | None = None,
    suggestions: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return the register in the reader's words.

    Parameters
    ----------
    place, standard
        The place, and the question that decides what counts.
    language
        The reader's language.
    wanted
        Which rows; by default all.
    suggestions
        What `geo.classify.suggest` says of the register.
    corrections
        Those of the office, as `geo.ledger.read_corrections` returns them.

    Returns
    -------
    DataFrame indexed by ``organisation_id`` with `REGISTER_TABLE_COLUMNS`.
    ``counts``: at least one of its service points counts under the question.
    ``origin``: who says so of its categories. ``confidence``: whole percent.
    """
    register = pd.DataFrame(place.register)
    rows = register[_asked_for(place, wanted or Wanted())]
    said = suggestions.reindex(rows.index)
    counting_ids = counting_organisations(place, standard)
    table = pd.DataFrame(index=rows.index)
    table["name"] = rows["name"]
    table["categories"] = category_words(rows["categories"], place.taxonomy, language)
    table["origin"] = _origins(rows, corrections, language)
    table["suggested"] = category_words(_likely(said), place.taxonomy, language)
    table["confidence"] = (said["confidence"] * 100).round().astype("Int64")
    for column, family in (
        ("level", "registration"),
        ("state", "state"),
        ("provider_type", "provider"),
    ):
        words = {one: phrase(f"{family}.{one}", language) for one in rows[column].unique()}
        table[column] = rows[column].map(words)
    table["filing_status"] = rows["filing_status"]
    table["counts"] = rows.index.isin(counting_ids)
    return table[list(REGISTER_TABLE_COLUMNS)]


def counting_organisations(place: Place, standard: Standard) -> set[str]:
    """Return the organisations of which at least one service point counts."""
    points = place.service_points
    counts = counting(place.register, points, standard)
    return set(points.loc[counts.to_numpy(), "organisation_id"])


def category_words(codes: pd.Series, taxonomy: Taxonomy, language: Language) -> pd.Series:
    """Return joined category codes in words; empty stays empty."""
    names = {category.code: category.name(language) for category in taxonomy}
    joint = "、" if language == "zh" else ", "
    words = {
        one: joint.join(names.get(code, code) for code in split_codes(one))
        for one in codes.unique()
    }
    return codes.map(words)


def _likely(said: pd.DataFrame) -> pd.Series:
    """Return what is suggested: the codes to enter, or the likeliest where nobody is sure."""
    return said["categories"].mask(said["categories"] == "", said["category"]).fillna("")


def _asked_for(place: Place, wanted: Wanted) -> pd.Series:
    register = place.register
    chosen = pd.Series(True, index=register.index)
    if wanted.subject:
        codes = _codes_of(place, wanted.subject)
        chosen &= register["categories"].map(lambda one: not codes.isdisjoint(split_codes(one)))
    if wanted.levels:
        chosen &= register["level"].isin(wanted.levels)
    if wanted.states:
        chosen &= register["state"].isin(wanted.states)
    if wanted.text.strip():
        chosen &= alike(register["name"], wanted.text)
    return chosen


def _origins(rows: pd.DataFrame, corrections: pd.DataFrame, language: Language) -> pd.Series:
    """Return who says so of the categories of every row."""
    basis = rows["category_basis"] if "category_basis" in rows.columns else None
    origin = pd.Series("given", index=rows.index) if basis is None else basis.replace("", "given")
    standing = standing_corrections(corrections)
    about = standing[standing["column"] == "categories"]
    corrected = rows.index.isin(about["organisation_id"])
    for pattern in about.loc[about["name_pattern"] != "", "name_pattern"]:
        corrected |= alike(rows["name"], pattern).to_numpy(dtype=bool)
    origin = origin.mask(corrected, "corrected")
    return origin.map({one: phrase(f"category_basis.{one}", language) for one in origin.unique()})


def _codes_of(place: Place, subject: str) -> set[str]:
    if subject == ALL_GROUPS:
        return {code for group in place.taxonomy.groups for code in group.categories}
    return {category.code for category in subject_categories(place, subject)}
