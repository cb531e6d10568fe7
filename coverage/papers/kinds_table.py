"""How many kinds of a scheme each unit reaches, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from coverage.kinds import Scheme, read_crosswalks
from coverage.kinds_reached import kinds_reached, measure_kinds
from coverage.reach import CoverageResult
from coverage.standard import Standard
from coverage.walking import Walks
from geo.phrases import Language, phrase
from geo.place import Place
from geo.taxonomy import Taxonomy

FIVE_KINDS = "five_kinds"


@dataclass(frozen=True, eq=False)
class Reached:
    """A scheme, its measured kinds, and `coverage.kinds_reached.kinds_reached` of them."""

    scheme: Scheme
    measured: CoverageResult
    table: pd.DataFrame

    @property
    def kinds(self) -> int:
        """How many kinds of the scheme can be reached here at all."""
        beside = [self.scheme.members[_position(code)].beside for code in self.measured.subjects]
        return beside.count(False)


def five_kinds(taxonomy: Taxonomy) -> Scheme:
    """Return the five kinds of the 15-minute circle, in terms of a taxonomy."""
    return read_crosswalks(taxonomy)[FIVE_KINDS]


def reached(place: Place, walks: Walks, standard: Standard, scheme: Scheme) -> Reached:
    """Return how many kinds of `scheme` each unit reaches under a question."""
    measured = measure_kinds(place, walks, standard, scheme)
    return Reached(scheme, measured, kinds_reached(place, measured, scheme))


def reached_paper(
    place: Place, reached: Reached, language: Language, *, shares: bool = True
) -> pd.DataFrame:
    """Return the kinds reached in the reader's words, headed in `language`.

    Parameters
    ----------
    place
        The place.
    reached
        What was measured.
    language
        The reader's language.
    shares
        Whether kinds show their covered share in percent, or only whether they
        are reached.

    Returns
    -------
    DataFrame with level, area, unit, "k / n", and a column a kind; a kind
    nobody is counted for is blank.
    """
    table = reached.table
    levels = {one: phrase(f"rules.level.{one}", language) for one in table["level"].unique()}
    district = table["level"] == "district"
    units = table["unit"].mask(district, place.name.say(language))
    paper = pd.DataFrame(
        {
            phrase("reached.level", language): table["level"].map(levels),
            phrase("reached.area", language): table["subdistrict"],
            phrase("reached.unit", language): units,
            phrase("reached.kinds", language): [
                f"{k} / {n}" for k, n in zip(table["reached"], table["of"], strict=True)
            ],
        }
    )
    yes, no = phrase("reached.yes", language), phrase("reached.no", language)
    for code in reached.measured.subjects:
        name = reached.scheme.members[_position(code)].words.say(language)
        share = table[code]
        if shares:
            paper[name] = share * 100
        else:
            word = (share >= reached.measured.standard.gap_below).map({True: yes, False: no})
            paper[name] = word.mask(share.isna(), "")
    return paper


def kinds_words(reached: Reached, community_code: str, language: Language) -> str:
    """Return "k of n kinds" of a community in words, and which are not reached.

    A kind is reached at a share not below the cut-off of a gap; one that
    nobody there is counted for is neither reached nor one of the n.
    """
    rows = reached.table
    here = (rows["level"] == "community") & (rows["unit_code"] == community_code)
    row = rows.loc[here].iloc[0]
    members = reached.scheme.members
    lacking = [
        (members[_position(code)].words.say(language), row[code])
        for code in reached.measured.subjects
        if not members[_position(code)].beside
    ]
    below = reached.measured.standard.gap_below
    names = [name for name, share in lacking if share < below]
    words = phrase("kinds.reached", language, reached=int(row["reached"]), of=int(row["of"]))
    if not names:
        return words
    joint = "、" if language == "zh" else ", "
    return words + phrase("kinds.lacking", language, names=joint.join(names))


def _position(code: str) -> int:
    return int(code.partition("/")[2])
