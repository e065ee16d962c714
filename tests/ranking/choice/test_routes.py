"""What a route means for the list."""

import pandas as pd

from bgml.ranking.choice.routes import leads, other_topics, stands_for_account
from tests.ranking.choice.lists import listed

GROUPS = listed([
    ("a", "x", None, "account"), ("b", "x", None, "lead"), ("a", "Data/AI", None, "account"), ("c", "x", "ann", "account"),
    ("b", "y", None, "lead"), ("a", "z", None, "account"), ("d", "x", None, "group"), ("d", "y", None, "group"),
])  # fmt: skip


def test_only_the_best_group_stands_for_an_account_worked_as_one() -> None:
    assert stands_for_account(GROUPS).tolist() == [True, True, False, True, True, False, True, True]


def test_its_row_names_the_other_topics() -> None:
    assert other_topics(GROUPS).tolist() == [["Data/AI", "z"], [], [], [], [], [], [], []]
    assert other_topics(GROUPS.iloc[:0]).tolist() == []


def test_a_lead_row_lists_its_known_people_the_most_active_first() -> None:
    ranking = GROUPS.assign(rank=range(1, 9), selected=[True] * 4 + [False] + [True] * 3)
    rows = [
        ("b", "x", "p1", None, 1, 9), ("b", "x", "p2", None, 4, 4), ("b", "x", None, "v", 9, 9), ("b", "x", "p0", None, 1, 9),
        ("b", "y", "p1", None, 5, 5), ("a", "x", "p5", None, 5, 5), ("d", "x", "p6", None, 5, 5),
    ]  # fmt: skip
    members = pd.DataFrame(rows, columns=["account_id", "topic", "person_id", "visitor_id", "actions_28d", "actions_91d"])
    found = leads(ranking, members)
    assert found[["rank", "person_id"]].to_numpy().tolist() == [[2, "p2"], [2, "p0"], [2, "p1"]]
    assert list(found) == ["rank", "owner", *members]
    assert leads(ranking.assign(selected=False), members).empty
