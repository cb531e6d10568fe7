"""Unified social credit codes (GB 32100-2015) and what office software does to them.

Eighteen characters: 1 registering department, 2 kind of body, 3-8 division code of
the registering authority (GB/T 2260), 9-17 organisation code (GB 11714, the last of
them its own check character), 18 check character. A wrong check character is a
warning, never a reason to turn a row away: ledgers are typed by hand.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.phrases import Phrase

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CIVIL_AFFAIRS = "5"
LEGAL_FORM_OF_KIND = {"1": "社会团体", "2": "社会服务机构", "3": "基金会", "9": "其他"}

_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{8}}[{ALPHABET}]{{2}}")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E[+-]?[0-9]{1,3}")
# Excel keeps 15 digits: an 18-digit number comes back with its last three as zeros.
_ZERO_TAIL = re.compile(r"[0-9]{15}000")
_TRAILING_FRACTION = re.compile(r"\.0+$")
_ORGANISATION_CODE = re.compile(r"([0-9A-Z]{8})-?([0-9X])")

State = Literal["right", "wrong_check", "damaged", "other", "empty"]


@dataclass(frozen=True)
class CreditCode:
    """What a code cell holds.

    Parameters
    ----------
    text
        The code in half-width capitals, without blanks; of a cell that is no
        credit code the text as it was given.
    state
        ``right``: both checks agree. ``wrong_check``: the shape is right, a check
        is not. ``damaged``: a number that office software rounded. ``other``: some
        other text, such as a filing number. ``empty``.
    outer_check, inner_check
        Whether the 18th and the 17th character agree with the rest.
    legal_form
        社会团体, 社会服务机构, 基金会, 其他, or empty: from the first two characters
        of a civil-affairs code. It is told for a wrong check too.
    authority
        Division code of the registering authority, six digits, or empty.
    reason
        What the reader must know, or None.
    """

    text: str
    state: State
    outer_check: bool = False
    inner_check: bool = False
    legal_form: str = ""
    authority: str = ""
    reason: Phrase | None = None

    @property
    def usable(self) -> bool:
        """Return whether the text can serve as the organisation's id."""
        return self.state in ("right", "wrong_check")

    @property
    def authority_level(self) -> str:
        """Return where it was registered: 国家, 省级, 市级, 县级, or empty."""
        if not self.authority:
            return ""
        if self.authority.endswith("0000"):
            return "国家" if self.authority.startswith("10") else "省级"
        return "市级" if self.authority.endswith("00") else "县级"


def check(text: object) -> CreditCode:
    """Read one cell of a credit-code column.

    Parameters
    ----------
    text
        Text, or the number a spreadsheet made of it. Anything else counts as text.

    Returns
    -------
    A `CreditCode`; this never raises.
    """
    if isinstance(text, (int, np.integer)) and not isinstance(text, bool):
        text = str(int(text))
    if isinstance(text, (float, np.floating)):
        return _of_number(float(text))
    plain = _plain(text)
    if not plain:
        return CreditCode("", "empty")
    if _rounded(plain):
        return _damaged(plain)
    if not _SHAPE.fullmatch(plain):
        return CreditCode(str(text).strip(), "other", reason=_why_other(plain))
    return _of_code(plain)


def check_character(first_seventeen: str) -> str:
    """Return the 18th character: alphabet[(31 - sum(value x 3^i mod 31)) mod 31]."""
    total = sum(_VALUE[letter] * w for letter, w in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_character(first_eight: str) -> str:
    """Return the 9th character of an organisation code (GB 11714): 11 - sum mod 11, 10 is X."""
    total = sum(int(letter, 36) * w for letter, w in zip(first_eight, _INNER_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _plain(text: object) -> str:
    if text is None:
        return ""
    folded = unicodedata.normalize("NFKC", str(text)).upper()
    tight = re.sub(r"[\s'’‘`\u200b\ufeff]+", "", folded)
    return "" if tight in ("NAN", "NONE", "<NA>", "无", "-", "/", "—") else tight


def _of_number(number: float) -> CreditCode:
    if not np.isfinite(number):
        return CreditCode("", "empty")
    # Beyond 2^53 a float cannot tell neighbouring codes apart.
    if abs(number) >= 1e15 or number != int(number):
        return _damaged(f"{number:.15G}")
    return check(int(number))


def _rounded(plain: str) -> bool:
    if _SCIENTIFIC.fullmatch(plain) or _ZERO_TAIL.fullmatch(plain):
        # A true code may end in three zeros; then both of its checks agree.
        return not (_SHAPE.fullmatch(plain) and _of_code(plain).state == "right")
    digits = _TRAILING_FRACTION.sub("", plain)
    return digits != plain and digits.isdecimal()


def _damaged(shown: str) -> CreditCode:
    return CreditCode(shown, "damaged", reason=Phrase.of("credit_code.damaged", given=shown))


def _of_code(code: str) -> CreditCode:
    outer = check_character(code[:17]) == code[17]
    inner = organisation_check_character(code[8:16]) == code[16]
    form = LEGAL_FORM_OF_KIND.get(code[1], "") if code[0] == CIVIL_AFFAIRS else ""
    right = outer and inner
    return CreditCode(
        text=code,
        state="right" if right else "wrong_check",
        outer_check=outer,
        inner_check=inner,
        legal_form=form,
        authority=code[2:8],
        reason=None if right else Phrase.of("credit_code.wrong_check", given=code),
    )


def _why_other(plain: str) -> Phrase | None:
    """Say what may have gone wrong; a filing number is in order and needs no word."""
    if len(plain) == 18 and plain.isascii() and plain.isalnum():
        foreign = "、".join(sorted(set(re.findall(r"[IOSVZ]", plain))))
        if foreign:
            return Phrase.of("credit_code.foreign_letters", given=plain, letters=foreign)
        return Phrase.of("credit_code.malformed", given=plain)
    if plain.isascii() and plain.isalnum() and plain[:2] in ("51", "52", "53"):
        if 12 < len(plain) < 22:
            return Phrase.of("credit_code.length", given=plain, count=len(plain))
        return None
    found = _ORGANISATION_CODE.fullmatch(plain)
    if found is not None and organisation_check_character(found[1]) == found[2]:
        return Phrase.of("credit_code.organisation_code", given=plain)
    return None
