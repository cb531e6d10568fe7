"""The review queue in the reader's words, for the screen only: no paper carries these marks."""

from __future__ import annotations

import pandas as pd

from coverage.papers.register_table import category_words
from geo.phrases import Language, phrase
from geo.taxonomy import Taxonomy

REVIEW_TABLE_COLUMNS = (
    "name",
    "why",
    "suggested",
    "confidence",
    "dependants",
    "at_stake",
)


def review_table(
    queue: pd.DataFrame, taxonomy: Taxonomy, language: Language, *, reasons: tuple[str, ...]
) -> pd.DataFrame:
    """Return those of a queue (`coverage.review_queue`) that wait for one of `reasons`.

    Returns
    -------
    DataFrame indexed by ``organisation_id`` with `REVIEW_TABLE_COLUMNS`, in the order of
    the queue; ``confidence`` in whole percent.
    """
    wanted = set(reasons)
    held = queue["reasons"].map(lambda one: not wanted.isdisjoint(one.split(";")))
    rows = queue[held.astype(bool)]
    joint = "；" if language == "zh" else "; "
    told = [
        joint.join(_words(joined, flags, language))
        for joined, flags in zip(rows["reasons"], rows["flags"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "name": rows["name"],
            "why": pd.Series(told, index=rows.index, dtype="str"),
            "suggested": category_words(rows["suggested"], taxonomy, language),
            "confidence": (rows["confidence"] * 100).round().astype("Int64"),
            "dependants": rows["dependants"],
            "at_stake": rows["at_stake"],
        },
        index=rows.index,
    )
    return table[list(REVIEW_TABLE_COLUMNS)]


def _words(joined: str, flags: str, language: Language) -> list[str]:
    told = []
    for reason in joined.split(";"):
        words = phrase(f"queue.{reason}", language)
        # The flags themselves are kept in Chinese: they quote the filing rules.
        told.append(f"{words}（{flags}）" if reason == "flagged" and language == "zh" else words)
    return told


def reason_counts(queue: pd.DataFrame) -> dict[str, int]:
    """Return how many organisations of a queue wait for each reason."""
    each = queue["reasons"].str.split(";").explode()
    return {str(reason): int(count) for reason, count in each.value_counts().items()}
