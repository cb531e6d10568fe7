"""The linear model of names: logistic regression on hashed character n-grams (scikit-learn).

Its weights are shipped in ``data/classifier``, beside the hashed training names they were
fitted to. Corrections of the office fit it further, from these weights on. No pickles.
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
from geo.name_features import COLUMNS, Runs, distinct_runs, run_matrix, run_rows

TRAINING_FILE = Path(__file__).resolve().parent.parent / "data" / "classifier" / "training.npz"
WEIGHTS_FILE = TRAINING_FILE.with_name("weights.npz")
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


@lru_cache(maxsize=1)
def shipped_weights(path: Path = WEIGHTS_FILE) -> NameModel:
    """Return the model of the repository as it was fitted to `shipped_training`.

    Raises
    ------
    FileError
        The file is missing or broken.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            full = np.zeros((len(kept["names"]), COLUMNS))
            full[:, kept["columns"].astype(np.int64)] = kept["weights"]
            codes = tuple(str(one) for one in kept["names"])
            return NameModel(codes, full, kept["offsets"].astype(np.float64))
    except (KeyError, ValueError, IndexError, OSError, BadZipFile) as fault:
        detail = str(fault)
        raise FileError("error.file_unreadable", file=str(path), detail=detail) from fault


def write_weights(model: NameModel, path: Path = WEIGHTS_FILE) -> None:
    """Write `model` for `shipped_weights`; half precision changes no answer that matters."""
    used = np.flatnonzero(np.abs(model.weights).max(axis=0) > 0)
    np.savez_compressed(
        path,
        names=np.array(model.codes),
        columns=used.astype(np.uint16),
        weights=model.weights[:, used].astype(np.float16),
        offsets=model.offsets.astype(np.float32),
    )


@lru_cache(maxsize=4)
def shipped_model(corrected: tuple[tuple[str, str], ...] = ()) -> NameModel:
    """Return the model of the repository, trained further on (prepared name, code) pairs."""
    if not corrected:
        return shipped_weights()
    return fitted(shipped_training(), corrected, start=shipped_weights())


def fitted(
    training: Training,
    corrected: tuple[tuple[str, str], ...] = (),
    *,
    start: NameModel | None = None,
) -> NameModel:
    """Fit a model on `training` and the office's corrections, from `start` on where given."""
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
    model = LogisticRegression(
        C=training.settings.strength, max_iter=200, tol=1e-3, warm_start=start is not None
    )
    if start is not None and start.codes == tuple(labels):
        model.coef_, model.intercept_ = start.weights[:, used], start.offsets
    model.fit(matrix[:, used], labels[inverse], sample_weight=weights)
    full = np.zeros((len(labels), matrix.shape[1]))
    full[:, used] = model.coef_
    return NameModel(tuple(str(one) for one in labels), full, np.asarray(model.intercept_))
