"""What a meeting tries on the map: close this one, open one here; answered at once."""

from __future__ import annotations

from html import escape

import streamlit as st

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


def pick(kind: str, code: str) -> None:
    """Remember what was clicked: ``community`` or ``organisation``, and its code."""
    st.session_state[PICKED] = (kind, code)


def unpick() -> None:
    """Forget what was clicked."""
    st.session_state[PICKED] = ("", "")


def picked_community() -> str:
    """Return the code of the community clicked last; empty where it was none."""
    kind, code = st.session_state[PICKED]
    return code if kind == "community" else ""


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
        kind, code = st.session_state[PICKED]
        if not kind and here:
            kind, code = "community", here
        if kind == "organisation" and code in place.register.index:
            _offer(
                str(place.register.at[code, "name"]),
                say("present.close"),
                "present_close",
                CloseOrganisation(code),
            )
        elif kind == "community" and question is not None:
            category = place.taxonomy[question.category].name(language())
            _offer(
                str(place.communities.at[code, "name"]),
                say("present.open", category=plain(category)),
                "present_open",
                opening_at(place, tried(), question.category, code),
            )
        else:
            st.markdown(say("present.try", unit=unit(place)))
        if tried().edits:
            _draw_tried(place, story, standard, base)


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
