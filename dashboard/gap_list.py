"""Gap list: every gap in order, each opened to its proof, to take to the meeting."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from coverage.gaps import LEVELS
from coverage.papers.areas_table import areas_table
from coverage.papers.gap_workbook import gap_paper
from coverage.papers.map_content import subject_name
from coverage.papers.proof_table import proof_organisations, proof_points
from coverage.papers.sureness import walking_words
from coverage.reach import Proof, explain
from coverage.standard import Standard
from dashboard import answers, answers_served
from dashboard import selection as sel
from dashboard.downloads import gap_downloads
from dashboard.frame import chosen_place, honesty, unit
from dashboard.tables import unit_columns, whole_numbers
from dashboard.words import language, people, plain, say
from geo.phrases import phrase
from geo.place import Place

TABLE_HEIGHT, PROOF_HEIGHT, FEW = 430, 300, 9
LEVEL, PART, SCOPE, ROW = "list_level", "list_part", "list_scope", "list_row"
GROUPS, CORE, EVERY = "groups", "core", "every"
SCOPES = (GROUPS, CORE, EVERY)
WIDTH = 84
# On screen how sure a gap is and what is nearest stand beside its share, in sight at once.
SHOWN = (
    *("rank", "subdistrict", "community", "category", "level", "share", "uncovered", "sureness"),
    *("nearest_organisation", "nearest_minutes", "nearest_metres", "beneficiaries", "covered"),
    *("unreached", "has_one", "at_home", "near_border", "basis"),
)


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    listed, levels = _chosen_gaps(place, chosen)
    gaps = listed[listed["level"].isin(levels)].reset_index(drop=True)
    count, units = len(gaps), gaps["community_code"].nunique()
    words = say("list.count", count=count, units=units, unit=unit(place))
    st.markdown(f"#### {say('screen.page.gap_list')} :gray[{words}]")
    if gaps.empty:
        st.caption(say("list.nothing"))
        return
    _draw_list(place, gaps)
    gap_downloads(place, chosen, listed, levels)
    picked = _picked(gaps)
    if picked is None:
        st.caption(say("list.click"))
    else:
        _draw_proof(place, chosen.standard, gaps.loc[picked])
    _draw_areas(place, chosen)


def _chosen_gaps(place: Place, chosen: sel.Selection) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the gaps of the chosen scope and parts, and the levels to be shown of them."""
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
    if parts:
        gaps = gaps[gaps["subdistrict"].isin(parts)].reset_index(drop=True)
    return gaps, tuple(levels or LEVELS)


def _listed(place: Place, chosen: sel.Selection, scope: str) -> pd.DataFrame:
    if scope == GROUPS:
        return answers_served.marked_gaps(place, chosen.standard, chosen.subject)
    gaps = answers_served.marked_gaps(place, chosen.standard, None)
    return gaps[gaps["core"] == 1] if scope == CORE else gaps


def _draw_list(place: Place, gaps: pd.DataFrame) -> None:
    shown = gap_paper(place, gaps, language()).drop(columns="community_code")
    shown["share"] = gaps["share"].mul(100)
    unit_word, part_word = unit_columns(place)
    heads = {name: phrase(f"column.{name}", language()) for name in shown.columns}
    heads |= {"community": unit_word, "subdistrict": part_word}
    columns = st.column_config
    config: dict[str, Any] = dict(heads)
    for name in ("beneficiaries", "covered", "uncovered", "unreached", "near_border"):
        config[name] = columns.NumberColumn(heads[name], format="localized", width=WIDTH)
    minutes = heads["nearest_minutes"]
    config["nearest_minutes"] = columns.NumberColumn(minutes, format="%.1f", width=WIDTH)
    for name in ("nearest_metres", "has_one", "rank"):
        config[name] = columns.NumberColumn(heads[name], format="localized", width=WIDTH)
    config["rank"] = columns.NumberColumn(heads["rank"], width=56)
    config["share"] = columns.NumberColumn(heads["share"], format="%.1f %%", width=WIDTH)
    for name in ("level", "subdistrict", "community", "at_home", "basis"):
        config[name] = columns.TextColumn(heads[name], width=WIDTH)
    config["nearest_organisation"] = columns.TextColumn(heads["nearest_organisation"], width=180)
    config["sureness"] = columns.TextColumn(heads["sureness"], width=260)
    # The style gives the box what a tall screen leaves; the table fills the box.
    with st.container(key="list_box", height=TABLE_HEIGHT, border=False):
        st.dataframe(
            shown,
            height="stretch",
            hide_index=True,
            row_height=30,
            key=ROW,
            on_select="rerun",
            selection_mode="single-row",
            column_order=SHOWN,
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
    times, within = answers_served.walking(place, standard, gap["category"])
    st.markdown(walking_words(times, within, gap["community_code"], language()))
    left, right = st.columns(2)
    tables = (proof_points, proof_organisations)
    for side, part, table in zip((left, right), ("points", "organisations"), tables, strict=True):
        with side:
            shown = table(place, proof, language())
            st.caption(say(f"list.proof.{part}", count=len(shown)))
            if not shown.empty:
                st.dataframe(
                    shown,
                    hide_index=True,
                    height="auto" if len(shown) < FEW else PROOF_HEIGHT,
                    row_height=30,
                    column_config=whole_numbers(),
                )


def _draw_areas(place: Place, chosen: sel.Selection) -> None:
    """List the underserved areas of the chosen group or category, across community borders."""
    if chosen.subject == sel.ALL:
        subjects = tuple(group.code for group in place.taxonomy.groups)
    else:
        subjects = (chosen.subject,)
    found = [answers_served.areas(place, chosen.standard, subject) for subject in subjects]
    shown = areas_table(place, found, language())
    count = say("list.areas.count", count=len(shown))
    st.markdown(f"##### {say('list.areas')} :gray[{count}]", help=say("list.areas.help"))
    if shown.empty:
        return
    columns = st.column_config
    heads: dict[str, Any] = {name: say(f"list.areas.{name}") for name in shown.columns}
    heads["people"] = columns.NumberColumn(heads["people"], format="localized", width=90)
    heads["share"] = columns.NumberColumn(heads["share"], format="%.1f %%", width=120)
    st.dataframe(shown, hide_index=True, height=260, row_height=30, column_config=heads)


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
