"""The small loops: sorting by counting, numbering anew, cutting tiles into pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bgml.engine.shards.loops import counting_order, dense_codes, pieces, range_codes
from tests.engine_fixtures import examples

NONE = np.zeros(0, np.int64)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=40))
@examples(1.0)
def test_two_passes_sort_by_both_codes_and_keep_equal_ones_in_order(pairs):
    first, second = (np.array([pair[place] for pair in pairs], np.int32) for place in (0, 1))
    order = counting_order(first, 6, counting_order(second, 4, NONE))
    assert order.tolist() == sorted(range(len(pairs)), key=lambda place: pairs[place])


def test_one_pass_is_stable():
    assert counting_order(np.array([2, 0, 2, 1, 0], np.int32), 3, NONE).tolist() == [1, 4, 3, 0, 2]


def test_codes_are_numbered_anew_in_each_unit():
    local, most = dense_codes(np.array([0, 4, 4, 7]), np.array([9, -1, 3, 9, 3, 8, 3], np.int32), 10)
    assert local.tolist() == [0, -1, 1, 0, 0, 1, 0]
    assert most == 2


def test_close_integers_are_numbered_in_order_and_the_value_past_their_range_is_none():
    codes, place = range_codes(np.array([12, 10, 14, 15, 12]), 10, 5)
    assert codes.tolist() == [1, 0, 2, -1, 1]
    assert place.tolist() == [0, -1, 1, -1, 2, -1]


def test_no_codes_at_all():
    local, most = dense_codes(np.array([0]), np.zeros(0, np.int32), 0)
    assert (local.tolist(), most) == ([], 0)


def test_a_tile_has_a_piece_for_every_version_of_its_person():
    pointer = np.array([0, 2, 2, 3])
    tile, version = pieces(np.array([0, -1, 2, 1, 0], np.int32), pointer)
    assert list(zip(tile.tolist(), version.tolist(), strict=True)) == [(0, 0), (0, 1), (2, 2), (4, 0), (4, 1)]
