from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.web.shelf.keys import Keys

ids = st.integers(-3, 3) | st.none()


def _column(values, kind, chunks):
    array = pa.array([None if value is None else str(value) if kind == "text" else value for value in values])
    array = array.cast(pa.string() if kind == "text" else pa.int64())
    parts = [array[:chunks], array[chunks:]]
    return pa.chunked_array([part.dictionary_encode() for part in parts] if kind == "text" else parts)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2)), max_size=12, unique=True), st.lists(st.tuples(ids, ids), max_size=12),
       st.sampled_from(["text", "number"]), st.integers(0, 4))  # fmt: skip
def test_every_group_is_found_and_nothing_else(groups, asked, kind, chunks):
    keys = Keys(*(_column([group[place] for group in groups], kind, chunks) for place in (0, 1)))
    accounts, topics = (_column([pair[place] for pair in asked], kind, chunks) for place in (0, 1))
    place = {group: number for number, group in enumerate(groups)}
    assert keys.places(accounts, topics).tolist() == [place.get(pair, -1) for pair in asked]
    for account, topic in groups:
        assert keys.position(str(account), str(topic)) == place[account, topic]
        assert keys.of_account(str(account)) == [number for number, group in enumerate(groups) if group[0] == account]


@pytest.mark.parametrize("account_id", ["", "b", "\ud800", "a\0"])
def test_no_account_is_no_group(account_id):
    keys = Keys(pa.chunked_array([["a", "c"]]), pa.chunked_array([["t", "t"]]))
    assert keys.of_account(account_id) == [] and keys.position(account_id, "t") is None


def test_a_ranking_of_no_groups_has_no_places():
    keys = Keys(pa.chunked_array([[]], pa.string()), pa.chunked_array([[]], pa.string()))
    assert keys.places(pa.chunked_array([["a"]]), pa.chunked_array([["t"]])).tolist() == [-1]
    assert keys.of_account("a") == [] and keys.account.dtype == np.int32
