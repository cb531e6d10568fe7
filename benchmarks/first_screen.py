"""How long a planner waits for the first complete screen.

Run ``python -m benchmarks.first_screen``.

`cold` counts from the command (`yike.py dashboard`) to the map painted and the
page at rest, with a browser that is already open; `warm` from opening a
further, empty browser window on the running server. Seconds on the wall, so
they are worth what the machine was idle.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.browsing import Visit, chromium, served

SETTLED = """() => document.querySelector(
    '[data-testid=stApp][data-test-script-state=notRunning]'
) && !document.querySelector('[data-testid=stSkeleton]')"""


def complete(browser: Browser, address: str) -> None:
    """Open Yike in a window of its own and wait until everything is there."""
    visit = Visit(browser, address)
    visit.page.goto(address)
    visit.map()
    visit.page.wait_for_function(SETTLED)
    visit.close()


def main() -> None:
    """Print the medians."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    cold, warm = [], []
    with chromium() as browser:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as home:
                began = time.perf_counter()
                with served(Path(home)) as address:
                    complete(browser, address)
                    cold.append(time.perf_counter() - began)
                    began = time.perf_counter()
                    complete(browser, address)
                    warm.append(time.perf_counter() - began)
    print(f"cold {statistics.median(cold):.1f} s, warm {statistics.median(warm):.1f} s")


if __name__ == "__main__":
    main()
