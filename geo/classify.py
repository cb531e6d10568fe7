"""Suggests what an organisation does, from its name and business scope.

Two witnesses are heard: the keyword rules (`geo.keyword_rules`) and a linear model
of names (`geo.name_model`). For every category

    score = sharpness x ln p(category | name) + rule weight x keyword score

and a softmax over the scores gives the confidence. What a person has corrected before
wins over both, an override of the rules over the rest. A suggestion with little
confidence, or with nothing but weak words behind it, waits for a person (待确认).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import TableError
from geo.keyword_rules import RuleEvidence, prepared, rule_evidence
from geo.name_features import BEGIN, END, Runs, runs_of
from geo.name_model import NameModel, Settings, shipped_model, shipped_training
from geo.phrases import Phrase
from geo.tables import split_codes
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
MOST_CATEGORIES = 3
NOTHING = "classify.reason_nothing"
# A further category is shown from here on, and joins `categories` from there on.
SHOWN_FROM = 0.05
JOINED_FROM = 0.3
OVERRIDE_CONFIDENCE = 0.97
# What the model says of a code it has never seen (a taxonomy of the place's own).
UNSEEN_LOG_PROBABILITY = -7.0
CORRECTION_COLUMNS = ("organisation_id", "name_pattern", "column", "value")

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Corrected:
    """What the office has said: codes and reason by row; pairs to train the model with."""

    rows: dict[int, tuple[tuple[str, ...], Phrase]]
    training: tuple[tuple[str, str], ...]


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
    texts = [prepared(one) for one in names]
    aligned = [""] * len(names) if scopes is None else list(scopes.reindex(names.index))
    evidence = rule_evidence(texts, [prepared(one) for one in aligned], taxonomy)
    corrected = _corrected(names.index, texts, taxonomy, corrections)
    model = shipped_model(corrected.training)
    codes = (*evidence.codes, UNCLASSIFIED)
    settings, runs = shipped_training().settings, runs_of(texts)
    chances = _chances(runs, model, evidence, codes, settings)
    winners = chances.argmax(axis=1)
    reasons = _reasons(runs, model, evidence, codes, winners)
    # No word and no run of letters speaks for the winner: then nothing is known.
    idle = np.array([one.key == NOTHING for one in reasons], dtype=np.bool_)
    chances[idle, -1] = np.maximum(chances[idle].max(axis=1, initial=0.0), chances[idle, -1])
    winners = np.where(idle, len(codes) - 1, winners)
    vague = evidence.weak & (evidence.override < 0)
    columns = _columns(codes, chances, winners, vague, settings)
    columns["reason"] = reasons
    for at, (given, reason) in corrected.rows.items():
        columns["reason"][at] = reason
        for column, value in _as_corrected(given).items():
            columns[column][at] = value
    return _frame(names.index, columns)


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
    runs: Runs,
    model: NameModel,
    evidence: RuleEvidence,
    codes: tuple[str, ...],
    settings: Settings,
) -> Numbers:
    logs, words = aligned_scores(model.log_probabilities(runs), model.codes, evidence, codes)
    scores = joined_scores(logs, words, settings)
    scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
    chances = np.exp(scores)
    chances /= chances.sum(axis=1, keepdims=True)
    # Nothing to read and nothing matched: nothing is known.
    mute = np.array([text == BEGIN + END for text in runs.texts], dtype=np.bool_)
    mute &= evidence.best < 0
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
    review = vague | (first == UNCLASSIFIED) | (confidence < settings.review_below)
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


def _reasons(
    runs: Runs,
    model: NameModel,
    evidence: RuleEvidence,
    codes: tuple[str, ...],
    winners: npt.NDArray[np.intp],
) -> list[Phrase]:
    classes = {code: position for position, code in enumerate(model.codes)}
    # Only where no keyword speaks for the winner are its runs of letters asked.
    asked = [
        -1 if int(one) in words else classes.get(codes[one], -1)
        for one, words in zip(winners, evidence.words, strict=True)
    ]
    similar = _telling_runs(runs, model, np.array(asked, dtype=np.int64))
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


def _telling_runs(runs: Runs, model: NameModel, asked: npt.NDArray[np.int64]) -> list[str]:
    """Return, for every name asked about, the run of letters that speaks most for its class.

    `asked` holds the position of the class in the model, or -1.
    """
    told = [""] * len(runs.texts)
    usable = (runs.lengths > 1) & (asked[runs.rows] >= 0)
    rows, columns = runs.rows[usable], runs.columns[usable]
    starts, ends = runs.starts[usable], runs.starts[usable] + runs.lengths[usable]
    weights = model.weights[asked[rows], columns]
    order = np.lexsort((-weights, rows))
    firsts = order[np.diff(rows[order], prepend=-1) > 0]
    for at in firsts[weights[firsts] > 0]:
        told[rows[at]] = runs.texts[rows[at]][starts[at] : ends[at]].strip(BEGIN + END)
    return told


def _corrected(
    index: pd.Index, texts: list[str], taxonomy: Taxonomy, corrections: pd.DataFrame | None
) -> _Corrected:
    if corrections is None or corrections.empty:
        return _Corrected({}, ())
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
        pattern = prepared(words)
        if given and organisation:
            by_organisation[organisation] = given
        elif given and pattern:
            by_pattern[pattern] = given
    rows: dict[int, tuple[tuple[str, ...], Phrase]] = {}
    training = {pattern: given[0] for pattern, given in by_pattern.items()}
    longest_first = sorted(by_pattern, key=len, reverse=True)
    for at, (identity, name) in enumerate(zip(index.astype(str), texts, strict=True)):
        if identity in by_organisation:
            rows[at] = by_organisation[identity], Phrase("classify.reason_corrected")
            training[name] = by_organisation[identity][0]
        elif pattern := next((one for one in longest_first if one in name), ""):
            reason = Phrase.of("classify.reason_pattern", pattern=pattern)
            rows[at] = by_pattern[pattern], reason
    return _Corrected(rows, tuple(sorted(training.items())))
