"""A server of its own and a browser without a network, for tests and screenshots."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), ""
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "There is no Chromium on this machine, so the screens were not tried in a browser."
OPEN_SECONDS = 90
STOP_SECONDS = 60  # it finishes the runs under way
# On a page's own address Streamlit looks for its server under that address first, then above it.
LOOKS_FOR_SERVER = re.compile(r"/\w+/_stcore/(health|host-config)$")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the dashboard with the places of `home`; yield its address."""
    with serving(home) as (address, _):
        yield address


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the dashboard with the places of `home`; yield its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "yike.py"), "dashboard", "--no-browser"]
    command += [f"--port={port}"]
    settings = {**os.environ, "YIKE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(address, server, home / "server.log")
            yield address, server
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(OPEN_SECONDS * 4):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"The dashboard did not start:\n{log.read_text()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page in the browser; it notes every request beyond this machine and every fault."""

    def __init__(self, browser: Browser, address: str, *, size: tuple[int, int] = (1280, 720)):
        self.beyond: list[str] = []
        self.faults: list[str] = []
        self.address = address
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("response", self._note_answer)
        self.page.route("**/*", self._only_here)

    def _only_here(self, route, request) -> None:
        if request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.beyond.append(request.url)
            route.abort()

    def _note_answer(self, answer) -> None:
        if answer.status >= 400 and not LOOKS_FOR_SERVER.search(answer.url):
            self.faults.append(f"{answer.status} {answer.url}")

    def open(self, question: str = "", *, path: str = "") -> Visit:
        """Open the dashboard and wait until it is complete."""
        self.page.goto(f"{self.address}/{path}?{question}")
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until no run is under way."""
        drawn = "[data-testid=stSidebar] h3, .st-key-present_story .kicker"
        self.page.wait_for_selector(drawn, timeout=OPEN_SECONDS * 1000)
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            """() => document.querySelector(
                '[data-testid=stApp][data-test-script-state=notRunning]'
            ) && !document.querySelector('[data-testid=stSkeleton]')""",
            timeout=OPEN_SECONDS * 1000,
        )
        self.page.wait_for_timeout(300)

    def map(self) -> Frame:
        """Return the frame of the map once it is painted."""
        self.page.wait_for_selector("iframe[title*=folium]", timeout=OPEN_SECONDS * 1000)
        frame = next(one for one in self.page.frames if "streamlit_folium" in one.url)
        frame.wait_for_function("window.yike && window.yike.shown", timeout=OPEN_SECONDS * 1000)
        return frame

    def close(self) -> None:
        """Close the page."""
        self.context.close()
