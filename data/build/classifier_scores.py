"""Measures the classifier on the names of the test lists, beside the keyword rules alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geo.classify import suggest
from geo.keyword_rules import prepared, rule_evidence
from geo.taxonomy import UNCLASSIFIED, Taxonomy

SCORES_FILE = Path(__file__).resolve().parent.parent / "classifier" / "scores.csv"
LISTS_FILE = SCORES_FILE.with_name("scores_by_list.csv")
CALIBRATION_FILE = SCORES_FILE.with_name("calibration.csv")


def tested_names(names: pd.DataFrame) -> pd.DataFrame:
    """Return every test name once, with all codes and lists it stands for, joined by ``;``."""

    def joined(values: pd.Series) -> str:
        return ";".join(sorted({code for one in values for code in one.split(";")}))

    key = names["name"].map(prepared).rename("key")
    return names.groupby(key, sort=False).agg(
        name=("name", "first"), codes=("codes", joined), host=("note", "max")
    )


def answers(tested: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Return what the classifier and the rules alone say of every tested name."""
    suggested = suggest(tested["name"], taxonomy=taxonomy)
    texts = [prepared(one) for one in tested["name"]]
    evidence = rule_evidence(texts, [""] * len(texts), taxonomy)
    winner = np.where(evidence.override >= 0, evidence.override, evidence.best)
    codes = np.array([*evidence.codes, UNCLASSIFIED], dtype=object)
    found = suggested[["category", "second", "third", "needs_review", "confidence"]].copy()
    # -1, no keyword at all, reads the last entry: unclassified.
    found["rules"] = codes[winner]
    return found


def scores(tested: pd.DataFrame, found: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Return precision and recall by category, of the classifier and of the rules alone."""
    meant = [set(codes.split(";")) for codes in tested["codes"]]
    rows = []
    for code in taxonomy.codes:
        truth = np.array([code in one for one in meant])
        row: dict[str, object] = {"category": code, "names": int(truth.sum())}
        for who, said in (("classifier", found["category"]), ("rules", found["rules"])):
            chosen = (said == code).to_numpy()
            row[f"{who}_suggested"] = int(chosen.sum())
            row[f"{who}_precision"] = _share(truth & chosen, chosen)
            row[f"{who}_recall"] = _share(truth & chosen, truth)
        entered = (found["category"] == code).to_numpy() & ~found["needs_review"].to_numpy()
        row["entered"] = int(entered.sum())
        row["entered_precision"] = _share(truth & entered, entered)
        among = (found[["category", "second", "third"]] == code).any(axis=1).to_numpy()
        row["recall_among_three"] = _share(truth & among, truth)
        rows.append(row)
    return pd.DataFrame(rows)


def by_list(names: pd.DataFrame, tested: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the share of right first suggestions, list by list."""
    key = names["name"].map(prepared)
    rows = []
    for name, members in names.groupby(key.index.map(names["list"]), sort=False):
        at = key[members.index].unique()
        meant = [set(codes.split(";")) for codes in tested.loc[at, "codes"]]
        right = {
            who: [said in codes for said, codes in zip(found.loc[at, column], meant, strict=True)]
            for who, column in (("classifier", "category"), ("rules", "rules"))
        }
        sure = ~found.loc[at, "needs_review"].to_numpy()
        rows.append(
            {
                "list": name,
                "names": len(at),
                "classifier": round(float(np.mean(right["classifier"])), 3),
                "rules": round(float(np.mean(right["rules"])), 3),
                "without_review": int(sure.sum()),
                "right_without_review": _share(np.array(right["classifier"]) & sure, sure),
            }
        )
    return pd.DataFrame(rows)


def calibration(tested: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return, by tenths of confidence, how many suggestions of a category were right."""
    right = np.array(
        [
            said in codes.split(";")
            for said, codes in zip(found["category"], tested["codes"], strict=True)
        ]
    )
    said = (found["category"] != UNCLASSIFIED).to_numpy()
    sure = found["confidence"].to_numpy()
    rows = []
    for low in range(0, 100, 10):
        within = said & (sure >= low / 100) & (sure < (low + 10) / 100 + (low == 90))
        mean = round(float(sure[within].mean()), 3) if within.any() else None
        rows.append(
            {
                "from_percent": low,
                "names": int(within.sum()),
                "mean_confidence": mean,
                "right": _share(right & within, within),
            }
        )
    return pd.DataFrame(rows)


def write_scores(names: pd.DataFrame, taxonomy: Taxonomy) -> None:
    """Write both tables beside the training data and print them."""
    tested = tested_names(names)
    found = answers(tested, taxonomy)
    # Names of hosts tell nothing of the service; they are counted by list, not by category.
    telling = (tested["host"] == "").to_numpy()
    table = scores(tested[telling], found[telling], taxonomy)
    lists = by_list(names, tested, found)
    right = [said in codes for said, codes in zip(found["category"], tested["codes"], strict=True)]
    rules = [said in codes for said, codes in zip(found["rules"], tested["codes"], strict=True)]
    print(
        f"telling names: {telling.sum()}; right first: {np.mean(np.array(right)[telling]):.3f}, "
        f"rules alone: {np.mean(np.array(rules)[telling]):.3f}"
    )
    sure = telling & ~found["needs_review"].to_numpy()
    print(f"entered without review: {sure.sum()}, right: {np.mean(np.array(right)[sure]):.3f}")
    hosts = found[~telling]
    print(hosts.loc[~hosts["needs_review"], "category"].value_counts().to_string())
    reliability = calibration(tested[telling], found[telling])
    reliability.to_csv(CALIBRATION_FILE, index=False, lineterminator="\n")
    print(reliability.to_string(index=False))
    table.to_csv(SCORES_FILE, index=False, lineterminator="\n")
    lists.to_csv(LISTS_FILE, index=False, lineterminator="\n")
    print(table[table["names"] + table["classifier_suggested"] > 0].to_string(index=False))
    print(lists.to_string(index=False))


def _share(part: np.ndarray, whole: np.ndarray) -> float | None:
    return round(float(part.sum() / whole.sum()), 3) if whole.any() else None
