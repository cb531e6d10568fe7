"""Coordinates as people type them: degrees, minutes and seconds, full-width, with or without marks.

What cannot be read is None (or NaN in an array), never a guess: a register row
with an unreadable coordinate is doubtful, and the import desk says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

# Marks that people use for degrees, minutes and seconds, after full-width forms are folded.
_DEGREE = "°º˚度"
_MINUTE = "′'’‘`´分"
_SECOND = '″"”“秒'
_NUMBER = r"\d+(?:\.\d+)?"
_MARKED = re.compile(
    rf"({_NUMBER})[{_DEGREE}](?:({_NUMBER})(?:[{_MINUTE}]"
    rf"(?:({_NUMBER})(?:[{_SECOND}]|[{_MINUTE}]{{2}})?)?)?)?"
)
# 114.18.20 and 114:18:20; the seconds may carry a decimal part of their own.
_DOTTED = re.compile(r"(\d{1,3})([.:\-])(\d{1,2})\2(\d{1,2}(?:\.\d+)?)")
_SPACED = re.compile(rf"(\d{{1,3}}) (\d{{1,2}})(?: ({_NUMBER}))?")
_PLAIN = re.compile(r"\d+(?:\.\d*)?(?:e\+?\d{1,2})?|\.\d+")
_SIDE = re.compile(r"^(东经|西经|北纬|南纬|东|西|北|南|[EWNS])[:：]?|(东|西|北|南|[EWNS])$")
_NEGATIVE_SIDES = ("西", "南", "W", "S")
_LABEL = re.compile(r"^(经度|纬度|LON|LAT|LNG|LONGITUDE|LATITUDE)[:：=]?", re.IGNORECASE)
_LONGEST = 64


def parse_coordinate(text: object) -> float | None:
    """Read one coordinate.

    Parameters
    ----------
    text
        A number, or text such as ``114.3056``, ``114°18′20″``, ``114.18.20``,
        ``１１４度１８分２０秒``, ``东经114°18.333′``, ``30:33:14N``. Plane
        coordinates in metres are numbers and pass through.

    Returns
    -------
    Degrees (or metres, as given), west and south negative; None for anything
    that is empty, not finite, or has 60 minutes or seconds and more.
    """
    if isinstance(text, (bool, np.bool_)) or text is None:
        return None
    if isinstance(text, (int, float, np.integer, np.floating)):
        number = float(text)
        return number if np.isfinite(number) else None
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    # NFKC would fold the seconds mark into two minute marks and lose º; marks are kept first.
    kept = text.replace("º", "°").replace("″", '"').replace("˚", "°")
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", kept)).strip()
    bare, side = _without_side(_LABEL.sub("", folded).strip().upper())
    negative = bare.startswith(("-", "−"))
    degrees = _degrees(re.sub(r"^[+\-−]", "", bare).strip().lower())
    if degrees is None or (negative and side in _NEGATIVE_SIDES):
        return None
    return -degrees if negative or side in _NEGATIVE_SIDES else degrees


def parse_coordinates(texts: Iterable[object]) -> npt.NDArray[np.float64]:
    """Read many coordinates; NaN where `parse_coordinate` gives None."""
    read = [parse_coordinate(one) for one in texts]
    return np.array([np.nan if one is None else one for one in read], dtype=np.float64)


def parse_pair(text: object) -> tuple[float, float] | None:
    """Read two coordinates that stand in one cell, such as ``114.3056,30.5539``.

    Returns
    -------
    The two numbers in the order given, or None. Which of them is the longitude
    is for `geo.datum_check` to say.
    """
    if not isinstance(text, str):
        return None
    folded = unicodedata.normalize("NFKC", text.replace("″", '"')).strip()
    folded = re.sub(r"^POINT\s*(?:ZM|Z|M)?\s*(?=\()", "", folded, flags=re.IGNORECASE).strip("()[]")
    parts = [part for part in re.split(r"[,;、|/]", folded) if part.strip()]
    if len(parts) == 1:
        parts = folded.split()
    read = [parse_coordinate(part.strip()) for part in parts]
    if len(read) != 2 or read[0] is None or read[1] is None:
        return None
    return read[0], read[1]


def _without_side(text: str) -> tuple[str, str]:
    found = _SIDE.search(text)
    if found is None:
        return text, ""
    side = next(part for part in found.groups() if part)
    return (text[: found.start()] + text[found.end() :]).strip(), side[0]


def _degrees(text: str) -> float | None:
    if _PLAIN.fullmatch(text):
        number = float(text)
        return number if np.isfinite(number) else None
    tight = text.replace(" ", "")
    if found := _MARKED.fullmatch(tight):
        return _sexagesimal(*found.groups())
    if found := _DOTTED.fullmatch(tight):
        return _sexagesimal(found[1], found[3], found[4])
    if found := _SPACED.fullmatch(text):
        return _sexagesimal(*found.groups())
    return None


def _sexagesimal(degrees: str, minutes: str | None, seconds: str | None) -> float | None:
    d, m, s = float(degrees), float(minutes or 0), float(seconds or 0)
    # A decimal part above the last unit given is a typing slip: 114.5°18′ means nothing.
    broken = (minutes and "." in degrees) or (seconds and "." in (minutes or ""))
    if broken or m >= 60 or s >= 60 or d > 180:
        return None
    return d + m / 60 + s / 3600
