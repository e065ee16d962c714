"""How much of the committee a purchase requires is there: coverage of required roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Required = Callable[[Any], Mapping[str, int]]
"""How many people of each role a purchase of a topic requires."""


def coverage(filled: pd.DataFrame, topics: Sequence[Any], required: Required) -> tuple[pd.Series, list[list[str]]]:
    """The share of required roles that each group fills, NaN where none is required, and those of which it has too few, as required.

    filled: place (of the group among `topics`) and role of the people who count, one row per person; without a role it is nobody. Per
    role min(assigned / required, 1), averaged over the roles: "completeness" of Adobe Journey Optimizer B2B.

    >>> filled = pd.DataFrame({"place": [0, 0, 1], "role": ["finance", "finance", "practitioner"]})
    >>> share, missing = coverage(filled, ["ai", "ai"], lambda topic: {"finance": 1, "practitioner": 2})
    >>> share.tolist(), missing
    ([0.5, 0.25], [['practitioner'], ['finance', 'practitioner']])
    """
    wanted = {topic: required(topic) for topic in set(topics)}
    held = [dict.fromkeys(wanted[topic], 0) for topic in topics]
    roles = filled[["place", "role"]].dropna()
    for place, role in zip(roles["place"].tolist(), roles["role"].tolist(), strict=True):
        if role in held[place]:
            held[place][role] += 1
    share, missing = np.full(len(topics), np.nan), list[list[str]]()
    for place, (topic, has) in enumerate(zip(topics, held, strict=True)):
        asked = wanted[topic]
        missing.append([role for role, number in asked.items() if has[role] < number])
        if asked:
            share[place] = sum(min(has[role] / number, 1.0) for role, number in asked.items()) / len(asked)
    return pd.Series(share), missing
