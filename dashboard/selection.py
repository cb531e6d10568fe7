"""The one selection all pages share, and its home in the address.

Widgets keep their values in the session under the keys below. A new session
takes them from the address, so that a link opens the same view; every run
writes them back.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from coverage.standard import (
    MINUTES_BOUNDS,
    SPEED_PERCENT_BOUNDS,
    STATES_DOUBTFUL,
    Standard,
)
from dashboard.words import LANGUAGE_KEY
from geo.phrases import LANGUAGES
from geo.taxonomy import Taxonomy

ALL = "all"
OTHER = "other"
LEVELS_OFFERED = ("登记", "备案")
OWN_MINUTES = 15

PLACE, GROUP, CATEGORY = "ask_place", "ask_group", "ask_category"
SAME_MINUTES, MINUTES, SPEED = "ask_same_minutes", "ask_minutes", "ask_speed"
LEVELS, STATES, COMMITTEES = "ask_levels", "ask_states", "ask_committees"
COMMUNITY, ORGANISATION, RESIDENT = "ask_community", "ask_organisation", "ask_resident"

KEPT = (PLACE, SAME_MINUTES, MINUTES, SPEED, LEVELS, STATES, COMMITTEES, LANGUAGE_KEY)

LIST_MARK = "."


@dataclass(frozen=True)
class Selection:
    """What is being looked at: a place, a subject, and the planner's question."""

    place_id: str
    subject: str
    community: str
    organisation: str
    resident: str
    standard: Standard


def begin(place_ids: tuple[str, ...]) -> None:
    """Fill a new session from the address; what the address misstates is left at its default."""
    state, asked = st.session_state, st.query_params
    if PLACE in state or "kept_question" in state:
        _remember()
        if state[PLACE] not in place_ids:
            # Somebody put the place away meanwhile.
            state[PLACE], state[COMMUNITY], state[ORGANISATION] = place_ids[0], "", ""
        return
    state[PLACE] = asked.get("place") if asked.get("place") in place_ids else place_ids[0]
    state[COMMUNITY] = asked.get("community", "")
    state[ORGANISATION] = asked.get("organisation", "")
    state[RESIDENT] = asked.get("resident", "")
    state["ask_subject"] = asked.get("subject", "")
    given = _whole(asked.get("minutes"), MINUTES_BOUNDS)
    state[SAME_MINUTES] = given is not None
    state[MINUTES] = given if given is not None else OWN_MINUTES
    state[SPEED] = _whole(asked.get("speed"), SPEED_PERCENT_BOUNDS) or 100
    state[LEVELS] = _listed(asked.get("levels"), LEVELS_OFFERED) or list(LEVELS_OFFERED)
    state[STATES] = _listed(asked.get("states"), STATES_DOUBTFUL)
    state[COMMITTEES] = asked.get("committees") == "1"
    state[LANGUAGE_KEY] = asked.get("lang") if asked.get("lang") in LANGUAGES else "zh"
    _remember()


def _remember() -> None:
    """Keep the question beside its widgets, and bring back what a change of page forgot.

    The browser does not send widgets it has not drawn, such as those in a
    closed popover; changing the page then drops them.
    """
    state = st.session_state
    kept = state.setdefault("kept_question", {})
    for key in KEPT:
        if key in state:
            kept[key] = state[key]
        else:
            state[key] = kept[key]


def settle_subject(taxonomy: Taxonomy, subjects: tuple[str, ...]) -> None:
    """Bring group and category in line with each other and with the place."""
    state = st.session_state
    groups = tuple(group.code for group in taxonomy.groups if group.code in subjects)
    asked = state.pop("ask_subject", "")
    if asked == ALL or asked in groups:
        state[GROUP], state[CATEGORY] = asked, ""
    elif asked in subjects:
        group = taxonomy.group_of(asked)
        state[GROUP], state[CATEGORY] = (group.code if group else OTHER), asked
    offered = (*groups, ALL, OTHER)
    if state.get(GROUP) not in offered:
        state[GROUP], state[CATEGORY] = (groups[0] if groups else OTHER), ""
    offered_categories = categories_offered(taxonomy, subjects, state[GROUP])
    if state.get(CATEGORY) not in offered_categories:
        state[CATEGORY] = offered_categories[0]


def categories_offered(
    taxonomy: Taxonomy, subjects: tuple[str, ...], group: str
) -> tuple[str, ...]:
    """Return the category codes under a group; "" stands for the group as a whole."""
    if group == ALL:
        return ("",)
    if group == OTHER:
        grouped = {code for one in taxonomy.groups for code in one.categories}
        rest = tuple(code for code in taxonomy.codes if code in subjects and code not in grouped)
        return rest or ("",)
    return ("", *taxonomy.group(group).categories)


def selection() -> Selection:
    """Return the selection as the widgets stand now."""
    state = st.session_state
    standard = Standard(
        minutes=state[MINUTES] if state[SAME_MINUTES] else None,
        speed_percent=state[SPEED],
        levels=frozenset(state[LEVELS] or LEVELS_OFFERED),
        states=frozenset({"正常", *state[STATES]}),
    )
    if state[COMMITTEES]:
        standard = standard.with_committees()
    return Selection(
        place_id=state[PLACE],
        subject=state[CATEGORY] or state[GROUP],
        community=state[COMMUNITY],
        organisation=state[ORGANISATION],
        resident=state[RESIDENT],
        standard=standard,
    )


def look_at(*, community: str = "", organisation: str = "", resident: str = "") -> None:
    """Look at one thing: a community (and one of its resident points) or an organisation."""
    state = st.session_state
    state[COMMUNITY], state[ORGANISATION], state[RESIDENT] = community, organisation, resident


def write_address(chosen: Selection, *, step: str = "") -> None:
    """Put the selection into the address; what stands at its default is left out.

    `step` is the page of the story in presenter mode.
    """
    state = st.session_state
    wanted = {"place": chosen.place_id, "subject": chosen.subject}
    if state[SAME_MINUTES]:
        wanted["minutes"] = str(state[MINUTES])
    if state[SPEED] != 100:
        wanted["speed"] = str(state[SPEED])
    if chosen.standard.levels != frozenset(LEVELS_OFFERED):
        wanted["levels"] = LIST_MARK.join(sorted(chosen.standard.levels))
    if state[STATES]:
        wanted["states"] = LIST_MARK.join(state[STATES])
    if state[COMMITTEES]:
        wanted["committees"] = "1"
    texts = {
        "community": chosen.community,
        "organisation": chosen.organisation,
        "resident": chosen.resident,
        "step": step,
    }
    wanted.update({name: text for name, text in texts.items() if text})
    if state[LANGUAGE_KEY] != "zh":
        wanted["lang"] = state[LANGUAGE_KEY]
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address() -> dict[str, str]:
    """Return the parameters of the address, for links to other pages."""
    return st.query_params.to_dict()


def _whole(text: str | None, bounds: tuple[int, int]) -> int | None:
    if text is None or not text.isascii() or not text.isdigit():
        return None
    number = int(text)
    return number if bounds[0] <= number <= bounds[1] else None


def _listed(text: str | None, allowed: tuple[str, ...]) -> list[str]:
    given = (text or "").split(LIST_MARK)
    return [one for one in allowed if one in given]
