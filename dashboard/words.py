"""Words and numbers on screen, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from geo.phrases import LANGUAGES, Language, phrase

LANGUAGE_KEY = "ask_language"
DASH = "—"


def language() -> Language:
    """Return the language chosen on this screen; Chinese until somebody chooses."""
    chosen = st.session_state.get(LANGUAGE_KEY)
    return chosen if chosen in LANGUAGES else "zh"


def say(key: str, **values: Any) -> str:
    """Return the words of `key` in the language of this screen."""
    return phrase(key, language(), **values)


def people(count: int) -> str:
    """Return a number of people with its unit."""
    return say("screen.people", count=count)


def percent(share: float | None) -> str:
    """Return a share with one decimal, as cards show it."""
    return DASH if share is None else f"{share:.1%}".replace("%", " %")


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is written.

    Names come from files: a bracket, a dollar or a backtick in one must stay a
    bracket, a dollar or a backtick.
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
