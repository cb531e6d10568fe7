"""Suggests what an organisation does, from its name and business scope.

Two witnesses are heard: the keyword rules (`geo.keyword_rules`) and a linear model
of names (`geo.name_model`). For every category

    score = sharpness x ln p(category | name) + rule weight x keyword score

and a softmax over the scores gives the confidence. What a person has corrected before
wins over both, an override of the rules over the rest. Where the name tells nothing the
model reads the scope (`geo.name_reading`). A suggestion with little confidence, or with
nothing but weak words behind it, waits for a person (待确认); one that no keyword backs
and that is more likely wrong than right is unclassified, with the guesses shown after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.category_corrections import MOST_CATEGORIES, Corrected, corrected_categories
from geo.category_reasons import NOTHING, reasons_for
from geo.keyword_rules import RuleEvidence, prepared, read_extras, rule_evidence
from geo.name_model import NameModel, Settings, shipped_model, shipped_training
from geo.name_reading import Reading, reading_of
from geo.phrases import Phrase
from geo.taxonomy import UNCLASSIFIED, Taxonomy

COLUMNS = (
    "category",
    "confidence",
    "reason",
    "second",
    "third",
    "needs_review",
    "categories",
)
# A further category is shown from here on, and joins `categories` from there on.
SHOWN_FROM = 0.05
JOINED_FROM = 0.3
OVERRIDE_CONFIDENCE = 0.97
# Without a keyword, a suggestion less likely than this is more likely wrong than right.
LIKELY = 0.5
# What the model says of a code it has never seen (a taxonomy of the place's own).
UNSEEN_LOG_PROBABILITY = -7.0

Numbers = npt.NDArray[np.float64]


def suggest(
    names: pd.Series,
    scopes: pd.Series | None = None,
    *,
    taxonomy: Taxonomy,
    corrections: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Suggest up to three categories for every name.

    Parameters
    ----------
    names
        Names of organisations, indexed by organisation.
    scopes
        Their business scopes, on the same index; missing ones are empty.
    taxonomy
        The categories of the place with their keywords.
    corrections
        What the office corrected before, as ``geo.ledger.read_corrections`` returns
        it, oldest first: rows about the column ``categories`` that name an
        organisation (of the index) or a part of a name. An organisation beats a
        pattern, a longer pattern a shorter one, a later row an earlier one.

    Returns
    -------
    DataFrame indexed like `names` with `COLUMNS`: ``category`` (a code, Z9 when nothing
    speaks for any), ``confidence`` from 0 to 1, ``reason`` (a `Phrase`), ``second`` and
    ``third`` (codes or empty), ``needs_review``, and ``categories``: the codes to enter,
    the first one first, joined by ``;``, and empty where a person must decide.

    Raises
    ------
    TableError
        The corrections lack a column or name an unknown category.
    """
    asked = _asked(names, scopes, taxonomy, corrections)
    winners = asked.chances.argmax(axis=1)
    reasons = asked.reasons(winners)
    winners = _without_guesses(asked.chances, winners, reasons, asked.evidence)
    vague = asked.evidence.weak & (asked.evidence.override < 0)
    columns = _columns(asked.codes, asked.chances, winners, vague, asked.settings)
    columns["reason"] = reasons
    for at, (given, reason) in asked.corrected.rows.items():
        columns["reason"][at] = reason
        for column, value in _as_corrected(given).items():
            columns[column][at] = value
    return _frame(names.index, columns)


