"""How long a change takes on screen, from the key to the repaint.

Run ``python -m benchmarks.screen_speed``.

A browser opens Wuchang (or a synthetic place of a given size), moves the speed
slider by the keyboard and notes when the map has painted the answer. Figures
are medians in milliseconds; `fresh` answers were never asked before, `kept`
ones were.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.browser.browsing import Visit, chromium, served
from tests.dashboard.synthetic_place import write_synthetic

WATCH = """
() => {
  window.paintings = [];
  let last = window.yike.shown;
  const look = () => {
    if (window.yike.shown !== last) {
      last = window.yike.shown;
      window.paintings.push(performance.timeOrigin + performance.now());
    }
    requestAnimationFrame(look);
  };
  look();
}
"""
LISTEN = """
() => window.addEventListener('keydown', () => {
  window.pressed = performance.timeOrigin + performance.now();
}, true)
"""


def changes(visit: Visit, keys: list[str]) -> list[float]:
    """Press each key on the speed slider; return the milliseconds until the map is repainted."""
    frame, page = visit.map(), visit.page
    page.evaluate(LISTEN)
    frame.evaluate(WATCH)
    page.locator("[data-testid=stSlider] [role=slider], [data-testid=stSlider] input").last.focus()
    found = []
    for key in keys:
        frame.evaluate("window.paintings.length = 0")
        page.keyboard.press(key)
        frame.wait_for_function("window.paintings.length > 0", timeout=20_000)
        found.append(frame.evaluate("window.paintings[0]") - page.evaluate("window.pressed"))
        visit.settle()
    return found


def heap(visit: Visit) -> float:
    """Return the page's memory in bytes after everything unused was let go."""
    channel = visit.context.new_cdp_session(visit.page)
    channel.send("HeapProfiler.enable")
    channel.send("HeapProfiler.collectGarbage")
    return float(channel.send("Runtime.getHeapUsage")["usedSize"])


def main() -> None:
    """Print the medians of a place."""
    options = argparse.ArgumentParser()
    options.add_argument(
        "--communities", type=int, default=0, help="a synthetic place of this size"
    )
    options.add_argument("--organisations", type=int, default=3_500)
    options.add_argument("--changes", type=int, default=0, help="further changes, to see memory")
    asked = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        served(Path(home)) as address,
        chromium() as browser,
    ):
        place = "wuchang"
        if asked.communities:
            place = "synthetic"
            write_synthetic(
                Path(home) / place,
                communities=asked.communities,
                organisations=asked.organisations,
            )
        visit = Visit(browser, address).open(f"place={place}")
        fresh = changes(visit, ["ArrowLeft"] * 5)
        kept = changes(visit, ["ArrowRight"] * 5)
        print(
            f"{place}: fresh {statistics.median(fresh):.0f} ms, "
            f"kept {statistics.median(kept):.0f} ms"
        )
        if asked.changes:
            before = heap(visit)
            changes(visit, ["ArrowLeft", "ArrowRight"] * (asked.changes // 2))
            after = heap(visit)
            print(
                f"page heap {before / 1e6:.1f} MB, "
                f"{asked.changes} changes later {after / 1e6:.1f} MB"
            )
        print(f"frames of the map: {sum('streamlit_folium' in f.url for f in visit.page.frames)}")
        visit.close()


if __name__ == "__main__":
    main()
