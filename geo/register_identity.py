"""Which rows are the same organisation: by code, by name, by place.

One organisation may serve at many points, so equal rows are not simply doubles:
the same code and name at another place is a further service point; the same
name in another community is another organisation.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.cell_text import each, match_key, numbers_apart
from geo.phrases import Phrase
from geo.problems import DOUBTFUL, REJECTED, REPAIRED, Finding

_COMPANY = (("有限责任公司", "公司"), ("有限公司", "公司"), ("股份公司", "公司"))


@dataclass(frozen=True, eq=False)
class Identity:
    """Which organisation every row is.

    Parameters
    ----------
    organisation_id
        By position; empty for rejected rows and for points without an owner.
    leads
        Whether the row is the first of its organisation (its register row).
    findings
        What was found on the way.
    """

    organisation_id: np.ndarray
    leads: np.ndarray
    findings: tuple[Finding, ...]


def organisation_key(name: str) -> str:
    """Return a name for comparing: simplified, without marks, 有限公司 and 公司 the same."""
    key = match_key(numbers_apart(name))
    for long, short in _COMPANY:
        key = key.replace(long, short)
    return key


def identify(records: pd.DataFrame, *, usable: np.ndarray, row_numbers: Sequence[int]) -> Identity:
    """Say which rows are one organisation.

    Parameters
    ----------
    records
        By position: ``name``, ``code`` (as stated), ``number`` (filing number),
        ``stated_id``, ``where`` (community or subdistrict), ``spot`` (what tells
        two places apart) and ``is_point``.
    usable
        Rows that are not rejected for another reason.
    row_numbers
        Row of every record in its file, for sentences.

    Returns
    -------
    Identity. The id is the stated one, the code, the filing number, or place
    and name; it does not depend on the order of other rows except where two
    different organisations would share it.
    """
    keys = each(records["name"], organisation_key)
    book = _Book(row_numbers)
    # Further service points need their organisations first.
    is_point = records["is_point"].to_numpy(dtype=bool)
    order = [*np.flatnonzero(~is_point).tolist(), *np.flatnonzero(is_point).tolist()]
    rows = list(
        zip(
            records["stated_id"].tolist(),
            records["code"].tolist(),
            records["number"].tolist(),
            keys.tolist(),
            records["name"].tolist(),
            records["where"].tolist(),
            records["spot"].tolist(),
            is_point.tolist(),
            strict=True,
        )
    )
    for at in order:
        if usable[at]:
            book.enter(at, *rows[at])
    ids = np.array([book.ids.get(at, "") for at in range(len(records))], dtype=object)
    leads = np.array([at in book.leads for at in range(len(records))], dtype=np.bool_)
    return Identity(ids, leads, tuple(book.findings))


class _Book:
    """The organisations entered so far, and where each id was first seen."""

    def __init__(self, row_numbers: Sequence[int]) -> None:
        self.ids: dict[int, str] = {}
        self.leads: set[int] = set()
        self.findings: list[Finding] = []
        self._rows = row_numbers
        self._by_code: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._named_there: dict[tuple[str, str], int] = {}
        self._key: dict[int, str] = {}
        self._spots: dict[tuple[str, Hashable], int] = {}
        self._taken: set[str] = set()

    def enter(
        self,
        at: int,
        stated: str,
        code: str,
        number: str,
        key: str,
        name: str,
        where: str,
        spot: str,
        is_point: bool,
    ) -> None:
        """Enter one row."""
        official = stated or code or number
        same_code = self._by_code.get(official) if official else None
        if is_point:
            self._point(at, same_code, key)
        elif same_code is not None and (self._key[same_code] == key or not key):
            self._again(at, same_code, spot, "rejected.doubled_by_code")
        elif same_code is not None:
            self._say(at, DOUBTFUL, "doubtful.code_of_another", same_code)
            self._say(same_code, DOUBTFUL, "doubtful.code_of_another", at)
            self._new(at, f"{official}-{name}", key, where, spot)
        elif official:
            self._near_names(at, key, where)
            self._by_code[official] = at
            self._new(at, official, key, where, spot)
        else:
            self._unnumbered(at, key, name, where, spot)

    def _unnumbered(self, at: int, key: str, name: str, where: str, spot: str) -> None:
        """Enter a row that has nothing but its name: in one community one organisation."""
        other = self._named_there.get((key, where))
        if other is not None:
            self._again(at, other, spot, "rejected.doubled_by_name")
            return
        self._new(at, f"{where}-{name}" if where else name, key, where, spot)

    def _point(self, at: int, same_code: int | None, key: str) -> None:
        named = self._by_name.get(key, [])
        owner = same_code if same_code is not None else named[0] if len(named) == 1 else None
        if owner is None:
            self.findings.append(
                Finding(at, "组织名称", REJECTED, Phrase.of("rejected.point_without_owner"))
            )
            return
        self.ids[at] = self.ids[owner]

    def _again(self, at: int, first: int, spot: str, how: str) -> None:
        organisation = self.ids[first]
        there = self._spots.get((organisation, spot))
        if there is not None:
            self._say(at, REJECTED, how, there)
            return
        if how == "rejected.doubled_by_code":
            self._say(at, REPAIRED, "repaired.further_point", first)
        else:
            self._say(at, DOUBTFUL, "doubtful.further_point", first)
        self.ids[at] = organisation
        self._spots[(organisation, spot)] = at

    def _near_names(self, at: int, key: str, where: str) -> None:
        other = self._named_there.get((key, where))
        if other is not None:
            self._say(at, DOUBTFUL, "doubtful.same_name", other)

    def _new(self, at: int, wanted: str, key: str, where: str, spot: str) -> None:
        organisation, times = wanted, 1
        while organisation in self._taken:
            times += 1
            organisation = f"{wanted}#{times}"
        self._taken.add(organisation)
        self.ids[at] = organisation
        self.leads.add(at)
        self._by_name.setdefault(key, []).append(at)
        self._named_there.setdefault((key, where), at)
        self._key[at] = key
        self._spots[(organisation, spot)] = at

    def _say(self, at: int, level: str, key: str, other: int) -> None:
        self.findings.append(
            Finding(at, "组织名称", level, Phrase.of(key, row=int(self._rows[other])))
        )


def doubled_by_place(
    names: pd.Series, spots: Sequence[str], leads: np.ndarray, row_numbers: Sequence[int]
) -> list[Finding]:
    """Find organisations at one place whose names are nearly the same.

    Many organisations share the door of an incubator, so the place alone is no
    reason; one name inside the other (示例养老中心, 示例养老中心一部) is.
    """
    groups: dict[str, list[int]] = {}
    for at in np.flatnonzero(leads).tolist():
        if spots[at]:
            groups.setdefault(spots[at], []).append(at)
    findings = []
    shown = names.tolist()
    for members in groups.values():
        # A door with dozens of organisations is an incubator; pairs there say nothing.
        if not 1 < len(members) <= 12:
            continue
        keys = [organisation_key(shown[at]) for at in members]
        for later, first in _alike_pairs(keys):
            reason = Phrase.of("doubtful.same_place", row=int(row_numbers[members[first]]))
            findings.append(Finding(members[later], "组织名称", DOUBTFUL, reason))
    return findings


def _alike_pairs(keys: Sequence[str]) -> list[tuple[int, int]]:
    return [
        (later, first)
        for later in range(len(keys))
        for first in range(later)
        if _alike(keys[later], keys[first])
    ]


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and short != long and short in long
