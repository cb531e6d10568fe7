"""Capacities, fairness, shared buildings and the curve, against all subsets and by hand."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from coverage.siting import (
    Layer,
    SitingOptions,
    capacitated_cover,
    cover_curve,
    fairest_cover,
    favoured_cover,
    fewest_with_capacity,
    maximal_cover,
    served_at,
    shared_cover,
)
from coverage.siting_curve import CURVE_COLUMNS
from geo.errors import SitingError
from geo.phrases import sentence

NEAR = 5.0


@st.composite
def instances(draw, rows=8, columns=6):
    """Questions in which every candidate reaches somebody."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    metres = random.integers(0, 10, (draw(st.integers(2, rows)), draw(st.integers(2, columns))))
    metres = metres.astype(float)
    metres[random.integers(len(metres)), :] = 1.0
    weights = random.integers(1, 9, len(metres))
    return metres, weights, draw(st.integers(1, metres.shape[1])), random


def reach(metres):
    return metres <= NEAR


def flow(metres, weights, capacities, opened):
    """People served at most, by an independent maximum flow."""
    rows, columns = metres.shape
    graph = np.zeros((rows + columns + 2, rows + columns + 2), dtype=np.int32)
    graph[0, 1 : rows + 1] = weights
    for k in opened:
        graph[1 : rows + 1, rows + 1 + k] = np.where(reach(metres)[:, k], weights, 0)
        graph[rows + 1 + k, -1] = capacities[k]
    return int(maximum_flow(csr_matrix(graph), 0, rows + columns + 1).flow_value)


@settings(max_examples=30, deadline=None)
@given(instances())
def test_capacities_are_kept_and_used_best(case):
    metres, weights, sites, random = case
    columns = metres.shape[1]
    capacities = random.integers(0, 12, columns)
    capacities[0] += 1
    best = max(
        flow(metres, weights, capacities, some) for some in combinations(range(columns), sites)
    )
    found = capacitated_cover(
        metres, weights, within_metres=NEAR, sites=sites, capacities=capacities
    )
    assert found.proven_optimal
    assert found.covered == found.bound == best
    assert sum(load for _, load in found.loads) == best
    assert all(load <= capacities[column] for column, load in found.loads)
    assert flow(metres, weights, capacities, found.chosen) == best
    served = served_at(
        metres, weights, within_metres=NEAR, capacities=capacities, columns=found.chosen
    )
    assert served.sum() == best
    assert (np.asarray(served.sum(axis=1)).ravel() <= weights).all()


@settings(max_examples=30, deadline=None)
@given(instances(), st.sampled_from([1.0, 0.7]))
def test_the_fewest_sites_of_limited_capacity(case, share):
    metres, weights, _, random = case
    columns = metres.shape[1]
    capacities = random.integers(1, 20, columns)
    target = np.ceil(share * weights.sum() - 1e-9)
    enough = [
        count
        for count in range(1, columns + 1)
        if any(
            flow(metres, weights, capacities, some) >= target
            for some in combinations(range(columns), count)
        )
    ]
    ask = {"within_metres": NEAR, "capacities": capacities, "share": share}
    if not enough:
        with pytest.raises(SitingError) as told:
            fewest_with_capacity(metres, weights, **ask)
        most = flow(metres, weights, capacities, range(columns))
        assert told.value.values["most"] == most
        assert told.value.values["lacking"] == target - most
        assert str(int(target - most)) in sentence(told.value, "zh")
        return
    found = fewest_with_capacity(metres, weights, **ask)
    assert found.proven_optimal
    assert found.objective == enough[0] == len(found.chosen)
    assert found.covered >= target


def test_existing_sites_have_capacity_too():
    metres = np.array([[1.0, 1.0], [1.0, 1.0]])
    found = capacitated_cover(
        metres, [10, 10], within_metres=NEAR, sites=1, capacities=[8, 5], existing=[0]
    )
    assert (found.covered_before, found.covered, found.chosen) == (8, 13, (1,))


@pytest.mark.parametrize(
    ("key", "capacities"),
    [
        ("error.siting_no_places", [0, 0]),
        ("error.siting_capacities", [1]),
        ("error.siting_capacities", [1, -1]),
        ("error.siting_capacities", [1, np.nan]),
    ],
)
def test_impossible_capacities_are_sentences(key, capacities):
    with pytest.raises(SitingError) as told:
        capacitated_cover(
            np.ones((2, 2)), [1, 1], within_metres=NEAR, sites=1, capacities=capacities
        )
    assert told.value.key == key
    assert sentence(told.value, "zh")


