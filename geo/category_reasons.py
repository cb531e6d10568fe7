"""Why a category is suggested, in words a planner can check."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.keyword_rules import RuleEvidence
from geo.name_features import BEGIN, END
from geo.name_model import NameModel
from geo.name_reading import Reading
from geo.phrases import Phrase
from geo.taxonomy import UNCLASSIFIED

NOTHING = "classify.reason_nothing"


def reasons_for(
    reading: Reading,
    model: NameModel,
    evidence: RuleEvidence,
    codes: tuple[str, ...],
    winners: npt.NDArray[np.intp],
) -> list[Phrase]:
    """Return, for every row, what speaks for its winner: a position in `codes`."""
    classes = {code: position for position, code in enumerate(model.codes)}
    # Only where no keyword speaks for the winner are its runs of letters asked.
    asked = [
        -1 if int(one) in words else classes.get(codes[one], -1)
        for one, words in zip(winners, evidence.words, strict=True)
    ]
    similar = _telling_runs(reading, model, np.array(asked, dtype=np.int64))
    reasons = []
    for row, winner in enumerate(winners):
        found = evidence.words[row].get(int(winner))
        if evidence.override[row] == winner:
            words = "、".join(evidence.override_words[row])
            reasons.append(Phrase.of("classify.reason_override", words=words))
        elif evidence.weak[row]:
            longest = max((word for word, _ in evidence.words[row].values()), key=len)
            reasons.append(Phrase.of("classify.reason_weak", words=longest))
        elif found is not None:
            key = "classify.reason_name" if found[1] else "classify.reason_scope"
            reasons.append(Phrase.of(key, words=found[0]))
        elif codes[winner] == UNCLASSIFIED or not similar[row]:
            reasons.append(Phrase(NOTHING))
        else:
            reasons.append(Phrase.of("classify.reason_similar", words=similar[row]))
    return reasons


def _telling_runs(reading: Reading, model: NameModel, asked: npt.NDArray[np.int64]) -> list[str]:
    """Return, for every row asked about, the run of letters that speaks most for its class.

    `asked` holds the position of the class in the model, or -1.
    """
    told = [""] * reading.rows
    runs = reading.runs
    owners = reading.owners[runs.rows]
    usable = (runs.lengths > 1) & (asked[owners] >= 0)
    rows, owners, columns = runs.rows[usable], owners[usable], runs.columns[usable]
    starts, ends = runs.starts[usable], runs.starts[usable] + runs.lengths[usable]
    weights = model.weights[asked[owners], columns]
    order = np.lexsort((-weights, owners))
    firsts = order[np.diff(owners[order], prepend=-1) > 0]
    for at in firsts[weights[firsts] > 0]:
        told[owners[at]] = runs.texts[rows[at]][starts[at] : ends[at]].strip(BEGIN + END)
    return told
