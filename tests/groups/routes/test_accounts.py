"""The facts of accounts at dates, and the same route whether a date is asked alone or among many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.config import RoutesSection
from bgml.data.dataset import Dataset, open_dataset
from bgml.engine.build import build
from bgml.groups.routes.accounts import account_facts, routes
from bgml.project import Project
from tests.small_project import priced, small_project

DATES = [np.datetime64(day).item() for day in ("2024-12-02", "2025-03-03", "2025-06-02")]
RULES = RoutesSection.model_validate({
    "rule": [
        {"route": "lead", "segment": ["small"], "people_below": 6},
        {"route": "account", "topics_below": 2, "amount_from": 2000},
    ]
})  # fmt: skip


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Dataset, pd.DataFrame]:
    project = small_project(tmp_path_factory.mktemp("routes"), frames=priced())
    dataset = open_dataset(project)
    matrix = build(project, dataset, DATES, only=["people_91d"])
    keys = [matrix.frame(day)[["account_id", "topic"]].assign(as_of=np.datetime64(day, "s")) for day in DATES]
    return project, dataset, pd.concat(keys, ignore_index=True)


def test_facts_are_those_of_the_account_at_the_date(material: tuple[Project, Dataset, pd.DataFrame]) -> None:
    _, dataset, keys = material
    facts, place = account_facts(keys, dataset)
    for name in ("as_of", "account_id"):
        assert facts[name].iloc[place].tolist() == keys[name].tolist()
    assert not facts.duplicated(["as_of", "account_id"]).any()
    signals, accounts = dataset.frame("signals"), dataset.frame("accounts").set_index("account_id")
    for row in facts.iloc[::7].itertuples():
        window = signals[(signals["account_id"] == row.account_id) & (signals["occurred_at"] < row.as_of)]
        window = window[window["occurred_at"] >= row.as_of - pd.Timedelta(days=91)]
        named = window["person_id"].nunique()
        assert named <= row.people <= named + window.loc[window["person_id"].isna(), "visitor_id"].nunique()
        assert row.topics == ((keys["account_id"] == row.account_id) & (keys["as_of"] == row.as_of)).sum()
        assert row.segment == accounts.loc[row.account_id, "segment"]
        assert row.amount == {"large": 9000.0, "small": 1000.0}[row.segment]


def test_a_date_alone_tells_what_it_tells_among_others(material: tuple[Project, Dataset, pd.DataFrame]) -> None:
    _, dataset, keys = material
    together = pd.Series(np.asarray(routes(keys, dataset, RULES)))
    assert together.nunique() == 3
    for day in DATES:
        here = keys["as_of"] == np.datetime64(day, "s")
        shuffled = keys[here].sample(frac=1, random_state=1)
        assert np.asarray(routes(shuffled, dataset, RULES)).tolist() == together[shuffled.index].tolist()
    accounts = keys.assign(route=together).groupby(["as_of", "account_id"], observed=True)["route"].nunique()
    assert (accounts == 1).all(), "each account is in exactly one route"


def test_what_comes_later_changes_no_route(material: tuple[Project, Dataset, pd.DataFrame], tmp_path: Path) -> None:
    _, dataset, keys = material
    frames = priced()
    frames["signals"] = frames["signals"][frames["signals"]["occurred_at"] < "2025-03-03"]
    frames["opportunities"] = frames["opportunities"][frames["opportunities"]["created_at"] < "2025-03-03"]
    known = keys[keys["as_of"] < "2025-03-04"]
    cut = open_dataset(small_project(tmp_path, frames=frames))
    assert list(routes(known, cut, RULES)) == list(routes(known, dataset, RULES))


def test_without_rules_all_are_in_the_default_route(material: tuple[Project, Dataset, pd.DataFrame]) -> None:
    _, dataset, keys = material
    assert set(routes(keys, dataset, RoutesSection(default="account"))) == {"account"}
    assert len(routes(keys.iloc[:0], dataset, RULES)) == 0
