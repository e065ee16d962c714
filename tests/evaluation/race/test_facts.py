"""Facts about candidates are those of their account and of their date."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bgml.config import RoutesSection
from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.race.facts import SIZE_NAMES, facts
from bgml.learning.examples import Examples, collect
from tests.small_project import small_project, tables

DATES = [np.datetime64("2024-09-02").item(), np.datetime64("2024-12-02").item()]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Examples]:
    project = small_project(tmp_path_factory.mktemp("facts"))
    dataset = open_dataset(project)
    return dataset, collect(project, dataset, DATES)


def test_every_candidate_has_the_facts_of_its_account(material: tuple[Dataset, Examples]) -> None:
    dataset, examples = material
    told = facts(dataset, examples)
    assert list(told) == ["topic", "segment", "region", "owner", "size", "mql"]
    keys = examples.keys()
    accounts = dataset.frame("accounts").set_index("account_id").loc[keys["account_id"]].reset_index()
    assert told["segment"].astype(str).tolist() == accounts["segment"].tolist()
    assert told["topic"].astype(str).tolist() == keys["topic"].astype(str).tolist()
    assert told["owner"].isna().tolist() == (~accounts["owner"].isin(["ann", "bob"])).tolist()


def test_size_and_mql_follow_the_features_of_the_date(material: tuple[Dataset, Examples]) -> None:
    dataset, examples = material
    told = facts(dataset, examples)
    people = examples.features["people_91d"] + examples.features["visitors_91d"]
    assert (told["size"] == SIZE_NAMES[0]).tolist() == (people == 1).tolist()
    assert (told["size"] == SIZE_NAMES[3]).tolist() == (people >= 6).tolist()
    assert told["mql"].tolist() == (examples.features["actions_qualified_lead_91d"] > 0).tolist()


def test_the_route_is_that_of_the_account_among_the_candidates_of_its_date(material: tuple[Dataset, Examples]) -> None:
    dataset, examples = material
    rules = RoutesSection.model_validate({"rule": [{"route": "account", "topics_from": 2}]})
    told = facts(dataset, examples, rules)
    assert list(told) == ["topic", "segment", "region", "owner", "route", "size", "mql"]
    topics = examples.keys().groupby(["as_of", "account_id"], observed=True)["topic"].transform("size")
    assert (told["route"] == "account").tolist() == (topics == 2).tolist()
    assert set(told["route"]) == {"account", "group"}
    assert "route" not in facts(dataset, examples, RoutesSection())


def test_what_the_tables_cannot_tell_is_no_column(tmp_path: Path) -> None:
    frames = tables()
    frames["accounts"] = frames["accounts"][["account_id", "region"]]
    project = small_project(tmp_path, frames=frames)
    dataset = open_dataset(project)
    told = facts(dataset, collect(project, dataset, DATES[:1], columns=["people_28d"]))
    assert list(told) == ["topic", "region"]
