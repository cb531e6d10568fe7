"""Shoot every page in both languages: ``python -m tests.browser.screenshots FOLDER [VIEW …]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.browsing import CHROMIUM, NO_BROWSER, Visit, chromium, served

SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080)}
# What is worth a picture beyond the page as it opens: a path and a question.
VIEWS = {
    "coverage_map": ("", ""),
    "coverage_map_all": ("", "subject=all"),
    "coverage_map_organisation": ("", "organisation=示例登记0280"),
    "coverage_map_resident": ("", "community=示例街区021&resident=示例街区021-0042"),
    "gap_list": ("gap_list", ""),
    "where_next": ("where_next", ""),
    "organisations": ("organisations", ""),
    "rules": ("rules", ""),
    "sure_or_not": ("sure_or_not", ""),
    "compare": ("compare", ""),
    "places": ("places", ""),
    "presenter_district": ("presenter", ""),
    "presenter_subdistrict": ("presenter", "step=subdistrict"),
    "presenter_community": ("presenter", "step=community"),
    "presenter_proposal": ("presenter", "step=proposal"),
    "presenter_after": ("presenter", "step=after"),
}
PROGRESS = "[data-testid=stProgress]"
WITH_MAP = ("", "where_next", "presenter")


def shoot(folder: Path, only: tuple[str, ...] = ()) -> list[Path]:
    """Write the pictures into `folder` and return their paths.

    `only` names views; empty: all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with (
        tempfile.TemporaryDirectory() as home,
        served(Path(home)) as address,
        chromium() as browser,
    ):
        for size, pixels in SIZES.items():
            for language in ("zh", "en"):
                for name, (path, question) in VIEWS.items():
                    if only and name not in only:
                        continue
                    visit = Visit(browser, address, size=pixels)
                    visit.open(f"{question}&lang={language}", path=path)
                    if path in WITH_MAP:
                        visit.map()
                    visit.page.wait_for_selector(PROGRESS, state="detached")
                    visit.page.wait_for_timeout(800)
                    target = folder / f"{name}_{language}_{size}.png"
                    visit.page.screenshot(path=target)
                    made.append(target)
                    visit.close()
    return made


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit(NO_BROWSER)
    for picture in shoot(Path(*sys.argv[1:2] or ["screenshots"]), tuple(sys.argv[2:])):
        print(picture)
