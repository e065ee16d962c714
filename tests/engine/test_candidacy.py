"""The candidates of events are those the matrix has, under any settings of rule 3."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.engine import candidacy as module
from bgml.engine.candidacy import Candidacy
from bgml.engine.shards import tiles
from bgml.groups.dates import grid
from bgml.groups.outcomes import NEVER
from tests.engine.world import world
from tests.engine_fixtures import matrix_of, opened, project_of

DATES = grid(28, date(2023, 7, 1), date(2024, 5, 1))
SETTINGS = [
    {},
    {"lookback": 14},
    {"lookback": 365, "min_people": 2},
    {"min_people": 0},
    {"customer_days": 0},
    {"exclude_accounts": ["a1"]},
]


@pytest.fixture(scope="module")
def tables():
    """A world in which all but one account have opportunities."""
    return world(3)


@pytest.mark.parametrize(("groups", "all_groups", "block"), [*((groups, False, 10**9) for groups in SETTINGS), ({}, True, 40)], ids=str)
def test_the_same_candidates_as_the_matrix(tables, groups, all_groups, block, monkeypatch):
    blocks = tiles.blocks
    monkeypatch.setattr(module, "blocks", lambda *given, **options: blocks(*given, **options, block_tiles=block))
    events = tables["opportunities"][["account_id", "topic"]]
    settings = project_of(groups=groups).settings
    found = Candidacy(opened(tables, groups=groups), DATES).candidates(events, settings, all_groups=all_groups)
    matrix = matrix_of(tables, DATES, only=["actions_7d"], all_groups=all_groups, groups=groups)
    for place, frame in enumerate(matrix.frames()):
        pairs = set(zip(frame["account_id"], frame["topic"], strict=True))
        assert found.pair[:, place].tolist() == [pair in pairs for pair in events.itertuples(index=False, name=None)]
        assert found.account[:, place].tolist() == events["account_id"].isin(frame["account_id"]).tolist()
    assert found.pair.any()


def test_an_account_is_known_from_its_first_known_signal(tables):
    events = pd.concat([tables["opportunities"][["account_id", "topic"]], pd.DataFrame({"account_id": ["a6"], "topic": ["cloud"]})])
    dataset = opened(tables)
    signals = dataset.frame("signals")
    first = signals.groupby("account_id")["known_at"].min().to_numpy("datetime64[D]").astype(int)
    days = dict(zip(sorted(signals["account_id"].unique()), first, strict=True))
    known = Candidacy(dataset, DATES).first_known(events)
    assert known.tolist() == [days.get(account, NEVER) for account in events["account_id"]]
    assert NEVER in known


def test_without_signals_of_them_nothing_is_a_candidate(tables):
    few = dict(tables) | {"signals": tables["signals"][tables["signals"]["account_id"] == "a0"]}
    events = pd.DataFrame({"account_id": ["a1"], "topic": ["cloud"]})
    few["opportunities"] = few["opportunities"][few["opportunities"]["account_id"] == "a1"]
    dataset = opened(few)
    found = Candidacy(dataset, DATES).candidates(events, project_of().settings)
    assert not np.any(found.account | found.pair)
