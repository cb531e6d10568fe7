"""Words in names and scopes that a person should look at (待人工核对), and who provides.

A flag is a reason to look, never a verdict: it changes no level, no state and
no figure, and stands neither in papers nor in presenter mode. The words are in
``data/register_words.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

import pandas as pd

from geo.cell_text import simplified
from geo.phrases import Phrase
from geo.problems import NOTE, Finding

WORDS_FILE = Path(__file__).resolve().parent.parent / "data" / "register_words.toml"


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    content = tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))
    flags = {row["zh"]: re.compile("|".join(row["words"])) for row in content["flag"]}
    kinds = {
        row["provider_type"]: re.compile("|".join(row["words"])) for row in content["provider"]
    }
    return flags, kinds


def check_flags(names: pd.Series, scopes: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """Return the flags of every organisation, joined by ``;``, and a note for each.

    Flags on an organisation's kind (业主委员会, 居委会) look at the name only.
    """
    flags, _ = _words()
    text = (names + " " + scopes).map(simplified)
    plain = names.map(simplified)
    joined = pd.Series("", index=names.index, dtype="str")
    findings = []
    for flag, pattern in flags.items():
        searched = plain if flag.startswith("非社会组织") else text
        hit = _holds(searched, pattern)
        joined = joined.mask(hit, joined + ";" + flag)
        findings += [
            Finding(at, "组织名称", NOTE, Phrase.of("note.to_be_checked", flag=flag))
            for at in hit.to_numpy().nonzero()[0].tolist()
        ]
    return joined.str.strip(";"), findings


def provider_types(names: pd.Series, given: pd.Series) -> pd.Series:
    """Return who provides: 社会组织, 人民调解委员会, 企业 or 其他.

    A column that says so decides; else the name: a committee of people's
    mediation must not hide that an area lacks an organisation.
    """
    _, kinds = _words()
    plain = names.map(simplified)
    found = pd.Series("社会组织", index=names.index, dtype="str")
    stated = given.map(simplified)
    for kind, pattern in reversed(kinds.items()):
        found = found.mask(_holds(plain, pattern), kind)
    for kind, words in (
        ("其他", "其他|事业单位|机关|政府"),
        ("企业", "企业|公司"),
        ("人民调解委员会", "人民调解|调解委员会|调委会"),
        ("社会组织", "社会组织|社会团体|社会服务机构|民办非|基金会|社团"),
    ):
        found = found.mask(stated.str.contains(words), kind)
    return found


def _holds(texts: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    return texts.map(lambda text: pattern.search(text) is not None).astype(bool)
