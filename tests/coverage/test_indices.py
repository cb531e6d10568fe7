"""Indices against published results, a brute-force oracle, hand work and their laws.

Published: ipeaGIT/accessibility (R) and pysal/access on Belo Horizonte, PySAL on
Mexico's states; see the README in tests/reference/belo_horizonte and gini.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from coverage import indices
from coverage.indices import (
    balanced_floating_catchment,
    category_mix,
    concentration_index,
    cumulative,
    enhanced_two_step_floating_catchment,
    exponential,
    fgt_poverty,
    gaussian,
    gini,
    gravity,
    lorenz,
    nearest,
    palma,
    power,
    provision_ratio,
    stepped,
    theil,
    three_step_floating_catchment,
    two_step_floating_catchment,
    within,
)
from geo.errors import InputError, QuestionError, TableError

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
INF = np.inf


# ---------------------------------------------------------------- published results


class City:
    """Belo Horizonte: 898 hexagons, every one both home and place of service."""

    def __init__(self) -> None:
        folder = REFERENCE / "belo_horizonte"
        self.land = pd.read_csv(folder / "land_use_data.csv").set_index("id")
        minutes = np.load(folder / "travel_minutes.npz")["minutes"].astype(float)
        minutes[minutes == 255] = INF
        np.fill_diagonal(minutes, 5.8)
        self.costs = pd.DataFrame(minutes, index=self.land.index, columns=self.land.index)
        self.people = self.land["population"]
        self.jobs_30 = cumulative(self.costs, self.land["jobs"], within=30)

    def published(self, file: str, column: str) -> pd.Series:
        table = pd.read_csv(REFERENCE / "belo_horizonte" / file).set_index("id")
        return table[column].reindex(self.land.index)


@pytest.fixture(scope="module")
def city() -> City:
    return City()


R_TIES = np.nextafter([10, 20, 30], 0)  # the R package gives a time at an edge to the next band
STEPS = [1, 0.68, 0.22]

TABLES = [
    ("ref_cost_to_closest_schools.csv", "travel_time", nearest, "schools", {}),
    ("ref_cumulative_jobs_30.csv", "jobs", cumulative, "jobs", {"within": 30}),
    ("ref_cumulative_schools_15.csv", "schools", cumulative, "schools", {"within": 15}),
    ("ref_cumulative_schools_30.csv", "schools", cumulative, "schools", {"within": 30}),
    ("ref_gravity_schools_exp0.2.csv", "schools", gravity, "schools", {"weight": exponential(0.2)}),
    (
        "ref_2sfca_jobs_binary45.csv",
        "jobs",
        two_step_floating_catchment,
        "jobs",
        {"weight": within(45)},
    ),
    (
        "ref_2sfca_schools_binary30.csv",
        "schools",
        two_step_floating_catchment,
        "schools",
        {"weight": within(30)},
    ),
    (
        "ref_e2sfca_schools_exp0.1.csv",
        "schools",
        enhanced_two_step_floating_catchment,
        "schools",
        {"weight": exponential(0.1)},
    ),
    (
        "ref_e2sfca_schools_step10-20-30_w1-.68-.22.csv",
        "schools",
        enhanced_two_step_floating_catchment,
        "schools",
        {"weight": stepped(R_TIES, STEPS)},
    ),
    (
        "ref_bfca_jobs_exp0.5.csv",
        "jobs",
        balanced_floating_catchment,
        "jobs",
        {"weight": exponential(0.5)},
    ),
    *(
        ("ref_pysal_access.csv", f"{name}_{what}", function, what, options)
        for what in ("schools", "jobs")
        for name, function, options in (
            ("cum30", cumulative, {"within": 30}),
            ("f2_30", two_step_floating_catchment, {"weight": within(30)}),
            ("f2_45", two_step_floating_catchment, {"weight": within(45)}),
            (
                "e2",
                enhanced_two_step_floating_catchment,
                {"weight": stepped([10, 20, 30], STEPS)},
            ),
            ("g2", enhanced_two_step_floating_catchment, {"weight": gaussian(20, 60)}),
            ("s3", three_step_floating_catchment, {"weight": stepped([10, 20, 30], STEPS)}),
        )
    ),
]


@pytest.mark.parametrize("table", TABLES, ids=[f"{t[0]}:{t[1]}" for t in TABLES])
def test_full_tables_of_the_peers(city, table):
    """898 rows each, R package and pysal/access, at rtol 1e-9."""
    file, column, function, supply, options = table
    arguments = [city.land[supply]]
    if function.__name__.endswith("catchment"):
        arguments = [city.people, *arguments]
    ours = function(city.costs, *arguments, **options)
    expected = city.published(file, column)
    assert ours.index.equals(city.land.index)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=0)


def test_published_sums_and_first_rows(city):
    """Printed by ipeaGIT/accessibility: the first six ids and the sums."""
    schools_30 = cumulative(city.costs, city.land["schools"], within=30)
    assert city.jobs_30.head(6).tolist() == [14561, 29452, 16647, 10700, 6669, 37029]
    first = nearest(city.costs, city.land["schools"]).head(6)
    assert first.tolist() == [29, 24, 28, 33, 32, 17]
    assert city.jobs_30.sum() == 85_640_632
    assert schools_30.sum() == 20_883
    shared = two_step_floating_catchment(
        city.costs, city.people, city.land["jobs"], weight=within(45)
    )
    assert shared.sum() == pytest.approx(425.5689687919508, rel=1e-9)
    assert gini(schools_30, city.people) == pytest.approx(0.3073588, abs=5e-8)
    schools = two_step_floating_catchment(
        city.costs, city.people, city.land["schools"], weight=within(30)
    )
    assert gini(schools, city.people) == pytest.approx(0.2467994, abs=5e-8)
    assert city.people @ schools == pytest.approx(city.land["schools"].sum(), rel=1e-12)


def test_published_inequality_of_jobs(city):
    """Printed by ipeaGIT/accessibility for jobs within 30 minutes."""
    income = city.land["income_per_capita"]
    assert income[city.people == 0].isna().all()  # missing only where nobody lives
    assert f"{gini(city.jobs_30, city.people):.7f}" == "0.4715251"
    assert f"{palma(city.jobs_30, income, city.people):.6f}" == "3.800465"
    assert f"{concentration_index(city.jobs_30, income, city.people):.7f}" == "0.3346494"
    assert f"{theil(city.jobs_30, city.people):.7f}" == "0.3616631"
    poverty = fgt_poverty(city.jobs_30, city.people, line=95_368)
    assert [f"{one:.7f}" for one in poverty] == ["0.5745378", "0.3277383", "0.2218769"]


def test_sharing_ranks_among_ties_moves_the_published_index_little(city):
    income = city.land["income_per_capita"]
    shared = concentration_index(city.jobs_30, income, city.people, ties="average")
    assert shared == pytest.approx(0.3346194, abs=5e-8)
    back = slice(None, None, -1)
    turned = concentration_index(
        city.jobs_30[back], income[back], city.people[back], ties="average"
    )
    assert turned == pytest.approx(shared, rel=1e-12)


def test_mexico_1940():
    """PySAL's documentation: Gini of GDP per head of 32 states."""
    states = pd.read_csv(REFERENCE / "gini" / "mexico_pcgdp_1940_2000.csv")
    assert gini(states["pcgdp1940"]) == pytest.approx(0.35372371173452849, abs=1e-12)


