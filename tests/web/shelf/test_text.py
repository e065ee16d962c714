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
    # Upper and lower case of some letters differ between Python and Arrow; of those without case they do not.
    if word.isascii() and all((value or "").isascii() for row in rows for value in row):
        assert held == plain
    else:
        assert len(held) == len(rows)
