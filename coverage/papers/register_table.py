"""The register as a reader sees it: names and kinds in words, and whether each row counts."""

from __future__ import annotations

import pandas as pd

from coverage.papers.map_layers import ALL_GROUPS
from coverage.standard import Standard, counting
from coverage.subjects import subject_categories
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import split_codes

REGISTER_TABLE_COLUMNS = (
    "name",
    "categories",
    "level",
    "filing_status",
    "state",
    "provider_type",
    "counts",
)


def register_table(
    place: Place,
    standard: Standard,
    language: Language,
    *,
    subject: str = "",
    levels: tuple[str, ...] = (),
    states: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return the register in the reader's words.

    Parameters
    ----------
    place, standard
        The place, and the question that decides what counts.
    language
        The reader's language.
    subject
        Only organisations of this category or group (or of all groups);
        empty: every one.
    levels, states
        Only these; empty: any.

    Returns
    -------
    DataFrame indexed by ``organisation_id`` with `REGISTER_TABLE_COLUMNS`.
    ``counts``: at least one of its service points counts under the question.
    """
    register = pd.DataFrame(place.register)
    points = place.service_points
    counts = counting(place.register, points, standard)
    counting_ids = set(points.loc[counts.to_numpy(), "organisation_id"])
    chosen = pd.Series(True, index=register.index)
    if subject:
        wanted = _wanted(place, subject)
        chosen &= register["categories"].map(lambda one: not wanted.isdisjoint(split_codes(one)))
    if levels:
        chosen &= register["level"].isin(levels)
    if states:
        chosen &= register["state"].isin(states)
    rows = register[chosen]
    names = {category.code: category.name(language) for category in place.taxonomy}
    joint = "、" if language == "zh" else ", "
    table = pd.DataFrame(index=rows.index)
    table["name"] = rows["name"]
    table["categories"] = [
        joint.join(names.get(code, code) for code in split_codes(one)) for one in rows["categories"]
    ]
    for column, family in (
        ("level", "registration"),
        ("state", "state"),
        ("provider_type", "provider"),
    ):
        words = {one: phrase(f"{family}.{one}", language) for one in rows[column].unique()}
        table[column] = rows[column].map(words)
    table["filing_status"] = rows["filing_status"]
    table["counts"] = [one in counting_ids for one in rows.index]
    return table[list(REGISTER_TABLE_COLUMNS)]


def _wanted(place: Place, subject: str) -> set[str]:
    if subject == ALL_GROUPS:
        return {code for group in place.taxonomy.groups for code in group.categories}
    return {category.code for category in subject_categories(place, subject)}
