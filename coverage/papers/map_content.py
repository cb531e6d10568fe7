"""What one map says: the base that stays, the answer painted on it, and the words beside it.

The page `static/yike_map.js` reads both as JSON, on screen and in the exported
file. Names travel as data and are set with ``textContent``; nothing here is
ever put into a template.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any

from coverage.papers.map_classes import (
    FEW,
    FEW_COLOUR,
    NOBODY,
    NOBODY_COLOUR,
    share_classes,
)
from coverage.papers.map_layers import (
    ALL_GROUPS,
    COMMITTEE_MARK,
    COUNTS,
    NOT_COUNTED,
    CommunityLayer,
    OrganisationLayer,
    compact_json,
)
from coverage.papers.map_marks import MapMarks
from coverage.reach import BASIS_ORDER
from coverage.standard import Standard
from coverage.subjects import subject_categories, subject_named
from geo.phrases import Language, phrase
from geo.place import Place

_CLASS_WORDS = ("best", "fair", "middle", "gap", "serious")


@dataclass(frozen=True)
class MapWords:
    """What stands on the map in words; `legend` pairs a mark with its text.

    `question` says what was asked; it goes along where the map leaves the screen.
    """

    title: str
    legend: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    question: str


def map_words(
    place: Place,
    standard: Standard,
    subject: str,
    organisations: OrganisationLayer,
    language: Language,
    *,
    approval_number: str = "",
) -> MapWords:
    """Return title, legend and notes of the map of `subject`.

    A 审图号 is printed when there is one and leaves no trace when there is none.
    """
    name = subject_name(place, subject, language)
    title = phrase("map.title", language, subject=name, reach=_reach(place, standard, subject))
    rows = []
    for one, words in zip(share_classes(standard), _CLASS_WORDS, strict=True):
        bounds = {"lower": f"{one.lower * 100:g}", "upper": f"{min(one.upper, 1) * 100:g}"}
        rows.append((one.mark, phrase(f"map.class.{words}", language, **bounds)))
    marks = {
        COUNTS: "map.dot.counts_all" if subject == ALL_GROUPS else "map.dot.counts",
        COMMITTEE_MARK: "map.dot.committee",
        NOT_COUNTED: "map.dot.not_counted",
    }
    seen = set(organisations.marks)
    rows += [
        (mark, phrase(key, language, subject=name)) for mark, key in marks.items() if mark in seen
    ]
    notes = _notes(place, standard, subject, language, approval_number)
    return MapWords(title, tuple(rows), notes, _question(standard, language))


def subject_name(place: Place, subject: str, language: Language) -> str:
    """Return the name of a category, a group, or of all groups together."""
    if subject == ALL_GROUPS:
        return phrase("map.all_groups", language)
    return subject_named(place, subject).name(language)


def base_content(place_bounds: list[list[float]], geometry: str) -> dict[str, Any]:
    """Return what the page needs once, without the geometry itself.

    ``key`` changes with the geometry and names its file.
    """
    ramp = [
        {"mark": one.mark, "fill": one.fill, "hatched": one.hatched}
        for one in share_classes(Standard())
    ]
    ramp.append({"mark": FEW, "fill": FEW_COLOUR, "hatched": True})
    return {
        "key": hashlib.sha256(geometry.encode()).hexdigest()[:24],
        "bounds": place_bounds,
        "nothing": NOBODY_COLOUR,
        "classes": [*ramp, {"mark": NOBODY, "fill": NOBODY_COLOUR, "hatched": False}],
    }


def answer_content(
    place: Place,
    communities: CommunityLayer,
    organisations: OrganisationLayer,
    words: MapWords,
    language: Language,
    *,
    picked: str = "",
    areas: list[Any] | None = None,
    marks: MapMarks | None = None,
) -> dict[str, Any]:
    """Return one answer as the page's painting function reads it.

    `marks` are what a click drew over the communities.
    """
    marks = marks or MapMarks()
    words = replace(words, legend=(*words.legend, *marks.legend))
    kinds = sorted(set(organisations.categories))
    at_kind = {code: k for k, code in enumerate(kinds)}
    codes = place.communities.index
    content = {
        "classes": communities.marks,
        "percent": communities.percent,
        "uncovered": communities.uncovered,
        "organisations": {
            "at": organisations.at,
            "marks": organisations.marks,
            "names": organisations.names,
            "kind": [at_kind[code] for code in organisations.categories],
            "kinds": [place.taxonomy[code].name(language) for code in kinds],
        },
        "picked": int(codes.get_indexer([picked])[0]),
        "areas": areas or [],
        # A picture leaves the house: what a class would give away is not painted in it.
        "few": communities.few,
        **marks.content(),
        "words": words_content(place, words, language),
    }
    stamp = hashlib.sha256(compact_json(content).encode()).hexdigest()[:12]
    return content | {"stamp": stamp}


def words_content(place: Place, words: MapWords, language: Language) -> dict[str, Any]:
    """Return the words of a map as the page reads them."""
    return {
        "title": words.title,
        "legend": words.legend,
        "notes": words.notes,
        "nobody": phrase("map.nobody", language),
        "few": few_row(language),
        "left_out": phrase("map.left_out", language),
        "uncovered": phrase("map.uncovered", language),
        "picture": phrase("map.picture", language),
        "closer": phrase("map.closer", language),
        "keys": phrase("map.keys", language),
        "question": words.question,
        "heading": place.name.say(language),
        "file": file_stem(place, language),
    }


def few_row(language: Language) -> tuple[str, str]:
    """Return the row of the legend for communities whose class stays out of papers."""
    return FEW, phrase("map.few", language)


def file_stem(place: Place, language: Language) -> str:
    """Return the name of a map's file without its ending, 示例数据 included."""
    mark = phrase("settings.demonstration", language) if place.demonstration else ""
    parts = (phrase("map.file", language), place.place_id, mark)
    return "_".join(part for part in parts if part)


