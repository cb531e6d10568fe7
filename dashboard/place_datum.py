"""Coordinates: what the check of the system found, and the planner's own declaration."""

from __future__ import annotations

import streamlit as st

from coverage.papers.datum_paper import (
    datum_picture,
    datum_table,
    declarable,
    inside_words,
    short_name,
)
from dashboard.place_desk import Desk, keep, kept
from dashboard.words import language, plain, say
from geo.datum_check import UNDETERMINED, reading_name
from geo.desk_look import DatumLook

SYSTEM = "system"
PICTURE_WIDTH = 400


def draw_datum(at: Desk, look: DatumLook | None, *, needed: bool) -> bool:
    """Draw the check and ask for the system; return whether it has been declared.

    Parameters
    ----------
    at
        The import.
    look
        What the check found; None where it could not be made.
    needed
        Whether the register has coordinates at all.
    """
    if not needed:
        st.caption(say("place.datum.none"))
        return True
    systems = declarable(look)
    key = kept(at, SYSTEM, None, (None, *systems))
    if st.session_state[key] not in (None, *systems):
        st.session_state[key] = None
    st.radio(
        say("place.datum.ask"),
        systems,
        index=None,
        format_func=lambda one: reading_name(one).say(language()),
        key=key,
        help=say("place.datum.ask.help"),
    )
    keep(at, SYSTEM)
    declared = st.session_state[key]
    if look is None:
        st.caption(say("place.datum.unchecked"))
    else:
        _draw_check(look, declared)
    if declared is None:
        st.info(say("place.datum.declare"))
    return declared is not None


def _draw_check(look: DatumLook, declared: str | None) -> None:
    best = look.check.best
    words = plain(look.check.reason.say(language()))
    if best == UNDETERMINED:
        st.warning(f"**{say('datum.undetermined')}** {words}")
    else:
        st.markdown(f"{say('place.datum.found')} {words}")
    first = declarable(look)[0]
    shown = tuple(dict.fromkeys((first, declared or str(look.check.scores.index[0]).split("/")[0])))
    pictures = st.columns(2)
    for at, (column, system) in enumerate(zip(pictures, shown, strict=False)):
        name = short_name(system, language())
        if at == 0:
            title = say("place.datum.before", system=name)
        else:
            title = say("place.datum.after" if declared else "place.datum.best", system=name)
        column.markdown(f"**{plain(title)}**")
        column.image(datum_picture(look, system), width=PICTURE_WIDTH)
        column.caption(inside_words(look, system, language()))
    table = datum_table(look, language())
    table.columns = [say(f"place.datum.column.{name}") for name in table.columns]
    st.dataframe(table, hide_index=True, row_height=30)
    if look.check.approximate:
        st.caption(say("datum.inverse_label"))
