"""The sidebar: the question every page shares, and the way to the other pages."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import Page

from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS, STATES_DOUBTFUL
from dashboard import answers
from dashboard import selection as sel
from dashboard.words import LANGUAGE_KEY, language, plain, say
from geo.phrases import LANGUAGES, phrase
from geo.place import Place


def ask_place() -> None:
    """Draw the title and the choice of a place."""
    said = {name: words.say(language()) for name, words in answers.shown_names().items()}
    listed = list(said.values())
    # A menu knows its choices by their words: two places of one name get their folder beside it.
    names = {
        name: f"{words} · {name}" if listed.count(words) > 1 else words
        for name, words in said.items()
    }
    st.markdown(f"### {say('screen.product')}")
    st.caption(say("screen.subtitle"))
    st.selectbox(say("screen.place"), list(names), format_func=names.__getitem__, key=sel.PLACE)


def ask_question(place: Place, subjects: tuple[str, ...]) -> None:
    """Draw group, category, minutes, speed and what counts."""
    _ask_subject(place, subjects)
    _ask_minutes()
    st.slider(
        say("screen.speed"),
        *SPEED_PERCENT_BOUNDS,
        step=10,
        key=sel.SPEED,
        help=say("screen.speed.help"),
        format="%d %%",
    )
    with st.popover(_counting_words(), width="stretch"):
        _ask_counting()


def links(pages: list[Page], titles: dict[str, str]) -> None:
    """Draw the way to every page; the selection travels in the address."""
    with st.container(key="page_links", gap=None):
        for page in pages:
            st.page_link(
                page,
                label=titles[page.url_path],
                query_params=sel.address(),
                width="stretch",
            )


def ask_language() -> None:
    """Draw the language switch."""
    st.segmented_control(
        say("screen.language"),
        LANGUAGES,
        format_func=lambda code: say(f"screen.language.{code}"),
        key=LANGUAGE_KEY,
        on_change=_say_choices_anew,
        required=True,
        label_visibility="collapsed",
    )


def _say_choices_anew() -> None:
    """Make the browser write what stands chosen in its boxes in the new language.

    It keeps the words of a choice that stays the same; a choice that the
    session sets it writes anew.
    """
    state = st.session_state
    for key, chosen in state.to_dict().items():
        if isinstance(chosen, str):
            state[key] = chosen


def meeting_link(page: Page | None) -> None:
    """Draw the way into presenter mode."""
    if page is not None:
        st.page_link(
            page,
            label=say("present.enter"),
            help=say("present.enter.help"),
            query_params=sel.address(),
            width="content",
        )


def _ask_subject(place: Place, subjects: tuple[str, ...]) -> None:
    taxonomy = place.taxonomy
    sel.settle_subject(taxonomy, subjects)
    groups = {one.code: one.name(language()) for one in taxonomy.groups if one.code in subjects}
    names = {sel.ALL: say("screen.group.all"), **groups, sel.OTHER: say("screen.group.other")}
    st.segmented_control(
        say("screen.group"),
        list(names),
        format_func=names.__getitem__,
        key=sel.GROUP,
        required=True,
    )
    chosen = st.session_state[sel.GROUP]
    if chosen == sel.ALL:
        # A box of its own: the browser keeps the words of a choice that stays, and under
        # the next group this one would still read as the lowest of all groups.
        st.selectbox(say("screen.category"), [say("screen.category.lowest")], disabled=True)
        return
    whole = say("screen.category.whole_group")
    st.selectbox(
        say("screen.category"),
        sel.categories_offered(taxonomy, subjects, chosen),
        format_func=lambda code: taxonomy[code].name(language()) if code else whole,
        key=sel.CATEGORY,
    )


def _ask_minutes() -> None:
    same = st.toggle(
        say("screen.minutes.same"), key=sel.SAME_MINUTES, help=say("screen.minutes.help")
    )
    st.slider(
        say("screen.minutes.value"),
        *MINUTES_BOUNDS,
        key=sel.MINUTES,
        disabled=not same,
        label_visibility="collapsed",
        format=say("screen.minutes.format"),
    )


def _counting_words() -> str:
    state = st.session_state
    states = len(state[sel.STATES]) + 1
    words = [
        say("screen.counting.normal") if states == 1 else say("screen.counting.plus", count=states)
    ]
    chosen = [level for level in sel.LEVELS_OFFERED if level in state[sel.LEVELS]]
    levels = chosen or sel.LEVELS_OFFERED
    words.append(" + ".join(phrase(f"registration.{level}", language()) for level in levels))
    if state[sel.COMMITTEES]:
        words.append(say("screen.counting.committees.short"))
    return plain(" · ".join(words))


def _ask_counting() -> None:
    st.pills(
        say("screen.counting.levels"),
        sel.LEVELS_OFFERED,
        selection_mode="multi",
        format_func=lambda level: phrase(f"registration.{level}", language()),
        key=sel.LEVELS,
    )
    st.multiselect(
        say("screen.counting.states"),
        STATES_DOUBTFUL,
        format_func=lambda state: phrase(f"state.{state}", language()),
        key=sel.STATES,
        placeholder=say("screen.counting.states.placeholder"),
        help=say("screen.counting.states.help"),
    )
    st.toggle(say("screen.counting.committees"), key=sel.COMMITTEES)
