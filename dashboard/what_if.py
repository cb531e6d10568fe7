"""What if: the edits a planner makes, what they change at once, and saving them by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from coverage.papers.compare_table import change_paper, group_paper, headings
from coverage.papers.site_table import (
    edit_words,
    opening_at,
    organisations_matching,
    with_proposal,
    without_last,
)
from coverage.proposals import Proposal
from coverage.scenario import (
    CloseOrganisation,
    Edit,
    Outcome,
    Scenario,
    apply,
    load_scenario,
    measure_scenario,
    save_scenario,
    saved_scenarios,
    scenario_file,
    scenario_text,
)
from coverage.side_by_side import headline_codes, outcome_today, side_by_side
from coverage.standard import Standard
from coverage.walking import Walks, walk_categories
from dashboard import answers
from dashboard import selection as sel
from dashboard.tables import unit_columns
from dashboard.words import language, plain, say
from geo.errors import InputError
from geo.phrases import sentence
from geo.place import Place

CLOSE_TEXT, CLOSE_WHICH, OPEN_WHERE = "what_if_text", "what_if_close", "what_if_where"
NAME, REPLACE = "what_if_name", "what_if_replace"
FAULT = "what_if_fault"
TABLE_HEIGHT, FEW = 260, 8


def scenario_of(place: Place) -> Scenario:
    """Return the edits made so far at a place."""
    empty = Scenario("", crs=place.crs.to_string())
    return st.session_state.setdefault(_key(place), empty)


def _key(place: Place) -> str:
    return f"what_if_at_{place.place_id}"


def _keep(place: Place, scenario: Scenario) -> None:
    st.session_state[_key(place)] = scenario


def saved(place: Place) -> dict[str, Scenario]:
    """Return the saved scenarios by name; one that cannot be read is said and left out."""
    found: dict[str, Scenario] = {}
    for path in saved_scenarios(place.place_id):
        try:
            found[path.stem] = load_scenario(path)
        except InputError as fault:
            st.warning(plain(sentence(fault, language())))
    return found


def draw_edits(place: Place, chosen: sel.Selection, category: str, found: Proposal | None) -> None:
    """Draw the ways to edit, the list of edits, and saving."""
    st.markdown(f"#### {say('where.what_if')}", help=say("where.what_if.help"))
    with st.container(horizontal=True, gap="small"):
        with st.popover(say("where.close")):
            _ask_close(place, chosen)
        with st.popover(say("where.open")):
            _ask_open(place, chosen, category)
        if st.button(say("where.adopt"), disabled=found is None, help=say("where.adopt.help")):
            _change(place, with_proposal(scenario_of(place), found))
        with st.popover(say("where.continue")):
            _ask_saved(place)
    _draw_fault()
    _draw_list(place)


def _ask_close(place: Place, chosen: sel.Selection) -> None:
    text = st.text_input(say("where.close.text"), key=CLOSE_TEXT)
    found = organisations_matching(place, text, chosen.organisation, language())
    if not found:
        st.caption(say("where.close.none" if text.strip() else "where.close.type"))
        return
    which = st.selectbox(
        say("where.close.which"), list(found), format_func=found.__getitem__, key=CLOSE_WHICH
    )
    if st.button(say("where.close.do"), key="what_if_close_do"):
        _change(place, scenario_of(place).with_edit(CloseOrganisation(which)))


def _ask_open(place: Place, chosen: sel.Selection, category: str) -> None:
    codes = list(place.communities.index)
    names = place.communities["name"].to_dict()
    if st.session_state.get(OPEN_WHERE) not in names:
        st.session_state[OPEN_WHERE] = chosen.community if chosen.community in names else codes[0]
    where = st.selectbox(
        unit_columns(place)[0], codes, format_func=names.__getitem__, key=OPEN_WHERE
    )
    st.caption(say("where.open.what", category=plain(place.taxonomy[category].name(language()))))
    if st.button(say("where.open.do"), key="what_if_open_do"):
        scenario = scenario_of(place)
        _change(place, scenario.with_edit(opening_at(place, scenario, category, where)))


def _ask_saved(place: Place) -> None:
    known = saved(place)
    if not known:
        st.caption(say("where.continue.none"))
        return
    which = st.selectbox(say("where.scenario"), list(known), key="what_if_saved")
    if st.button(say("where.continue.do"), key="what_if_saved_do"):
        _change(place, known[which])


def _change(place: Place, scenario: Scenario) -> None:
    """Take over an edited scenario if it can be applied; otherwise say why not."""
    try:
        apply(place, scenario)
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return
    _keep(place, scenario)
    st.rerun()


def take(place: Place, scenario: Scenario) -> None:
    """Take over a scenario edited outside of this run; one that cannot be applied is said next."""
    try:
        apply(place, scenario)
    except InputError as fault:
        st.session_state[FAULT] = fault
        return
    _keep(place, scenario)


def _draw_fault() -> None:
    fault = st.session_state.pop(FAULT, None)
    if fault is not None:
        st.error(plain(sentence(fault, language())))


def _draw_list(place: Place) -> None:
    edits = scenario_of(place).edits
    if not edits:
        st.caption(say("where.edits.none"))
        return
    with st.container(key="what_if_edits", gap="small"):
        for position, edit in enumerate(edits):
            _draw_edit(place, position, edit)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(say("where.undo"), key="what_if_undo", on_click=undo, args=(place,))
        st.button(say("where.clear"), key="what_if_clear", on_click=_clear, args=(place,))
        with st.popover(say("where.save")):
            _ask_name(place)


def _draw_edit(place: Place, position: int, edit: Edit) -> None:
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.markdown(plain(edit_words(place, edit, language())))
    button.button(
        say("where.remove"),
        key=f"what_if_remove_{position}",
        type="tertiary",
        on_click=_remove,
        args=(place, position),
    )


def undo(place: Place) -> None:
    """Take back the last edit."""
    _keep(place, without_last(scenario_of(place)))


def _clear(place: Place) -> None:
    _keep(place, replace(scenario_of(place), edits=()))


def _remove(place: Place, position: int) -> None:
    _keep(place, scenario_of(place).without_edit(position))


def _ask_name(place: Place) -> None:
    name = st.text_input(say("where.save.name"), key=NAME).strip()
    again = st.checkbox(say("where.save.replace"), key=REPLACE)
    if not st.button(say("where.save.do"), key="what_if_save_do"):
        return
    try:
        path = scenario_file(place.place_id, name)
        if path.exists() and not again:
            st.warning(say("where.save.exists", name=plain(name)))
            return
        save_scenario(replace(scenario_of(place), name=name), path)
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return
    st.success(say("where.save.done", name=plain(name)))


def draw_outcome(place: Place, chosen: sel.Selection, outcome: Outcome) -> None:
    """Draw what a scenario changes: the groups before and after, then the communities."""
    sides = side_by_side(today(place, chosen.standard, chosen.subject), outcome)
    group_table(place, group_paper(place, sides, language()), key="what_if_groups")
    subjects = subjects_of(place, chosen.subject)
    changes = change_paper(place, sides, subjects, language())
    with st.expander(say("where.changes", count=len(changes)), expanded=False):
        if not changes.empty:
            change_table(place, changes, key="what_if_changes")


def subjects_of(place: Place, subject: str) -> tuple[str, ...]:
    """Return the subject itself, or every group where all are looked at together."""
    if subject == sel.ALL:
        return tuple(group.code for group in place.taxonomy.groups)
    return (subject,)


def group_table(place: Place, shown: pd.DataFrame, *, key: str) -> None:
    """Draw groups before and after."""
    st.dataframe(
        shown,
        hide_index=True,
        row_height=30,
        key=key,
        column_config=_columns(place, tuple(shown.columns)),
    )


def change_table(place: Place, shown: pd.DataFrame, *, key: str) -> None:
    """Draw the communities where something changes."""
    st.dataframe(
        shown,
        hide_index=True,
        row_height=30,
        height="auto" if len(shown) < FEW else TABLE_HEIGHT,
        key=key,
        column_config=_columns(place, tuple(shown.columns)),
    )


def _columns(place: Place, names: tuple[str, ...]) -> dict[str, Any]:
    heads = headings(language(), names)
    columns = st.column_config
    config: dict[str, Any] = {}
    for name, head in heads.items():
        if name in ("share_first", "share"):
            config[name] = columns.NumberColumn(head, format="%.1f %%", width=74)
        elif name in ("community", "subdistrict", "category", "gap"):
            config[name] = columns.TextColumn(head, width=92)
        else:
            config[name] = columns.NumberColumn(head, format="localized", width=74)
    unit_word, part_word = unit_columns(place)
    heads_of_place = {"community": unit_word, "subdistrict": part_word}
    for name in heads_of_place.keys() & config.keys():
        config[name] = columns.TextColumn(heads_of_place[name], width=92)
    return config


@st.cache_resource(show_spinner=False, max_entries=12)
def _walks(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    codes: tuple[str, ...],
    _standard: Standard,
) -> Walks:
    return walk_categories(_place, _standard, categories=codes)


@st.cache_resource(show_spinner=False, max_entries=24)
def _outcome(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    codes: tuple[str, ...],
    edits: str,
    _scenario: Scenario,
    _standard: Standard,
) -> Outcome:
    walks = _walks(_place, content, _standard.walk_key(), codes, _standard)
    now = outcome_today(_place, walks, _standard)
    return measure_scenario(now, _scenario, _standard) if _scenario.edits else now


def outcome(place: Place, standard: Standard, subject: str, scenario: Scenario) -> Outcome:
    """Return the place under a scenario, measured for the headline groups and `subject`."""
    key, codes = answers.question_key(standard), headline_codes(place, subject)
    text = scenario_text(scenario)
    return _outcome(place, place.content_hash, key, codes, text, scenario, standard)


def today(place: Place, standard: Standard, subject: str) -> Outcome:
    """Return the place as it is, measured for the headline groups and `subject`."""
    return outcome(place, standard, subject, Scenario(""))
