"""Codes and kinds of communities: stated ones, the official list, and what stands in for them.

Names are matched to the official list of the district; a name that is only
similar is reported with its candidate and keeps a code of its own until a
person confirms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geo.cell_text import destroyed_code, match_key, simplified
from geo.columns import same_subdistricts
from geo.community_names import CommunityNames
from geo.errors import FileError
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, NOTE, REPAIRED, Finding
from geo.tables import UNIT_KINDS

OFFICIAL_FILE = Path(__file__).resolve().parent.parent / "data" / "codes" / "communities.csv"
# A list is the district's own when so many of the names stand on it.
OWN_LIST_SHARE = 0.3
_OFFICIAL_COLUMNS = (
    "district_code",
    "street_code",
    "street",
    "community_code",
    "community",
)
_KIND_WORDS = (
    ("虚拟", re.compile(r"虚拟")),
    ("村", re.compile(r"村民委|村委|^村$|行政村|类似村")),
    ("里", re.compile(r"^里$")),
    ("社区", re.compile(r"居民委|居委|社区|类似居")),
)


@dataclass(frozen=True, eq=False)
class Named:
    """Codes, kinds and subdistricts of units, by their position among the units."""

    codes: np.ndarray
    kinds: np.ndarray
    subdistricts: np.ndarray
    subdistrict_codes: np.ndarray
    findings: tuple[Finding, ...]


def read_official(path: Path = OFFICIAL_FILE) -> pd.DataFrame:
    """Read the official list of communities with their 12-digit codes.

    Raises
    ------
    FileError
        The file is missing or lacks a column.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    absent = [name for name in _OFFICIAL_COLUMNS if name not in frame.columns]
    if absent:
        raise FileError("error.official_columns", file=str(path), columns="、".join(absent))
    return frame


def named_units(units: pd.DataFrame, official: pd.DataFrame | None) -> Named:
    """Give every unit a code, a kind and a subdistrict.

    Parameters
    ----------
    units
        Records of communities, indexed by their position in the files, with
        ``community_code``, ``name``, ``subdistrict``, ``subdistrict_code``,
        ``unit_kind``, ``district`` and ``district_code``.
    official
        The official list, or None.
    """
    findings: list[Finding] = []
    codes = units["community_code"].to_numpy(dtype=object).copy()
    lists = _own_list(units, official)
    names = None if lists is None else _official_names(lists)
    subdistricts = units["subdistrict"].to_numpy(dtype=object).copy()
    for k, at in enumerate(units.index.tolist()):
        row = units.loc[at]
        if codes[k] and destroyed_code(str(codes[k])):
            codes[k] = ""
        subdistricts[k] = _official_subdistrict(at, subdistricts[k], lists, findings)
        if names is not None and lists is not None:
            codes[k] = _held_to_list(at, row, str(codes[k]), str(subdistricts[k]), names, findings)
        if not codes[k]:
            codes[k] = "-".join(one for one in (str(subdistricts[k]), row["name"]) if one)
            codes[k] = codes[k] or f"第{row['row']}行"
            reason = Phrase.of("note.code_made", code=codes[k])
            findings.append(Finding(at, "社区代码", NOTE, reason))
    kinds = [
        _kind(str(code), name, stated)
        for code, name, stated in zip(codes, units["name"], units["unit_kind"], strict=True)
    ]
    codes = _apart(codes, units, findings)
    sub_codes = _subdistrict_codes(codes, units["subdistrict_code"], subdistricts)
    return Named(
        codes.astype(str),
        np.array(kinds, dtype=object),
        _filled(subdistricts, units, lists, codes),
        sub_codes,
        tuple(findings),
    )


