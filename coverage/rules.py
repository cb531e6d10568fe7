"""The districts' own rules: every indicator with its value, its clause, and whether it is reached.

A verdict needs a source that was read (mark V), a threshold, the data, and a
unit the clause is about. Everything else shows its value, if there is one, and
says why there is no verdict::

    达到 / 未达到   judged
    待核           the source is not sure (M, S), or the value was inferred
    不适用         the clause is not about this unit, or there is nothing to divide by
    数据不足       the place lacks the data; the note says which
    参考           a value without a target
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from coverage.ground import Ground, Population, ground_of
from coverage.kinds import kind_view, read_crosswalks
from coverage.matching import supply_matches
from coverage.measured import Measured
from coverage.measures_organisations import OF_ORGANISATIONS
from coverage.measures_over_time import OVER_TIME
from coverage.measures_units import OF_UNITS
from coverage.platforms import merge_candidates, platform_matrix
from coverage.published import implied_denominator, published_figures, ratio_is_possible
from coverage.reach import DISTRICT, CoverageResult
from coverage.rulebook import RULES_FILE, Rule, Rules, read_rules
from coverage.structure import category_structure, culture_only
from coverage.supplements import Supplements, read_supplements
from coverage.walking import Walks
from geo.phrases import Language, Phrase, phrase, phrase_table
from geo.place import Place
from geo.tables import GENERATED_UNIT_KINDS

__all__ = [
    "INDICATOR_COLUMNS",
    "RULES_FILE",
    "VERDICTS",
    "Ground",
    "Population",
    "Rule",
    "Rules",
    "Supplements",
    "category_structure",
    "counted_words",
    "culture_only",
    "ground_of",
    "implied_denominator",
    "indicators",
    "kind_view",
    "merge_candidates",
    "platform_matrix",
    "published_figures",
    "ratio_is_possible",
    "read_crosswalks",
    "read_rules",
    "read_supplements",
    "say_notes",
    "supply_matches",
    "verdict_words",
]

REACHED, NOT_REACHED, TO_CHECK = "达到", "未达到", "待核"
NOT_ABOUT, NO_DATA, FOR_REFERENCE = "不适用", "数据不足", "参考"
VERDICTS = (REACHED, NOT_REACHED, TO_CHECK, NOT_ABOUT, NO_DATA, FOR_REFERENCE)

MEASURES = {**OF_ORGANISATIONS, **OF_UNITS, **OVER_TIME}
INDICATOR_COLUMNS = (
    "rule_id",
    "rule",
    "level",
    "unit_code",
    "unit",
    "value",
    "numerator",
    "denominator",
    "per",
    "percent",
    "counted",
    "column",
    "basis",
    "comparison",
    "threshold",
    "distance",
    "verdict",
    "mark",
    "missing",
    "notes",
    "title_zh",
    "title_en",
    "clause_zh",
    "clause_en",
    "source_zh",
    "source_en",
)


def indicators(
    place: Place,
    result: CoverageResult,
    rules: Rules,
    *,
    walks: Walks | None = None,
    supplements: Supplements | None = None,
    population: Population | None = None,
) -> pd.DataFrame:
    """Return every indicator of `rules` for every unit it is measured on.

    Parameters
    ----------
    place, result
        The place and its measured question (which service points count).
    rules
        `read_rules`.
    walks
        The walks behind `result`; without them rules about distances lack data.
    supplements
        `read_supplements`: platform lists, yearly totals, surveys.
    population
        A typed number of people of the district, which then replaces the
        place's own wherever the district's people are divided by.

    Returns
    -------
    DataFrame with `INDICATOR_COLUMNS`, rules in the order of the file, units
    district, subdistricts, communities. ``value = numerator / denominator x
    per`` (``denominator`` empty: the value is the numerator); ``distance`` is
    what is still lacking to the threshold, in what the numerator counts
    (``counted``): ``ceil(threshold x denominator / per) - numerator``, at least
    0. ``percent``: the value is a share; ``column``: the residents the rule
    counts or divides by. ``notes`` hold phrases for `say_notes`.
    """
    ground = ground_of(place, result, walks=walks, supplements=supplements, population=population)
    rows = [row for rule in rules for row in _measured_rows(ground, rule, rules)]
    table = pd.DataFrame(rows, columns=list(_BUILT_COLUMNS))
    table["distance"] = table["distance"].astype("Int64")
    return table[list(INDICATOR_COLUMNS)]


def say_notes(notes: tuple[Phrase, ...], language: Language) -> str:
    """Return the notes of an indicator row as one line."""
    return ("；" if language == "zh" else "; ").join(note.say(language) for note in notes)


def verdict_words(verdict: str, language: Language) -> str:
    """Return a verdict in the reader's language."""
    return phrase(f"verdict.{verdict}", language)


def counted_words(counted: str, language: Language) -> str:
    """Return what a numerator and its distance count, in the reader's language."""
    return phrase(f"counted.{counted}", language)


def _measured_rows(ground: Ground, rule: Rule, rules: Rules) -> list[tuple[Any, ...]]:
    """Return `INDICATOR_COLUMNS` of every unit that `rule` is measured on."""
    measured = MEASURES[rule.measure](ground, rule, rules)
    stopped = _stopped(rule, measured, ground)
    units = zip(*(ground.units[name].to_list() for name in _UNIT_COLUMNS), strict=True)
    words = (
        *(rule.title.zh, rule.title.en, rule.clause.zh, rule.clause.en),
        *(rule.source.zh, rule.source.en),
    )
    shown = (measured.scale, rule.percent, measured.counted, measured.column)
    fixed = (rule.mark, measured.missing, *words, *shown)
    return [
        (rule.rule_id, rule.rule, *unit, *fixed, *_row(rule, measured, k, *stopped[k]))
        for k, unit in enumerate(units)
        if unit[0] in rule.levels
    ]


