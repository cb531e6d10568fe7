"""Siting questions: every answer against all subsets, and the words for bad input."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from coverage.siting import (
    Siting,
    SitingOptions,
    fewest_sites,
    maximal_cover,
    never_covered,
    p_centre,
    p_median,
)
from geo.errors import SitingError
from geo.phrases import sentence

NEAR = 5.0
INF = np.inf


@st.composite
def instances(draw, *, reachable=False):
    """Small questions: up to 12 candidates, ties and repetition likely, some walks missing."""
    rows, columns = draw(st.integers(1, 14)), draw(st.integers(1, 12))
    seed = draw(st.integers(0, 10**6))
    random = np.random.default_rng(seed)
    metres = random.integers(0, 11, (rows, columns)).astype(float)
    if not reachable:
        metres[random.random(metres.shape) < draw(st.sampled_from([0.0, 0.5]))] = INF
    weights = random.integers(0, 4, rows).astype(float)
    weights[random.integers(rows)] += 1
    if draw(st.booleans()):
        weights = weights * 0.37
    existing = random.permutation(columns)[: draw(st.integers(0, min(2, columns - 1)))]
    sites = draw(st.integers(1, columns - len(existing)))
    return metres, weights, tuple(int(k) for k in existing), sites


def absent_is_beyond(metres):
    """The same distances as a sparse matrix in which explicit zeros are the same place."""
    row, column = np.nonzero(np.isfinite(metres))
    shape = metres.shape
    return sparse.csr_array((metres[row, column], (row, column)), shape=shape)


def covered_by(metres, weights, opened):
    if not opened:
        return 0.0
    return float(weights[(metres[:, list(opened)] <= NEAR).any(axis=1)].sum())


def subsets(columns, existing, sites):
    free = [k for k in range(columns) if k not in existing]
    return [(*existing, *some) for some in combinations(free, min(sites, len(free)))]


@settings(max_examples=60, deadline=None)
@given(instances())
def test_maximal_cover_is_the_best_of_all_subsets(case):
    metres, weights, existing, sites = case
    free = [k for k in range(metres.shape[1]) if k not in existing]
    if not ((metres[:, free] <= NEAR).any(axis=1) & (weights > 0)).any():
        with pytest.raises(SitingError):
            maximal_cover(metres, weights, within_metres=NEAR, sites=sites, existing=existing)
        return
    best = max(
        covered_by(metres, weights, some) for some in subsets(len(metres.T), existing, sites)
    )
    for given_metres in (metres, absent_is_beyond(metres)):
        found = maximal_cover(
            given_metres, weights, within_metres=NEAR, sites=sites, existing=existing
        )
        assert found.proven_optimal
        assert found.how == "proven"
        assert found.covered == pytest.approx(best, rel=1e-12)
        assert found.bound == found.covered == found.objective
        assert len(found.chosen) <= sites
        assert not set(found.chosen) & set(existing)
        opened = (*existing, *found.chosen)
        assert covered_by(metres, weights, opened) == pytest.approx(found.covered)
        assert found.covered_before == pytest.approx(covered_by(metres, weights, existing))


@settings(max_examples=60, deadline=None)
@given(instances(), st.sampled_from([1.0, 0.8, 0.5]))
def test_fewest_sites_are_the_fewest_of_all_subsets(case, share):
    metres, weights, existing, _ = case
    target = share * weights.sum() * (1 - 1e-12)
    columns = metres.shape[1]
    enough = [
        count
        for count in range(columns - len(existing) + 1)
        if any(
            covered_by(metres, weights, some) >= target
            for some in subsets(columns, existing, count)
        )
    ]
    if not enough:
        with pytest.raises(SitingError) as told:
            fewest_sites(metres, weights, within_metres=NEAR, share=share, existing=existing)
        lost = never_covered(metres, weights, within_metres=NEAR)
        assert told.value.values["rows"] == tuple(lost)
        assert "%" in sentence(told.value, "zh")
        return
    found = fewest_sites(metres, weights, within_metres=NEAR, share=share, existing=existing)
    assert found.proven_optimal
    assert found.objective == found.bound == len(found.chosen) == enough[0]
    assert covered_by(metres, weights, (*existing, *found.chosen)) >= target


@settings(max_examples=40, deadline=None)
@given(instances(reachable=True))
def test_p_median_is_the_best_of_all_subsets(case):
    metres, weights, existing, sites = case
    best = min(
        float(weights @ metres[:, list(some)].min(axis=1))
        for some in subsets(metres.shape[1], existing, sites)
    )
    found = p_median(metres, weights, sites=sites, existing=existing)
    assert found.proven_optimal
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-12)
    opened = [*existing, *found.chosen]
    reached = float(weights @ metres[:, opened].min(axis=1)) if opened else 0.0
    assert reached == pytest.approx(best, rel=1e-9, abs=1e-12)
    assert len(found.chosen) <= sites


@settings(max_examples=40, deadline=None)
@given(instances())
def test_p_median_with_missing_walks(case):
    metres, weights, existing, sites = case
    totals = []
    for some in subsets(metres.shape[1], existing, sites):
        shortest = metres[:, list(some)].min(axis=1)
        if np.isfinite(shortest[weights > 0]).all():
            totals.append(float(weights[weights > 0] @ shortest[weights > 0]))
    if not totals:
        with pytest.raises(SitingError) as told:
            p_median(absent_is_beyond(metres), weights, sites=sites, existing=existing)
        assert told.value.key in ("error.siting_never_reached", "error.siting_too_few_for_all")
        return
    found = p_median(absent_is_beyond(metres), weights, sites=sites, existing=existing)
    assert found.proven_optimal
    assert found.objective == pytest.approx(min(totals), rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(instances())
def test_p_centre_is_the_best_of_all_subsets(case):
    metres, _, existing, sites = case
    best = min(
        metres[:, list(some)].min(axis=1).max() for some in subsets(len(metres.T), existing, sites)
    )
    if not np.isfinite(best):
        with pytest.raises(SitingError) as told:
            p_centre(metres, sites=sites, existing=existing)
        assert told.value.key in ("error.siting_never_reached", "error.siting_too_few_for_all")
        return
    for given_metres in (metres, absent_is_beyond(metres)):
        found = p_centre(given_metres, sites=sites, existing=existing)
        assert found.proven_optimal
        assert found.objective == found.bound == best
        assert metres[:, [*existing, *found.chosen]].min(axis=1).max() == best
        assert len(found.chosen) <= sites


@settings(max_examples=40, deadline=None)
@given(instances(), st.data())
def test_locks_and_bans_are_kept(case, data):
    metres, weights, existing, sites = case
    free = [k for k in range(metres.shape[1]) if k not in existing]
    banned = data.draw(st.lists(st.sampled_from(free), unique=True, max_size=len(free) - 1))
    left = [k for k in free if k not in banned]
    sites = min(sites, len(left))
    locked = data.draw(st.lists(st.sampled_from(left), unique=True, max_size=sites))
    options = SitingOptions(locked=locked, banned=banned)
    candidates = [
        (*existing, *locked, *some)
        for some in combinations([k for k in left if k not in locked], sites - len(locked))
    ]
    best = max(covered_by(metres, weights, some) for some in candidates)
    try:
        found = maximal_cover(
            metres, weights, within_metres=NEAR, sites=sites, existing=existing, options=options
        )
    except SitingError as told:
        assert told.key == "error.siting_nobody_in_reach"
        return
    assert set(locked) <= set(found.chosen)
    assert not set(banned) & set(found.chosen)
    assert found.covered == pytest.approx(best)
    assert found.proven_optimal


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(1, 12))
def test_a_budget_buys_the_best_it_can(case, budget):
    metres, weights, existing, _ = case
    columns = metres.shape[1]
    costs = np.arange(columns) % 4 + 1.0
    free = [k for k in range(columns) if k not in existing]
    if not ((metres[:, free] <= NEAR).any(axis=1) & (weights > 0)).any():
        return
    best = max(
        covered_by(metres, weights, (*existing, *some))
        for count in range(len(free) + 1)
        for some in combinations(free, count)
        if costs[list(some)].sum() <= budget
    )
    found = maximal_cover(
        metres,
        weights,
        within_metres=NEAR,
        sites=None,
        existing=existing,
        options=SitingOptions(costs=costs, budget=budget),
    )
    assert found.proven_optimal
    assert found.covered == pytest.approx(best)
    assert found.cost == costs[list(found.chosen)].sum() <= budget


def test_the_cheapest_cover_is_not_the_fewest():
    metres = np.array([[1.0, 1.0, 9.0], [1.0, 9.0, 1.0]])
    weights = [3, 4]
    few = fewest_sites(metres, weights, within_metres=NEAR)
    cheap = fewest_sites(
        metres, weights, within_metres=NEAR, options=SitingOptions(costs=[10, 2, 3])
    )
    assert (few.chosen, few.objective) == ((0,), 1)
    assert (sorted(cheap.chosen), cheap.objective, cheap.cost) == ([1, 2], 5, 5)
    assert cheap.proven_optimal


def worked():
    """Six rows in a line, candidates at 0, 3 and 9: within 3 they cover 1+2+4, 4+8, 32."""
    places = np.array([0.0, 1.0, 3.0, 6.0, 8.0, 9.5])
    return np.abs(places[:, None] - np.array([0.0, 3.0, 9.0])), np.array([1, 2, 4, 8, 16, 32])


def test_worked_by_hand():
    metres, people = worked()
    one = maximal_cover(metres, people, within_metres=3, sites=1)
    # 9 reaches 6 (8), 8 (16) and 9.5 (32): 56 of 63.
    assert (one.chosen, one.covered, one.covered_before, one.extra) == ((2,), 56, 0, 56)
    both = maximal_cover(metres, people, within_metres=3, sites=2, existing=[0])
    assert (both.covered, both.covered_before, both.chosen) == (63, 7, (2,))
    assert fewest_sites(metres, people, within_metres=3).objective == 2
    assert p_centre(metres, sites=1).objective == 6.5
    assert p_median(metres, people, sites=1).chosen == (2,)
    assert p_median(metres, people, sites=1).objective == 9 + 16 + 24 + 24 + 16 + 16


def test_inputs_are_left_alone_and_kinds_of_matrix_agree():
    metres, people = worked()
    sparse_metres = absent_is_beyond(np.where(metres > 4, INF, metres))
    kept, kept_people, kept_sparse = metres.copy(), people.copy(), sparse_metres.copy()
    answers = [
        maximal_cover(one, people, within_metres=3, sites=2)
        for one in (metres, metres.astype(np.float32), sparse_metres, sparse_metres.tocoo())
    ]
    assert len({(one.chosen, one.covered) for one in answers}) == 1
    assert (metres == kept).all()
    assert (people == kept_people).all()
    assert (sparse_metres != kept_sparse).nnz == 0


def test_nobody_beyond_the_distance_and_zero_counts_as_reached():
    metres = sparse.csr_matrix(([0.0, 3.0, 3.001], ([0, 1, 2], [0, 0, 0])), shape=(3, 1))
    found = maximal_cover(metres, [1, 10, 100], within_metres=3, sites=1)
    assert found.covered == 11


def large(rows=400, columns=120, seed=5):
    random = np.random.default_rng(seed)
    demand, sites = random.random((rows, 2)) * 10_000, random.random((columns, 2)) * 10_000
    metres = np.hypot(*(demand[:, None, :] - sites[None]).transpose(2, 0, 1))
    return metres, random.integers(1, 30, rows)


def test_no_time_gives_the_greedy_answer_with_a_bound():
    metres, people = large()
    quick = maximal_cover(
        metres, people, within_metres=900, sites=12, options=SitingOptions(time_limit=0)
    )
    best = maximal_cover(metres, people, within_metres=900, sites=12)
    assert quick.how in ("greedy", "proven")
    assert quick.covered <= best.covered <= quick.bound
    assert quick.covered >= (1 - 1 / np.e) * best.covered
    assert best.proven_optimal
    few = fewest_sites(metres, people, within_metres=2000, options=SitingOptions(time_limit=0))
    assert few.how == "greedy"
    assert few.bound <= fewest_sites(metres, people, within_metres=2000).objective <= few.objective


def test_cancel_returns_the_best_so_far_and_progress_is_told():
    metres, people = large(2000, 400)
    told = []
    stop = {"now": False}

    def hear(progress):
        told.append(progress)
        stop["now"] = True

    options = SitingOptions(progress=hear, cancel=lambda: stop["now"])
    found = maximal_cover(metres, people, within_metres=500, sites=60, options=options)
    assert told
    assert all(one.objective <= one.bound for one in told)
    assert found.how != "proven"
    assert found.covered <= found.bound
    assert found.seconds < 10


def test_an_error_of_the_listener_is_not_swallowed():
    metres, people = large()

    def hear(progress):
        raise RuntimeError("the listener broke")

    with pytest.raises(RuntimeError, match="listener"):
        maximal_cover(
            metres, people, within_metres=900, sites=12, options=SitingOptions(progress=hear)
        )


def test_a_gap_that_the_asker_accepts_ends_the_search():
    metres, people = large(2000, 400)
    found = maximal_cover(
        metres, people, within_metres=500, sites=60, options=SitingOptions(gap=0.05)
    )
    assert found.gap <= 0.05


def test_order_of_rows_and_columns_does_not_matter():
    metres, people = large()
    random = np.random.default_rng(1)
    rows, columns = random.permutation(len(people)), random.permutation(metres.shape[1])
    one = maximal_cover(metres, people, within_metres=900, sites=8)
    other = maximal_cover(metres[rows][:, columns], people[rows], within_metres=900, sites=8)
    assert one.covered == other.covered


BAD = [
    ("error.siting_too_many", {"sites": 4}),
    ("error.siting_too_many", {"sites": 3, "existing": [0]}),
    ("error.siting_option", {"sites": 0}),
    ("error.siting_option", {"sites": 1.5}),
    ("error.siting_option", {"within_metres": -1}),
    ("error.siting_option", {"within_metres": float("nan")}),
    ("error.siting_outside", {"existing": [3]}),
    ("error.siting_outside", {"existing": [-1]}),
    ("error.siting_positions", {"existing": ["a"]}),
    ("error.siting_nobody_in_reach", {"within_metres": 0.01, "metres": np.ones((6, 3))}),
    ("error.siting_zero_demand", {"weights": np.zeros(6)}),
    ("error.siting_weights", {"weights": [1, 2, 3, 4, 5, -6]}),
    ("error.siting_weights", {"weights": [1, 2, 3, 4, 5, np.nan]}),
    ("error.siting_weights_length", {"weights": [1, 2, 3]}),
    ("error.siting_metres", {"metres": np.full((6, 3), np.nan)}),
    ("error.siting_metres", {"metres": np.full((6, 3), -1.0)}),
    ("error.siting_matrix", {"metres": np.ones(6)}),
    ("error.siting_matrix", {"metres": np.full((6, 3), "x")}),
    ("error.siting_locked_and_banned", {"options": SitingOptions(locked=[1], banned=[1])}),
    ("error.siting_locked_and_banned", {"existing": [1], "options": SitingOptions(banned=[1])}),
    ("error.siting_too_many_locks", {"sites": 1, "options": SitingOptions(locked=[0, 1])}),
    ("error.siting_too_many", {"sites": 2, "options": SitingOptions(banned=[0, 1])}),
    ("error.siting_costs", {"options": SitingOptions(costs=[1, 2], budget=3)}),
    (
        "error.siting_locks_cost",
        {"options": SitingOptions(costs=[5, 2, 2], budget=3, locked=[0])},
    ),
    ("error.siting_no_limit", {"sites": None}),
]


@pytest.mark.parametrize(("key", "change"), BAD)
def test_bad_input_is_a_sentence(key, change):
    metres, people = worked()
    question = {"metres": metres, "weights": people, "within_metres": 3.0, "sites": 2, **change}
    with pytest.raises(SitingError) as told:
        maximal_cover(question.pop("metres"), question.pop("weights"), **question)
    assert told.value.key == key
    assert sentence(told.value, "zh")
    assert str(told.value)


def test_bad_options_are_sentences():
    with pytest.raises(SitingError, match="time_limit"):
        SitingOptions(time_limit=-1)
    with pytest.raises(SitingError, match="no costs"):
        SitingOptions(budget=5)
    metres, people = worked()
    with pytest.raises(SitingError, match="budget"):
        p_median(metres, people, sites=1, options=SitingOptions(costs=[1, 1, 1], budget=2))
    with pytest.raises(SitingError, match="at most 1"):
        fewest_sites(metres, people, within_metres=3, share=1.2)


def test_too_few_sites_for_everyone_says_how_many_it_takes():
    metres = np.array([[1.0, INF, INF], [INF, 1.0, INF], [INF, INF, 1.0]])
    for ask in (lambda: p_median(metres, [1, 1, 1], sites=2), lambda: p_centre(metres, sites=2)):
        with pytest.raises(SitingError) as told:
            ask()
        assert (told.value.values["sites"], told.value.values["needed"]) == (2, 3)


def test_the_answer_says_how_far_it_may_be_from_the_best():
    answer = Siting((1,), 90, 90, 10, 100, False, "within", 0.1)
    assert answer.gap == pytest.approx(0.1)
    assert answer.extra == 80
