"""Every page in both languages, in a browser that reaches nothing but this machine."""

from __future__ import annotations

from streamlit_app import PAGES  # noqa: F401