# ---------------------------------------------------------------- worked by hand

COSTS = np.array([[0.0, 10.0, INF], [5.0, 20.0, 30.0], [INF, INF, INF]])
PEOPLE = np.array([100.0, 300.0, 50.0])
PLACES = np.array([2.0, 0.0, 6.0])


def test_nearest_by_hand():
    assert nearest(COSTS).tolist() == [0, 5, INF]
    assert nearest(COSTS, [0, 1, 1]).tolist() == [10, 20, INF]
    assert nearest(COSTS, [0, 0, 0]).tolist() == [INF, INF, INF]


def test_cumulative_counts_the_limit_itself():
    assert cumulative(COSTS, [1, 1, 1], within=10).tolist() == [2, 1, 0]
    assert cumulative(COSTS, [1, 1, 1], within=9.999).tolist() == [1, 1, 0]
    assert cumulative(COSTS, [1, 1, 1], within=0).tolist() == [1, 0, 0]


def test_two_steps_by_hand():
    # Supply 0 is shared by 100 + 300 people, supply 2 by the second row's 300 alone.
    access = two_step_floating_catchment(COSTS, PEOPLE, PLACES, weight=within(30))
    assert access.tolist() == pytest.approx([2 / 400, 2 / 400 + 6 / 300, 0])


