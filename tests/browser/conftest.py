"""One server and one browser for all browser tests."""

from __future__ import annotations

import pytest

from geo.place_settings import PlaceSettings, write_settings
from tests.dashboard.synthetic_place import write_synthetic

TILES = "http://tiles.intranet.invalid/base/{z}/{x}/{y}.png?tk=key"

browsing = pytest.importorskip(
    "tests.browser.browsing", reason="playwright is not installed; see the test extra"
)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("places")
    write_synthetic(home / "synthetic", communities=30, organisations=400, hostile=True)
    # A place whose office set a base map of its own and a review number; it has the same name.
    write_synthetic(home / "tiled", communities=9, organisations=40)
    write_settings("tiled", home, PlaceSettings(TILES, "示例底图 <img src=x>", "示例审字 1 号"))
    with browsing.served(home) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    if not browsing.CHROMIUM:
        pytest.skip(browsing.NO_BROWSER)
    with browsing.chromium() as started:
        yield started


@pytest.fixture
def visit(browser, address):
    made = browsing.Visit(browser, address)
    yield made
    made.close()
