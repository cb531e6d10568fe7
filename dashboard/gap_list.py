"""Gap list: every gap in order, each opened to its proof, to take to the meeting."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from coverage.gaps import LEVELS
from coverage.papers.gap_workbook import GAP_PAPER_COLUMNS, gap_paper
from coverage.papers.map_content import subject_name
from coverage.papers.proof_table import proof_organisations, proof_points
from coverage.reach import Proof, explain
from coverage.standard import Standard
from dashboard import answers
from dashboard import selection as sel
from dashboard.downloads import gap_downloads
from dashboard.frame import chosen_place, honesty, unit
from dashboard.tables import unit_columns
from dashboard.words import language, people, plain, say
from geo.phrases import phrase
from geo.place import Place

TABLE_HEIGHT = 430
LEVEL, PART, SCOPE, ROW = "list_level", "list_part", "list_scope", "list_row"
GROUPS, CORE, EVERY = "groups", "core", "every"
SCOPES = (GROUPS, CORE, EVERY)


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    gaps = _chosen_gaps(place, chosen)
    count, units = len(gaps), gaps["community_code"].nunique()
    words = say("list.count", count=count, units=units, unit=unit(place))
    st.markdown(f"#### {say('screen.page.gap_list')} :gray[{words}]")
    if gaps.empty:
        st.caption(say("list.nothing"))
        return
    _draw_list(place, gaps)
    gap_downloads(place, chosen, gaps)
    picked = _picked(gaps)
    if picked is None:
        st.caption(say("list.click"))
    else:
        _draw_proof(place, chosen.standard, gaps.loc[picked])


def _chosen_gaps(place: Place, chosen: sel.Selection) -> pd.DataFrame:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.segmented_control(
            say("list.scope"),
            SCOPES,
            format_func=lambda one: say(f"list.scope.{one}"),
            default=GROUPS,
            key=SCOPE,
        )
        levels = st.pills(
            say("screen.table.level"),
            LEVELS,
            selection_mode="multi",
            format_func=lambda level: phrase(f"level.{level}", language()),
            key=LEVEL,
        )
        parts = st.multiselect(
            unit_columns(place)[1],
            list(dict.fromkeys(place.communities["subdistrict"].sort_values())),
            key=PART,
            placeholder=say("list.all_parts"),
        )
    gaps = _listed(place, chosen, scope or GROUPS)
    kept = gaps["level"].isin(levels or LEVELS)
    if parts:
        kept &= gaps["subdistrict"].isin(parts)
    return gaps[kept].reset_index(drop=True)


def _listed(place: Place, chosen: sel.Selection, scope: str) -> pd.DataFrame:
    if scope == GROUPS:
        return answers.subject_gaps(place, chosen.standard, chosen.subject)
    gaps = answers.category_gaps(place, chosen.standard)
    return gaps[gaps["core"] == 1] if scope == CORE else gaps


def _draw_list(place: Place, gaps: pd.DataFrame) -> None:
    shown = gap_paper(place, gaps, language())
    shown["share"] = gaps["share"].mul(100)
    unit_word, part_word = unit_columns(place)
    heads = {name: phrase(f"column.{name}", language()) for name in GAP_PAPER_COLUMNS}
    heads |= {"community": unit_word, "subdistrict": part_word}
    columns = st.column_config
    config: dict[str, Any] = dict(heads)
    for name in ("beneficiaries", "covered", "uncovered", "unreached", "nearest_metres"):
        config[name] = columns.NumberColumn(heads[name], format="localized")
    config["share"] = columns.NumberColumn(heads["share"], format="%.1f %%")
    config["nearest_minutes"] = columns.NumberColumn(heads["nearest_minutes"], format="%.0f")
    st.dataframe(
        shown,
        height=TABLE_HEIGHT,
        hide_index=True,
        row_height=30,
        key=ROW,
        on_select="rerun",
        selection_mode="single-row",
        column_config=config,
    )


def _picked(gaps: pd.DataFrame) -> int | None:
    rows = st.session_state[ROW]["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(gaps) else None


def _draw_proof(place: Place, standard: Standard, gap: pd.Series) -> None:
    proof = _proof(place, standard, gap["category"], gap["community_code"])
    name = f"{plain(gap['community'])} · {plain(subject_name(place, gap['category'], language()))}"
    st.markdown(f"#### {say('list.proof')} {name}")
    st.markdown(
        say(
            "list.balance",
            covered=people(proof.covered),
            uncovered=people(proof.uncovered),
            total=people(proof.total),
            unreached=people(proof.unreached),
        )
    )
    left, right = st.columns(2)
    with left:
        st.caption(say("list.proof.points", count=len(proof.points)))
        st.dataframe(proof_points(place, proof, language()), hide_index=True, height=300)
    with right:
        st.caption(say("list.proof.organisations", count=len(proof.organisations)))
        st.dataframe(proof_organisations(place, proof, language()), hide_index=True, height=300)


@st.cache_resource(show_spinner=False, max_entries=100)
def _kept_proof(
    _place: Place,
    content: str,
    key: tuple[Any, ...],
    subject: str,
    community_code: str,
    _standard: Standard,
) -> Proof:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    return explain(_place, walks, result, subject=subject, community_code=community_code)


def _proof(place: Place, standard: Standard, subject: str, community_code: str) -> Proof:
    key = answers.question_key(standard)
    return _kept_proof(place, place.content_hash, key, subject, community_code, standard)