def test_e2sfca_takes_the_nearer_band_at_an_edge():
    weight = stepped([10, 20, 30], [1, 0.68, 0.22])
    edges = np.array([0.0, 10.0, 10.001, 20.0, 30.0, 30.001])
    assert weight(edges).tolist() == [1, 1, 0.68, 0.68, 0.22, 0]
    one = np.array([[10.0]])
    assert enhanced_two_step_floating_catchment(one, [10], [5], weight=weight).tolist() == [0.5]


def test_decays_by_hand():
    t = np.array([0.0, 0.5, 2.0, 10.0])
    assert exponential(0.5)(t).tolist() == pytest.approx(
        [1, math.exp(-0.25), math.exp(-1), math.exp(-5)]
    )
    assert power(2)(t).tolist() == pytest.approx([1, 1, 0.25, 0.01])
    assert power(2, least=0.5)(t).tolist() == pytest.approx([4, 4, 0.25, 0.01])
    assert gaussian(2, 2)(t).tolist() == pytest.approx([1, math.exp(-1 / 32), math.exp(-0.5), 0])
    assert exponential(0.5, 2)(t)[3] == 0
    assert power(1, 2)(t)[3] == 0


def test_three_steps_and_balanced_by_hand():
    costs = np.array([[1.0, 1.0], [INF, 1.0]])
    # Row 0 divides itself in halves; 3SFCA weighs 1 x 1/2 there and 1 x 1 in row 1.
    # R = 10 / (100/2) = 0.2 and 30 / (100/2 + 100) = 0.2.
    both = three_step_floating_catchment(costs, [100, 100], [10, 30], weight=within(1))
    assert both.tolist() == pytest.approx([0.2, 0.2])
    # Balanced: demand 50 and 150, R = 0.2 and 0.2; column shares 1 and 1/2, 1/2.
    balanced = balanced_floating_catchment(costs, [100, 100], [10, 30], weight=within(1))
    assert balanced.tolist() == pytest.approx([0.3, 0.1])


def test_inequality_by_hand():
    assert gini([1, 3]) == pytest.approx(0.25)
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert theil([0, 0, 0, 1]) == pytest.approx(math.log(4))
    assert theil([2, 2]) == gini([2, 2]) == 0
    assert fgt_poverty([1, 2, 3], line=2) == pytest.approx((1 / 3, 1 / 6, 1 / 12))
    people = range(1, 11)
    assert palma(people, people, np.ones(10)) == pytest.approx(10 / 2.5)
    # Shares instead of people: the same groups, the same ratio.
    assert palma(people, people, np.full(10, 0.05)) == pytest.approx(10 / 2.5)
    # Ranks 1/4, 3/4: (2/2) (1/2)(−1/4)(1−2) + (1/2)(1/4)(3−2) = 1/4; times 4·2/2.
    assert concentration_index([1, 3], [1, 2], [1, 1], corrected=False) == pytest.approx(0.25)
    assert concentration_index([1, 3], [1, 2], [1, 1]) == pytest.approx(1.0)
    assert concentration_index([3, 1], [1, 2], [1, 1]) == pytest.approx(-1.0)


def test_lorenz_ends_at_one_and_holds_the_gini():
    curve = lorenz([3, 1], [1, 1])
    assert curve["people_share"].tolist() == [0, 0.5, 1]
    assert curve["value_share"].tolist() == [0, 0.25, 1]
    area = np.trapezoid(curve["value_share"], curve["people_share"])
    assert 1 - 2 * area == pytest.approx(gini([3, 1]))
    assert lorenz([0, 0])["value_share"].tolist() == [0, 0.5, 1]


