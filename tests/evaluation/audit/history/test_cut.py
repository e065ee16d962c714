from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset, open_tables
from bgml.evaluation.audit.history.cut import cut, deleted, deleted_rows, rewound
from tests.small_project import small_project

DAY = date(2024, 3, 1)


def times(*days: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(days, dtype=object), format="ISO8601"), dtype="datetime64[us]")


@pytest.fixture
def dataset() -> Dataset:
    """One account; every table has a row known on the last day before 2024-03-01, and others known at its midnight or later."""
    frames = {
        "accounts": pd.DataFrame({"account_id": ["a"]}),
        "signals": pd.DataFrame({
            "signal_id": ["known", "midnight", "late"], "account_id": "a", "topic": "t", "category": "named", "action": "x",
            "occurred_at": times("2024-02-29 23:59", "2024-03-01", "2024-02-01"), "recorded_at": times(None, None, "2024-03-02"),
        }),
        "opportunities": pd.DataFrame({
            "opportunity_id": ["closed", "open", "new"], "account_id": "a", "topic": "t", "amount": [1.0, 2.0, 3.0], "stage": "Closed Won",
            "created_at": times("2024-01-01", "2024-01-01", "2024-03-01"), "closed_at": times("2024-02-29", "2024-03-01", "2024-04-01"),
            "outcome": ["won", "won", "lost"],
        }),
        "people": pd.DataFrame({
            "person_id": ["p", "p", "q"], "account_id": "a", "title": ["old", "new", "q"],
            "valid_from": times(None, "2024-03-01", None), "valid_to": times("2024-03-01", None, "2024-02-01"),
        }),
        "opportunity_contacts": pd.DataFrame({
            "opportunity_id": ["closed", "open", "open", "new"], "person_id": ["p", "p", "q", "p"],
            "added_at": times(None, None, "2024-02-01", "2024-02-01"),
        }),
        "touches": pd.DataFrame({
            "touch_id": ["1", "2"], "account_id": "a", "kind": "call", "occurred_at": times("2024-02-01", "2024-03-05"),
        }),
    }  # fmt: skip
    return open_tables(frames)


def rows(dataset: Dataset, name: str) -> pd.DataFrame:
    return dataset.arrow(cut(dataset, name, DAY)).to_pandas()


def test_rows_known_at_or_after_midnight_are_gone(dataset: Dataset) -> None:
    assert rows(dataset, "signals")["signal_id"].tolist() == ["known"]
    assert rows(dataset, "touches")["touch_id"].tolist() == ["1"]
    assert "known_at" not in rows(dataset, "signals")


def test_a_deal_closed_later_is_open_and_nothing_else_is_known_of_it(dataset: Dataset) -> None:
    deals = rows(dataset, "opportunities").set_index("opportunity_id")
    assert sorted(deals.index) == ["closed", "open"]
    assert deals.loc["closed", ["outcome", "amount", "stage"]].tolist() == ["won", 1.0, "Closed Won"]
    assert deals.loc["open", "outcome"] == "open"
    assert deals.loc["open", ["closed_at", "amount", "stage"]].isna().all()


def test_a_version_of_a_person_that_began_later_is_gone_and_an_end_that_came_later_is_open(dataset: Dataset) -> None:
    people = rows(dataset, "people").set_index("title")
    assert sorted(people.index) == ["old", "q"]
    assert pd.isna(people.loc["old", "valid_to"])
    assert people.loc["q", "valid_to"] == pd.Timestamp("2024-02-01")


def test_contacts_are_known_from_when_they_were_added_or_the_deal_was_closed(dataset: Dataset) -> None:
    contacts = rows(dataset, "opportunity_contacts")
    assert sorted(zip(contacts["opportunity_id"], contacts["person_id"], strict=True)) == [("closed", "p"), ("open", "q")]


def test_what_is_deleted_is_what_is_missing_or_changed(dataset: Dataset) -> None:
    assert deleted_rows(dataset, DAY) == {"people": 2, "signals": 2, "opportunities": 2, "opportunity_contacts": 2, "touches": 1}
    late = dataset.arrow(deleted(dataset, "signals", DAY).order_by("id")).to_pylist()
    assert [(row["id"], str(row["known"].date())) for row in late] == [("late", "2024-03-02"), ("midnight", "2024-03-01")]


def test_the_rewound_project_reads_only_what_was_known(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    dataset = open_dataset(project)
    before = Path.cwd()
    with rewound(project, dataset, date(2025, 1, 6)) as past:
        again = open_dataset(past)
        assert (Path.cwd() / "data" / "signals.parquet").exists()
        assert (past.root / "models" / "propensity.py").exists()
        assert again.frame("signals")["known_at"].max() < pd.Timestamp("2025-01-06")
        assert len(again.frame("signals")) < len(dataset.frame("signals"))
        assert again.frame("opportunities")["closed_at"].max() < pd.Timestamp("2025-01-06")
    assert Path.cwd() == before
    assert not past.root.exists()
