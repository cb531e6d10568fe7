"""The linear model of names: logistic regression on hashed character n-grams (scikit-learn).

It is trained when it is first asked, from hashed training names in ``data/classifier``
and from the corrections of the office; that takes a second or two. No pickles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.errors import FileError
from geo.name_features import Runs, distinct_runs, run_matrix, run_rows

TRAINING_FILE = Path(__file__).resolve().parent.parent / "data" / "classifier" / "training.npz"
# One correction by a person weighs as much as several names of a list.
CORRECTION_WEIGHT = 8.0

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Numbers of the model, all chosen on the training lists.

    Parameters
    ----------
    strength
        Inverse of the regularisation (C of scikit-learn).
    sharpness
        Factor on the model's log probabilities.
    rule_weight
        What one point of the keyword score adds to a log probability.
    review_below
        Suggestions with less confidence wait for a person.
    """

    strength: float
    sharpness: float
    rule_weight: float
    review_below: float = 0.5


@dataclass(frozen=True, eq=False)
class Training:
    """Hashed training names: (row, column) pairs, and the code of every row."""

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    codes: npt.NDArray[np.str_]
    settings: Settings


@dataclass(frozen=True, eq=False)
class NameModel:
    """A fitted model; `codes` are its classes, sorted."""

    codes: tuple[str, ...]
    weights: Numbers
    offsets: Numbers

    def log_probabilities(self, runs: Runs) -> Numbers:
        """Return rows x codes of natural logarithms."""
        matrix = run_matrix(*distinct_runs(runs), len(runs.texts))
        raw = np.asarray(matrix @ self.weights.T) + self.offsets
        raw -= raw.max(axis=1, keepdims=True, initial=-np.inf)
        return np.asarray(raw - np.log(np.exp(raw).sum(axis=1, keepdims=True)))


@lru_cache(maxsize=1)
def shipped_training(path: Path = TRAINING_FILE) -> Training:
    """Return the training data of the repository.

    Raises
    ------
    FileError
        The file is missing or broken.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        # The file is opened here, so that a broken one is closed as well.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            settings = Settings(*(float(one) for one in kept["settings"]))
            return Training(
                kept["rows"].astype(np.int64),
                kept["columns"].astype(np.int64),
                kept["names"][kept["codes"]],
                settings,
            )
    except (KeyError, ValueError, OSError, BadZipFile) as fault:
        detail = str(fault)
        raise FileError("error.file_unreadable", file=str(path), detail=detail) from fault


@lru_cache(maxsize=4)
def shipped_model(corrected: tuple[tuple[str, str], ...] = ()) -> NameModel:
    """Return the model of the repository, trained further on (prepared name, code) pairs."""
    return fitted(shipped_training(), corrected)


def fitted(training: Training, corrected: tuple[tuple[str, str], ...] = ()) -> NameModel:
    """Fit a model on `training` and the office's corrections."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (half a second to load)

    count = len(training.codes)
    matrix = run_matrix(training.rows, training.columns, count)
    codes = list(training.codes)
    if corrected:
        texts = [text for text, _ in corrected]
        further = run_matrix(*run_rows(texts), len(texts))
        matrix = sparse.vstack([matrix, further], format="csr")
        codes += [code for _, code in corrected]
    # A class with many names is not more likely in an office's register for that.
    labels, inverse, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    weights = np.sqrt(sizes.mean() / sizes)[inverse]
    weights[count:] = CORRECTION_WEIGHT
    # Columns that no training name has stay zero and need no fitting.
    used = np.unique(matrix.indices)
    model = LogisticRegression(C=training.settings.strength, max_iter=200, tol=1e-3)
    model.fit(matrix[:, used], labels[inverse], sample_weight=weights)
    full = np.zeros((len(labels), matrix.shape[1]))
    full[:, used] = model.coef_
    return NameModel(tuple(str(one) for one in labels), full, np.asarray(model.intercept_))
