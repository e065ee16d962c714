"""Chains of merged records."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bgml.sources.identity import last_records


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_every_chain_ends_and_its_members_agree(links: dict[str, str]) -> None:
    ends, broken = last_records(links)
    assert set(ends) == set(links)
    for record, into in links.items():
        assert ends[record] == ends.get(into, into)
        assert ends.get(ends[record], ends[record]) == ends[record]
        assert (ends[record] in links) == (record in broken)
