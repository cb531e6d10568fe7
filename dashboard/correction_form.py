"""The form that corrects one organisation, or all whose names are alike."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import register_answers
from dashboard.words import language, plain, say
from geo.category_corrections import MOST_CATEGORIES
from geo.errors import InputError
from geo.ledger import alike, corrections_about, record_correction, withdraw_correction
from geo.phrases import phrase, sentence
from geo.place import Place, corrections_folder
from geo.tables import STATES, split_codes

THIS_ONE, ALL_ALIKE = "one", "alike"
SAID = "corrections_said"


def category_names(place: Place, joined: str) -> str:
    """Return joined category codes as words."""
    joint = "、" if language() == "zh" else ", "
    return joint.join(
        f"{code} {place.taxonomy[code].name(language())}" for code in split_codes(joined)
    )


def value_words(place: Place, column: str, value: str) -> str:
    """Return a corrected value as a reader knows it."""
    if column == "categories":
        return category_names(place, value)
    return phrase(f"state.{value}", language()) if column == "state" else value


def draw_said() -> None:
    """Say what has just been saved or taken back, until the reader turns to something else."""
    said = st.session_state.get(SAID, "")
    if said:
        st.success(said)


def turn_away() -> None:
    """Forget what was said last: the reader looks at something else now."""
    st.session_state.pop(SAID, None)


def draw(place: Place, organisation: str) -> None:
    """Draw the form; what is typed stays until it is saved."""
    row = place.register.loc[organisation]
    now = language()
    categories = st.multiselect(
        say("organisations.categories"),
        list(place.taxonomy.codes),
        default=list(split_codes(str(row["categories"]))),
        format_func=lambda code: f"{code} {place.taxonomy[code].name(now)}",
        max_selections=MOST_CATEGORIES,
        key=f"correct_categories_{organisation}",
        placeholder=say("organisations.categories.hint"),
    )
    who, standing = st.columns([3, 2], vertical_alignment="bottom")
    whom = who.radio(
        say("organisations.whom"),
        (THIS_ONE, ALL_ALIKE),
        format_func=lambda one: say(f"organisations.whom.{one}"),
        key=f"correct_whom_{organisation}",
    )
    state = standing.selectbox(
        say("screen.register.state"),
        STATES,
        index=STATES.index(str(row["state"])),
        format_func=lambda one: phrase(f"state.{one}", now),
        key=f"correct_state_{organisation}",
        disabled=whom == ALL_ALIKE,
    )
    pattern = _ask_pattern(place, organisation) if whom == ALL_ALIKE else ""
    joined = ";".join(categories)
    wanted = {"categories": joined} if joined and joined != row["categories"] else {}
    if whom == THIS_ONE and state != row["state"]:
        wanted["state"] = str(state)
    with st.container(horizontal=True, gap="small"):
        ready = bool(wanted) if whom == THIS_ONE else bool(joined and pattern)
        if st.button(say("organisations.save"), type="primary", disabled=not ready, key="save"):
            wanted = wanted if whom == THIS_ONE else {"categories": joined}
            _save(place, wanted, "" if pattern else organisation, pattern)
        if st.button(say("organisations.as_it_is"), help=say("organisations.as_it_is.help")):
            _save(place, {"reviewed": "是"}, organisation, "")
        about = corrections_about(register_answers.corrections(place), organisation)
        if st.button(say("organisations.undo"), disabled=about.empty, key="undo"):
            withdraw(place, about)


def _ask_pattern(place: Place, organisation: str) -> str:
    pattern = st.text_input(
        say("organisations.pattern"),
        key=f"correct_pattern_{organisation}",
        placeholder=say("organisations.pattern.hint"),
    ).strip()
    if pattern:
        count = int(alike(place.register["name"], pattern).sum())
        st.caption(say("organisations.pattern.count", count=count))
    return pattern


def _save(place: Place, wanted: dict[str, str], organisation: str, pattern: str) -> None:
    folder = corrections_folder(place.folder)
    try:
        for column, value in wanted.items():
            record_correction(
                folder,
                column=column,
                value=value,
                organisation_id=organisation,
                name_pattern=pattern,
            )
    except InputError as fault:
        # The form keeps what was typed, so that it can be saved again.
        st.error(plain(sentence(fault, language())))
        return
    st.session_state[SAID] = say("organisations.saved")
    st.rerun()


def withdraw(place: Place, rows: pd.DataFrame) -> None:
    """Take corrections back and start again with what then stands."""
    folder = corrections_folder(place.folder)
    try:
        for row in rows.to_dict("records"):
            withdraw_correction(
                folder,
                column=str(row["column"]),
                organisation_id=str(row["organisation_id"]),
                name_pattern=str(row["name_pattern"]),
            )
    except InputError as fault:
        st.error(plain(sentence(fault, language())))
        return
    st.session_state[SAID] = say("organisations.withdrawn")
    st.rerun()
