"""12-digit statistical division codes (统计用区划代码), always as text.

Six digits of GB/T 2260 (province, city, county), three of the street or town
(GB/T 10114), three of the committee.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from geo.phrases import Phrase

# Upper bounds of the three digits of a street or town, and of a committee.
_SUBDISTRICT_KINDS = ((99, "街道"), (199, "镇"), (399, "乡"), (599, "其他"))
_COMMITTEE_KINDS = ((199, "居委会"), (399, "村委会"), (499, "类似居委会"), (599, "类似村委会"))
# Of the unit kinds of the communities table.
_UNIT_KINDS = {"居委会": "社区", "村委会": "村", "类似居委会": "虚拟", "类似村委会": "虚拟"}
VIRTUAL_WORDS = ("虚拟社区", "虚拟生活区", "虚拟")


@dataclass(frozen=True)
class AreaCode:
    """The parts of a division code.

    Parameters
    ----------
    text
        The code; of a cell that is none, the text as it was given.
    valid
        Whether it is a division code of 6, 9 or 12 digits.
    province, city, district
        The first 2, 4 and 6 digits, filled up with zeros to six.
    subdistrict
        The first nine digits, or empty.
    subdistrict_kind
        街道, 镇, 乡, 其他 (政企合一 and the like), or empty.
    committee_kind
        居委会, 村委会, 类似居委会, 类似村委会, or empty.
    unit_kind
        社区, 村 or 虚拟 as the communities table wants it, or empty.
    reason
        What the reader must know, or None.
    """

    text: str
    valid: bool
    province: str = ""
    city: str = ""
    district: str = ""
    subdistrict: str = ""
    subdistrict_kind: str = ""
    committee_kind: str = ""
    unit_kind: str = ""
    reason: Phrase | None = None


def parse_area_code(text: object, *, name: str = "") -> AreaCode:
    """Read one division code.

    Parameters
    ----------
    text
        Text of 6, 9 or 12 digits, or the whole number a spreadsheet made of it
        (twelve digits survive as a number, but not as 1.50203E+11).
    name
        The unit's name, if known: 虚拟社区 and the like are units without residents.

    Returns
    -------
    An `AreaCode`; this never raises.
    """
    plain = _plain(text)
    if re.fullmatch(r"[0-9](?:\.[0-9]+)?E[+-]?[0-9]{1,3}", plain):
        return AreaCode(plain, False, reason=Phrase.of("area_code.damaged", given=plain))
    good = len(plain) in (6, 9, 12) and plain.isascii() and plain.isdecimal()
    if not good or not "11" <= plain[:2] <= "82":
        reason = Phrase.of("area_code.malformed", given=plain) if plain else None
        return AreaCode(plain, False, reason=reason)
    street, committee = plain[6:9], plain[9:12]
    committee_kind = _kind(committee, _COMMITTEE_KINDS)
    virtual = any(word in name for word in VIRTUAL_WORDS)
    return AreaCode(
        text=plain,
        valid=True,
        province=plain[:2] + "0000",
        city=plain[:4] + "00",
        district=plain[:6],
        subdistrict=plain[:9] if street else "",
        subdistrict_kind=_kind(street, _SUBDISTRICT_KINDS),
        committee_kind=committee_kind,
        unit_kind="虚拟" if virtual else _UNIT_KINDS.get(committee_kind, ""),
    )


def _kind(digits: str, kinds: tuple[tuple[int, str], ...]) -> str:
    if not digits or digits == "000":
        return ""
    return next((kind for highest, kind in kinds if int(digits) <= highest), "")


def _plain(text: object) -> str:
    if isinstance(text, (float, np.floating)):
        number = float(text)
        if not np.isfinite(number):
            return ""
        whole = number == int(number) and abs(number) < 1e15
        return str(int(number)) if whole else f"{number:G}"
    if text is None:
        return ""
    folded = unicodedata.normalize("NFKC", str(text)).upper()
    tight = re.sub(r"[\s'’‘`]+", "", folded)
    return re.sub(r"^([0-9]{6,12})\.0+$", r"\1", tight)
