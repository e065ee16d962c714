"""Who is worked: limits, rest, routes, exploration, together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.config import RankingSection
from bgml.ranking.archive import store
from bgml.ranking.choice import capacity
from tests.ranking.choice.lists import listed, lists
from tests.ranking.choice.lists import settings as limits

SEED = "0123456789abcdef"
NONE = pd.DataFrame(columns=["account_id", "topic", "route", "worked"])


def worked_from_the_top(groups: pd.DataFrame, may: list[bool], most: capacity.Limits) -> list[bool]:
    """The same limits, one group after the other."""
    taken: list[tuple[object, object]] = []
    chosen = []
    for (account, owner), allowed in zip(groups[["account_id", "owner"]].itertuples(index=False), may, strict=True):
        fits = allowed and len(taken) < most.capacity and sum(a == account for a, _ in taken) < most.max_per_account
        fits = fits and (owner is None or sum(o == owner for _, o in taken) < most.owner_capacity)
        chosen.append(bool(fits))
        if fits:
            taken.append((account, owner))
    return chosen


@settings(max_examples=200, deadline=None)
@given(lists(), st.data(), st.integers(1, 20), st.integers(1, 6), st.integers(1, 3))
def test_limits_are_what_working_from_the_top_gives(groups: pd.DataFrame, data: st.DataObject, most: int, owner: int, account: int) -> None:
    may = data.draw(st.lists(st.booleans(), min_size=len(groups), max_size=len(groups)))
    allowed = capacity.Limits(most, owner, account)
    assert capacity.within(groups, np.array(may), allowed).tolist() == worked_from_the_top(groups, may, allowed)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A list and some groups of it, or of its accounts, that were worked before."""
    groups = draw(lists())
    before = draw(st.lists(st.sampled_from(range(len(groups))), max_size=12, unique=True))
    rows = groups.iloc[before][["account_id", "topic"]].reset_index(drop=True)
    return groups, rows.assign(route=draw(st.sampled_from(("group", "account", None))), worked=date(2025, 6, 2))


@settings(max_examples=300, deadline=None)
@given(weeks(), limits(), st.integers(0, 2**64 - 1))
def test_what_always_holds(week: tuple[pd.DataFrame, pd.DataFrame], most: RankingSection, seed: int) -> None:
    groups, before = week
    found = capacity.select(groups, most, before, f"{seed:016x}")
    rows = pd.concat([groups, found], axis=1)
    selected = rows[rows["selected"]]
    assert len(selected) <= most.capacity
    assert selected["account_id"].value_counts().max() <= most.max_per_account if len(selected) else True
    assert not selected["owner"].value_counts().gt(most.owner_capacity).any()
    as_one = rows[rows["route"] == "account"]
    assert not as_one.loc[as_one["account_id"].duplicated(), "selected"].any()
    assert not selected.merge(before[["account_id", "topic"]]).size
    assert not selected[selected["route"] == "account"]["account_id"].isin(before["account_id"]).any()
    assert (rows["selected"] == rows["selected_by"].notna()).all()
    assert (rows.loc[rows["selected_by"] == "rank", "selection_probability"] == 1).all()
    assert (rows.loc[rows["selected"], "selection_probability"] > 0).all()
    assert found.equals(capacity.select(groups, most, before, f"{seed:016x}"))


@settings(max_examples=300, deadline=None)
@given(weeks(), limits(), st.integers(0, 2**64 - 1))
def test_nobody_is_explored_above_the_line(week: tuple[pd.DataFrame, pd.DataFrame], most: RankingSection, seed: int) -> None:
    groups, before = week
    rows = pd.concat([groups, capacity.select(groups, most, before, f"{seed:016x}")], axis=1)
    explored, by_rank = rows[rows["selected_by"] == "exploration"], rows[rows["selected_by"] == "rank"]
    assert len(explored) <= round(most.explore * most.capacity)
    assert len(by_rank) <= most.capacity - round(most.explore * most.capacity)
    for row in explored.itertuples():
        full = (by_rank["owner"] == row.owner).sum() == most.owner_capacity - round(most.explore * most.owner_capacity)
        same = by_rank[by_rank["owner"] == row.owner] if row.owner is not None and full else by_rank
        assert (same.index < row.Index).all(), "whom rank selects, of all or of the same owner, ranks higher"


