"""Answers as strict JSON: no NaN, unknown is null, counts are integers, nothing suppressed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from coverage.reach import CoverageResult
from coverage.standard import Standard
from geo.place import Place

_COUNTS = ("beneficiaries", "covered", "uncovered", "unreached")


def gap_answer(
    place: Place,
    result: CoverageResult,
    gaps: pd.DataFrame,
    group_gaps: pd.DataFrame,
    *,
    with_committees: CoverageResult | None = None,
) -> dict[str, Any]:
    """Return the measured question as plain values, ready for `strict_json`.

    Parameters
    ----------
    place, result
        The place and its measured question.
    gaps, group_gaps
        `coverage.gaps.gap_list` of kind category and group.
    with_committees
        The same question with people's mediation committees counted, because
        mediation is always shown twice.
    """
    category = result.communities["kind"] == "category"
    answer: dict[str, Any] = {
        "place": {
            "id": place.place_id,
            "zh": place.name.zh,
            "en": place.name.en,
            "demonstration": place.demonstration,
            "walking_basis": place.walking_basis,
            "data_date": place.data_date,
            "content_hash": place.content_hash,
            "notes": [{"zh": note.zh, "en": note.en} for note in place.notes],
        },
        "standard": standard_answer(place, result.standard),
        "district": _keyed(result, "category"),
        "groups": _keyed(result, "group"),
        "communities": _community_rows(result.communities[category]),
        "group_communities": _community_rows(result.communities[~category]),
        "gaps": _gap_rows(gaps),
        "group_gaps": _gap_rows(group_gaps),
    }
    if with_committees is not None:
        answer["mediation_with_committees"] = {
            **_keyed(with_committees, "category"),
            **_keyed(with_committees, "group"),
        }
    return answer


def standard_answer(place: Place, standard: Standard) -> dict[str, Any]:
    """Return the question: cut-offs, what counts, and each category's reach in metres."""
    return {
        "minutes": standard.minutes,
        "speed_percent": standard.speed_percent,
        "gap_below": standard.gap_below,
        "serious_below": standard.serious_below,
        "states": sorted(standard.states),
        "levels": sorted(standard.levels),
        "deliveries": sorted(standard.deliveries),
        "providers": sorted(standard.providers),
        "legs": standard.legs,
        "categories": {
            one.code: {
                "minutes": standard.minutes_for(one),
                "metres": standard.reach_mm(one) / 1000,
            }
            for one in place.taxonomy
        },
    }


def strict_json(answer: dict[str, Any]) -> str:
    """Return `answer` as one strict JSON object."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1)


def _keyed(result: CoverageResult, kind: str) -> dict[str, Any]:
    rows = result.district[result.district["kind"] == kind]
    fields = (*_COUNTS, "share", "basis")
    return {str(row["category"]): _plain(row, fields) for row in rows.to_dict("records")}


def _community_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    fields = ("community_code", "category", *_COUNTS, "share", "has_one")
    return [_plain(row, fields) for row in table.to_dict("records")]


def _gap_rows(gaps: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row, tuple(gaps.columns)) for row in gaps.to_dict("records")]


def _plain(row: Mapping[Any, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain_value(row[name]) for name in fields}


def plain_value(value: Any) -> Any:
    """Return a value JSON can hold: numpy numbers as Python's, NaN and blank names as null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if value == "" else value
