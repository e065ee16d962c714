from __future__ import annotations

from bgml.engine.columns.catalog import load_catalog
from bgml.engine.columns.grain import grains
from tests.engine_fixtures import project_of


def test_the_grain_of_every_column_of_the_starter() -> None:
    catalog = load_catalog(project_of())
    found = grains(catalog)
    assert set(found) >= set(catalog.names)
    expected = {
        "people_7d": "group", "days_since_last": "group", "won_before": "group", "account_actions_7d": "account", "industry": "account",
        "account_days_since_first": "account", "account_won_before": "account", "topic_actions_28d": "topic", "topic_won_364d": "topic",
        "required_roles": "topic", "topic_momentum": "topic", "topic_win_rate": "topic", "account_surge": "account", "surge": "group",
        "share_of_account": "group", "momentum_against_topic": "group",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
