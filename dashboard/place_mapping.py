"""Columns: what every column of the files was taken for, for a planner to correct."""

from __future__ import annotations

import streamlit as st

from dashboard.place_desk import Desk, keep, kept
from dashboard.words import language, plain, say
from geo.columns import column_fields
from geo.desk_look import BAND, HIDDEN, KEPT, PERSONAL, USED, ColumnLook, Look, doubled_fields

TABLES = ("register", "communities", "residents")
# Without them nothing of the table can be used, or only by an assumption that is said.
LEADING = {
    "register": ("name", "level", "state", "category", "scope", "community", "lon", "lat"),
    "communities": ("name", "community_code", "subdistrict"),
    "residents": ("community", "community_code", "people", "elders", "disabled"),
}
NEEDED = {"register": ("name",), "communities": ("name",), "residents": ("people",)}


def draw_mapping(at: Desk, look: Look) -> bool:
    """Draw the columns of all tables; return whether they can be used as they stand."""
    usable = True
    for table in TABLES:
        columns = look.headings(table)
        if columns:
            usable = _draw_table(at, look, table, columns) and usable
    return usable


def _draw_table(at: Desk, look: Look, table: str, columns: tuple[ColumnLook, ...]) -> bool:
    words = {one.name: getattr(one, language()) for one in column_fields() if one.table == table}
    loadable = [one for one in columns if one.standing in (USED, BAND, KEPT)]
    corrected = at.draft.columns.get(table, {})
    now = {one.heading: corrected.get(one.heading, one.field) for one in loadable}
    used = {field for field in now.values() if field}
    absent = [words[name] for name in LEADING[table] if name not in used]
    lacking = [words[name] for name in NEEDED[table] if name not in used]
    if table == "residents" and any(one.standing == BAND for one in columns):
        lacking = []
    doubled = doubled_fields(look, table, at.draft.mapping(look, table) or {})
    title = say(
        "place.columns.title",
        table=say(f"place.kind.{table}"),
        used=sum(bool(one.field) for one in columns),
        count=len(columns),
    )
    # The title counts what was recognised, not what was corrected: another title would be
    # another expander, and close while somebody works in it.
    key = kept(at, f"columns_{table}", bool(lacking or doubled))
    with st.expander(title, key=key, on_change="rerun"):
        for one in (one for one in look.tables if one.table == table):
            where = " · ".join(filter(None, (one.file, one.sheet, one.encoding)))
            st.caption(plain(say("place.columns.file", file=where, rows=one.rows)))
        if absent:
            st.caption(say("place.columns.absent", fields=_joined(absent)))
        _draw_columns(at, table, loadable, words)
        _draw_unloaded(columns)
    keep(at, f"columns_{table}")
    for name in lacking:
        st.error(say("place.columns.needed", table=say(f"place.kind.{table}"), field=name))
    for phrase in doubled:
        st.error(plain(phrase.say(language())))
    return not lacking and not doubled


def _draw_columns(at: Desk, table: str, columns: list[ColumnLook], words: dict[str, str]) -> None:
    corrected = at.draft.columns.setdefault(table, {})
    fields = ("", *words)
    heads = st.columns([3, 3, 4])
    for head, name in zip(heads, ("heading", "sample", "field"), strict=True):
        head.caption(say(f"place.columns.{name}"))
    for at_row, one in enumerate(columns):
        left, middle, right = st.columns([3, 3, 4], vertical_alignment="center")
        left.markdown(plain(one.heading))
        middle.markdown(plain(one.sample) or "—")
        key = at.key(f"column_{table}_{at_row}_{one.heading}")
        proposed = corrected.get(one.heading, one.field)
        if key not in st.session_state:
            st.session_state[key] = proposed if proposed in fields else ""

        def correct(heading: str = one.heading, key: str = key) -> None:
            corrected[heading] = st.session_state[key]

        unused = say("place.columns.band" if one.standing == BAND else "place.columns.kept")
        right.selectbox(
            plain(one.heading),
            fields,
            format_func=lambda name, unused=unused: words.get(name, unused),
            key=key,
            on_change=correct,
            label_visibility="collapsed",
        )


def _draw_unloaded(columns: tuple[ColumnLook, ...]) -> None:
    for standing in (PERSONAL, HIDDEN):
        names = [one.heading for one in columns if one.standing == standing]
        if names:
            st.caption(plain(say(f"place.columns.{standing}", columns=_joined(names))))


def _joined(names: list[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(names)
