"""The map as one self-contained HTML file: it opens without internet, with its own slider.

Everything is inside: Leaflet, the painting function of the dashboard, the
geometry, and one string of classes for every minute the slider offers. Data
stands in the file as JSON in base64, so no name can become code.
"""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

from coverage.papers.map_content import (
    MapWords,
    answer_content,
    base_content,
    coded,
    few_row,
    map_words,
    subject_name,
    words_content,
)
from coverage.papers.map_layers import (
    compact_json,
    map_bounds,
    map_geometry,
    organisation_layer,
)
from coverage.papers.map_to_leave import asks_alike, layer_to_leave
from coverage.papers.settings_sheet import settings_lines
from coverage.papers.suppression import BELOW
from coverage.reach import measure_coverage
from coverage.standard import MINUTES_BOUNDS, Standard
from coverage.walking import Walks
from geo.phrases import Language, phrase
from geo.place import Place

STATIC = Path(__file__).resolve().parent.parent.parent / "static"

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{leaflet_css}</style>
<style>{map_css}</style>
<style>{page_css}</style>
</head>
<body>
<header><h1>{title}</h1><p>{notes}</p>
<div><label for="minutes">{slider}</label>
<input id="minutes" type="range" min="0" max="{last}" value="{chosen}">
<output id="shown" for="minutes"></output></div>
<details><summary>{settings}</summary><p id="question"></p><dl>{lines}</dl></details>
</header>
<div id="map_div"></div>
<script>{leaflet_js}</script>
<script>{layers_js}</script>
<script>{picture_js}</script>
<script>{furniture_js}</script>
<script>{map_js}</script>
<script>
const given = yike.decode("{data}");
const map = L.map("map_div", {{ zoomSnap: 0.25, attributionControl: false }});
const slider = document.getElementById("minutes");
function show() {{
  const step = given.steps[slider.value];
  document.getElementById("shown").textContent = step.label;
  document.getElementById("question").textContent = step.answer.words.question;
  yike.show({{ ...given.answer, ...step.answer }});
}}
yike.open(map, "{base}");
slider.addEventListener("input", show);
show();
</script>
</body>
</html>
"""

_PAGE_CSS = """
html, body { margin: 0; height: 100%; }
body { display: flex; flex-direction: column; color: #1f2d33;
  font-family: "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
header { padding: 8px 14px; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
h1 { margin: 0; font-size: 18px; }
p { margin: 0; font-size: 13px; color: #4b5d64; flex: 1 1 300px; }
input[type=range] { width: 260px; accent-color: #2f7f86; vertical-align: middle; }
details { flex: 1 1 100%; font-size: 13px; }
summary { color: #27696f; cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 6px 0;
  max-height: 40vh; overflow: auto; }
dt { color: #4b5d64; }
dd { margin: 0; }
#map_div { flex: 1; height: auto !important; position: relative; }
"""


def single_map(
    place: Place,
    walks: Walks,
    standard: Standard,
    subject: str,
    language: Language,
    *,
    approval_number: str = "",
) -> str:
    """Return the map of `subject` as the text of one HTML file.

    Parameters
    ----------
    place, walks, standard
        The place, its walks, and the question.
    subject
        A category or group code, or `coverage.papers.map_layers.ALL_GROUPS`.
    language
        The reader's language.
    approval_number
        The 审图号; empty prints nothing.

    Notes
    -----
    Tiles of a base map are never in the file: it opens without a network. The
    slider's first step keeps each category's own minutes, the others
    replace them by 5 to 30 minutes alike. Measured people are counted for the
    question asked only, and small counts of them not at all
    (`coverage.papers.map_to_leave`).
    """
    organisations = organisation_layer(place, standard, subject)
    questions = [replace(standard, minutes=None)]
    lowest, highest = MINUTES_BOUNDS
    questions += [replace(standard, minutes=m) for m in range(lowest, highest + 1)]
    said = [
        map_words(place, one, subject, organisations, language, approval_number=approval_number)
        for one in questions
    ]
    steps = [
        _step(
            place,
            walks,
            one,
            subject,
            words,
            language,
            asked=asks_alike(place, one, standard, subject),
        )
        for one, words in zip(questions, said, strict=True)
    ]
    chosen = 0 if standard.minutes is None else standard.minutes - lowest + 1
    measured = measure_coverage(place, walks, standard, only=_only(place, subject))
    layer = layer_to_leave(place, measured, subject, asked=True)
    answer = answer_content(place, layer, organisations, said[chosen], language)
    geometry = map_geometry(place)
    # The key keeps views apart: two saved maps may be opened in one window.
    base = base_content(map_bounds(place), compact_json(geometry)) | {"geometry": geometry}
    title = f"{place.name.say(language)} · {subject_name(place, subject, language)}"
    return _PAGE.format(
        lang="zh-CN" if language == "zh" else "en",
        title=html.escape(title),
        notes=html.escape(_said(place, language)),
        slider=html.escape(phrase("map.slider", language)),
        settings=html.escape(phrase("paper.settings", language)),
        lines=_lines(place, standard, language),
        last=len(steps) - 1,
        chosen=chosen,
        data=coded({"answer": answer, "steps": steps}),
        base=coded(base),
        leaflet_css=_vendored("vendor/leaflet/leaflet.css"),
        leaflet_js=_vendored("vendor/leaflet/leaflet.js"),
        map_css=_vendored("yike_map.css"),
        layers_js=_vendored("yike_layers.js"),
        picture_js=_vendored("yike_picture.js"),
        furniture_js=_vendored("yike_furniture.js"),
        map_js=_vendored("yike_map.js"),
        page_css=_PAGE_CSS,
    )


def _step(
    place: Place,
    walks: Walks,
    standard: Standard,
    subject: str,
    words: MapWords,
    language: Language,
    *,
    asked: bool,
) -> dict[str, Any]:
    result = measure_coverage(place, walks, standard, only=_only(place, subject))
    layer = layer_to_leave(place, result, subject, asked=asked)
    if layer.few:
        words = replace(words, legend=(*words.legend, few_row(language)))
    if standard.minutes is None:
        label = phrase("map.slider.own", language)
    else:
        label = phrase("map.slider.minutes", language, minutes=standard.minutes)
    answer = {
        "words": words_content(place, words, language),
        "classes": layer.marks,
        "percent": layer.percent,
        "uncovered": layer.uncovered,
        "stamp": label,
    }
    return {"label": label, "answer": answer}


def _only(place: Place, subject: str) -> tuple[str, ...]:
    return (*(group.code for group in place.taxonomy.groups), subject)


def _lines(place: Place, standard: Standard, language: Language) -> str:
    """Return the parameters, notes and sources; minutes are the slider's and stand beside it."""
    minutes = phrase("settings.minutes_own", language)
    note = (phrase("settings.note", language), phrase("map.to_leave", language, below=BELOW))
    return "".join(
        f"<dt>{html.escape(heading)}</dt><dd>{html.escape(words)}</dd>"
        for heading, words in (*settings_lines(place, standard, language), note)
        if heading != minutes
    )


def _said(place: Place, language: Language) -> str:
    """Return the notes of a place in one line, 示例数据 first where it is one."""
    notes = [note.say(language).rstrip("。.") for note in place.notes]
    mark = phrase("settings.demonstration", language)
    if place.demonstration and not (notes and notes[0].startswith(mark)):
        notes.insert(0, mark)
    return " · ".join(notes)


def _vendored(name: str) -> str:
    # Nothing in our own or the vendored files closes a tag; a test holds them to it.
    return (STATIC / name).read_text(encoding="utf-8")
