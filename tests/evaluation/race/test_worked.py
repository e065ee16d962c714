"""Each way of being worked, at its edges."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.evaluation.race.worked import is_known, worked
from bgml.learning.examples import Examples, no_deals

DATE = "2024-03-04"


def candidates(*keys: tuple[str, Any, str]) -> Examples:
    """Candidates by (as_of, account, topic), in order."""
    accounts, topics = sorted({key[1] for key in keys}), sorted({key[2] for key in keys})
    nothing = np.zeros(len(keys))
    return Examples(
        features=pd.DataFrame(index=range(len(keys))),
        as_of=np.array([key[0] for key in keys], "datetime64[D]"),
        account=np.array([accounts.index(key[1]) for key in keys], np.int32),
        topic=np.array([topics.index(key[2]) for key in keys], np.int32),
        accounts=np.array(accounts, object),
        topics=np.array(topics, object),
        won=nothing.astype(np.float32),
        amount=nothing,
        deals=no_deals(),
    )


def dataset(**tables: pd.DataFrame) -> Any:
    return SimpleNamespace(has=lambda name: name in tables, frame=lambda name: tables[name])


def touches(*rows: tuple[Any, str | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["account_id", "topic", "occurred_at"])
    return frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"], format="ISO8601").astype("datetime64[us]"))


GROUPS = candidates((DATE, "a", "ai"), (DATE, "a", "cloud"), (DATE, "b", "ai"))


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2024-03-03 23:59:59.999999", False),
        ("2024-03-04 00:00:00", True),
        ("2024-03-31 23:59:59.999999", True),
        ("2024-04-01 00:00:00", False),
    ],
)
def test_a_touch_counts_from_the_date_for_28_days(when: str, counts: bool) -> None:
    found = worked(dataset(touches=touches(("a", "ai", when))), GROUPS)
    assert found.touched.tolist() == [counts, False, False]
    assert found.any.tolist() == found.touched.tolist()


def test_a_touch_about_no_topic_touches_every_group_of_the_account() -> None:
    found = worked(dataset(touches=touches(("a", None, "2024-03-10"), ("c", None, "2024-03-10"), ("b", "cloud", "2024-03-10"))), GROUPS)
    assert found.touched.tolist() == [True, True, False]


def test_whole_number_ids_and_many_dates() -> None:
    keys = [(f"2024-0{month}-01", account, "ai") for month in (3, 6) for account in (10, 20)]
    found = worked(dataset(touches=touches((20, "ai", "2024-06-02"), (10, "ai", "2024-02-29"))), candidates(*keys))
    assert found.touched.tolist() == [False, False, False, True]


def verdicts(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["account_id", "topic", "as_of", "at", "verdict"]).assign(by=None)
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]), at=pd.to_datetime(frame["at"]))


def test_an_accepted_verdict_on_that_date_counts_and_the_latest_one_decides() -> None:
    given = verdicts(
        ("a", "ai", DATE, "2024-03-06", "rejected"),
        ("a", "ai", DATE, "2024-03-05", "accepted"),
        ("a", "cloud", DATE, "2024-03-05", "rejected"),
        ("a", "cloud", DATE, "2024-03-06", "accepted"),
        ("b", "ai", "2024-03-11", "2024-03-12", "accepted"),
    )
    assert worked(dataset(verdicts=given), GROUPS).accepted.tolist() == [False, True, False]


def exports(*rows: tuple[str, str, str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["as_of", "account_id", "topic", "selected_by", "selection_probability"])
    return frame.assign(as_of=frame["as_of"].to_numpy("datetime64[s]"))


def test_an_exported_selection_counts_on_its_date_only() -> None:
    given = exports((DATE, "a", "ai", "rank", 1.0), ("2024-03-11", "b", "ai", "rank", 1.0))
    found = worked(dataset(), GROUPS, given)
    assert found.selected.tolist() == [True, False, False]
    assert not found.explored.any()


def test_exploration_keeps_its_probability() -> None:
    given = exports((DATE, "a", "ai", "rank", 1.0), (DATE, "b", "ai", "exploration", 0.25), (DATE, "z", "ai", "exploration", 0.5))
    found = worked(dataset(), GROUPS, given)
    assert found.explored.tolist() == [False, False, True]
    assert found.probability[2] == 0.25
    assert np.isnan(found.probability[:2]).all()


def test_nothing_known_is_told_from_nobody_worked() -> None:
    assert not is_known(dataset(), None)
    assert is_known(dataset(touches=touches()), None)
    assert is_known(dataset(), exports())
    assert not worked(dataset(), GROUPS, exports()).any.any()
