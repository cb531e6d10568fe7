"""Categories of the organisations of a register: stated ones first, suggested ones else."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from geo.cell_text import match_key
from geo.classify import suggest
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, Finding
from geo.taxonomy import UNCLASSIFIED, Taxonomy

MOST = 3
_JOINTS = re.compile(r"[;；,，、/|\s]+")
COLUMNS = ("category", "categories", "category_basis", "category_suggested", "category_confidence")


def categorise(
    text: pd.DataFrame,
    organisation_id: np.ndarray,
    titles: pd.Series,
    taxonomy: Taxonomy,
    corrections: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the categories of every record, aligned to `text`.

    Parameters
    ----------
    text
        Canonical text columns, ``name``, ``scope`` and ``category`` among them.
    organisation_id
        Which organisation each record is, by position; records of one
        organisation share its categories. Empty: none.
    titles
        What stands above the table each record comes from. An organisation
        whose own name and scope tell nothing certain takes the category of the
        list it stands on, and the report says so.
    taxonomy
        Categories by code and name.
    corrections
        What the office corrected before (`geo.ledger.read_corrections`), or None.

    Returns
    -------
    ``category``, ``categories`` (Z9 where a person must decide), ``category_basis``
    (given, suggested, list, open), ``category_suggested`` and
    ``category_confidence`` of the classifier; and findings.
    """
    stated, findings = _stated(text["category"], taxonomy)
    leads = _leads(organisation_id)
    frame = _blank(len(text))
    frame["categories"] = stated
    frame["category_basis"] = pd.Series(np.where(stated != "", "given", ""), dtype="str")
    at = leads[(stated.iloc[leads] == "").to_numpy()]
    if len(at):
        ids = pd.Index(organisation_id[at].astype(str), dtype="str")
        names = pd.Series(text["name"].to_numpy()[at], index=ids, dtype="str")
        scopes = pd.Series(text["scope"].to_numpy()[at], index=ids, dtype="str")
        found = suggest(names, scopes, taxonomy=taxonomy, corrections=corrections)
        findings += _enter(frame, at, found, _of_lists(titles.iloc[at], taxonomy))
    _share(frame, organisation_id, leads)
    frame["category"] = frame["categories"].str.split(";").str[0].astype("str")
    return frame, findings


def _blank(count: int) -> pd.DataFrame:
    frame = pd.DataFrame(dict.fromkeys(COLUMNS, ""), index=pd.RangeIndex(count), dtype="str")
    return frame.assign(category_confidence=np.nan)


def _leads(organisation_id: np.ndarray) -> np.ndarray:
    """Return the first position of every organisation."""
    firsts = np.unique(organisation_id.astype(str), return_index=True)[1]
    return np.sort(firsts[organisation_id[firsts].astype(str) != ""])


def _enter(
    frame: pd.DataFrame, at: np.ndarray, found: pd.DataFrame, lists: pd.Series
) -> list[Finding]:
    """Enter what the classifier suggests, and what the list says where it is not certain."""
    open_rows = (found["categories"] == "").to_numpy()
    by_list = open_rows & (lists != "").to_numpy()
    joined = np.where(by_list, lists, found["categories"])
    joined = np.where(joined == "", UNCLASSIFIED, joined)
    basis = np.where(by_list, "list", np.where(open_rows, "open", "suggested"))
    further = found[["category", "second", "third"]].to_numpy(dtype=object)
    suggested = [";".join(code for code in row if code) for row in further]
    values = (joined, basis, np.array(suggested, dtype=object), found["confidence"].to_numpy())
    for name, value in zip(COLUMNS[1:], values, strict=True):
        entered = frame[name].to_numpy(copy=True)
        entered[at] = value
        frame[name] = entered
    reason = Phrase.of("note.category_of_list")
    findings = [Finding(int(one), "服务类别", NOTE, reason) for one in at[by_list]]
    undecided = open_rows & ~by_list
    findings += [
        Finding(int(one), "服务类别", NOTE, Phrase.of("note.category_open", suggested=codes))
        for one, codes in zip(at[undecided], np.array(suggested)[undecided], strict=True)
    ]
    return findings


def _share(frame: pd.DataFrame, organisation_id: np.ndarray, leads: np.ndarray) -> None:
    """Give further points of an organisation the categories of its first row."""
    first = {organisation_id[at]: at for at in leads.tolist()}
    open_rows = np.flatnonzero((frame["categories"] == "").to_numpy()).tolist()
    lead = np.arange(len(frame))
    lead[open_rows] = [first.get(organisation_id[at], at) for at in open_rows]
    for name in COLUMNS[1:]:
        frame[name] = frame[name].to_numpy()[lead]
    frame["categories"] = frame["categories"].mask(frame["categories"] == "", UNCLASSIFIED)


def _of_lists(titles: pd.Series, taxonomy: Taxonomy) -> pd.Series:
    plain = titles.unique()
    words = pd.Series([_without_ending(one) for one in plain], dtype="str")
    found = suggest(words, taxonomy=taxonomy)
    return titles.map(dict(zip(plain, found["categories"], strict=True))).astype("str")


def _without_ending(title: str) -> str:
    return re.sub(r"\.\w+\b|_coord|[\d\W_]+", " ", title).strip()


def _stated(cells: pd.Series, taxonomy: Taxonomy) -> tuple[pd.Series, list[Finding]]:
    known = {code: code for code in taxonomy.codes}
    by_name = {match_key(one.zh): one.code for one in taxonomy}
    by_name |= {match_key(one.en): one.code for one in taxonomy}
    read: dict[str, tuple[str, str]] = {}
    for cell in cells.unique():
        codes, foreign = _codes_of(cell, known, by_name)
        read[cell] = ";".join(codes[:MOST]), "、".join(foreign)
    findings = [
        Finding(
            at, "服务类别", DOUBTFUL, Phrase.of("doubtful.category_unknown", given=read[cell][1])
        )
        for at, cell in enumerate(cells)
        if read[cell][1]
    ]
    return cells.map({cell: joined for cell, (joined, _) in read.items()}).astype("str"), findings


def _codes_of(
    cell: str, known: dict[str, str], by_name: dict[str, str]
) -> tuple[list[str], list[str]]:
    whole = by_name.get(match_key(cell))
    if whole is not None:
        return [whole], []
    codes, foreign = [], []
    for part in _JOINTS.split(cell):
        code = known.get(part.upper()) or by_name.get(match_key(part))
        if code is not None:
            codes.append(code)
        elif part:
            foreign.append(part)
    # A drop-down reads "A1 日间照料与居家养老": beside a code its name is no second answer.
    return list(dict.fromkeys(codes)), [] if codes else foreign
