"""Signals of unseen categories make candidates and nothing else: features are those of tables without them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.engine.world import DATES, world
from tests.engine_fixtures import matrix_of, stacked

KEYS = ["as_of", "account_id", "topic"]


@pytest.mark.parametrize("unseen", [("named",), ("anonymous", "third_party_intent"), ("qualified_lead",)])
def test_features_are_those_of_tables_without_the_category(unseen: tuple[str, ...]) -> None:
    tables = world()
    signals = tables["signals"]
    filtered = tables | {"signals": signals[~signals["category"].isin(unseen)]}
    without = stacked(matrix_of(filtered, DATES, groups={"min_people": 0}))
    found = stacked(matrix_of(tables, DATES, unseen=unseen, groups={"min_people": 0}))
    both = found.merge(without[KEYS], on=KEYS)
    assert len(both) > 20
    pd.testing.assert_frame_equal(both, without.merge(found[KEYS], on=KEYS), check_exact=True, check_dtype=False)


def test_candidates_stay_and_the_cache_tells_the_two_apart(tmp_path: Path) -> None:
    tables = world()
    full = stacked(matrix_of(tables, DATES, cached=True, root=tmp_path))
    hidden = stacked(matrix_of(tables, DATES, cached=True, root=tmp_path, unseen=["named"]))
    pd.testing.assert_frame_equal(hidden[KEYS], full[KEYS])
    assert (hidden["actions_named_91d"] == 0).all()
    assert (full["actions_named_91d"] > 0).any()
    pd.testing.assert_frame_equal(stacked(matrix_of(tables, DATES, cached=True, root=tmp_path)), full)
