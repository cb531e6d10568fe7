"""The register by other schemes: six registered kinds, the ministry's four, three priorities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coverage.ground import home_communities, standing
from coverage.rulebook import read_toml
from geo.errors import TableError
from geo.place import Place, Words
from geo.taxonomy import Taxonomy

CROSSWALKS_FILE = Path(__file__).resolve().parent.parent / "data" / "crosswalks.toml"
OUTSIDE = "outside"
VIEW_COLUMNS = ("member", "zh", "en", "registered", "filed", "total", "share")


@dataclass(frozen=True)
class Member:
    """One kind of a scheme.

    `also` are categories it mentions but does not count; a kind `beside` the
    others is listed with the scheme and not one of its number.
    """

    words: Words
    codes: tuple[str, ...]
    also: tuple[str, ...]
    beside: bool = False


@dataclass(frozen=True)
class Scheme:
    """A way to sort organisations; what fits no member is counted as `outside`."""

    code: str
    words: Words
    outside: Words
    members: tuple[Member, ...]

    def member_of(self, category: str) -> int | None:
        """Return the position of the member a category belongs to, or None."""
        for position, member in enumerate(self.members):
            if category.startswith(member.codes):
                return position
        return None


@dataclass(frozen=True)
class Crosswalks:
    """All schemes of a cross-walk file."""

    schemes: tuple[Scheme, ...]

    def __getitem__(self, code: str) -> Scheme:
        for scheme in self.schemes:
            if scheme.code == code:
                return scheme
        known = "、".join(scheme.code for scheme in self.schemes)
        raise TableError("error.rule_unknown", given=code, known=known)


def read_crosswalks(taxonomy: Taxonomy, path: Path = CROSSWALKS_FILE) -> Crosswalks:
    """Read the cross-walks from other schemes to the categories of `taxonomy`.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    TableError
        A scheme stands twice or lacks words, or a category belongs to two
        members of one scheme.
    """
    content = read_toml(path)
    try:
        schemes = tuple(_scheme(row) for row in content.get("scheme", ()))
    except (KeyError, TypeError) as fault:
        raise _fault(path, "scheme", str(fault)) from fault
    codes = [scheme.code for scheme in schemes]
    if not schemes or len(set(codes)) < len(codes):
        raise _fault(path, "scheme", "、".join(codes))
    for scheme in schemes:
        for category in taxonomy.codes:
            of = [m.words.zh for m in scheme.members if category.startswith(m.codes)]
            if len(of) > 1:
                raise _fault(path, scheme.code, f"{category}: {'、'.join(of)}")
    return Crosswalks(schemes)


def _scheme(row: dict[str, Any]) -> Scheme:
    return Scheme(
        code=row["code"],
        words=Words(row["zh"], row["en"]),
        outside=Words(row["outside_zh"], row["outside_en"]),
        members=tuple(
            Member(
                Words(one["zh"], one["en"]),
                tuple(one["codes"]),
                tuple(one.get("also", ())),
                bool(one.get("beside", False)),
            )
            for one in row["member"]
        ),
    )


def _fault(path: Path, entry: str, detail: str) -> TableError:
    return TableError("error.rulebook_entry", file=path.name, entry=entry, detail=detail)


def kind_view(
    place: Place, scheme: Scheme, *, community_codes: tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Return how many registered and filed organisations each kind of a scheme has.

    Social organisations that still exist, filed ones once their filing is
    complete; each counted once, by its first category.

    Parameters
    ----------
    scheme
        ``read_crosswalks(place.taxonomy)["six_registered"]``.
    community_codes
        Only organisations of these communities; None: the whole district,
        those without a place included.

    Returns
    -------
    DataFrame with `VIEW_COLUMNS`, one row a member in the scheme's order, then
    ``outside``: together they are all organisations.
    """
    register = place.register
    filed = register["level"] == "备案"
    counted = standing(register)
    if community_codes is not None:
        counted &= home_communities(place).isin(community_codes)
    member_of = {code: scheme.member_of(code) for code in register["category"].unique()}
    position = register["category"].map(member_of).fillna(len(scheme.members)).astype(int)
    words = [*(member.words for member in scheme.members), scheme.outside]
    view = pd.DataFrame(
        {
            "member": [*map(str, range(len(scheme.members))), OUTSIDE],
            "zh": [one.zh for one in words],
            "en": [one.en for one in words],
        }
    )
    for column, which in (("registered", counted & ~filed), ("filed", counted & filed)):
        counts = position[which].value_counts()
        view[column] = counts.reindex(range(len(words)), fill_value=0).to_numpy()
    view["total"] = view["registered"] + view["filed"]
    view["share"] = view["total"] / view["total"].sum() if view["total"].sum() else float("nan")
    return view[list(VIEW_COLUMNS)]
