"""Categories of service: who benefits, how fast they walk, how long they may walk."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from geo.errors import FileError, TableError
from geo.phrases import Language
from geo.tables import COUNT_COLUMNS

TAXONOMY_FILE = Path(__file__).resolve().parent.parent / "data" / "taxonomy.toml"
UNCLASSIFIED = "Z9"
WALKERS = ("adult", "elder", "wheelchair")


@dataclass(frozen=True)
class Category:
    """One kind of service.

    Parameters
    ----------
    code
        Such as ``A1``; `division_zh`/`division_en` is the level above it.
    serves
        Columns of the residents table that count its beneficiaries, best
        first; the first one a place has is used. Empty: no indicator.
    metres_per_minute
        Walking speed of its beneficiaries, exact.
    minutes
        How long the walk may take when nobody chooses otherwise.
    walker
        Which edges its beneficiaries can use: adult, elder or wheelchair.
    core
        1 core gap, 2 extended gap, 0 no gap indicator.
    """

    code: str
    zh: str
    en: str
    division_zh: str
    division_en: str
    serves: tuple[str, ...]
    beneficiaries_zh: str
    beneficiaries_en: str
    metres_per_minute: Fraction
    minutes: int
    walker: str
    core: int
    keywords: tuple[str, ...] = ()

    def name(self, language: Language) -> str:
        """Return the category's name in `language`."""
        return self.zh if language == "zh" else self.en

    def beneficiaries(self, language: Language) -> str:
        """Return who benefits, in `language`."""
        return self.beneficiaries_zh if language == "zh" else self.beneficiaries_en

    def beneficiary_column(self, available: tuple[str, ...]) -> str | None:
        """Return the residents column that counts its beneficiaries, or None."""
        return next((column for column in self.serves if column in available), None)


@dataclass(frozen=True)
class Group:
    """A headline group: covered when any of its categories covers."""

    code: str
    zh: str
    en: str
    categories: tuple[str, ...]

    def name(self, language: Language) -> str:
        """Return the group's name in `language`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Taxonomy:
    """All categories and headline groups of a place, in the order of the file."""

    categories: tuple[Category, ...]
    groups: tuple[Group, ...]

    def __iter__(self) -> Iterator[Category]:
        return iter(self.categories)

    def __contains__(self, code: object) -> bool:
        return any(category.code == code for category in self.categories)

    def __getitem__(self, code: str) -> Category:
        for category in self.categories:
            if category.code == code:
                return category
        raise TableError("error.category_unknown", given=code, known="、".join(self.codes))

    @property
    def codes(self) -> tuple[str, ...]:
        """Every category code, in order."""
        return tuple(category.code for category in self.categories)

    def group(self, code: str) -> Group:
        """Return the group `code`."""
        for group in self.groups:
            if group.code == code:
                return group
        raise TableError(
            "error.category_unknown", given=code, known="、".join(one.code for one in self.groups)
        )

    def group_of(self, category: str) -> Group | None:
        """Return the headline group that `category` belongs to, or None."""
        return next((group for group in self.groups if category in group.categories), None)


def read_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """Read a taxonomy file and hold it to its rules.

    Raises
    ------
    FileError
        The file is missing or is not TOML.
    TableError
        A code stands twice, a group names an unknown category, its categories
        serve different people, or a number is impossible.
    """
    if not path.is_file():
        raise FileError("error.file_missing", file=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FileError("error.file_not_toml", file=str(path), detail=str(fault)) from fault
    try:
        categories = tuple(_category(row) for row in content.get("category", ()))
        groups = tuple(
            Group(row["code"], row["zh"], row["en"], tuple(row["categories"]))
            for row in content.get("group", ())
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise TableError("error.taxonomy_entry", file=str(path), detail=str(fault)) from fault
    return _held_together(Taxonomy(categories, groups), path)


def _category(row: dict[str, Any]) -> Category:
    # 5 km/h has no finite decimal in m/s, so a file may state either.
    if "speed_kmh" in row:
        metres_per_minute = Fraction(str(row["speed_kmh"])) * 1000 / 60
    else:
        metres_per_minute = Fraction(str(row["speed_mps"])) * 60
    category = Category(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        division_zh=row["division_zh"],
        division_en=row["division_en"],
        serves=tuple(row["serves"]),
        beneficiaries_zh=row["beneficiaries_zh"],
        beneficiaries_en=row["beneficiaries_en"],
        metres_per_minute=metres_per_minute,
        minutes=_whole(row, "minutes"),
        walker=row["walker"],
        core=_whole(row, "core"),
        keywords=tuple(row.get("keywords", ())),
    )
    if not 0 < category.metres_per_minute <= 200:
        raise ValueError(f"{category.code}: speed")
    if not 1 <= category.minutes <= 60:
        raise ValueError(f"{category.code}: minutes")
    if category.walker not in WALKERS:
        raise ValueError(f"{category.code}: walker = {category.walker}")
    if category.core not in (0, 1, 2):
        raise ValueError(f"{category.code}: core = {category.core}")
    foreign = set(category.serves) - set(COUNT_COLUMNS)
    if foreign:
        raise ValueError(f"{category.code}: serves = {', '.join(sorted(foreign))}")
    return category


def _whole(row: dict[str, Any], name: str) -> int:
    value = row[name]
    # 12.5 minutes cut to 12 would be a number that nobody stated.
    if type(value) is not int:
        raise ValueError(f"{row['code']}: {name} = {value}")
    return value


def _held_together(taxonomy: Taxonomy, path: Path) -> Taxonomy:
    codes = taxonomy.codes + tuple(group.code for group in taxonomy.groups)
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice or not taxonomy.categories:
        detail = "、".join(twice) or "category = []"
        raise TableError("error.taxonomy_entry", file=str(path), detail=detail)
    for group in taxonomy.groups:
        served = {taxonomy[code].serves for code in group.categories}
        if len(served) != 1:
            raise TableError("error.taxonomy_group_mixed", file=str(path), group=group.code)
    return taxonomy