def test_category_mix_by_hand():
    counts = pd.DataFrame({"A": [1, 4, 0], "B": [1, 0, 0]}, index=["x", "y", "z"])
    mix = category_mix(counts)
    assert mix.index.tolist() == ["x", "y", "z"]
    assert mix["x"] == pytest.approx(math.log(2))
    assert mix["y"] == 0
    assert math.isnan(mix["z"])
    assert category_mix(counts, even=True)["x"] == pytest.approx(1)
    assert category_mix(counts[["A"]], even=True)["x"] == 0
    assert category_mix(counts.iloc[:0]).empty


def test_provision_ratio_prints_what_wuchang_published():
    # S4: 2,934 filed organisations over the 2020 census (1,102,188) are 26.6 per 10,000.
    assert f"{provision_ratio(2934, 1_102_188):.1f}" == "26.6"
    by_unit = provision_ratio(pd.Series([3, 1], ["a", "b"]), pd.Series([1000, 0], ["a", "b"]))
    assert by_unit["a"] == 30
    assert math.isnan(by_unit["b"])


# ---------------------------------------------------------------- stated behaviour


def test_results_follow_the_rows():
    plain = two_step_floating_catchment(COSTS, PEOPLE, PLACES, weight=within(30))
    assert isinstance(plain, np.ndarray)
    labels = pd.Index(["a", "b", "c"])
    by_demand = two_step_floating_catchment(
        COSTS, pd.Series(PEOPLE, labels), PLACES, weight=within(30)
    )
    assert by_demand.index.equals(labels)
    by_costs = cumulative(pd.DataFrame(COSTS, index=labels), PLACES, within=30)
    assert by_costs.index.equals(labels)


def test_a_stored_zero_is_the_same_place_and_an_absent_one_is_beyond():
    reached = np.isfinite(COSTS)
    rows, columns = np.nonzero(reached)
    stored = sparse.coo_array((COSTS[reached], (rows, columns)), shape=COSTS.shape)
    for costs in (stored, stored.tocsr(), stored.tocsc(), sparse.csr_matrix(stored)):
        assert costs.nnz == 5
        assert nearest(costs).tolist() == [0, 5, INF]
        assert cumulative(costs, [1, 1, 1], within=0).tolist() == [1, 0, 0]
        assert costs.nnz == 5
    all_beyond = sparse.csr_array((2, 3))
    assert cumulative(all_beyond, [1, 1, 1], within=99).tolist() == [0, 0]


def test_nothing_to_share_and_nobody_to_share_it():
    none = two_step_floating_catchment(COSTS, PEOPLE, [0, 0, 0], weight=within(30))
    assert none.tolist() == [0, 0, 0]
    # Nobody lives anywhere: nobody is served, and no division by zero is left behind.
    nobody = two_step_floating_catchment(COSTS, [0, 0, 0], PLACES, weight=within(30))
    assert nobody.tolist() == [0, 0, 0]
    # A row without people still gets the access a person there would have.
    empty_row = two_step_floating_catchment(COSTS, [0, 300, 50], PLACES, weight=within(30))
    assert empty_row[0] == pytest.approx(2 / 300)
    for function in (three_step_floating_catchment, balanced_floating_catchment):
        assert function(COSTS, [0, 0, 0], PLACES, weight=within(30)).tolist() == [0, 0, 0]
        assert function(COSTS, PEOPLE, [0, 0, 0], weight=within(0)).tolist() == [0, 0, 0]


def test_everybody_the_same_or_nothing_at_all():
    assert gini([0, 0]) == theil([0, 0]) == 0
    assert concentration_index([0, 0], [1, 2], [1, 1]) == 0
    assert concentration_index([0, 0], [1, 2], [1, 1], corrected=False) == 0
    assert concentration_index([5, 5], [1, 2], [1, 1]) == 0
    assert math.isnan(palma([0, 0, 1], [1, 2, 3], [4, 4, 2]))  # the poorest have nothing
    assert math.isnan(palma([1, 2], [1, 2], [1, 9]))  # one income holds the whole top


