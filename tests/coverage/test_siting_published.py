"""Published siting results.

San Francisco: 205 tracts, 16 sites, radius 5,000 m; the test data of pysal/spopt
(BSD-3). Published there: set cover 8, and maximal cover, p-median, p-centre for
p = 4; the rest comes from enumerating every subset.

Porto Alegre: walks from OSRM (foot) between hexagons; the extra people that
k more healthcare places reach were found by an independent solver.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse

from coverage.siting import (
    SitingOptions,
    cover_curve,
    fewest_sites,
    maximal_cover,
    p_centre,
    p_median,
)


@pytest.fixture(scope="module")
def san_francisco(root):
    with np.load(root / "tests/reference/san_francisco/siting.npz") as saved:
        return saved["metres"], saved["people"]


@pytest.fixture(scope="module")
def porto_alegre(root):
    with np.load(root / "tests/reference/porto_alegre/siting.npz") as saved:
        count = len(saved["people"])
        metres = sparse.csr_array(
            (saved["decimetres"] / 10, saved["column"], saved["row_ends"]), shape=(count, count)
        )
        return metres, saved["people"], np.flatnonzero(saved["healthcare"])


@pytest.mark.parametrize(
    ("sites", "covered", "median", "centre"),
    [
        (2, 671938, 4009098972.1349, 9130.7587),
        (3, 791499, 3385565397.5315, 7529.9860),
        (4, 875247, 2848268129.7145, 7403.0638),
        (5, 927402, 2554123350.1875, 5985.5001),
        (6, 941462, 2347055166.6774, 5903.6672),
    ],
)
def test_san_francisco(san_francisco, sites, covered, median, centre):
    metres, people = san_francisco
    found = maximal_cover(metres, people, within_metres=5000, sites=sites)
    assert (found.covered, found.proven_optimal, found.bound) == (covered, True, covered)
    found = p_median(metres, people, sites=sites)
    assert found.proven_optimal
    # The reference prints four decimals of ten digits before the point.
    assert found.objective == pytest.approx(median, rel=1e-9, abs=5e-5)
    found = p_centre(metres, sites=sites)
    assert found.proven_optimal
    assert found.objective == pytest.approx(centre, abs=5e-5)


def test_san_francisco_set_cover(san_francisco):
    metres, people = san_francisco
    found = fewest_sites(metres, people, within_metres=5000)
    assert (found.objective, len(found.chosen), found.proven_optimal) == (8, 8, True)
    assert found.covered == 955_113


@pytest.mark.parametrize(
    ("sites", "extra"), [(1, 20678), (2, 27950), (3, 32565), (5, 39971), (10, 49791)]
)
def test_porto_alegre(porto_alegre, sites, extra):
    metres, people, existing = porto_alegre
    found = maximal_cover(metres, people, within_metres=1250, sites=sites, existing=existing)
    assert (found.extra, found.proven_optimal) == (extra, True)
    assert found.covered_before == people.sum() - 54_779


def test_porto_alegre_everyone(porto_alegre):
    metres, people, existing = porto_alegre
    found = fewest_sites(metres, people, within_metres=1250, existing=existing)
    assert (found.objective, found.proven_optimal, found.covered) == (28, True, people.sum())


def test_porto_alegre_curve(porto_alegre):
    metres, people, existing = porto_alegre
    curve = cover_curve(metres, people, within_metres=1250, up_to=10, existing=existing)
    best = {1: 20678, 2: 27950, 3: 32565, 5: 39971, 10: 49791}
    base = people.sum() - 54_779
    for sites, extra in best.items():
        assert curve["best_covered"].iloc[sites - 1] == base + extra
    assert (curve["extra"] + base <= curve["best_covered"]).all()
    assert (np.diff(curve["gain"]) <= 0).all()


def test_a_million_people_at_31_sites():
    """The size of a published ambulance instance: the answer is proven within seconds."""
    random = np.random.default_rng(3)
    demand, sites = random.random((200_000, 2)) * 30_000, random.random((31, 2)) * 30_000
    metres = np.hypot(
        demand[:, 0, None] - sites[None, :, 0], demand[:, 1, None] - sites[None, :, 1]
    ).astype(np.float32)
    people = random.integers(1, 10, len(demand))
    began = time.perf_counter()
    found = maximal_cover(
        metres, people, within_metres=4000, sites=10, options=SitingOptions(time_limit=60)
    )
    assert found.proven_optimal
    assert time.perf_counter() - began < 60
