"""What a meeting tries on the map: close this one, open one here; answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from coverage.papers.map_edits import opened_at
from coverage.papers.site_table import edit_words, opening_at, without_last
from coverage.papers.story import Story, both, change
from coverage.papers.story_words import edit_answer
from coverage.proposals import SiteQuestion
from coverage.scenario import CloseOrganisation, Edit, Scenario
from coverage.standard import Standard
from dashboard import what_if
from dashboard.frame import unit
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place

TRIED, PICKED = "present_tried", "present_picked"


def begin(place: Place) -> None:
    """Begin a meeting with nothing tried."""
    st.session_state[TRIED] = Scenario("", crs=place.crs.to_string())
    unpick()


def tried() -> Scenario:
    """Return the edits tried so far."""
    return st.session_state[TRIED]


@dataclass(frozen=True)
class Picked:
    """What was clicked: ``community``, ``organisation`` or ``spot``, its code, and where.

    `at` is longitude and latitude; None for a community nobody clicked in.
    """

    kind: str = ""
    code: str = ""
    at: tuple[float, float] | None = None


def pick(picked: Picked) -> None:
    """Remember what was clicked."""
    st.session_state[PICKED] = picked


def unpick() -> None:
    """Forget what was clicked."""
    st.session_state[PICKED] = Picked()


def picked() -> Picked:
    """Return what was clicked last."""
    return st.session_state[PICKED]


def draw(
    place: Place,
    story: Story,
    standard: Standard,
    question: SiteQuestion | None,
    *,
    base: Scenario,
    here: str,
) -> None:
    """Draw what can be tried where somebody clicked, and what the edits so far change.

    `base` is what the edits are compared with: nothing, or the proposal; `here` is
    the community offered until somebody clicks, empty: none.
    """
    with st.container(key="present_try", gap="small"):
        chosen = picked() if picked().kind or not here else Picked("community", here)
        if chosen.kind == "organisation" and chosen.code in place.register.index:
            _offer(
                str(place.register.at[chosen.code, "name"]),
                say("present.close"),
                "present_close",
                CloseOrganisation(chosen.code),
            )
        elif chosen.kind in ("community", "spot") and question is not None:
            _offer_opening(place, chosen, question.category)
        else:
            st.markdown(say("present.try", unit=unit(place)))
        if tried().edits:
            _draw_tried(place, story, standard, base)


def _offer_opening(place: Place, chosen: Picked, category: str) -> None:
    """Offer to open one where somebody clicked; in the middle of a community nobody clicked in."""
    name = say("present.spot")
    if chosen.kind == "community":
        name = str(place.communities.at[chosen.code, "name"])
    if chosen.at is None:
        edit = opening_at(place, tried(), category, chosen.code)
    else:
        edit = opened_at(place, tried(), category, chosen.at)
    words = place.taxonomy[category].name(language())
    _offer(name, say("present.open", category=plain(words)), "present_open", edit)


def _offer(name: str, label: str, key: str, edit: Edit) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{plain(name)}**", width="content")
        st.button(label, key=key, type="primary", on_click=_add, args=(edit,))


def _draw_tried(place: Place, story: Story, standard: Standard, base: Scenario) -> None:
    edits = tried().edits
    try:
        before = what_if.outcome(place, standard, story.subject, base)
        after = what_if.outcome(place, standard, story.subject, both(base, tried()))
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        st.button(say("present.undo"), key="present_undo", on_click=_undo)
        return
    answer = edit_answer(place, story, change(story, before, after), language())
    names = [escape(edit_words(place, edit, language())) for edit in edits]
    first, rest = escape(answer[0]), escape(" · ".join(answer[1:]))
    listed = "".join(f"<li>{name}</li>" for name in names)
    st.html(f'<p class="answer"><b>{first}</b><span>{rest}</span></p><ol>{listed}</ol>')
    with st.container(horizontal=True, gap="small"):
        st.button(say("present.undo"), key="present_undo", on_click=_undo)
        st.button(say("present.clear"), key="present_clear", on_click=begin, args=(place,))


def _add(edit: Edit) -> None:
    st.session_state[TRIED] = tried().with_edit(edit)
    unpick()


def _undo() -> None:
    st.session_state[TRIED] = without_last(tried())
