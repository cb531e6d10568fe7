"""Underserved areas as a table to read."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import split_codes

AREA_PAPER_COLUMNS = ("name", "category", "people", "share", "communities", "missing")


def areas_table(place: Place, found: Sequence[pd.DataFrame], language: Language) -> pd.DataFrame:
    """Return `coverage.underserved.underserved_areas` of one or more subjects in words.

    Returns
    -------
    DataFrame with `AREA_PAPER_COLUMNS`, subject by subject, most people first;
    ``share`` is the area's part of all the subject leaves uncovered, in
    percent. Areas named after the same community are numbered.
    """
    rows = [one for table in found for one in table.to_dict("records")]
    joint = "、" if language == "zh" else ", "
    seen: dict[tuple[str, str], int] = {}
    paper = []
    for row in rows:
        key = (str(row["subject"]), str(row["main_community_code"]))
        seen[key] = seen.get(key, 0) + 1
        name = phrase("area.name", language, community=str(row["main_community"]))
        missing = [
            subject_named(place, code).name(language) for code in split_codes(row["missing"])
        ]
        paper.append(
            (
                name if seen[key] == 1 else f"{name} {seen[key]}",
                subject_named(place, str(row["subject"])).name(language),
                int(row["people"]),
                row["share_of_uncovered"] * 100,
                int(row["communities"]),
                joint.join(missing),
            )
        )
    return pd.DataFrame(paper, columns=list(AREA_PAPER_COLUMNS))
