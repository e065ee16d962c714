"""From one ranking to the next: who left and why, by hand and by the rules; how far groups came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from bgml.data.dataset import open_dataset
from bgml.engine.build import build
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.choice import movement
from tests.small_project import small_project, tables

MAY, JUNE = date(2025, 5, 5), date(2025, 6, 2)


Keys = list[tuple[Any, str]]


def stored(project: Project, as_of: date, keys: Keys, formers: tuple[store.Stored, ...] = (), **more: Any) -> store.Stored:
    """A ranking of such groups in this order."""
    columns = {"account_id": [key[0] for key in keys], "topic": [key[1] for key in keys], "rank": list(range(1, len(keys) + 1)), **more}
    known = [{"as_of": str(former.as_of), "ranking_id": former.ranking_id} for former in formers]
    return store.write(project.rankings, as_of, f"{as_of.toordinal():016x}", {"ranking": pa.table(columns)}, {"formers": known})


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Project]:
    """A project of ten accounts with such signals (account, topic, day, person) and deals (account, topic, created, closed, outcome)."""

    def make(signals: list[tuple[str, ...]], deals: list[tuple[str | None, ...]], **changes: Any) -> Project:
        frames = {
            "accounts": pd.DataFrame({"account_id": [f"a{number}" for number in range(10)]}),
            "signals": pd.DataFrame(signals, columns=["account_id", "topic", "occurred_at", "person_id"]).assign(
                signal_id=range(len(signals)), category="named", action="visit",
                occurred_at=lambda rows: pd.to_datetime(rows["occurred_at"]),
            ),
            "opportunities": pd.DataFrame(deals, columns=["account_id", "topic", "created_at", "closed_at", "outcome"]).assign(
                opportunity_id=range(len(deals)),
                created_at=lambda rows: pd.to_datetime(rows["created_at"]), closed_at=lambda rows: pd.to_datetime(rows["closed_at"]),
            ),
        }  # fmt: skip
        return small_project(tmp_path / "world", frames=frames, **changes)

    return make


def test_every_group_that_left_has_its_reason(world: Callable[..., Project]) -> None:
    fresh, old = "2025-05-20", "2025-02-20"
    signals = [(f"a{number}", "ai", fresh, person) for number in range(8) for person in ("p", "q")]
    signals = [row for row in signals if row[0] != "a4" and row[:1] + row[3:] != ("a5", "q")] + [("a4", "ai", old, "p")]
    deals = [
        ("a0", "ai", "2025-05-10", None, "open"),
        ("a0", "ai", "2025-05-01", "2025-05-09", "won"),
        ("a1", "ai", "2025-05-06", "2025-05-09", "won"),
        ("a2", "ai", "2024-10-01", "2024-12-01", "won"),
        ("a6", "ai", "2025-05-06", "2025-06-02", "won"),
        ("a7", "ai", "2025-05-06", "2025-05-20", "lost"),
        ("a7", "ai", "2025-06-02", None, "open"),
        ("a7", "ai", "2023-01-02", "2023-02-01", "won"),
        ("a4", "cloud", "2025-05-06", None, "open"),
    ]
    project = world(signals, deals, groups={"min_people": 2, "exclude_accounts": ["a3"]})
    keys = [(account, "ai") for account in ("a7", "a6", "a5", "a4", "a3", "a2", "a1", "a0", "b")]
    former, current = stored(project, MAY, keys), stored(project, JUNE, [("a9", "ai")])
    found = movement.dropped(project, open_dataset(project), former, current)
    assert list(found) == ["account_id", "topic", "rank", "why"]
    assert dict(zip(found["account_id"], found["why"], strict=True)) == {
        "a7": "tables changed since",
        "a6": "opportunity opened",
        "a5": "too few people",
        "a4": "quiet",
        "a3": "account excluded",
        "a2": "customer",
        "a1": "won",
        "a0": "opportunity opened",
        "b": "account no longer in the tables",
    }
    assert found["rank"].tolist() == list(range(1, 10))


def test_what_stays_is_not_dropped_and_ids_of_another_kind_are_other_groups(world: Callable[..., Project]) -> None:
    project = world([("a1", "ai", "2025-05-20", "p")], [("a9", "ai", "2024-01-01", None, "open")])
    dataset = open_dataset(project)
    former, current = stored(project, MAY, [("a1", "ai")]), stored(project, JUNE, [("a1", "ai")])
    found = movement.dropped(project, dataset, former, current)
    assert found.empty
    assert list(found) == ["account_id", "topic", "rank", "why"]
    numbered = stored(project, date(2025, 5, 12), [(1, "ai")])
    assert movement.dropped(project, dataset, numbered, current)["why"].tolist() == ["account no longer in the tables"]


def test_reasons_agree_with_the_rules_by_which_groups_become_candidates(tmp_path: Path) -> None:
    """On tables at random, no group that left is without a reason, and it holds."""
    project = small_project(tmp_path, groups={"lookback": 20, "min_people": 2, "customer_days": 60, "exclude_accounts": ["a03"]})
    dataset, seen = open_dataset(project), set()
    dates = [date(2024, 9, 2), date(2024, 10, 7), date(2024, 12, 9), date(2025, 1, 20), date(2025, 4, 7)]
    matrix = build(project, dataset, dates, only=["people_28d"])
    keys = [list(matrix.frame(day)[["account_id", "topic"]].astype(object).itertuples(index=False, name=None)) for day in dates]
    made = [stored(project, day, found) for day, found in zip(dates, keys, strict=True)]
    for former, current in zip(made, made[1:], strict=False):
        gone = movement.dropped(project, dataset, former, current)
        assert set(zip(gone["account_id"], gone["topic"], strict=True)) == set(keys[made.index(former)]) - set(keys[made.index(current)])
        seen |= set(gone["why"])
        for row in gone.itertuples():
            assert holds(row, former.as_of, current.as_of), row
    assert {"won", "opportunity opened", "quiet", "too few people"} <= seen
    assert "tables changed since" not in seen


def holds(row: Any, former: date, as_of: date) -> bool:
    """Whether a reason is true of a group at a date, from the rows themselves."""
    frames, day = tables(), pd.Timestamp(as_of)
    rows = [frames[name] for name in ("opportunities", "signals")]
    mine = [table[(table["account_id"] == row.account_id) & (table["topic"] == row.topic)] for table in rows]
    deals, signals = mine
    recent = signals[(signals["occurred_at"] < day) & (signals["occurred_at"] >= day - pd.Timedelta(days=20))]
    is_open = ((deals["created_at"] < day) & (deals["closed_at"] >= day)).any()
    bought = deals[(deals["outcome"] == "won") & (deals["closed_at"] < day) & (deals["closed_at"] >= day - pd.Timedelta(days=60))]
    who = set(recent["person_id"].dropna()) | set(recent.loc[recent["person_id"].isna(), "visitor_id"])
    return {
        "opportunity opened": is_open,
        "won": not is_open and (bought["closed_at"] >= pd.Timestamp(former)).any(),
        "customer": not is_open and len(bought) > 0 and (bought["closed_at"] < pd.Timestamp(former)).all(),
        "quiet": not is_open and bought.empty and recent.empty,
        "too few people": not is_open and bought.empty and len(recent) > 0 and len(who) < 2,
    }[row.why]


def test_movement_is_told_against_the_ranking_it_was_compared_with(world: Callable[..., Project]) -> None:
    project = world([("a1", "ai", "2025-05-20", "p")], [("a2", "ai", "2025-05-20", None, "open")])
    former = stored(project, MAY, [("a1", "ai"), ("a2", "ai"), ("a3", "ai")], stage=["identified", "engaged", "engaged"])
    current = stored(project, JUNE, [("a1", "ai"), ("a5", "ai")], (former,), trend=["improving", "new"], stage=["qualified", "engaged"])
    moved = movement.movement(project, open_dataset(project), current)
    assert moved is not None
    assert moved.sentence == "Since 2025-05-05: 1 new, 1 improving, 0 declining, 2 dropped (1 opportunity opened, 1 quiet)."
    assert moved.progress == "Stages: 1 from identified to qualified; 0 fell back."
    assert moved.plain() == {
        "since": MAY, "new": 1, "improving": 1, "steady": 0, "declining": 0,
        "dropped": 2, "why": {"opportunity opened": 1, "quiet": 1}, "stages": [{"before": "identified", "now": "qualified", "groups": 1}],
    }  # fmt: skip
    later = store.write(project.rankings, MAY, "f" * 16, {"ranking": pa.table({"account_id": ["a9"]})}, {})
    assert store.current(project.rankings, MAY) == later
    assert movement.former_of(project, current) == former, "another ranking of that date came later"


def test_without_a_former_ranking_nothing_moved(world: Callable[..., Project]) -> None:
    project = world([("a1", "ai", "2025-05-20", "p")], [("a2", "ai", "2025-05-20", None, "open")])
    first = stored(project, MAY, [("a1", "ai")])
    assert movement.movement(project, open_dataset(project), first) is None
    current = stored(project, JUNE, [("a1", "ai")], (first,), trend=["new"])
    (first.folder / store.MANIFEST).unlink()
    assert movement.former_of(project, current) is None


def test_progression_counts_how_far_groups_came() -> None:
    columns = ["account_id", "topic", "stage"]
    stages = {1: "identified", 2: "identified", 3: "engaged", 4: "engaged"}
    before = pd.DataFrame([[account, "x", stage] for account, stage in stages.items()], columns=columns)
    stages = {1: "engaged", 2: "engaged", 3: "engaged", 5: "identified", 6: None}
    now = pd.DataFrame([[account, "x", stage] for account, stage in stages.items()], columns=columns)
    found = movement.progression(before, now)
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["identified", "engaged", 2], ["engaged", "engaged", 1], ["engaged", None, 1], [None, "identified", 1],
    ]  # fmt: skip
    assert movement.progression(before.assign(stage=None), now.assign(stage=None)).empty
