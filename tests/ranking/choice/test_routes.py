"""What a route means for the list."""

from bgml.ranking.choice.routes import stands_for_account
from tests.ranking.choice.lists import listed

GROUPS = listed([
    ("a", "x", None, "account"), ("b", "x", None, "lead"), ("a", "Data/AI", None, "account"), ("c", "x", "ann", "account"),
    ("b", "y", None, "lead"), ("a", "z", None, "account"), ("d", "x", None, "group"), ("d", "y", None, "group"),
])  # fmt: skip


def test_only_the_best_group_stands_for_an_account_worked_as_one() -> None:
    assert stands_for_account(GROUPS).tolist() == [True, True, False, True, True, False, True, True]