def explained(
    name: str,
    scope: str = "",
    *,
    taxonomy: Taxonomy,
    corrections: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the categories that come into question for one organisation, likeliest first.

    Parameters
    ----------
    name, scope
        Its name and business scope.
    taxonomy, corrections
        As for `suggest`; corrections teach the model, none is taken for the answer.

    Returns
    -------
    DataFrame with ``category`` (a code, never Z9), ``confidence`` and ``reason`` (a
    `Phrase`), at most three rows, none without a reason.
    """
    one = pd.Index(["asked"])
    names, scopes = (pd.Series([text], index=one, dtype="str") for text in (name, scope))
    asked = _asked(names, scopes, taxonomy, corrections)
    chances = asked.chances[0, :-1]
    order = [at for at in np.argsort(-chances, kind="stable") if chances[at] >= SHOWN_FROM]
    rows = []
    for at in order[:MOST_CATEGORIES]:
        reason = asked.reasons(np.array([at]))[0]
        if reason.key != NOTHING:
            rows.append((asked.codes[at], float(chances[at]), reason))
    return pd.DataFrame(rows, columns=["category", "confidence", "reason"])


@dataclass(frozen=True, eq=False)
class _Asked:
    """What both witnesses say of every organisation: rows x codes."""

    codes: tuple[str, ...]
    chances: Numbers
    evidence: RuleEvidence
    reading: Reading
    model: NameModel
    settings: Settings
    corrected: Corrected

    def reasons(self, winners: npt.NDArray[np.intp]) -> list[Phrase]:
        return reasons_for(self.reading, self.model, self.evidence, self.codes, winners)


def _asked(
    names: pd.Series,
    scopes: pd.Series | None,
    taxonomy: Taxonomy,
    corrections: pd.DataFrame | None,
) -> _Asked:
    texts = [prepared(one) for one in names]
    aligned = [""] * len(names) if scopes is None else list(scopes.reindex(names.index))
    scoped = [prepared(one) for one in aligned]
    evidence = rule_evidence(texts, scoped, taxonomy)
    corrected = corrected_categories(names.index, texts, taxonomy, corrections)
    model = shipped_model(corrected.training)
    codes = (*evidence.codes, UNCLASSIFIED)
    settings = shipped_training().settings
    reading = reading_of(evidence.read, scoped, evidence, read_extras())
    chances = _chances(reading, model, evidence, codes, settings)
    return _Asked(codes, chances, evidence, reading, model, settings, corrected)


def _without_guesses(
    chances: Numbers,
    winners: npt.NDArray[np.intp],
    reasons: list[Phrase],
    evidence: RuleEvidence,
) -> npt.NDArray[np.intp]:
    """Return the winners, unclassified where nothing certain speaks for them; says so."""
    rows = np.arange(len(winners))
    backed = np.array(
        [int(one) in words for one, words in zip(winners, evidence.words, strict=True)],
        dtype=np.bool_,
    )
    backed = (backed & ~evidence.weak) | (evidence.override == winners)
    guessed = ~backed & (chances[rows, winners] < LIKELY)
    # A word of the name or scope is a better reason than a faint likeness.
    told = guessed & ~evidence.weak & (evidence.best >= 0)
    winners = np.where(told, evidence.best, winners)
    guessed &= ~told
    # No word and no run of letters speaks for the winner: then nothing is known.
    idle = np.array([one.key == NOTHING for one in reasons], dtype=np.bool_)
    for row in np.flatnonzero(guessed & ~evidence.weak):
        reasons[row] = Phrase(NOTHING)
    return np.where(idle | guessed, chances.shape[1] - 1, winners)


def joined_scores(
    log_probabilities: Numbers, keyword_scores: Numbers, settings: Settings
) -> Numbers:
    """Return the score of every category from both witnesses, on the same columns."""
    weighed = settings.sharpness * log_probabilities + settings.rule_weight * keyword_scores
    return np.asarray(weighed, dtype=np.float64)


def aligned_scores(
    log_probabilities: Numbers,
    model_codes: tuple[str, ...],
    evidence: RuleEvidence,
    codes: tuple[str, ...],
) -> tuple[Numbers, Numbers]:
    """Return log probabilities and keyword scores on the columns `codes`."""
    logs = np.full((len(log_probabilities), len(codes)), UNSEEN_LOG_PROBABILITY)
    words = np.zeros_like(logs)
    words[:, : len(evidence.codes)] = evidence.scores
    for position, code in enumerate(codes):
        if code in model_codes:
            logs[:, position] = log_probabilities[:, model_codes.index(code)]
    return logs, words


def _chances(
    reading: Reading,
    model: NameModel,
    evidence: RuleEvidence,
    codes: tuple[str, ...],
    settings: Settings,
) -> Numbers:
    logs, words = aligned_scores(reading.log_probabilities(model), model.codes, evidence, codes)
    scores = joined_scores(logs, words, settings)
    scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
    chances = np.exp(scores)
    chances /= chances.sum(axis=1, keepdims=True)
    # Nothing to read and nothing matched: nothing is known.
    mute = reading.mute & (evidence.best < 0)
    chances[mute] = np.eye(len(codes))[-1]
    set_aside = evidence.override >= 0
    chances[set_aside] *= 1 - OVERRIDE_CONFIDENCE
    chances[set_aside, evidence.override[set_aside]] += OVERRIDE_CONFIDENCE
    return np.asarray(chances, dtype=np.float64)


def _columns(
    codes: tuple[str, ...],
    chances: Numbers,
    winners: npt.NDArray[np.intp],
    vague: npt.NDArray[np.bool_],
    settings: Settings,
) -> dict[str, list[Any]]:
    rows = np.arange(len(winners))
    labels = np.array(codes, dtype=object)
    first, confidence = labels[winners], chances[rows, winners]
    # Weak words leave a doubt that no arithmetic takes away.
    vague = vague | (winners == len(codes) - 1)
    confidence = np.where(vague, np.minimum(confidence, settings.review_below), confidence)
    # Unclassified is an answer in the first place, never an addition.
    further = chances.copy()
    further[rows, winners] = -1.0
    further[:, -1] = -1.0
    ranked = np.argsort(-further, axis=1, kind="stable")
    shown, joined = [], first.copy()
    for place in range(MOST_CATEGORIES - 1):
        at = ranked[:, min(place, ranked.shape[1] - 1)]
        chance = further[rows, at]
        shown.append(np.where(chance >= SHOWN_FROM, labels[at], ""))
        joined = np.where(chance >= JOINED_FROM, joined + ";" + labels[at], joined)
    review = vague | (confidence < settings.review_below)
    return {
        "category": list(first),
        "confidence": confidence.tolist(),
        "second": list(shown[0]),
        "third": list(shown[1]),
        "needs_review": review.tolist(),
        "categories": list(np.where(review, "", joined)),
    }


def _as_corrected(given: tuple[str, ...]) -> dict[str, Any]:
    first, second, third = (*given, "", "")[:MOST_CATEGORIES]
    return {
        "category": first,
        "confidence": 1.0,
        "second": second,
        "third": third,
        "needs_review": False,
        "categories": ";".join(given),
    }


def _frame(index: pd.Index, columns: dict[str, list[Any]]) -> pd.DataFrame:
    kinds = {"confidence": "float64", "reason": "object", "needs_review": "bool"}
    return pd.DataFrame(
        {
            name: pd.Series(columns[name], index=index, dtype=kinds.get(name, "str"))
            for name in COLUMNS
        },
        index=index,
    )
