"""Where next, ready to be shown: sites in order, the curve, the edits of a what-if in words."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from coverage.papers.map_content import subject_name
from coverage.papers.map_edits import opened_at
from coverage.proposals import Objective, Proposal, SiteQuestion
from coverage.scenario import (
    AddOrganisation,
    CloseOrganisation,
    Edit,
    MoveOrganisation,
    ReopenOrganisation,
    Scenario,
)
from coverage.site_search import percent_up
from coverage.siting import Siting
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import STATES_ENDED

SITE_PAPER_COLUMNS = ("order", "community", "name", "gain", "communities", "gains")
CURVE_PAPER_COLUMNS = ("sites", "community", "gain", "extra")
MATCHES = 30
NAMED_GAINS = 4


def site_question(category: str, objective: Objective, sites: int, percent: int) -> SiteQuestion:
    """Return the question as the page asks it; `percent` of the people for the fewest sites."""
    return SiteQuestion(category, sites=sites, objective=objective, share=percent / 100)


def category_choices(place: Place, subject: str, measurable: tuple[str, ...]) -> tuple[str, ...]:
    """Return the categories a site can be sought for, those of the subject's own group.

    `subject` is a category, a group, or all groups together.
    """
    taxonomy = place.taxonomy
    group = next((one for one in taxonomy.groups if one.code == subject), None)
    if group is None and subject in taxonomy:
        group = taxonomy.group_of(subject)
    if group is not None:
        codes = group.categories
    elif subject in taxonomy:
        codes = (subject,)
    else:
        codes = tuple(code for one in taxonomy.groups for code in one.categories)
    return tuple(code for code in codes if code in measurable)


def certainty(siting: Siting, language: Language) -> str:
    """Return how good the answer is: proven, within so much of the best, or greedy."""
    return phrase(f"where.certainty.{siting.how}", language, percent=percent_up(siting.gap))


def site_paper(proposal: Proposal, language: Language) -> pd.DataFrame:
    """Return the sites in the order of opening, `SITE_PAPER_COLUMNS`.

    ``gains`` names the communities that gain most, with their people.
    """
    sites = proposal.sites
    outside = phrase("where.outside", language)
    return pd.DataFrame(
        {
            "order": sites["order"],
            "community": sites["community"].where(sites["community"] != "", outside),
            "name": sites["name"],
            "gain": sites["gain"],
            "communities": sites["communities"],
            "gains": [_gains(proposal, str(one), language) for one in sites.index],
        },
        columns=list(SITE_PAPER_COLUMNS),
    ).reset_index(drop=True)


def curve_paper(proposal: Proposal, place: Place, curve: pd.DataFrame) -> pd.DataFrame:
    """Return what each further site buys, `CURVE_PAPER_COLUMNS`."""
    at = proposal.reachable.candidates["community_code"].reindex(curve["candidate_id"])
    return pd.DataFrame(
        {
            "sites": curve["sites"].to_numpy(),
            "community": place.communities["name"].reindex(at).fillna("").to_numpy(),
            "gain": curve["gain"].to_numpy(),
            "extra": curve["extra"].to_numpy(),
        },
        columns=list(CURVE_PAPER_COLUMNS),
    )


def most_extra(curve: pd.DataFrame) -> int:
    """Return the end of the scale on which the curve is drawn; at least 1."""
    return max(1, int(curve["extra"].max())) if len(curve) else 1


def never_words(proposal: Proposal, language: Language) -> tuple[int, str]:
    """Return how many people no site can reach, and the communities with most of them."""
    never = proposal.never
    return int(never["people"].sum()), _listed(list(never["community"][:NAMED_GAINS]), language)


def organisations_matching(
    place: Place, text: str, chosen: str, language: Language
) -> dict[str, str]:
    """Return organisations whose name holds `text`, as id and label; at most `MATCHES`.

    Without a text, the organisation `chosen` on the map. Ended ones are left
    out: they cannot close again.
    """
    register = place.register[~place.register["state"].isin(STATES_ENDED)]
    if text.strip():
        found = register["name"].str.contains(text.strip(), case=False, regex=False)
        rows = register[found].head(MATCHES)
    else:
        rows = register[register.index == chosen]
    joint = "，" if language == "zh" else ", "
    kinds = [_kind(place, code, language) for code in rows["category"]]
    return {
        str(code): joint.join(part for part in (name, kind) if part)
        for code, name, kind in zip(rows.index, rows["name"], kinds, strict=True)
    }


def opening_at(place: Place, scenario: Scenario, category: str, code: str) -> AddOrganisation:
    """Return the edit that opens an organisation of `category` in the middle of a community."""
    shape = place.communities.geometry.loc[code]
    middle = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
    return opened_at(place, scenario, category, (middle.x, middle.y), place.crs)


def with_proposal(scenario: Scenario, proposal: Proposal) -> Scenario:
    """Return `scenario` with the proposed sites opened that it does not open already."""
    taken = {edit.organisation_id for edit in scenario.edits if isinstance(edit, AddOrganisation)}
    fresh = [
        edit
        for edit in proposal.scenario.edits
        if isinstance(edit, AddOrganisation) and edit.organisation_id not in taken
    ]
    return replace(scenario, edits=(*scenario.edits, *fresh))


def without_last(scenario: Scenario) -> Scenario:
    """Return `scenario` without its last edit."""
    return scenario.without_edit(len(scenario.edits) - 1) if scenario.edits else scenario


def edit_words(place: Place, edit: Edit, language: Language) -> str:
    """Return an edit as a short line; its note after it."""
    joint = "，" if language == "zh" else ", "
    match edit:
        case AddOrganisation():
            kinds = [_kind(place, code, language) for code in edit.categories]
            what = f"{edit.name} · {_listed(kinds, language)}"
            words = phrase("where.edit.add", language, name=what)
        case CloseOrganisation():
            name = _organisation(place, edit.organisation_id)
            words = phrase("where.edit.close", language, name=name)
        case MoveOrganisation():
            name = _organisation(place, edit.organisation_id)
            words = phrase("where.edit.move", language, name=name)
        case ReopenOrganisation():
            name = _organisation(place, edit.organisation_id)
            words = phrase("where.edit.reopen", language, name=name)
        case _:
            words = phrase(f"where.edit.{type(edit).__name__}", language)
    return joint.join(part for part in (words, edit.note) if part)


def _gains(proposal: Proposal, candidate: str, language: Language) -> str:
    rows = proposal.gains[proposal.gains["candidate_id"] == candidate].head(NAMED_GAINS)
    pairs = zip(rows["community"], rows["gain"], strict=True)
    words = [phrase("where.people_in", language, name=name, count=gain) for name, gain in pairs]
    return _listed(words, language)


def _listed(words: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)


def _kind(place: Place, code: str, language: Language) -> str:
    return subject_name(place, code, language) if code in place.taxonomy else ""


def _organisation(place: Place, organisation_id: str) -> str:
    if organisation_id not in place.register.index:
        return organisation_id
    return str(place.register.at[organisation_id, "name"])