def test_weights_of_zero_are_nobodys():
    assert gini([1, 3, 99], [1, 1, 0]) == pytest.approx(0.25)
    assert theil([1, 3, 99], [1, 1, 0]) == pytest.approx(theil([1, 3]))
    incomes = [1.0, 2.0, math.nan]
    assert concentration_index([1, 3, 3], incomes, [1, 1, 0]) == pytest.approx(1.0)


CATCHMENTS = (
    two_step_floating_catchment,
    enhanced_two_step_floating_catchment,
    three_step_floating_catchment,
    balanced_floating_catchment,
)

BAD_COSTS = [
    [[0.0, math.nan], [1.0, 2.0]],
    [[0.0, -1.0], [1.0, 2.0]],
    [1.0, 2.0],
    [["near", "far"], ["far", "near"]],
    sparse.csr_array(np.array([[1.0, -1.0], [1.0, 1.0]])),
    sparse.csr_array(np.array([[1.0, math.nan], [1.0, 1.0]])),
    sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 2)),
    sparse.dia_array(np.eye(2)),
    sparse.bsr_array(np.eye(2)),
]


@pytest.mark.parametrize("costs", BAD_COSTS, ids=range(len(BAD_COSTS)))
def test_bad_costs_are_refused_with_a_sentence(costs):
    for function in CATCHMENTS:
        with pytest.raises(TableError) as refused:
            function(costs, [1, 1], [1, 1], weight=within(1))
        assert len(str(refused.value)) > 20
    with pytest.raises(TableError):
        nearest(costs)
    with pytest.raises(TableError):
        cumulative(costs, [1, 1], within=1)


BAD_NUMBERS = [
    [1, math.nan, 1],
    [1, -1, 1],
    [1, INF, 1],
    [1, 1],
    [1, 1, 1, 1],
    [[1, 1, 1]],
    ["1", "1", "1"],
    [1, None, 1],
    5,
]


@pytest.mark.parametrize("numbers", BAD_NUMBERS, ids=range(len(BAD_NUMBERS)))
def test_bad_numbers_are_refused_with_a_sentence(numbers):
    good = [1, 1, 1]
    for function in CATCHMENTS:
        for people, places in ((numbers, good), (good, numbers)):
            with pytest.raises(TableError) as refused:
                function(COSTS, people, places, weight=within(1))
            assert len(str(refused.value)) > 20
    with pytest.raises(TableError):
        cumulative(COSTS, numbers, within=1)
    for index in (gini, theil):
        with pytest.raises(TableError):
            index(good, numbers)
    for arguments in ((good, good, numbers), (good, numbers, good)):
        if arguments[1] is numbers and only_negative(numbers):
            continue  # an income may be below zero: it only orders people
        for ranked in (palma, concentration_index):
            with pytest.raises(TableError):
                ranked(*arguments)


def only_negative(numbers: object) -> bool:
    try:
        read = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError):
        return False
    return read.shape == (3,) and bool(np.isfinite(read).all())


def test_incomes_below_zero_order_people_all_the_same():
    values, weights = [1.0, 2.0, 4.0, 3.0], [1, 1, 1, 1]
    for ranked in (palma, concentration_index):
        assert ranked(values, [-5, -2, 3, 1], weights) == pytest.approx(
            ranked(values, [0, 3, 8, 6], weights)
        )


def test_values_that_cannot_be_compared_are_refused():
    for index in (gini, theil, lorenz):
        for values in ([], [-1, 2], [math.nan], ["a"], [[1, 2]]):
            with pytest.raises(TableError):
                index(values)
        with pytest.raises(TableError):
            index([1, 2], [0, 0])
    with pytest.raises(TableError):
        category_mix(pd.DataFrame({"A": [-1]}))
    with pytest.raises(TableError):
        category_mix(pd.DataFrame(index=["x"]))
    with pytest.raises(TableError):
        provision_ratio(-1, 10)


