"""The proof of a community's number: its balance, resident points, organisations, the walk."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from coverage.papers.map_content import subject_name
from coverage.papers.proof_table import (
    nearest_order,
    point_order,
    proof_nearest,
    proof_organisations,
    proof_points,
    serving_order,
    walk_sentence,
)
from coverage.reach import Proof
from dashboard import click_answers
from dashboard import selection as sel
from dashboard.tables import table_key, whole_numbers
from dashboard.words import language, people, plain, say
from geo.place import Place

SHOWN = "proof_shown"
PARTS = ("points", "organisations", "nearest")
TABLE_HEIGHT, ROW_HEIGHT = 200, 30


def draw_proof(place: Place, chosen: sel.Selection, subject: str, *, opened: bool) -> None:
    """Draw what the number of `subject` rests on in the chosen community.

    `opened`: whether its tables stand open.
    """
    proof = click_answers.proof(place, chosen.standard, subject, chosen.community)
    name = plain(subject_name(place, subject, language()))
    _draw_walk(place, chosen, subject)
    with st.expander(say("proof.title", subject=name), expanded=opened):
        st.markdown(
            say(
                "list.balance",
                covered=people(proof.covered),
                uncovered=people(proof.uncovered),
                total=people(proof.total),
                unreached=people(proof.unreached),
            )
        )
        part = st.segmented_control(
            say("proof.parts"),
            PARTS,
            format_func=lambda one: say(f"proof.part.{one}"),
            default=PARTS[0],
            key=SHOWN,
            required=True,
            label_visibility="collapsed",
        )
        _draw_part(place, proof, part)


def _draw_part(place: Place, proof: Proof, part: str) -> None:
    if part == "points":
        ids = point_order(proof)
        table = proof_points(place, proof, language())
    elif part == "organisations":
        ids = serving_order(proof)
        table = proof_organisations(place, proof, language())
    else:
        ids = nearest_order(proof)
        table = proof_nearest(place, proof, language())
    if table.empty:
        st.caption(say(f"proof.none.{part}"))
        return
    st.caption(say("proof.pick_point" if part == "points" else "proof.pick_organisation"))
    _draw_rows(table, ids, part)


def _draw_rows(table: pd.DataFrame, ids: list[str], part: str) -> None:
    """Draw a table whose rows are resident points or organisations; a click looks at one."""
    key = table_key(f"proof_rows_{part}", ids)

    def look() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if not cells or cells[0][0] >= len(ids):
            return
        community, at = st.session_state[sel.COMMUNITY], ids[cells[0][0]]
        if part == "points":
            sel.look_at(community=community, resident=at)
        else:
            sel.look_at(community=community, organisation=at)

    st.dataframe(
        table,
        hide_index=True,
        height=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        column_config=whole_numbers(),
        key=key,
        on_select=look,
        selection_mode="single-cell",
    )


def _draw_walk(place: Place, chosen: sel.Selection, subject: str) -> None:
    """Draw the walk of the chosen resident point in words; the map draws its line."""
    here = place.residents["community_code"]
    if chosen.resident not in here.index or here[chosen.resident] != chosen.community:
        return
    walk = click_answers.resident_walk(place, chosen.standard, subject, chosen.resident)
    with st.container(key="walk", gap="small"):
        st.markdown(plain(walk_sentence(place, walk, subject, language())))
        if walk.organisation_id:
            st.button(
                say("proof.show_organisation"),
                key="walk_organisation",
                type="tertiary",
                on_click=_show,
                args=(walk.organisation_id,),
            )


def _show(organisation: str) -> None:
    state = st.session_state
    sel.look_at(
        community=state[sel.COMMUNITY], organisation=organisation, resident=state[sel.RESIDENT]
    )
