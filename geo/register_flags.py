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

from geo.cell_text import each, simplified
from geo.phrases import Phrase
from geo.problems import NOTE, Finding

WORDS_FILE = Path(__file__).resolve().parent.parent / "data" / "register_words.toml"

_KIND_FLAG = "非社会组织"
# What a column on the kind of provider may say.
_STATED = {
    "社会组织": re.compile("社会组织|社会团体|社会服务机构|民办非|基金会|社团"),
    "人民调解委员会": re.compile("人民调解|调解委员会|调委会"),
    "企业": re.compile("企业|公司"),
    "其他": re.compile("其他|事业单位|机关|政府"),
}


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
    whole = [flag for flag in flags if not flag.startswith(_KIND_FLAG)]
    kinds = [flag for flag in flags if flag.startswith(_KIND_FLAG)]
    in_name = each(names, lambda text: _found(simplified(text), flags, kinds))
    anywhere = each(names + " " + scopes, lambda text: _found(simplified(text), flags, whole))
    joined = (anywhere + ";" + in_name).str.strip(";")
    findings = [
        Finding(at, "组织名称", NOTE, Phrase.of("note.to_be_checked", flag=flag))
        for at, hit in enumerate(joined.tolist())
        if hit
        for flag in hit.split(";")
    ]
    return joined, findings


def _found(text: str, flags: dict[str, re.Pattern[str]], among: list[str]) -> str:
    return ";".join(flag for flag in among if flags[flag].search(text))


def provider_types(names: pd.Series, given: pd.Series) -> pd.Series:
    """Return who provides: 社会组织, 人民调解委员会, 企业 or 其他.

    A column that says so decides; else the name: a committee of people's
    mediation must not hide that an area lacks an organisation.
    """
    _, kinds = _words()
    named = each(names, lambda text: _first(simplified(text), kinds) or "社会组织")
    stated = each(given, lambda text: _first(simplified(text), _STATED))
    return named.mask(stated != "", stated)


def _first(text: str, kinds: dict[str, re.Pattern[str]]) -> str:
    return next((kind for kind, words in kinds.items() if words.search(text)), "")
