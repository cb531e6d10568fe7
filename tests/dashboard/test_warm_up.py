"""What the server gets ready before anybody asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dashboard import warm_up

ROOT = Path(__file__).resolve().parent.parent.parent

READY = """
import sys
from dashboard import warm_up
warm_up._server_runs = lambda: {server}
thread = warm_up.begin()
assert thread.daemon
thread.join(60)
assert not thread.is_alive()
from dashboard import answers
opened = []
answers.load_place = lambda folder: opened.append(folder)
try:
    answers.cards(answers.open_place("wuchang"), answers.Standard())
except AttributeError:
    pass
print(len(opened), "streamlit_folium" in sys.modules)
"""


def asked(code: str, home: Path) -> str:
    """Return the last line that `code` prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "YIKE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def test_the_first_place_is_read_before_anybody_asks_and_no_page_is_loaded(tmp_path):
    # Loading a page outside a visitor's run would leave the map's component unknown.
    assert asked(READY.format(server=True), tmp_path) == "0 False"


def test_a_server_that_never_comes_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(warm_up, "WAIT_SECONDS", 0.1)
    assert warm_up._server_runs() is False


def test_without_a_server_nothing_is_read(tmp_path):
    assert asked(READY.format(server=False), tmp_path) == "1 False"


def test_a_broken_place_is_left_for_the_page_to_explain(tmp_path):
    (tmp_path / "wuchang").mkdir()
    (tmp_path / "wuchang" / "place.toml").write_text("zh = [", encoding="utf-8")
    code = """
import threading
from pathlib import Path
faults = []
threading.excepthook = faults.append
from dashboard import answers, warm_up
warm_up._server_runs = lambda: True
answers.SHIPPED = Path("nowhere")
assert list(answers.place_folders()) == ["wuchang"]
warm_up.begin().join(60)
print(len(faults))
"""
    assert asked(code, tmp_path) == "0"
