"""The linear model of names: logistic regression on hashed character n-grams (scikit-learn).

Its weights are shipped in ``data/classifier``, beside the hashed training names they were
fitted to. Corrections of the office move them on from there. No pickles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy import optimize

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
    """Return the model of the repository, taught (prepared name, code) pairs besides."""
    model = shipped_weights()
    return taught(model, corrected, shipped_training().settings.strength) if corrected else model


def fitted(training: Training) -> NameModel:
    """Fit a model on `training`."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (half a second to load)

    matrix = run_matrix(training.rows, training.columns, len(training.codes))
    # A class with many names is not more likely in an office's register for that.
    labels, inverse, sizes = np.unique(training.codes, return_inverse=True, return_counts=True)
    weights = np.sqrt(sizes.mean() / sizes)[inverse]
    # Columns that no training name has stay zero and need no fitting.
    used = np.unique(matrix.indices)
    model = LogisticRegression(C=training.settings.strength, max_iter=200, tol=1e-3)
    model.fit(matrix[:, used], labels[inverse], sample_weight=weights)
    full = np.zeros((len(labels), matrix.shape[1]))
    full[:, used] = model.coef_
    return NameModel(tuple(str(one) for one in labels), full, np.asarray(model.intercept_))


def taught(model: NameModel, corrected: tuple[tuple[str, str], ...], strength: float) -> NameModel:
    """Return `model` moved as little as the office's corrections need.

    With x the runs of a corrected name, y its code and W the weights of `model`:

        minimise over D:  C sum w ln(1 / p(y | x; W + D)) + |D|^2 / 2

    which is the fit of `fitted` with `model` for its prior. It takes milliseconds, where a
    new fit takes seconds, and every correction a person saves asks for one.
    """
    texts = [text for text, _ in corrected]
    matrix = run_matrix(*run_rows(texts), len(texts))
    used = np.unique(matrix.indices)
    inside = matrix[:, used]
    codes = (*model.codes, *sorted({code for _, code in corrected} - set(model.codes)))
    further = len(codes) - len(model.codes)
    weights = np.vstack([model.weights, np.zeros((further, model.weights.shape[1]))])
    offsets = np.append(model.offsets, np.full(further, model.offsets.min()))
    truth = np.array([codes.index(code) for _, code in corrected])
    rows = np.arange(len(texts))
    factor = strength * CORRECTION_WEIGHT

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        moved = flat.reshape(len(codes), len(used))
        raw = np.asarray(inside @ (weights[:, used] + moved).T) + offsets
        raw -= raw.max(axis=1, keepdims=True)
        logs = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
        slope = np.exp(logs)
        slope[rows, truth] -= 1
        gradient = factor * np.asarray(inside.T @ slope).T + moved
        value = -factor * logs[rows, truth].sum() + (flat @ flat) / 2
        return float(value), np.asarray(gradient).ravel()

    start = np.zeros(len(codes) * len(used))
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 50})
    weights[:, used] += found.x.reshape(len(codes), len(used))
    return NameModel(codes, weights, offsets)
