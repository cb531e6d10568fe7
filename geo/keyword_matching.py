"""Finds keywords in a text, by how much each kind of word tells.

Four kinds: telling words; words that give way to any telling word of the name
(志愿, 研究会); words that give way to the business scope as well (社会工作); and weak
words that say nothing alone (公益, 服务). A keyword inside a longer word that means
something else (商会 inside 协商会) is not found at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TELLING, YIELDS_IN_NAME, YIELDS_TO_SCOPE, WEAK = range(4)
KINDS = 4

# By code: how many letters its keywords cover, and the longest of them.
Covered = dict[int, tuple[int, str]]
Found = tuple[Covered, ...]


@dataclass(frozen=True, eq=False)
class KeywordFinder:
    """Keywords by their first two letters, so that a text is read once for all of them.

    Parameters
    ----------
    starts
        First two letters → (keyword, position of its code, kind).
    misleading
        Keyword → (longer word, where the keyword stands in it).
    """

    starts: dict[str, list[tuple[str, int, int]]]
    misleading: dict[str, tuple[tuple[str, int], ...]]

    @classmethod
    def of(
        cls,
        keywords: Iterable[tuple[str, int, int]],
        misleading: Mapping[str, tuple[str, ...]],
    ) -> KeywordFinder:
        """Sort prepared keywords; a single letter is in half of all names and is left out."""
        starts: dict[str, list[tuple[str, int, int]]] = {}
        for keyword in keywords:
            if len(keyword[0]) > 1:
                starts.setdefault(keyword[0][:2], []).append(keyword)
        placed = {
            word: tuple(
                (longer, hit.start())
                for longer in phrases
                for hit in re.finditer(re.escape(word), longer)
            )
            for word, phrases in misleading.items()
        }
        return cls(starts, placed)

    def found(self, text: str, *, once: bool = False) -> Found:
        """Return, by kind of word, how many letters of `text` each code covers.

        With `once`, a word counts only where it first stands: scopes repeat themselves.
        """
        # Letters are bits of one whole number: overlapping words count once.
        letters: list[dict[int, int]] = [{} for _ in range(KINDS)]
        longest: list[dict[int, str]] = [{} for _ in range(KINDS)]
        seen: set[tuple[str, int]] = set()
        for at in range(len(text)):
            for word, code, kind in self.starts.get(text[at : at + 2], ()):
                if not text.startswith(word, at) or self._misleads(text, word, at):
                    continue
                if once and (word, code) in seen:
                    continue
                seen.add((word, code))
                bits = ((1 << len(word)) - 1) << at
                letters[kind][code] = letters[kind].get(code, 0) | bits
                if len(word) > len(longest[kind].get(code, "")):
                    longest[kind][code] = word
        return tuple(
            {code: (bits.bit_count(), longest[kind][code]) for code, bits in letters[kind].items()}
            for kind in range(KINDS)
        )

    def _misleads(self, text: str, word: str, at: int) -> bool:
        return any(
            at >= before and text.startswith(longer, at - before)
            for longer, before in self.misleading.get(word, ())
        )
