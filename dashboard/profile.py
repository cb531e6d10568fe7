"""The card of one community: its groups at once, all categories underneath, and the proof."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from coverage.papers.first_screen import whole_percents
from coverage.papers.map_content import subject_name
from dashboard import answers, click_answers
from dashboard import selection as sel
from dashboard.frame import unit
from dashboard.proof import draw_proof
from dashboard.words import language, plain, say
from geo.place import Place

LOOKED_UP = "looked_up"
# The subject whose proof is open, with the community and the map's subject it was opened under.
OPENED = "proof_opened"
CATEGORIES = "profile_categories"


def search(place: Place) -> None:
    """Draw the search for a community; it follows what was clicked elsewhere."""
    # A dict: the widget asks for every name at every run.
    names = place.communities["name"].to_dict()
    state = st.session_state
    state[LOOKED_UP] = state[sel.COMMUNITY] if state[sel.COMMUNITY] in names else None
    st.selectbox(
        say("screen.search", unit=unit(place)),
        list(names),
        format_func=lambda code: f"{names[code]} · {code}",
        key=LOOKED_UP,
        on_change=_look,
        placeholder=say("screen.search", unit=unit(place)),
        label_visibility="collapsed",
    )


def opened_subject(chosen: sel.Selection) -> str:
    """Return the subject whose proof the reader opened here, or nothing."""
    community, under, subject = st.session_state.get(OPENED, ("", "", ""))
    same = community == chosen.community and under == chosen.subject
    return str(subject) if same else ""


def profile(place: Place, chosen: sel.Selection) -> None:
    """Draw the card of the chosen community, or nothing when none is chosen."""
    code = chosen.community
    if code not in place.communities.index:
        return
    row = place.communities.loc[code]
    result = answers.coverage(place, chosen.standard)
    with st.container(border=True, key="profile"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**{plain(row['name'])}** · {plain(row['subdistrict'])}", width="content")
            st.button(
                say("screen.profile.close"), key="profile_close", on_click=_close, type="tertiary"
            )
        table = result.communities[result.communities["community_code"] == code]
        table = table.assign(percent=whole_percents(table["share"]))
        for line in table[table["kind"] == "group"].itertuples():
            _group(place, chosen, line)
        st.caption(plain(click_answers.kinds(place, chosen.standard, code)))
        with st.expander(say("screen.profile.all")):
            _categories(place, chosen, table[table["kind"] == "category"])
        asked = opened_subject(chosen)
        subject = click_answers.proof_subject(place, chosen, asked)
        draw_proof(place, chosen, subject, opened=bool(asked or chosen.resident))


def _group(place: Place, chosen: sel.Selection, line: Any) -> None:
    """Draw one group's figures; they are the door to their proof."""
    name = plain(subject_name(place, line.category, language()))
    words = f"{name}　{_line(place, line)}"
    if not line.beneficiaries:
        st.markdown(words)
        return
    st.button(
        words,
        key=f"proof_of_{line.category}",
        type="tertiary",
        on_click=_open,
        args=(chosen, line.category),
        help=say("proof.open"),
        width="stretch",
    )


def _line(place: Place, line: Any) -> str:
    if line.beneficiaries == 0:
        return say("screen.profile.nobody")
    return say(
        "screen.profile.line",
        share=f"{line.percent} %",
        uncovered=line.uncovered,
        total=line.beneficiaries,
        has_one=line.has_one,
        unit=unit(place),
    )


def _categories(place: Place, chosen: sel.Selection, table: pd.DataFrame) -> None:
    codes = list(table["category"])
    shown = pd.DataFrame(
        {
            say("screen.category"): [subject_name(place, code, language()) for code in codes],
            "share": table["percent"].array,
            say("screen.table.uncovered"): table["uncovered"].to_numpy(),
            say("screen.profile.has_one"): table["has_one"].to_numpy(),
        }
    )
    share = st.column_config.NumberColumn(say("screen.table.share"), format="%d %%")

    def open_row() -> None:
        cells = st.session_state[CATEGORIES]["selection"]["cells"]
        if cells and cells[0][0] < len(codes):
            _open(chosen, codes[cells[0][0]])

    st.caption(say("proof.pick"))
    st.dataframe(
        shown,
        hide_index=True,
        height=220,
        key=CATEGORIES,
        on_select=open_row,
        selection_mode="single-cell",
        column_config={"share": share},
    )


def _open(chosen: sel.Selection, subject: str) -> None:
    st.session_state[OPENED] = (chosen.community, chosen.subject, subject)


def _look() -> None:
    sel.look_at(community=st.session_state[LOOKED_UP] or "")


def _close() -> None:
    sel.look_at(organisation=st.session_state[sel.ORGANISATION])
