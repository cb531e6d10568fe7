"""Getting the first answer ready while the browser is still opening.

A browser takes a second or two to start. The server uses them to read the
packages and the first place, so that who opens Yike waits for the longer of
the two and not for their sum.
"""

from __future__ import annotations

import contextlib
import threading
import time
from importlib import import_module

from geo.errors import InputError

WAIT_SECONDS = 30.0


def begin() -> threading.Thread:
    """Start getting ready in the background and return at once.

    Returns
    -------
    The thread. It ends by itself and never keeps the server from stopping.
    """
    thread = threading.Thread(target=_get_ready, name="yike-warm-up", daemon=True)
    thread.start()
    return thread


def _get_ready() -> None:
    # What needs no server first; the rooms of the dashboard keep their answers in the
    # server's caches, which are there once it runs. Nothing here may load a page: the map's
    # component makes itself known to the server only when a visitor's run loads it.
    import_module("coverage.papers.first_screen")
    import_module("folium")
    if not _server_runs():
        return
    # The first page says in the reader's language what is wrong with a place.
    with contextlib.suppress(InputError):
        import_module("dashboard.answers").prepare_first_screen()


def _server_runs() -> bool:
    from streamlit import runtime  # noqa: PLC0415  (the command line is quick without it)

    end = time.monotonic() + WAIT_SECONDS
    while not runtime.exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
