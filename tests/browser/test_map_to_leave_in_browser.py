"""What leaves the house as a map, opened in a real browser: the saved file and the picture."""

from __future__ import annotations

import pytest

from coverage.papers.map_content import answer_content, coded, map_words
from coverage.papers.map_layers import community_layer, organisation_layer
from coverage.papers.map_marks import resident_marks, together
from coverage.papers.single_map import single_map
from coverage.reach import explain, measure_coverage
from coverage.standard import Standard
from coverage.walking import walk_categories
from geo.place import load_place
from tests.desert_place import CODES, Desert, write_desert

SUBJECT = "elder_care"
# South-east: three elders; elsewhere enough of them.
HOMES = [(100, 100, 70), (900, 100, 2), (600, 300, 1), (100, 700, 160), (400, 900, 40)]
LEFT_OUT = {"zh": "本文件不列此处人数", "en": "Count left out of this file"}
FEW = {"zh": "人数过少，不显示等级", "en": "Too few people to show a class"}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    homes = [
        (x, y, {"people": 300, "elders": n, "elders_80": 0, "disabled": 40}) for x, y, n in HOMES
    ]
    place = load_place(write_desert(tmp_path_factory.mktemp("counted"), Desert(homes=homes)))
    return place, walk_categories(place, Standard())


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    context.close()
    assert not faults


def opened(page, counted, folder, language):
    place, walks = counted
    file = folder / "map.html"
    file.write_text(single_map(place, walks, Standard(), SUBJECT, language), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_function("window.yike && window.yike.shown")
    return place.communities.index.get_indexer(list(CODES)).tolist()


def hint(page, row):
    page.evaluate(
        """(row) => {
            const shape = Object.values(map._layers).find((one) => one.at === row);
            shape.fire('mouseover', {latlng: shape.getBounds().getCenter()}, true);
        }""",
        row,
    )
    return page.locator(".yike-tip").inner_text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_saved_map_counts_nobody_it_should_not(page, counted, tmp_path, language):
    south_west, south_east, north_west, north_east = opened(page, counted, tmp_path, language)
    assert LEFT_OUT[language] in hint(page, south_east)
    assert "%" in hint(page, north_west)
    assert LEFT_OUT[language] not in hint(page, north_east)  # nobody lives there
    assert FEW[language] in page.locator(".yike-panel").inner_text()
    page.locator("#minutes").fill("3")  # another walking time: classes only
    page.wait_for_function("document.getElementById('shown').textContent.includes('7')")
    for row in (south_west, south_east, north_west):
        assert LEFT_OUT[language] in hint(page, row)
    page.locator("#minutes").fill("0")
    assert "%" in hint(page, north_west)


def test_a_picture_of_the_screen_leaves_few_people_and_homes_out(page, counted, tmp_path):
    place, walks = counted
    _, south_east, _, _ = opened(page, counted, tmp_path, "zh")
    standard = Standard()
    result = measure_coverage(place, walks, standard)
    points = organisation_layer(place, standard, SUBJECT)
    proof = explain(place, walks, result, subject=SUBJECT, community_code=CODES[2])
    marks = together(resident_marks(place, proof, "zh"))
    content = answer_content(
        place,
        community_layer(place, result, SUBJECT),
        points,
        map_words(place, standard, SUBJECT, points, "zh"),
        "zh",
        marks=marks,
    )
    page.evaluate("(code) => yike.show(code)", coded(content))
    shown = """() => Object.values(map._layers).filter((one) => one.at !== undefined)
        .map((one) => [one.at, String(one.options.fillColor)])"""
    before = page.evaluate(shown)
    painted = page.locator(".yike-panel").inner_text()
    assert FEW["zh"] not in painted
    assert marks.legend[0][1] in painted
    page.evaluate(
        """() => {
            const draw = window.yikePicture;
            window.yikePicture = (map, words, fills) => {
                window.pictured = {
                    legend: words.legend.map((one) => one[1]),
                    fills: Object.values(map._layers).filter((one) => one.at !== undefined)
                        .map((one) => [one.at, one.options.fillColor === fills['*']]),
                    homes: Object.values(map._layers).filter((one) => one._sizes).length,
                };
                return draw(map, words, fills);
            };
        }"""
    )
    with page.expect_download() as arriving:
        page.locator(".yike-save").click()
    assert arriving.value.path().read_bytes()[:4] == b"\x89PNG"
    pictured = page.evaluate("window.pictured")
    assert FEW["zh"] in pictured["legend"]
    assert marks.legend[0][1] not in pictured["legend"]
    assert [at for at, few in pictured["fills"] if few] == [south_east]
    assert pictured["homes"] == 0
    assert page.evaluate(shown) == before
    assert page.evaluate("Object.values(map._layers).filter((one) => one._sizes).length") == 1
