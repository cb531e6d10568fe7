"""Categories of the organisations of a register: stated ones first, suggested ones else."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.cell_text import match_key
from geo.classify import suggest
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, Finding
from geo.taxonomy import UNCLASSIFIED, Taxonomy

MOST = 3
_JOINTS = re.compile(r"[;；,，、/|\s]+")


def categorise(
    text: pd.DataFrame,
    titles: pd.Series,
    taxonomy: Taxonomy,
    corrections: pd.DataFrame | None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return ``category`` and ``categories`` of every record.

    Parameters
    ----------
    text
        Canonical text columns.
    titles
        What stands above the table each record comes from. An organisation
        whose own name and scope tell nothing takes the category of the list it
        stands on, and the report says so.
    taxonomy
        Categories by code and name.
    corrections
        What the office corrected before, or None.
    """
    stated, findings = _stated(text["category"], taxonomy)
    open_rows = np.flatnonzero((stated == "").to_numpy())
    joined = stated.copy()
    if len(open_rows):
        names, scopes = text["name"].iloc[open_rows], text["scope"].iloc[open_rows]
        found = _suggested(names, scopes, taxonomy, corrections)
        lists = _of_lists(titles.iloc[open_rows], taxonomy)
        vague = (found == UNCLASSIFIED) & (lists != "")
        reason = Phrase.of("note.category_of_list")
        findings += [
            Finding(int(at), "服务类别", NOTE, reason) for at in open_rows[vague.to_numpy()]
        ]
        joined.iloc[open_rows] = found.mask(vague, lists).to_numpy()
    first = joined.str.split(";").str[0].astype("str")
    return pd.DataFrame({"category": first, "categories": joined.astype("str")}), findings


def _suggested(
    names: pd.Series, scopes: pd.Series, taxonomy: Taxonomy, corrections: pd.DataFrame | None
) -> pd.Series:
    found = suggest(names, scopes, taxonomy=taxonomy, corrections=corrections)
    return found["categories"].where(found["categories"] != "", UNCLASSIFIED)


def _of_lists(titles: pd.Series, taxonomy: Taxonomy) -> pd.Series:
    plain = titles.unique()
    words = pd.Series([_without_ending(one) for one in plain], dtype="str")
    found = suggest(words, pd.Series("", index=words.index), taxonomy=taxonomy)
    first = found["category"].where(found["category"] != UNCLASSIFIED, "")
    return titles.map(dict(zip(plain, first, strict=True))).astype("str")


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
) -> tuple[Sequence[str], list[str]]:
    whole = by_name.get(match_key(cell))
    if whole is not None:
        return [whole], []
    codes, foreign = [], []
    for part in _JOINTS.split(cell):
        # 「A1 日间照料与居家养老」: the code in front is enough.
        code = known.get(part.upper()) or by_name.get(match_key(part))
        if code is not None:
            codes.append(code)
        elif part:
            foreign.append(part)
    # A template drop-down reads "A1 name"; its name splits at marks and means nothing alone.
    return list(dict.fromkeys(codes)), [] if codes else foreign