def coded(content: dict[str, Any]) -> str:
    """Return `content` as JSON in base64: an alphabet in which no name can become code."""
    return base64.b64encode(compact_json(content).encode()).decode()


def _reach(place: Place, standard: Standard, subject: str) -> dict[str, str]:
    """Return how long the walk may be, in words: one figure, or each category's own."""
    if standard.minutes is not None:
        return _both("map.reach.minutes", minutes=standard.minutes)
    if subject == ALL_GROUPS:
        return _both("map.reach.own")
    minutes = {one.minutes for one in subject_categories(place, subject)}
    if len(minutes) == 1:
        return _both("map.reach.minutes", minutes=minutes.pop())
    return _both("map.reach.between", least=min(minutes), most=max(minutes))


def _both(key: str, **values: int) -> dict[str, str]:
    return {"zh": phrase(key, "zh", **values), "en": phrase(key, "en", **values)}


def _question(standard: Standard, language: Language) -> str:
    """Return what was asked in one line: minutes, speed, and which organisations count."""
    joint = "、" if language == "zh" else ", "

    def listed(family: str, values: frozenset[str]) -> str:
        return joint.join(phrase(f"{family}.{one}", language) for one in sorted(values))

    minutes = phrase("map.slider.own", language)
    if standard.minutes is not None:
        minutes = phrase("map.slider.minutes", language, minutes=standard.minutes)
    return phrase(
        "map.question",
        language,
        minutes=minutes,
        percent=standard.speed_percent,
        states=listed("state", standard.states),
        levels=listed("registration", standard.levels),
        deliveries=listed("delivery", standard.deliveries),
        providers=listed("provider", standard.providers),
    )


def _notes(
    place: Place, standard: Standard, subject: str, language: Language, approval_number: str
) -> tuple[str, ...]:
    joint = " · "
    first = [phrase("map.internal", language)]
    if place.demonstration:
        first.append(phrase("settings.demonstration", language))
    if place.walking_basis == "straight_line":
        first.append(phrase("map.straight_line", language))
    uncertain = _uncertain(place, standard, subject)
    if uncertain:
        first.append(phrase("map.basis", language, basis=phrase(f"basis.{uncertain}", language)))
    if place.data_date:
        first.append(phrase("map.data_date", language, date=place.data_date))
    if approval_number:
        first.append(phrase("map.approval_number", language, number=approval_number))
    named = dict.fromkeys(source.attribution for source in place.sources if source.attribution)
    second = [joint.join(named)] if named else []
    return (joint.join(first), *second)


def _uncertain(place: Place, standard: Standard, subject: str) -> str:
    """Return the weakest basis of the people counted, or nothing where all were measured."""
    subjects = [subject]
    if subject == ALL_GROUPS:
        subjects = [group.code for group in place.taxonomy.groups]
    columns = {
        standard.column_for(category, place.count_columns)
        for one in subjects
        for category in subject_categories(place, one)
    }
    seen = {
        basis
        for column in columns
        if column is not None
        for basis in place.residents[f"basis_{column}"].unique()
    }
    weakest = max(seen, key=BASIS_ORDER.index, default=BASIS_ORDER[0])
    return "" if weakest == BASIS_ORDER[0] else weakest
