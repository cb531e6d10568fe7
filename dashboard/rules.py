"""Rules: the districts' own indicators and clauses, judged one by one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from coverage.kinds import Crosswalks
from coverage.papers.rules_table import kinds_table, rules_table, structure_table, verdict_counts
from coverage.rules import (
    Rules,
    ground_of,
    indicators,
    merge_candidates,
    platform_matrix,
    read_crosswalks,
    read_rules,
)
from coverage.standard import Standard
from dashboard import answers
from dashboard.frame import chosen_place, honesty
from dashboard.tables import unit_columns
from dashboard.words import language, say
from geo.place import Place
from geo.taxonomy import Taxonomy

TABLE_HEIGHT = 520
LEVELS = ("district", "subdistrict", "community")
LEVEL = "rules_level"


def page() -> None:
    """Draw the page."""
    place, chosen = chosen_place()
    honesty(place, 0)
    with st.spinner(say("rules.loading"), show_time=True):
        table = _indicators(place, chosen.standard)
    st.markdown(f"#### {say('screen.page.rules')}", help=say("rules.help"))
    level = st.segmented_control(
        say("rules.level"),
        LEVELS,
        format_func=lambda one: say(f"rules.level.{one}"),
        default="district",
        key=LEVEL,
    )
    rows = table[table["level"] == (level or "district")]
    counts = verdict_counts(rows, language())
    st.caption(" · ".join(f"{name} {count}" for name, count in counts if count))
    _draw_rules(rules_table(rows, language()))
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_kinds(place)
    with right:
        _draw_platforms(place, chosen.standard)
        _draw_merges(place)


def _draw_rules(shown: pd.DataFrame) -> None:
    columns = st.column_config
    heads: dict[str, Any] = {name: say(f"rules.column.{name}") for name in shown.columns}
    for name in ("value", "numerator", "denominator"):
        heads[name] = columns.TextColumn(heads[name], width=82, alignment="right")
    heads["title"] = columns.TextColumn(heads["title"], width=250)
    heads["unit"] = columns.TextColumn(heads["unit"], width=110)
    heads["lacking"] = columns.TextColumn(heads["lacking"], width=90)
    heads["notes"] = columns.TextColumn(heads["notes"], width=320)
    heads["clause"] = columns.TextColumn(heads["clause"], width=420)
    st.dataframe(shown, height=TABLE_HEIGHT, hide_index=True, row_height=30, column_config=heads)


def _draw_kinds(place: Place) -> None:
    crosswalks = _crosswalks(place.taxonomy, place.content_hash)
    st.markdown(f"##### {say('rules.kinds')}", help=say("rules.kinds.help"))
    schemes = [one.code for one in crosswalks.schemes]
    chosen = st.selectbox(
        say("rules.scheme"),
        ["", *schemes],
        format_func=lambda code: (
            crosswalks[code].words.say(language()) if code else say("rules.scheme.taxonomy")
        ),
    )
    if chosen:
        shown = kinds_table(place, crosswalks, chosen, language())
    else:
        shown = structure_table(place, language())
    heads: dict[str, Any] = {name: say(f"rules.column.{name}") for name in shown.columns}
    heads["share"] = st.column_config.NumberColumn(heads["share"], format="%.1f %%")
    st.dataframe(shown, hide_index=True, column_config=heads, row_height=30)


def _draw_platforms(place: Place, standard: Standard) -> None:
    st.markdown(f"##### {say('rules.platforms')}", help=say("rules.platforms.help"))
    result, walks = answers.coverage(place, standard), answers.walks(place, standard)
    matrix = platform_matrix(ground_of(place, result, walks=walks), _rules())
    if matrix.empty:
        st.caption(say("rules.platforms.none"))
        return
    present = matrix["present"].map({True: say("rules.present"), False: say("rules.absent")})
    shown = pd.DataFrame(
        {
            say("rules.column.unit"): matrix["unit"],
            say("rules.column.platform"): matrix[f"platform_{language()}"],
            say("rules.column.present"): present.fillna("—"),
            say("rules.column.organisation"): matrix["organisation"],
        }
    )
    st.dataframe(shown, hide_index=True, height=240, row_height=30)


def _draw_merges(place: Place) -> None:
    merges = merge_candidates(place)
    count = say("rules.merges.count", count=len(merges))
    st.markdown(f"##### {say('rules.merges')} :gray[{count}]", help=say("rules.merges.help"))
    if merges.empty:
        return
    names = {one.code: one.name(language()) for one in place.taxonomy}
    shown = pd.DataFrame(
        {
            unit_columns(place)[0]: merges["community"],
            say("screen.table.category"): merges["category"].map(names),
            say("rules.column.filed"): merges["filed"],
            say("rules.column.organisation"): merges["organisations"],
        }
    )
    st.dataframe(shown, hide_index=True, height=240, row_height=30)


@st.cache_resource(show_spinner=False, max_entries=40)
def _kept_indicators(
    _place: Place, content: str, key: tuple[Any, ...], _standard: Standard
) -> pd.DataFrame:
    walks, result = answers.walks(_place, _standard), answers.coverage(_place, _standard)
    return indicators(_place, result, _rules(), walks=walks)


def _indicators(place: Place, standard: Standard) -> pd.DataFrame:
    key = answers.question_key(standard)
    return _kept_indicators(place, place.content_hash, key, standard)


@st.cache_resource(show_spinner=False)
def _rules() -> Rules:
    return read_rules()


@st.cache_resource(show_spinner=False, max_entries=6)
def _crosswalks(_taxonomy: Taxonomy, content: str) -> Crosswalks:
    return read_crosswalks(_taxonomy)
