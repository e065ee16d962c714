"""Ranked lists for tests of the choice: groups of a few accounts, each account with one owner and one route."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

from bgml.config import RankingSection

OWNERS = (None, "ann", "bob", "cleo")
ROUTES = ("lead", "account", "group")


@st.composite
def lists(draw: st.DrawFn, most: int = 60, routes: tuple[str, ...] = ROUTES) -> pd.DataFrame:
    """account_id, topic, owner, route in rank order: few accounts with many topics, so that every limit matters."""
    owner = draw(st.lists(st.sampled_from(OWNERS), min_size=9, max_size=9))
    route = draw(st.lists(st.sampled_from(routes), min_size=9, max_size=9))
    keys = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 7)), min_size=1, max_size=most, unique=True))
    found = listed([(account, f"t{topic}", owner[account], route[account]) for account, topic in keys])
    return found.astype(draw(st.sampled_from(({}, {"account_id": "str", "topic": "str"}, {"account_id": "category"}))))


def listed(rows: list[tuple[Any, str, str | None, str]]) -> pd.DataFrame:
    """The frame of such rows."""
    frame = pd.DataFrame(rows, columns=["account_id", "topic", "owner", "route"])
    return frame.astype({"topic": object, "owner": object, "route": object})


def settings() -> st.SearchStrategy[RankingSection]:
    """Limits small enough to bind."""
    return st.builds(
        RankingSection,
        capacity=st.integers(1, 20),
        owner_capacity=st.integers(1, 8),
        max_per_account=st.integers(1, 3),
        explore=st.sampled_from((0.0, 0.1, 0.3, 0.5, 1.0)),
    )
