"""What the linear model reads of every organisation: its name, or its scope item by item.

A scope is a list (居家养老、日间照料、助餐); each item reads like a name. Where the name says
nothing of the service only the scope is read; where no keyword speaks in either, both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.keyword_rules import Extras, RuleEvidence
from geo.name_features import BEGIN, END, Runs, runs_of
from geo.name_model import NameModel

MOST_ITEMS = 8
_JOINTS = re.compile(r"[、，,；;。.：:\s/|()]+|\d+[.、]")

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reading:
    """The texts read, and of which row each one is; every row has at least one."""

    runs: Runs
    owners: Whole
    rows: int

    @property
    def mute(self) -> npt.NDArray[np.bool_]:
        """Return, by row, whether there is no letter to read."""
        spoken = np.array([text != BEGIN + END for text in self.runs.texts], dtype=np.bool_)
        told = np.bincount(self.owners, weights=spoken, minlength=self.rows)
        return np.asarray(told == 0)

    def log_probabilities(self, model: NameModel) -> Numbers:
        """Return rows x codes: the logarithm of the mean probability over a row's texts."""
        chances = np.exp(model.log_probabilities(self.runs))
        sums = np.zeros((self.rows, chances.shape[1]))
        np.add.at(sums, self.owners, chances)
        counts = np.bincount(self.owners, minlength=self.rows)[:, np.newaxis]
        return np.asarray(np.log(np.maximum(sums / counts, np.finfo(float).tiny)))


def reading_of(
    names: Sequence[str], scopes: Sequence[str], evidence: RuleEvidence, extras: Extras
) -> Reading:
    """Return what is to be read of prepared names and scopes, by what the keywords found.

    Longer words in which a keyword means something else (养老保险) are left out: the
    letters in them mislead the model as well.
    """
    texts: list[str] = []
    owners: list[int] = []
    for row, (name, scope) in enumerate(zip(names, scopes, strict=True)):
        items = _items(scope) if evidence.unnamed[row] else []
        if not (items and evidence.by_scope[row]):
            items = [name, *items]
        texts += [extras.misleading_words.sub("", item) for item in items]
        owners += [row] * len(items)
    return Reading(runs_of(texts), np.array(owners, dtype=np.int64), len(names))


def _items(scope: str) -> list[str]:
    return [item for item in _JOINTS.split(scope) if len(item) > 1][:MOST_ITEMS]