def test_labels_in_another_order_are_refused():
    one, other = pd.Index(["a", "b", "c"]), pd.Index(["b", "a", "c"])
    costs = pd.DataFrame(COSTS, index=one, columns=one)
    with pytest.raises(TableError):
        two_step_floating_catchment(costs, pd.Series(PEOPLE, other), PLACES, weight=within(1))
    with pytest.raises(TableError):
        cumulative(costs, pd.Series(PLACES, other), within=1)
    with pytest.raises(TableError):
        gini(pd.Series([1, 2, 3], one), pd.Series([1, 1, 1], other))


def test_questions_that_make_no_sense_are_refused():
    for make in (
        lambda: within(-1),
        lambda: within(math.nan),
        lambda: within("15"),
        lambda: stepped([], []),
        lambda: stepped([10, 20], [1]),
        lambda: stepped([20, 10], [1, 0.5]),
        lambda: stepped([10, 20], [1, -0.5]),
        lambda: exponential(-0.1),
        lambda: power(1, least=0),
        lambda: gaussian(0, 60),
        lambda: gaussian(20, -1),
        lambda: cumulative(COSTS, PLACES, within=-1),
        lambda: cumulative(COSTS, PLACES, within=math.nan),
        lambda: gravity(COSTS, PLACES, weight=lambda costs: costs[:1]),
        lambda: gravity(COSTS, PLACES, weight=lambda costs: -costs - 1),
        lambda: gravity(COSTS, PLACES, weight=lambda costs: costs * np.nan),
        lambda: fgt_poverty([1], line=0),
        lambda: concentration_index([1], [1], [1], ties="first"),
    ):
        with pytest.raises(QuestionError) as refused:
            make()
        assert isinstance(refused.value, InputError)
        assert len(str(refused.value)) > 20


def test_inputs_are_left_alone():
    costs = pd.DataFrame(COSTS)
    people, places = pd.Series(PEOPLE), pd.Series(PLACES)
    before = costs.copy(), people.copy(), places.copy()

    def greedy(finite):
        finite *= 0
        return finite + 1.0

    for function in CATCHMENTS:
        function(costs, people, places, weight=greedy)
    gini(people, places)
    palma(people, places, places)
    for now, then in zip((costs, people, places), before, strict=True):
        assert now.equals(then)


def test_every_public_name_is_here():
    for name in indices.__all__:
        assert hasattr(indices, name)


# ---------------------------------------------------------------- laws

amounts = st.integers(0, 1_000)
minutes = st.one_of(st.just(INF), st.integers(0, 60).map(float))