_UNIT_COLUMNS = ("level", "unit_code", "unit")
_BUILT_COLUMNS = (
    *("rule_id", "rule", *_UNIT_COLUMNS, "mark", "missing"),
    *("title_zh", "title_en", "clause_zh", "clause_en", "source_zh", "source_en"),
    *("per", "percent", "counted", "column"),
    *("value", "numerator", "denominator", "basis", "comparison"),
    *("threshold", "distance", "verdict", "notes"),
)


def _row(
    rule: Rule, measured: Measured, k: int, verdict: str, note: Phrase | None
) -> tuple[Any, ...]:
    """Return the columns from ``value`` on of one unit."""
    if verdict in (NOT_ABOUT, NO_DATA) and note is not None and not _keeps_value(note):
        return (np.nan, np.nan, np.nan, "", "", np.nan, None, verdict, (note,))
    numerator = value = float(measured.numerator[k])
    denominator = np.nan
    whole: Exact = 1
    if measured.denominator is not None:
        denominator = float(measured.denominator[k])
        value = numerator / denominator * measured.scale
        whole = _exact(denominator)
    threshold = rule.threshold if measured.thresholds is None else measured.thresholds[k]
    distance, comparison, shown = None, "", np.nan
    if threshold is not None:
        comparison, shown = rule.comparison, float(threshold)
        # In whole numbers: 477 of 530 are 90 %, whatever a computer makes of 0.9.
        has = _exact(numerator) * measured.scale * threshold.denominator
        wants = threshold.numerator * whole
        if comparison == ">=":
            distance = max(
                0, math.ceil(Fraction(wants - has, measured.scale * threshold.denominator))
            )
        verdict = verdict or _judged(comparison, has, wants)
    basis = measured.basis if isinstance(measured.basis, str) else measured.basis[k]
    notes = (*measured.notes, note) if note else measured.notes
    return (
        *(value, numerator, denominator, basis, comparison, shown, distance),
        *(verdict or FOR_REFERENCE, notes),
    )


Exact = int | Fraction


def _exact(number: float) -> Exact:
    return int(number) if number.is_integer() else Fraction(number)


def _judged(comparison: str, has: Exact, wants: Exact) -> str:
    compare = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
    return REACHED if compare[comparison](has, wants) else NOT_REACHED


def _keeps_value(note: Phrase) -> bool:
    """Whether a unit the clause is not about still shows its value (people live there too)."""
    return note.key == "rule_note.generated_value"


_Stop = tuple[str, Phrase | None]


def _stopped(rule: Rule, measured: Measured, ground: Ground) -> list[_Stop]:
    """Return, for each unit, why there is no verdict and its note; ``("", None)``: there is one."""
    units = ground.units
    if measured.missing:
        what = _missing_words(measured.missing)
        return [(NO_DATA, Phrase.of("rule_note.missing", what=what))] * len(units)
    meant = ground.of_communities(ground.of_kinds(rule.units)) > 0
    all_generated = ground.all_generated
    lacking = measured.lacking if measured.lacking is not None else np.zeros(len(units), np.bool_)
    empty = np.zeros(len(units), np.bool_)
    if measured.denominator is not None:
        empty = measured.denominator == 0
    judged = rule.threshold is not None or measured.thresholds is not None
    # Who counts people within a distance may count those of derived units too; who counts
    # communities may not count these as such.
    of_people = not set(rule.units).isdisjoint(GENERATED_UNIT_KINDS)
    about_units = (bool(rule.units) or rule.measure == "platforms") and not of_people
    unsure = _unsure(rule)
    stops: list[_Stop] = []
    for k, (level, kind) in enumerate(zip(units["level"], units["unit_kind"], strict=True)):
        generated = bool(all_generated[k])
        if generated and about_units and (rule.units or level != DISTRICT):
            stops.append((NOT_ABOUT, Phrase.of("rule_note.generated")))
        elif level == "community" and not meant[k]:
            stops.append((NOT_ABOUT, Phrase.of("rule_note.other_kind", kind=kind)))
        elif lacking[k]:
            stops.append((NO_DATA, Phrase.of("rule_note.missing_here")))
        elif empty[k] or not meant[k]:
            stops.append((NOT_ABOUT, Phrase.of("rule_note.nothing_to_divide")))
        elif unsure is not None:
            stops.append((TO_CHECK, unsure))
        elif measured.sure is not None and not measured.sure[k]:
            stops.append((TO_CHECK, None))
        elif generated and judged and level != DISTRICT:
            stops.append((NOT_ABOUT, Phrase.of("rule_note.generated_value")))
        else:
            stops.append(("", None))
    return stops


def _unsure(rule: Rule) -> Phrase | None:
    """Return why a rule gives no verdict anywhere, or None."""
    if rule.doubt is not None:
        doubt = {"zh": rule.doubt.zh, "en": rule.doubt.en}
        return Phrase.of("rule_note.doubt", doubt=doubt)
    return None if rule.gives_verdict else Phrase.of(f"mark.{rule.mark}")


def _missing_words(missing: str) -> Phrase:
    """Return what a place lacks: an input by name, else a column of one of its tables."""
    key = f"missing.{missing}"
    return Phrase.of(key) if key in phrase_table() else Phrase.of("missing.column", column=missing)
