from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bgml.web.shelf import text as searched
from bgml.web.shelf.text import Text

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=6)


@given(st.lists(st.tuples(st.none() | words, words), max_size=8), words, st.booleans())
def test_a_word_is_found_where_a_value_holds_it(rows, word, many):
    word = "".join(word.split())
    found = Text([pa.chunked_array([[row[place] for row in rows]], pa.string()) for place in (0, 1)])
    few, searched.FEW = searched.FEW, 0 if many else searched.FEW
    try:
        held = found.holding(word).tolist()
    finally:
        searched.FEW = few
    plain = [any(word.lower() in (value or "").replace("\n", " ").lower() for value in row) for row in rows]
    if any(word in value for row in rows for value in row if value):
        assert any(held)
    # Upper and lower case of some letters differ between Python and Arrow; of those without case they do not.
    if word.isascii() and all((value or "").isascii() for row in rows for value in row):
        assert held == plain
    else:
        assert len(held) == len(rows)


def test_names_are_found_as_they_are_written():
    for name in ("ΟΔΟΣ", "İstanbul", "Straße", "ΑΣ 1"):
        found = Text([pa.chunked_array([["other", name]])])
        assert all(found.holding(word).tolist() == [False, True] for word in name.split())


def test_numbers_are_searched_as_their_digits():
    assert Text([pa.chunked_array([pa.array([120, 7]).dictionary_encode()])]).holding("12").tolist() == [True, False]
