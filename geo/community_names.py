"""Which community a name, a code or an address means.

Names are compared without spaces, script and the endings offices add or leave
off (社区居委会, 村委会). What is only similar is a candidate for a person to
confirm, never a match.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from geo.cell_text import match_key
from geo.columns import same_subdistricts

_ENDING = re.compile(
    r"(社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|社区村|社区)$"
)
_UNIT = re.compile(r"(社区|村|里)$")
_LIST = re.compile(r"[、,，;；/|\n]+|\s{2,}| ")
SIMILAR = 0.75
MOST_FUZZY = 300
# No community has a name so long; comparing texts takes time with the square of their length.
LONGEST = 60

BY_CODE, BY_NAME, BY_ALIAS, BY_TEXT, CANDIDATE = "code", "name", "alias", "text", "candidate"


class CommunityNames:
    """The communities of a place, ready to be found by code, name or address text.

    Parameters
    ----------
    codes, names, subdistricts
        Aligned: what each community is called, and its subdistrict.
    """

    def __init__(
        self, codes: Sequence[str], names: Sequence[str], subdistricts: Sequence[str]
    ) -> None:
        self.codes = frozenset(codes)
        self.shown = dict(zip(codes, names, strict=True))
        self._subdistrict = {
            code: subdistrict_key(one) for code, one in zip(codes, subdistricts, strict=True)
        }
        self._by_key: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for code, name in zip(codes, names, strict=True):
            self._by_key[community_key(name)].append(code)
            self._by_stem[_stem(name)].append(code)
        words = sorted(
            {word for name in names for word in _spoken(name)}, key=lambda one: (-len(one), one)
        )
        self._in_text = re.compile("|".join(map(re.escape, words))) if words else None

    @classmethod
    def of(cls, communities: pd.DataFrame) -> CommunityNames:
        """Return the names of a communities table."""
        return cls(
            [str(code) for code in communities.index],
            communities["name"].astype(str).tolist(),
            communities["subdistrict"].astype(str).tolist(),
        )

    def find(self, name: str, *, subdistrict: str = "", code: str = "") -> tuple[str, str]:
        """Return the code of one community and how it was found, or two empty texts.

        A name that several communities bear is found only with its subdistrict.
        """
        if code in self.codes:
            return code, BY_CODE
        if not name:
            return "", ""
        if name in self.codes:
            return name, BY_CODE
        key = community_key(name)
        for candidates, how in ((self._by_key.get(key), BY_NAME), (self._stem(name), BY_NAME)):
            one = self._only(candidates or [], subdistrict)
            if one:
                return one, how
        return "", ""

    def find_all(self, text: str, *, subdistrict: str = "") -> list[str]:
        """Return the codes of all communities that a cell lists, such as ``甲社区、乙社区``."""
        found = [self.find(part, subdistrict=subdistrict)[0] for part in _LIST.split(text) if part]
        return list(dict.fromkeys(code for code in found if code))

    def in_text(self, text: str) -> str:
        """Return the one community whose name stands in an address, or an empty text.

        Only names with their ending (三玉里, 水果湖社区) are looked for: a bare
        name is too often a road.
        """
        if self._in_text is None or not text:
            return ""
        key = match_key(text)
        found = {one for word in self._in_text.findall(key) for one in self._spoken_by(word)}
        if len(found) > 1:
            # Without the names found: 水果湖社区 does not say 水果湖街道.
            rest = self._in_text.sub(" ", key)
            found = {
                one for one in found if self._subdistrict[one] and self._subdistrict[one] in rest
            }
        return found.pop() if len(found) == 1 else ""

    def similar(self, name: str) -> str:
        """Return the name of the most similar community, for a person to confirm, or ''."""
        if len(name) > LONGEST:
            return ""
        close = difflib.get_close_matches(
            community_key(name), list(self._by_key), n=1, cutoff=SIMILAR
        )
        return self.shown[self._by_key[close[0]][0]] if close else ""

    def _stem(self, name: str) -> list[str]:
        return self._by_stem.get(_stem(name), [])

    def _spoken_by(self, word: str) -> list[str]:
        return self._by_key.get(word, []) or self._by_stem.get(_UNIT.sub("", word), [])

    def _only(self, codes: Iterable[str], subdistrict: str) -> str:
        found = list(codes)
        if subdistrict and len(found) > 1:
            wanted = subdistrict_key(subdistrict)
            found = [code for code in found if self._subdistrict[code] == wanted]
        return found[0] if len(found) == 1 else ""


def community_key(name: str) -> str:
    """Return a community's name without the ending offices add or leave off."""
    key = match_key(name)
    bare = _ENDING.sub("", key)
    return bare if len(bare) >= 2 else key


def subdistrict_key(name: str) -> str:
    """Return a subdistrict's name for comparing: 街道办事处 and 街道 are the same."""
    known = same_subdistricts().get(name, name)
    key = match_key(known)
    bare = re.sub(r"(街道办事处|街道办|街道|地区办事处|地区)$", "", key)
    return bare if len(bare) >= 2 else key


def _stem(name: str) -> str:
    key = community_key(name)
    bare = _UNIT.sub("", key)
    return bare if len(bare) >= 2 else key


def _spoken(name: str) -> list[str]:
    """Return how an address would write the community: always with its ending."""
    key = match_key(name)
    if key.endswith(("里", "村")) and len(key) >= 3:
        return [key]
    stem = community_key(name)
    return [stem + "社区", stem + "村"] if len(stem) >= 2 else []
