from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.scoring.facts.comparison import Comparison, Comparisons, Side

SHARES = st.floats(0, 1)
SIDES = st.builds(Side, st.none() | st.floats(-1e9, 1e9), SHARES, SHARES, st.dictionaries(st.text(), SHARES, max_size=3))


@given(columns=st.dictionaries(st.text(), st.builds(Comparison, st.integers(0, 99), SIDES, SIDES), max_size=4))
def test_what_is_written_down_is_read_back(columns):
    assert Comparisons.restore(json.loads(json.dumps(Comparisons(columns).record("won")))).columns == columns


@pytest.mark.parametrize(
    ("outcome", "who"),
    [("won", "groups that won"), ("created", "groups that became an opportunity"), ("accepted", "groups that sales accepted")],
)
def test_who_reached_the_outcome(outcome, who):
    assert Comparisons.restore(Comparisons({}).record(outcome)).who == who


def test_versions_of_before_have_nothing_to_compare_with():
    assert Comparisons.restore(None) == Comparisons({})
