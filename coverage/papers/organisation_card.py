"""The card of one organisation: what it is, whether it counts and why not, whom it reaches.

Only the columns named here are shown: a register may carry telephone numbers
and names of people, and those stay in the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.organisation_reach import people_reached
from coverage.papers.map_content import subject_name
from coverage.standard import Standard
from coverage.subjects import subject_categories
from coverage.uncounted import REASONS, reasons_against
from coverage.walking import Walks
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import LOCATED_BY_ESTIMATE, split_codes

REACHED_PAPER_COLUMNS = ("category", "people", "minutes")


@dataclass(frozen=True, eq=False)
class OrganisationCard:
    """One organisation in the reader's words.

    Parameters
    ----------
    name
        As the register writes it.
    facts
        (heading, words): level, state, categories, delivery, how it was
        located, where it stands.
    counts
        Whether any of its service points counts under the question.
    verdict
        A sentence that says so, with the reasons where none counts.
    reached
        `REACHED_PAPER_COLUMNS`, a row a category: people within the walk.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    counts: bool
    verdict: str
    reached: pd.DataFrame


def organisation_card(
    place: Place, walks: Walks, standard: Standard, organisation_id: str, language: Language
) -> OrganisationCard:
    """Return the card of an organisation.

    Raises
    ------
    TableError
        The register has no such organisation.
    """
    table = people_reached(place, walks, standard, organisation_id)
    row = place.register.loc[organisation_id]
    own = place.service_points[place.service_points["organisation_id"] == organisation_id]
    against = reasons_against(place.register, own, standard)
    counts = bool((~against.any(axis=1)).any())
    reached = pd.DataFrame(
        {
            "category": [subject_name(place, code, language) for code in table["category"]],
            "people": table["people"].to_numpy(np.int64),
            "minutes": table["minutes"].to_numpy(np.int64),
        },
        columns=list(REACHED_PAPER_COLUMNS),
    )
    return OrganisationCard(
        name=str(row["name"]),
        facts=_facts(place, row, own, language),
        counts=counts,
        verdict=_verdict(row, own, against, counts, language),
        reached=reached,
    )


def area_category(place: Place, organisation_id: str, subject: str) -> str:
    """Return the category whose walkers the drawn areas of an organisation are for.

    One of `subject` (a category, a group, or all groups together) where it has
    one, otherwise its first.
    """
    codes = split_codes(str(place.register.at[organisation_id, "categories"]))
    if any(group.code == subject for group in place.taxonomy.groups) or subject in place.taxonomy:
        wanted = {one.code for one in subject_categories(place, subject)}
    else:
        wanted = {code for group in place.taxonomy.groups for code in group.categories}
    return next((code for code in codes if code in wanted), codes[0])


def _facts(
    place: Place, row: pd.Series, own: pd.DataFrame, language: Language
) -> tuple[tuple[str, str], ...]:
    level = phrase(f"registration.{row['level']}", language)
    if row["filing_status"]:
        step = phrase(f"filing.{row['filing_status']}", language)
        level = phrase("card.level_filed", language, level=level, step=step)
    kinds = [subject_name(place, code, language) for code in split_codes(row["categories"])]
    ways = [phrase(f"delivery.{one}", language) for one in own["delivery"].unique()]
    estimated = set(LOCATED_BY_ESTIMATE)
    located = [
        phrase(f"located_by.{one}", language)
        + (phrase("card.estimated", language) if one in estimated else "")
        for one in own["located_by"].unique()
    ]
    codes = [code for code in own["community_code"].unique() if code]
    where = [str(place.communities.at[code, "name"]) for code in codes]
    facts = (
        ("categories", _joined(kinds, language)),
        ("level", level),
        ("state", phrase(f"state.{row['state']}", language)),
        ("delivery", _joined(ways, language)),
        ("located_by", _joined(located, language)),
        ("where", _joined(where, language)),
    )
    return tuple((phrase(f"card.{name}", language), words) for name, words in facts if words)


def _verdict(
    row: pd.Series, own: pd.DataFrame, against: pd.DataFrame, counts: bool, language: Language
) -> str:
    if counts and not against.any(axis=None):
        return phrase("card.counts", language)
    if counts:
        return phrase(
            "card.counts_in_part",
            language,
            counted=int((~against.any(axis=1)).sum()),
            points=len(own),
        )
    if own.empty:
        return phrase("card.no_point", language)
    # What every one of its service points falls short of; each lacks something at least.
    every = [name for name in REASONS if against[name].all()]
    some = every or [name for name in REASONS if against[name].any()]
    values = {
        "state": phrase(f"state.{row['state']}", language),
        "level": phrase(f"registration.{row['level']}", language),
        "provider": phrase(f"provider.{row['provider_type']}", language),
        "delivery": _joined(
            [phrase(f"delivery.{one}", language) for one in own["delivery"].unique()], language
        ),
    }
    reasons = [
        phrase(f"card.against.{name}", language, given=values.get(name, "")) for name in some
    ]
    joint = "；" if language == "zh" else "; "
    return phrase("card.counts_not", language, reasons=joint.join(reasons))


def _joined(words: Iterable[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)