def _own_list(units: pd.DataFrame, official: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the part of the official list that is this district's, or None."""
    if official is None or official.empty:
        return None
    prefixes = units["community_code"].str[:6]
    stated = [*prefixes[units["community_code"].str.fullmatch(r"\d{12}")], *units["district_code"]]
    known = set(official["district_code"])
    counted = pd.Series([one for one in stated if one in known], dtype="str").value_counts()
    if len(counted):
        own: pd.DataFrame = official.loc[official["district_code"] == counted.index[0]]
        return own
    best: pd.DataFrame | None = None
    most = 0
    names = units["name"].unique()
    for _, part in official.groupby("district_code"):
        lookup = _official_names(part)
        hits = sum(bool(lookup.find(name)[0]) for name in names)
        if hits > most:
            best, most = part, hits
    return best if most >= max(2, OWN_LIST_SHARE * len(names)) else None


def _official_names(official: pd.DataFrame) -> CommunityNames:
    return CommunityNames(
        official["community_code"].tolist(),
        official["community"].tolist(),
        official["street"].tolist(),
    )


def _official_subdistrict(
    at: int, given: str, official: pd.DataFrame | None, findings: list[Finding]
) -> str:
    """Return the official name of a subdistrict that has a confirmed other name."""
    other = same_subdistricts().get(given)
    if other is None or official is None or other not in set(official["street"]):
        return given
    reason = Phrase.of("repaired.subdistrict_alias", given=given, official=other)
    findings.append(Finding(at, "所属街道", REPAIRED, reason))
    return other


def _held_to_list(
    at: int,
    row: pd.Series,
    code: str,
    subdistrict: str,
    names: CommunityNames,
    findings: list[Finding],
) -> str:
    """Hold one unit to the official list: fill its code, or say what does not fit."""
    by_name, _ = names.find(row["name"], subdistrict=subdistrict)
    if code in names.codes:
        if match_key(names.shown[code]) != match_key(row["name"]) and by_name != code:
            reason = Phrase.of("doubtful.code_of_name", code=code, official=names.shown[code])
            findings.append(Finding(at, "社区代码", DOUBTFUL, reason))
        return code
    if code:
        reason = Phrase.of("note.code_not_listed", code=code)
        findings.append(Finding(at, "社区代码", NOTE, reason))
        return code
    if by_name:
        reason = Phrase.of("repaired.code_from_list", code=by_name, official=names.shown[by_name])
        findings.append(Finding(at, "社区代码", REPAIRED, reason))
        return by_name
    candidate = names.similar(row["name"])
    key = "doubtful.community_similar" if candidate else "doubtful.community_unknown"
    reason = Phrase.of(key, given=row["name"][:40], candidate=candidate)
    findings.append(Finding(at, "社区名称", DOUBTFUL, reason))
    return ""


def _kind(code: str, name: str, stated: str) -> str:
    if "虚拟" in name:
        return "虚拟"
    if stated in UNIT_KINDS:
        return stated
    by_word = next((kind for kind, words in _KIND_WORDS if words.search(stated)), "")
    if by_word:
        return by_word
    if re.fullmatch(r"\d{12}", code):
        last = int(code[9:])
        if last >= 400:
            return "虚拟"
        return "村" if 200 <= last < 400 else "社区"
    plain = simplified(name)
    return "里" if plain.endswith("里") else "村" if plain.endswith("村") else "社区"


def _apart(codes: np.ndarray, units: pd.DataFrame, findings: list[Finding]) -> np.ndarray:
    """Keep units apart that share a code but not a name: one of the two codes is wrong."""
    names: dict[str, str] = {}
    apart = codes.copy()
    for k, (at, code) in enumerate(zip(units.index.tolist(), codes, strict=True)):
        name = match_key(units.loc[at, "name"])
        if names.setdefault(code, name) != name:
            apart[k] = f"{code}-{units.loc[at, 'name']}"
            reason = Phrase.of("doubtful.code_twice", code=code)
            findings.append(Finding(at, "社区代码", DOUBTFUL, reason))
    return apart


def _subdistrict_codes(
    codes: np.ndarray, stated: pd.Series, subdistricts: np.ndarray
) -> np.ndarray:
    filled = []
    for code, given, name in zip(codes, stated, subdistricts, strict=True):
        own = str(code)[:9] if re.match(r"\d{12}", str(code)) else ""
        filled.append(given or own or name)
    return np.array(filled, dtype=object)


def _filled(
    subdistricts: np.ndarray,
    units: pd.DataFrame,
    official: pd.DataFrame | None,
    codes: np.ndarray,
) -> np.ndarray:
    """Fill in subdistricts: the official one of the code, else the district."""
    by_code = (
        {}
        if official is None
        else dict(zip(official["community_code"], official["street"], strict=True))
    )
    return np.array(
        [
            name or by_code.get(code, "") or district
            for name, code, district in zip(subdistricts, codes, units["district"], strict=True)
        ],
        dtype=object,
    )