@st.composite
def cities(draw):
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    costs = draw(
        st.lists(
            st.lists(minutes, min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
    people = draw(st.lists(amounts, min_size=rows, max_size=rows))
    places = draw(st.lists(amounts, min_size=columns, max_size=columns))
    return np.array(costs), np.array(people), np.array(places)


def by_loops(costs, people, places, f):
    """The two steps as the paper writes them."""
    rows, columns = costs.shape
    f_of = [
        [f(costs[i, j]) if costs[i, j] < INF else 0.0 for j in range(columns)] for i in range(rows)
    ]
    access = [0.0] * rows
    for j in range(columns):
        served = sum(people[i] * f_of[i][j] for i in range(rows))
        for i in range(rows):
            if served > 0:
                access[i] += places[j] / served * f_of[i][j]
    return access


@settings(max_examples=60, deadline=None)
@given(cities())
def test_two_steps_are_the_papers_loops(city_):
    costs, people, places = city_
    ours = enhanced_two_step_floating_catchment(
        costs, people, places, weight=stepped([10, 30], [1, 0.5])
    )
    f = lambda t: 1.0 if t <= 10 else 0.5 if t <= 30 else 0.0  # noqa: E731
    np.testing.assert_allclose(ours, by_loops(costs, people, places, f), rtol=1e-12, atol=1e-15)


@settings(max_examples=60, deadline=None)
@given(cities(), st.integers(0, 60))
def test_dense_and_sparse_agree(city_, limit):
    costs, people, places = city_
    reached = np.isfinite(costs)
    rows, columns = np.nonzero(reached)
    stored = sparse.csr_array((costs[reached], (rows, columns)), shape=costs.shape)
    for function in CATCHMENTS:
        dense = function(costs, people, places, weight=within(limit))
        np.testing.assert_array_equal(function(stored, people, places, weight=within(limit)), dense)
    np.testing.assert_array_equal(
        cumulative(stored, places, within=limit),
        np.where(costs <= limit, places, 0).sum(axis=1),
    )
    open_costs = np.where(places > 0, costs, INF)
    np.testing.assert_array_equal(nearest(stored, places), open_costs.min(axis=1))


@settings(max_examples=60, deadline=None)
@given(cities(), st.sampled_from([within(30), exponential(0.1), gaussian(10, 40)]))
def test_what_is_reached_is_handed_out_and_no_more(city_, weight):
    costs, people, places = city_
    weights = np.where(np.isfinite(costs), weight(np.where(np.isfinite(costs), costs, 0)), 0)
    served = (people[:, None] * weights).sum(axis=0) > 0
    for function in CATCHMENTS[:3]:
        handed = people @ function(costs, people, places, weight=weight)
        assert handed == pytest.approx(places[served].sum(), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(2, 9))
def test_twice_the_people_get_half_and_twice_the_supply_double(city_, factor):
    costs, people, places = city_
    for function in CATCHMENTS:
        once = function(costs, people, places, weight=within(30))
        np.testing.assert_allclose(
            function(costs, people * factor, places, weight=within(30)) * factor, once, rtol=1e-12
        )
        np.testing.assert_allclose(
            function(costs, people, places * factor, weight=within(30)), once * factor, rtol=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(0, 30), st.integers(0, 30))
def test_a_longer_walk_never_reaches_less(city_, limit, more):
    costs, _, places = city_
    assert (
        cumulative(costs, places, within=limit + more) >= cumulative(costs, places, within=limit)
    ).all()


shares = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=1, max_size=12).filter(
    lambda rows: any(weight for _, weight in rows)
)


@settings(max_examples=80, deadline=None)
@given(shares, st.integers(1, 1000))
def test_laws_of_gini_and_theil(rows, factor):
    values, weights = np.array(rows).T
    one_each = np.repeat(values, weights)
    assert 0 <= gini(values, weights) < 1
    assert 0 <= theil(values, weights) <= math.log(weights.sum()) + 1e-12
    for index in (gini, theil):
        expected = index(one_each)
        assert index(values, weights) == pytest.approx(expected, abs=1e-12)  # weights repeat
        assert index(values * factor, weights) == pytest.approx(expected, abs=1e-12)
        assert index(values, weights * factor) == pytest.approx(expected, abs=1e-12)
        assert index(values[::-1], weights[::-1]) == pytest.approx(expected, abs=1e-12)
    if one_each.sum():
        differences = np.abs(one_each[:, None] - one_each).mean()
        assert gini(one_each) == pytest.approx(differences / 2 / one_each.mean(), abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(shares, st.randoms(use_true_random=False), st.integers(1, 1000))
def test_laws_of_the_ranked_indices(rows, chance, factor):
    values, weights = np.array(rows).T
    ranks = np.array(chance.sample(range(1, 100), len(rows)))  # no ties: order is no matter
    order = np.argsort(ranks)
    for corrected in (True, False):
        index = concentration_index(values, ranks, weights, corrected=corrected)
        bound = 1 if corrected else gini(values, weights)
        assert abs(index) <= bound + 1e-12
        for same in (
            concentration_index(values[order], ranks[order], weights[order], corrected=corrected),
            concentration_index(values * factor, ranks**2, weights * factor, corrected=corrected),
        ):
            assert same == pytest.approx(index, abs=1e-12)
        turned = concentration_index(values, -ranks + 100, weights, corrected=corrected)
        assert turned == pytest.approx(-index, abs=1e-12)
    people = np.repeat(np.arange(len(rows)), weights)
    one_each = palma(values[people], ranks[people], np.ones(len(people)))
    assert palma(values, ranks, weights) == pytest.approx(one_each, nan_ok=True)