def test_without_exploration_rank_alone_decides() -> None:
    groups = listed([(number, "t", "ann" if number % 2 else None, "group") for number in range(10)])
    found = capacity.select(groups, RankingSection(capacity=6, owner_capacity=2), NONE, SEED)
    assert found["selected"].tolist() == [True, True, True, True, True, False, True, False, False, False]
    assert found["selection_probability"].tolist() == found["selected"].astype(float).tolist()
    assert set(found["selected_by"].dropna()) == {"rank"}


def test_a_share_of_every_owners_places_is_kept_for_exploration() -> None:
    groups = listed([(number, "t", ["ann", "bob"][number % 2], "group") for number in range(200)])
    found = capacity.select(groups, RankingSection(capacity=20, owner_capacity=10, explore=0.1), NONE, SEED)
    by = found["selected_by"].groupby(groups["owner"]).value_counts().unstack()
    assert by["rank"].tolist() == [9, 9]
    assert by["exploration"].sum() == 2
    below = found[found["selected_by"] != "rank"]
    assert below["selection_probability"].tolist() == pytest.approx([2 / 182] * 182, abs=1e-9)


def test_an_account_worked_as_one_is_worked_through_its_best_group() -> None:
    groups = listed([("a", "x", None, "account"), ("a", "y", None, "account"), ("b", "x", None, "group"), ("b", "y", None, "group")])
    found = capacity.select(groups, RankingSection(), NONE, SEED)
    assert found["selected"].tolist() == [True, False, True, True]
    rested = capacity.select(groups, RankingSection(), pd.DataFrame([["a", "y", "account", None]], columns=NONE.columns), SEED)
    assert rested["selected"].tolist() == [False, False, True, True]


def test_an_account_that_was_worked_as_one_rests_as_one() -> None:
    groups = listed([("a", "x", None, "group"), ("a", "y", None, "group"), ("b", "x", None, "group")])
    before = pd.DataFrame([["a", "x", "account", None], ["b", "y", "group", None]], columns=NONE.columns)
    assert capacity.at_rest(groups, before).tolist() == [True, True, False]
    as_text = before.assign(account_id=[1, 2])
    assert not capacity.at_rest(groups, as_text).any(), "ids of another kind are other groups"


def stored(root: Path, as_of: date, rows: list[tuple[int, str, bool]]) -> store.Stored:
    table = pa.table({
        "account_id": [row[0] for row in rows], "topic": [row[1] for row in rows],
        "route": pa.array(["group"] * len(rows)), "selected": [row[2] for row in rows],
    })  # fmt: skip
    return store.write(root, as_of, f"{as_of.toordinal():016x}", {"ranking": table}, {})


def test_a_worked_group_rests_until_its_days_are_over(tmp_path: Path) -> None:
    first = stored(tmp_path, date(2025, 6, 2), [(1, "t", True), (2, "t", True), (3, "t", False)])
    second = stored(tmp_path, date(2025, 6, 9), [(2, "t", True), (4, "t", True)])
    formers = [second, first]
    resting = capacity.worked(formers, date(2025, 6, 16), 90)
    assert resting[["account_id", "worked"]].to_numpy().tolist() == [[1, first.as_of], [2, second.as_of], [4, second.as_of]]
    assert capacity.worked(formers, date(2025, 6, 16), 14)["account_id"].tolist() == [2, 4], "on the fourteenth day it may be worked again"
    assert capacity.worked(formers, date(2025, 6, 16), 7).empty
    assert capacity.worked(formers, date(2025, 6, 16), 0).empty
    assert capacity.worked(formers, date(2025, 6, 9), 90)["account_id"].tolist() == [1, 2], "the ranking of the same date does not count"


def test_accounts_without_an_owner_are_listed() -> None:
    rows = [("a", "A", "x", None, True), ("b", "B", "x", "ann", True), ("c", "C", "x", None, False), ("a", "A", "y", None, True)]
    ranking = pd.DataFrame(rows, columns=["account_id", "account_name", "topic", "owner", "selected"])
    assert capacity.unassigned(ranking).to_numpy().tolist() == [["a", "A", 2]]
    assert capacity.unassigned(ranking.iloc[1:2]).empty
