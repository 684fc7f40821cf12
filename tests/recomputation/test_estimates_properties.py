"""What the recomputed ranking must keep whatever the numbers are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recomputation.places import places
from tests.recomputation.shrinkage import proportion_prior, rate_prior, shrink_proportion, shrink_rate

COUNTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), min_size=2, max_size=12)
quick = settings(max_examples=60, deadline=None)


RULES = {"proportion": (proportion_prior, shrink_proportion), "rate": (rate_prior, shrink_rate)}


def ranks(kind: str, counts: list[int], n: int) -> list[int]:
    """Places by the shrunk values of people who all had n chances."""
    make_prior, shrink = RULES[kind]
    prior = make_prior(counts, [n] * len(counts))
    assert prior is not None
    found = [shrink(prior, count, n) for count in counts]
    return [place.rank for place in places([value for value, _ in found], [variance**0.5 for _, variance in found])]


@quick
@given(
    kind=st.sampled_from(sorted(RULES)),
    counts=st.lists(st.integers(0, 40), min_size=2, max_size=12),
    n=st.integers(40, 90),
)
def test_doubling_every_count_leaves_the_places_where_all_had_as_many_chances(
    kind: str, counts: list[int], n: int
) -> None:
    assert ranks(kind, counts, n) == ranks(kind, [2 * count for count in counts], 2 * n)


@quick
@given(counts=COUNTS)
def test_a_shrunk_share_lies_between_the_own_and_the_mean(counts: list[list[int]]) -> None:
    people = [(k, n) for k, n in counts if n]
    prior = proportion_prior([k for k, _ in people], [n for _, n in people])
    for k, n in people:
        assert prior is not None
        low, high = sorted((k / n, prior.mean))
        assert low - 1e-12 <= shrink_proportion(prior, k, n)[0] <= high + 1e-12


@quick
@given(
    people=st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 0.5)), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_places_do_not_depend_on_the_order_of_people(people: list[tuple[float, float]], order: object) -> None:
    numbers = list(range(len(people)))
    order.shuffle(numbers)  # type: ignore[attr-defined]
    straight = places(*zip(*people, strict=True))
    shuffled = places(*zip(*(people[n] for n in numbers), strict=True))
    for at, n in enumerate(numbers):
        assert shuffled[at].rank == straight[n].rank
        assert abs(shuffled[at].expected_rank - straight[n].expected_rank) < 1e-9
        assert 1 <= straight[n].rank_low <= straight[n].rank_high <= len(people)
