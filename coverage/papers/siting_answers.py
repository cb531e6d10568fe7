"""Siting and scenario answers as plain values for strict JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from coverage.papers.answers import plain_value, standard_answer
from coverage.proposals import Proposal
from coverage.scenario import Comparison
from coverage.standard import Standard
from geo.metric import WGS84
from geo.place import Place


def place_answer(place: Place) -> dict[str, Any]:
    """Return what identifies a place and what its reader must see."""
    return {
        "id": place.place_id,
        "zh": place.name.zh,
        "en": place.name.en,
        "demonstration": place.demonstration,
        "walking_basis": place.walking_basis,
        "data_date": place.data_date,
        "content_hash": place.content_hash,
        "notes": [{"zh": note.zh, "en": note.en} for note in place.notes],
    }


def site_answer(
    place: Place, standard: Standard, proposal: Proposal, curve: pd.DataFrame | None
) -> dict[str, Any]:
    """Return a proposal as plain values.

    Parameters
    ----------
    place, standard, proposal
        What was asked and answered.
    curve
        `coverage.proposals.proposal_curve`, where it was asked for.
    """
    siting, question = proposal.siting, proposal.question
    degrees = proposal.sites.geometry.to_crs(WGS84)
    sites = _rows(proposal.sites.drop(columns="geometry").reset_index())
    for row, point in zip(sites, degrees, strict=True):
        row["longitude"], row["latitude"] = round(point.x, 7), round(point.y, 7)
    return {
        "place": place_answer(place),
        "standard": standard_answer(place, standard),
        "question": {
            "category": question.category,
            "objective": question.objective,
            "sites": question.sites,
            "share": question.share,
            "worst_off": question.worst_off,
            "locked": list(question.locked),
            "banned": list(question.banned),
            "budget": question.budget,
            "candidates": len(proposal.reachable.candidates),
            "capacities_kept": siting.loads is not None,
        },
        "answer": {
            "objective": plain_value(siting.objective),
            "bound": plain_value(siting.bound),
            "how": siting.how,
            "gap": plain_value(siting.gap),
            "seconds": round(siting.seconds, 3),
            "beneficiaries": int(proposal.reachable.people.sum()),
            "covered_before": plain_value(proposal.covered_before),
            "covered": plain_value(proposal.covered_before + proposal.extra),
            "extra": proposal.extra,
            "smallest_share": plain_value(siting.smallest_share),
            "cost": plain_value(siting.cost),
        },
        "sites": sites,
        "gains": _rows(proposal.gains),
        "never_reached": _rows(proposal.never),
        "curve": None if curve is None else _rows(curve),
    }


def comparison_answer(place: Place, standard: Standard, comparison: Comparison) -> dict[str, Any]:
    """Return a comparison of scenarios with today as plain values."""
    return {
        "place": place_answer(place),
        "standard": standard_answer(place, standard),
        "district": _rows(comparison.district),
        "communities": _rows(comparison.communities),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in table.to_dict("records")]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): plain_value(value) for name, value in row.items()}
