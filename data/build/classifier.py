"""Re-creates the training data of the category classifier and measures it on unseen lists.

    python data/build/classifier.py FOLDER_OF_LISTS   reads the raw lists anew
    python data/build/classifier.py                   starts from the names kept under tests/

The raw lists are named in ``data/classifier/lists.toml``. Names with country or
government words are left out, and addresses are never read. Kept are the names (under
tests, for the record and the measurement) and their hashed runs of letters (under data,
for the model). The settings of the model are chosen on the training lists alone, each
list held out in turn; the test lists are only measured.
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from dataclasses import astuple, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

BUILD = Path(__file__).resolve().parent
sys.path[:0] = [str(BUILD), str(BUILD.parent.parent)]

from classifier_scores import write_scores  # noqa: E402

from geo.classify import aligned_scores, joined_scores  # noqa: E402
from geo.keyword_rules import prepared, rule_evidence  # noqa: E402
from geo.name_features import run_rows, runs_of  # noqa: E402
from geo.name_model import TRAINING_FILE, Settings, Training, fitted, write_weights  # noqa: E402
from geo.taxonomy import UNCLASSIFIED, Taxonomy, read_taxonomy  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "data" / "classifier"
NAMES_FILE = ROOT / "tests" / "reference" / "classifier" / "names.csv"
SEED = 20260101
Fold = tuple[np.ndarray, np.ndarray, np.ndarray]
NAMES_A_KIND = 90
NAMES_A_STEM = 3
# How many of the composed names carry a name of their own, which tells nothing.
BRANDED = 0.3
FOLDS_OF_KINDS = 3

# Words of countries and governments: a name that carries one is not kept.
UNKEPT = re.compile(
    "[國国]|中[華华]|[台臺][灣湾]|市立|[縣县]立|政府|局|公所|辦公|办公|法院|行政院|三軍|榮[民總]|部立|警"
)


def raw_names(folder: Path) -> pd.DataFrame:
    """Read the raw lists into `name`, `list`, `codes`, `part`, `note`, as lists.toml says."""
    frames = []
    for one in tomllib.loads((FOLDER / "lists.toml").read_text(encoding="utf-8"))["list"]:
        if one["part"] == "out":
            continue
        path = next(path for path in sorted(folder.glob("*.csv")) if one["match"] in path.name)
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        names = table[one["name"]].str.replace(r"\s+", "", regex=True)
        if one["part"] != "by_kind":
            host = "host" if one.get("host") else ""
            frames.append(_listed(names, one["id"], one["codes"], one["part"], host))
            continue
        for part in ("train", "test"):
            for kind, codes in one[part].items():
                these = names[table[one["of"]] == kind]
                frames.append(_listed(these, f"{one['id']}: {kind}", codes, part, ""))
    return pd.concat(frames, ignore_index=True)


def _listed(names: pd.Series, name: str, codes: str, part: str, note: str) -> pd.DataFrame:
    kept = names[(names != "") & ~names.str.contains(UNKEPT)].drop_duplicates()
    return pd.DataFrame(
        {"name": kept, "list": name, "codes": codes, "part": part, "note": note}, dtype="str"
    )


def kept_apart(names: pd.DataFrame) -> pd.DataFrame:
    """Take names out of the training lists that stand on a test list."""
    key = names["name"].map(prepared)
    tested = set(key[names["part"] == "test"])
    return names[~((names["part"] == "train") & key.isin(tested))].reset_index(drop=True)


def composed_names() -> pd.DataFrame:
    """Return names of the kinds in composed.toml, drawn with a fixed seed, in folds of kinds."""
    content = tomllib.loads((FOLDER / "composed.toml").read_text(encoding="utf-8"))
    content["kinds"][UNCLASSIFIED] += content["empty"]
    draw = random.Random(SEED)
    rows = []
    for code, stems in content["kinds"].items():
        for turn in range(max(NAMES_A_KIND, NAMES_A_STEM * len(stems))):
            stem = stems[turn % len(stems)]
            place, ending = draw.choice(content["places"]), draw.choice(content["endings"])
            brand = draw.choice(content["brands"]) if draw.random() < BRANDED else ""
            name = place + brand + stem + ("" if stem.endswith(ending) else ending)
            fold = f"composed {turn % len(stems) % FOLDS_OF_KINDS}"
            rows.append((name or "某某", fold, code, "train", "composed"))
    frame = pd.DataFrame(rows, columns=["name", "list", "codes", "part", "note"], dtype="str")
    return frame.drop_duplicates(["name", "codes"], ignore_index=True)


def training_of(names: pd.DataFrame, settings: Settings) -> Training:
    """Return the hashed training data of labelled names."""
    rows, columns = run_rows([prepared(name) for name in names["name"]])
    return Training(rows, columns, names["codes"].to_numpy(dtype=np.str_), settings)


def chosen_settings(names: pd.DataFrame, taxonomy: Taxonomy) -> Settings:
    """Choose the settings with the least log loss, each training list held out in turn.

    Lists count alike, whatever their length; a list of five names or fewer tells too little.
    """
    codes = (*(one for one in taxonomy.codes if one != UNCLASSIFIED), UNCLASSIFIED)
    sizes = names["list"].value_counts()
    held = sorted(sizes.index[sizes > 5])
    best, least, kept = Settings(1.0, 1.0, 0.0), np.inf, []
    for strength in (10.0, 30.0):
        folds = []
        for one in held:
            inside = (names["list"] == one).to_numpy()
            texts = [prepared(name) for name in names["name"][inside]]
            others = names[~inside & ~names["name"].isin(names["name"][inside])]
            model = fitted(training_of(others, Settings(strength, 1.0, 0.0)))
            evidence = rule_evidence(texts, [""] * len(texts), taxonomy)
            logs = model.log_probabilities(runs_of(texts))
            truth = np.array([codes.index(code) for code in names["codes"][inside]])
            folds.append((*aligned_scores(logs, model.codes, evidence, codes), truth))
        for sharpness, weight in product((0.5, 0.75, 1.0, 1.5, 2.0), (0, 0.1, 0.2, 0.3, 0.5)):
            settings = Settings(strength, sharpness, weight)
            loss = float(np.mean([_loss(*fold, settings) for fold in folds]))
            if loss < least:
                best, least, kept = settings, loss, folds
        print(f"C = {strength}: best so far {best}, log loss {least:.3f}")
    return replace(best, review_below=_review_below(kept, best))


def _review_below(folds: list[Fold], settings: Settings) -> float:
    """Return the confidence from which 90 % of the suggestions on held-out lists are right."""
    for bound in np.arange(0.3, 0.96, 0.05):
        right, chosen = [], []
        for logs, words, truth in folds:
            chances = _chances(logs, words, settings)
            sure = chances.max(axis=1) >= bound
            right.append((sure & (chances.argmax(axis=1) == truth)).mean())
            chosen.append(sure.mean())
        print(
            f"from {bound:.2f}: {np.sum(right) / np.sum(chosen):.3f} right, {np.mean(chosen):.2f}"
        )
        if np.sum(right) >= 0.9 * np.sum(chosen):
            return round(float(bound), 2)
    return 0.95


def _chances(logs: np.ndarray, words: np.ndarray, settings: Settings) -> np.ndarray:
    scores = joined_scores(logs, words, settings)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def _loss(logs: np.ndarray, words: np.ndarray, truth: np.ndarray, settings: Settings) -> float:
    chances = _chances(logs, words, settings)
    return float(-np.mean(np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12))))


def main() -> None:
    """Write the names, the training data and the scores."""
    taxonomy = read_taxonomy()
    if len(sys.argv) > 1:
        names = kept_apart(raw_names(Path(sys.argv[1])))
        by_hand = pd.read_csv(
            NAMES_FILE.with_name("civic_groups.csv"), dtype=str, keep_default_na=False
        )
        names = pd.concat([names, by_hand], ignore_index=True)
        NAMES_FILE.parent.mkdir(parents=True, exist_ok=True)
        names.to_csv(NAMES_FILE, index=False, lineterminator="\n")
    names = pd.read_csv(NAMES_FILE, dtype=str, keep_default_na=False)
    training = pd.concat([names[names["part"] == "train"], composed_names()], ignore_index=True)
    settings = chosen_settings(training, taxonomy)
    kept = training_of(training, settings)
    labels, codes = np.unique(kept.codes, return_inverse=True)
    np.savez_compressed(
        TRAINING_FILE,
        rows=kept.rows.astype(np.uint16),
        columns=kept.columns.astype(np.uint16),
        codes=codes.astype(np.uint8),
        names=labels,
        settings=np.array(astuple(settings)),
    )
    write_weights(fitted(kept))
    write_scores(names[names["part"] == "test"], taxonomy)


if __name__ == "__main__":
    main()
