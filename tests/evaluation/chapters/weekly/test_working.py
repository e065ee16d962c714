from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.evaluation.chapters.weekly.lists import Lists
from bgml.evaluation.chapters.weekly.working import by_date, telling, worked, worked_once
from tests.evaluation.chapters.by_hand import raced


def lists_of(*weeks: str, deals: dict[str, str]) -> Lists:
    """Weeks as accounts from the first place to the last; `deals` by account, making its outcome on every week."""
    rows = [
        (week, account, {"model": -float(place)}, deals.get(account))
        for week, order in enumerate(weeks) for place, account in enumerate(order)
    ]  # fmt: skip
    return raced(rows).lists


def met(lists: Lists, k: int, rework_days: int) -> list[int]:
    return worked_once(lists, lists.order["model"], k, rework_days).tolist()


def test_a_deal_counts_once_on_the_first_date_on_which_its_group_is_worked() -> None:
    lists = lists_of("abc", "bac", "bac", deals={"b": "d"})
    assert met(lists, 1, 0) == [2]
    assert by_date(lists, worked_once(lists, lists.order["model"], 1, 0)).tolist() == [0, 1, 1]


def test_a_worked_group_takes_no_place_while_it_rests() -> None:
    lists = lists_of("abcd", "abcd", "abcd", "abcd", deals={"b": "d1", "c": "d2", "d": "d3"})
    assert met(lists, 1, 0) == [0, 0, 0]
    assert met(lists, 1, 14) == [2, 0, 0]
    assert met(lists, 1, 21) == [2, 3, 0]
    assert met(lists, 1, 22) == [2, 3, 4]


def test_a_deal_that_begins_to_count_while_its_group_rests_waits_for_it() -> None:
    rows = [(week, "a", {"model": 1.0}, "d" if week else None) for week in range(4)]
    lists = raced(rows).lists
    assert met(lists, 1, 14) == [3]


def test_fewer_groups_than_places_lend_none_to_the_next_date() -> None:
    lists = lists_of("a", "bcd", deals={"d": "d"})
    assert met(lists, 2, 90) == [0]
    assert met(lists, 3, 90) == [2]


def test_a_group_drawn_three_times_is_worked_whole_and_the_next_date_pays() -> None:
    lists = lists_of("ab", "bc", "bc", deals={"b": "d1", "c": "d2"})
    weights = np.array([[3], [1], [1]], np.uint8)
    assert worked(lists, lists.order["model"], 2, 90, weights)[:, 0].tolist() == [2, 3]


def slowly(order: list[list[int]], deal: list[list[int]], k: int, rest: int) -> list[int]:
    """The date on which each of ten deals is met first, by the definition; rest in weeks."""
    found, free = [0] * 10, dict.fromkeys(range(30), 0)
    for date, groups in enumerate(order):
        chosen = [group for group in groups if free[group] <= date][:k]
        for group in chosen:
            free[group] = date + max(rest, 1)
            if deal[date][group] >= 0 and not found[deal[date][group]]:
                found[deal[date][group]] = date + 1
    return found


@settings(max_examples=40)
@given(seed=st.integers(0, 1000), k=st.integers(1, 12), rest=st.integers(0, 6))
def test_working_is_what_it_says(seed: int, k: int, rest: int) -> None:
    rng = np.random.default_rng(seed)
    order = [rng.permutation(30)[: rng.integers(1, 30)].tolist() for _ in range(8)]
    deal = [[int(group) if group < 10 and rng.random() < 0.6 else -1 for group in range(30)] for _ in range(8)]
    rows = [
        (week, f"{group:02}", {"model": -float(place)}, f"d{group}" if deal[week][group] >= 0 else None)
        for week, groups in enumerate(order) for place, group in enumerate(groups)
    ]  # fmt: skip
    lists = raced(rows).lists
    found = dict(zip(lists.deals.opportunity_id.tolist(), met(lists, k, 7 * rest), strict=True)) if len(lists.deals.opportunity_id) else {}
    assert [found.get(f"d{number}", 0) for number in range(10)] == slowly(order, deal, k, rest)


def test_draws_side_by_side_are_those_one_by_one() -> None:
    lists = lists_of("abcdef", "fbcade", "cdefab", deals={"b": "d1", "e": "d2", "f": "d3"})
    weights = np.random.default_rng(0).integers(0, 4, (6, 5)).astype(np.uint8)
    together = worked(lists, lists.order["model"], 2, 14, weights)
    for draw in range(5):
        alone = worked(lists, lists.order["model"], 2, 14, weights[:, [draw]].copy())
        present = weights[lists.deals.account, draw] > 0
        np.testing.assert_array_equal(together[present, draw], alone[present, 0])


@pytest.mark.parametrize(
    ("groups", "capacity", "rework_days", "wanted"), [(40, 50, 0, 10), (40, 50, 28, 5), (40, 3, 28, 3), (200, 50, 7, 50), (40, 50, 9000, 1)]
)
def test_the_order_matters_while_half_of_the_groups_are_free(groups: int, capacity: int, rework_days: int, wanted: int) -> None:
    tested = raced([(0, f"{number:03}", {"model": 0.0}, None) for number in range(groups)], capacity=capacity, rework_days=rework_days)
    assert telling(tested.lists, tested.project.settings.ranking, 7) == wanted
