"""The rules of [routes]: the first that fits an account decides how sales works it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import Route, RouteRule, RoutesSection
from bgml.errors import nearest

ROUTES: tuple[str, ...] = get_args(Route)
NUMBERS = ("amount", "people", "topics")
"""What a rule may bound, from a value on or below one."""


def deciding(accounts: pd.DataFrame, section: RoutesSection) -> npt.NDArray[np.int64]:
    """The place of the first rule that fits each account, from 0; -1 where none does and the default holds.

    accounts: the columns that the rules state, of segment (text), amount, people, topics. What is unknown (null) fits no condition.
    """
    decided = np.full(len(accounts), -1, np.int64)
    for place, rule in enumerate(section.rule):
        decided[(decided < 0) & fits(accounts, rule)] = place
    return decided


def route(accounts: pd.DataFrame, section: RoutesSection) -> pd.Categorical:
    """The route of each account, exactly one."""
    of_rule = [ROUTES.index(name) for name in (*(rule.route for rule in section.rule), section.default)]
    codes: npt.NDArray[np.int8] = np.array(of_rule, np.int8)[deciding(accounts, section)]
    return pd.Categorical.from_codes(codes, pd.Index(ROUTES, dtype=object))


def fits(accounts: pd.DataFrame, rule: RouteRule) -> npt.NDArray[np.bool_]:
    """Whether everything that a rule states holds, per account; a rule that states nothing fits all."""
    found = np.ones(len(accounts), np.bool_)
    if rule.segment:
        found &= accounts["segment"].isin(rule.segment).to_numpy(bool)
    for name in NUMBERS:
        below, start = bounds(rule, name)
        if below is not None:
            found &= accounts[name].to_numpy(np.float64) < below
        if start is not None:
            found &= accounts[name].to_numpy(np.float64) >= start
    return found


def bounds(rule: RouteRule, name: str) -> tuple[float | None, float | None]:
    """What a rule asks of a number: below the first, from the second on."""
    return getattr(rule, f"{name}_below"), getattr(rule, f"{name}_from")


def stated(section: RoutesSection) -> frozenset[str]:
    """The facts that any rule reads: of segment, amount, people, topics."""
    numbers = {name for rule in section.rule for name in NUMBERS if bounds(rule, name) != (None, None)}
    return frozenset(numbers | ({"segment"} if any(rule.segment for rule in section.rule) else set()))


def told(rule: RouteRule) -> str:
    """A rule in words, for whoever asks why an account is worked as it is.

    >>> told(RouteRule(route="lead", segment=("smb",), people_below=3))
    'segment smb, people below 3: lead'
    """
    said = [f"segment {' or '.join(rule.segment)}"] if rule.segment else []
    for name in NUMBERS:
        below, start = bounds(rule, name)
        said += [f"{name} from {start:,g}"] if start is not None else []
        said += [f"{name} below {below:,g}"] if below is not None else []
    return f"{', '.join(said) or 'every account'}: {rule.route}"


def unknown_segments(section: RoutesSection, segments: Iterable[object]) -> list[str]:
    """A sentence for each segment that a rule names and no account has."""
    known = sorted({str(segment) for segment in segments} - {""})
    said = []
    for place, rule in enumerate(section.rule, start=1):
        for name in rule.segment:
            if name not in known:
                hint = nearest(name, known) or (f"; accounts have {', '.join(known[:5])}" if known else "; accounts have no segment")
                said.append(f'[routes] rule {place} names the segment "{name}", which no account has{hint}')
    return said
