"""From what is typed to a group, ranked or not."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from bgml.data.dataset import Dataset
from bgml.errors import RankingError
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.view import find
from bgml.ranking.view.group import GroupView
from tests.shown_project import MONDAYS

ACCOUNTS = pd.DataFrame({"account_id": [7, 8, 9], "name": ["Acme", "Twin", "Twin"]})


def test_an_account_is_found_by_id_or_by_its_only_name() -> None:
    assert find.account(ACCOUNTS, "8") == 8
    assert find.account(ACCOUNTS, "acme") == 7
    with pytest.raises(RankingError, match='2 accounts are called "twin": 8, 9; give one of these ids'):
        find.account(ACCOUNTS, "twin")
    with pytest.raises(RankingError, match='there is no account "Acne"; did you mean "Acme"'):
        find.account(ACCOUNTS, "Acne")


def test_a_topic_is_found_whatever_its_case() -> None:
    assert find.topic(["Data/AI", "cloud"], "data/ai") == "Data/AI"
    assert find.topic([1, 2], "2") == 2
    with pytest.raises(RankingError, match='there is no topic "clod"'):
        find.topic(["cloud"], "clod")


@pytest.fixture(scope="module")
def views(shown: Project, shown_data: Dataset) -> find.Views:
    return find.Views(shown, find.stored_for(shown, None), shown_data)


@pytest.fixture(scope="module")
def first(views: find.Views) -> GroupView:
    row = views.tables["ranking"].slice(0, 1).to_pylist()[0]
    return views.group(row["account_id"], row["topic"])


def test_the_history_is_that_of_the_current_rankings(first: GroupView, shown: Project) -> None:
    assert [place.as_of for place in first.history][-1] == MONDAYS[-1]
    for place in first.history:
        stored = store.current(shown.rankings, place.as_of)
        assert stored is not None
        rows = stored.table().to_pandas()
        mine = rows[(rows["account_id"] == first.row["account_id"]) & (rows["topic"] == first.row["topic"])].iloc[0]
        assert (place.rank, place.groups, place.score) == (mine["rank"], len(rows), mine["score"])


def test_names_stand_where_the_ranking_holds_ids(first: GroupView) -> None:
    people = [member for member in first.members if member.row["person_id"]]
    assert people
    for member in people:
        assert member.name == f"Name {int(member.row['person_id'][1:])} | *{int(member.row['person_id'][1:])}*"
    assert not any(f"[{member.row['person_id']}]" in step for member in people for step in first.steps)


def test_the_first_step_is_the_one_the_ranking_states(views: find.Views) -> None:
    for row in views.tables["ranking"].to_pylist():
        found = views.group(row["account_id"], row["topic"])
        if row["next_step"] is None:
            assert not found.steps
            continue
        ids = [member.row["person_id"] for member in found.members if member.row["person_id"]]
        assert found.steps[0] == views.book.told(row["next_step"], ids)


def test_a_group_in_pipeline_is_shown_with_the_reason(views: find.Views, shown_data: Dataset) -> None:
    deals = shown_data.frame("opportunities")
    begin, day = pd.Timestamp("2025-01-01"), pd.Timestamp(MONDAYS[-1])
    ranked = {(row["account_id"], row["topic"]) for row in views.tables["ranking"].select(["account_id", "topic"]).to_pylist()}
    lost = deals[(deals["outcome"] == "won") & deals["closed_at"].between(begin, day, inclusive="left")]
    account = next(account for account in lost["account_id"] if (account, "ai") not in ranked)
    found = views.group(account, "ai")
    assert found.row["stage"] == "closed"
    assert found.row.get("rank") is None
    assert found.notes == (f"Not in the ranking of {MONDAYS[-1]}: it was won in the last 365 days.",)


def test_without_tables_only_ranked_groups_are_known(shown: Project) -> None:
    alone = find.Views(shown, find.stored_for(shown, None))
    row = alone.tables["ranking"].slice(0, 1).to_pylist()[0]
    assert alone.group(row["account_id"], row["topic"]).members
    with pytest.raises(RankingError, match="nobody, ai is not in the ranking of 2025-06-30"):
        alone.group("nobody", "ai")


def test_a_date_without_a_ranking_names_the_nearest(shown: Project) -> None:
    with pytest.raises(RankingError, match="there is no ranking of 2025-06-09; the nearest is of 2025-06-0"):
        find.stored_for(shown, date(2025, 6, 9))