@settings(max_examples=30, deadline=None)
@given(instances())
def test_the_worst_off_community_comes_first(case):
    metres, weights, sites, random = case
    communities = random.integers(0, 3, len(weights))
    columns = metres.shape[1]
    possible = reach(metres).any(axis=1)

    def value(some):
        hit = reach(metres)[:, list(some)].any(axis=1)
        shares = [
            weights[hit & (communities == one)].sum() / weights[communities == one].sum()
            for one in np.unique(communities[possible])
        ]
        return min(shares), int(weights[hit].sum())

    best = max(value(some) for some in combinations(range(columns), sites))
    found = fairest_cover(metres, weights, within_metres=NEAR, sites=sites, communities=communities)
    assert found.smallest_share == pytest.approx(best[0])
    assert found.covered == best[1]
    assert found.proven_optimal


def test_favour_moves_the_site_but_people_are_counted():
    metres = np.array([[1.0, 9.0], [9.0, 1.0]])
    plain = maximal_cover(metres, [10, 9], within_metres=NEAR, sites=1)
    other = favoured_cover(metres, [10, 9], within_metres=NEAR, sites=1, favour=[1, 2])
    assert (plain.chosen, plain.covered) == ((0,), 10)
    assert (other.chosen, other.covered, other.objective) == ((1,), 9, 18)
    with pytest.raises(SitingError, match="Favour"):
        favoured_cover(metres, [10, 9], within_metres=NEAR, sites=1, favour=[1])


@settings(max_examples=25, deadline=None)
@given(instances(rows=6, columns=4), st.integers(1, 2))
def test_shared_buildings_host_the_best_sets(case, rooms):
    metres, weights, sites, random = case
    columns = metres.shape[1]
    other = random.integers(0, 10, metres.shape).astype(float)
    more = random.integers(0, 5, len(metres))
    more[0] += 1
    layers = [Layer(metres, weights, NEAR), Layer(other, more, 3.0, existing=(0,))]

    def value(some, hosts):
        total = 0
        for k, (one, people, near) in enumerate(((metres, weights, NEAR), (other, more, 3.0))):
            opened = [c for c, h in zip(some, hosts, strict=True) if k in h] + [0] * (k == 1)
            total += int(people[(one[:, opened] <= near).any(axis=1)].sum()) if opened else 0
        return total

    choices = [(0,), (1,)] if rooms == 1 else [(0, 1)]
    best = max(
        value(some, hosts)
        for some in combinations(range(columns), sites)
        for hosts in product(choices, repeat=sites)
    )
    found = shared_cover(layers, sites=sites, rooms=rooms)
    assert found.proven_optimal
    assert found.objective == best == value(found.chosen, found.hosts)
    assert all(len(one) <= rooms for one in found.hosts)


def test_layers_must_share_their_candidates():
    with pytest.raises(SitingError, match="candidates"):
        shared_cover(
            [Layer(np.ones((2, 2)), [1, 1], 5), Layer(np.ones((2, 3)), [1, 1], 5)], sites=1
        )


@settings(max_examples=30, deadline=None)
@given(instances(), st.integers(0, 1))
def test_curves_grow_by_ever_smaller_steps(case, locks):
    metres, weights, sites, _ = case
    options = SitingOptions(locked=list(range(min(locks, sites))))
    curve = cover_curve(metres, weights, within_metres=NEAR, up_to=sites, options=options)
    assert list(curve.columns) == list(CURVE_COLUMNS)
    gains = curve["gain"].to_numpy()
    assert (np.diff(gains[locks:]) <= 0).all()
    assert (np.diff(curve["covered"]) >= 0).all()
    assert (np.diff(curve["best_covered"]) >= 0).all()
    assert (curve["covered"] <= curve["best_covered"]).all()
    assert (curve["extra"] == np.cumsum(gains)).all()
    for row in curve.itertuples():
        best = maximal_cover(metres, weights, within_metres=NEAR, sites=row.sites)
        assert row.best_covered <= best.covered
        if not locks:
            assert row.best_covered == best.covered


def test_a_curve_by_hand_with_costs():
    metres = np.array([[1.0, 9.0, 9.0], [1.0, 1.0, 9.0], [9.0, 1.0, 9.0], [9.0, 9.0, 1.0]])
    options = SitingOptions(costs=[100, 50, 30])
    curve = cover_curve(
        metres, [5, 4, 3, 1], within_metres=NEAR, up_to=3, existing=(), options=options
    )
    assert curve["column"].tolist() == [0, 1, 2]
    assert curve["gain"].tolist() == [9, 3, 1]
    assert curve["cost"].tolist() == [100, 50, 30]
    assert curve["cost_per_person"].tolist() == pytest.approx([100 / 9, 50 / 3, 30])
    assert curve.index.tolist() == ["1", "2", "3"]
    assert curve["how"].tolist() == ["proven"] * 3


def test_a_curve_ends_where_a_site_would_add_nobody():
    metres = np.array([[1.0, 1.0, 9.0]])
    curve = cover_curve(metres, [7], within_metres=NEAR, up_to=3)
    assert curve["gain"].tolist() == [7]
    assert np.isnan(curve["cost"].iloc[0])
