"""Sets of records from pairs, with pairs that must stay apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bgml.sources.identity.clusters import NONE, cluster

RECORDS = 8
pairs = st.lists(st.tuples(st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1)).filter(lambda pair: pair[0] != pair[1]), max_size=12)


@given(pairs)
def test_without_bans_sets_are_connected_components_and_the_least_stays(matches: list[tuple[int, int]]) -> None:
    reach = [{record} for record in range(RECORDS)]
    for _ in range(RECORDS):
        for one, other in matches:
            reach[one] = reach[other] = reach[one] | reach[other]
    assert cluster(RECORDS, matches).kept == [min(there) for there in reach]


@given(pairs, pairs, pairs, st.integers(0, 12))
def test_bans_hold_and_nothing_else_is_refused(
    matches: list[tuple[int, int]], apart: list[tuple[int, int]], doubted: list[tuple[int, int]], stated: int
) -> None:
    found = cluster(RECORDS, matches, min(stated, len(matches)), apart, doubted)
    assert all(found.kept[one] != found.kept[other] for one, other in apart)
    certain = cluster(RECORDS, matches[:stated], stated, apart)
    for one, other in doubted:
        if stated < len(matches) and certain.kept[one] != certain.kept[other]:
            assert found.kept[one] != found.kept[other]
    assert all(found.kept[matches[number][0]] != found.kept[matches[number][1]] for number in found.refused)
    joined = [pair for number, pair in enumerate(matches) if number not in found.refused]
    assert all(found.kept[one] == found.kept[other] for one, other in joined)
    assert cluster(RECORDS, joined).kept == found.kept


@given(pairs)
def test_a_merge_hangs_on_the_weakest_match_of_its_way(matches: list[tuple[int, int]]) -> None:
    found = cluster(RECORDS, matches)
    for record, number in enumerate(found.hangs_on):
        assert (number == NONE) == (found.kept[record] == record)
        if number != NONE:
            before = cluster(RECORDS, matches[:number]).kept
            after = cluster(RECORDS, matches[: number + 1]).kept
            assert before[record] != before[found.kept[record]] and after[record] == after[found.kept[record]]
