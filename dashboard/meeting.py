"""Entering and leaving presenter mode: what the frame must know without reading the page."""

from __future__ import annotations

import streamlit as st

PAGE = "presenter"
FROZEN, STEP, LEAVING, CAME_FROM = (
    "present_frozen",
    "present_step",
    "present_leaving",
    "present_came_from",
)


def end_meeting(page: str) -> None:
    """Forget the meeting, if there was one, because `page` is opened.

    The question it was held on is the question again: its group has no widget
    during a meeting and would be lost.
    """
    state = st.session_state
    frozen = state.pop(FROZEN, None)
    if frozen is not None:
        state["ask_subject"] = frozen.chosen.subject
    state[CAME_FROM] = page


def leave() -> None:
    """Go back, on the next run, to the page the meeting was entered from."""
    st.session_state[LEAVING] = True
