"""Changes of settings worth a thought, each with what it was computed to bring on this data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bgml.config import Settings
from bgml.errors import DataError
from bgml.evaluation.readiness.outlook import Outlook, Whole

LOOKBACKS = (182, 365)
HELD = 0.8
"""Share of the wins that a horizon should hold."""
STEP = 10
"""A horizon is suggested in steps of so many days."""
MORE_TO_LEARN = 0.1
MORE_REACH = 0.05
"""A change is worth a sentence from this gain on: in wins to learn from, or in share of wins in reach."""
TOGETHER = 3


@dataclass(frozen=True)
class Numbers:
    """What settings make of the wins: how many there are, how many were in reach, how many a model could learn from."""

    wins: int
    in_reach: int
    learnable: int


@dataclass(frozen=True)
class Change:
    """Settings (section.key -> value) to change, with the wins in reach and to learn from thereafter; target: what then is a win."""

    settings: dict[str, Any]
    numbers: Numbers
    target: str


def numbers(outlook: Outlook, settings: Settings) -> Numbers:
    """The numbers under some settings; nothing can be learned where no date is mature."""
    try:
        learnable = outlook.learnable(settings)
    except DataError:
        learnable = 0
    return Numbers(len(outlook.wins(settings)), outlook.in_reach(settings), learnable)


def single(outlook: Outlook, settings: Settings, whole: Whole, now: Numbers, ready: bool) -> tuple[Change, ...]:
    """The changes that alone bring something, the one that gives most to learn from first; of several values of a setting the best."""
    found = [_changed(outlook, settings, option) for option in _options(outlook, settings, whole, now, ready)]
    worth = [change for change in found if _worthwhile(change, now, settings)]
    worth.sort(key=lambda change: (-change.numbers.learnable, -change.numbers.in_reach))
    best: dict[str, Change] = {}
    for change in worth:
        best.setdefault(",".join(change.settings), change)
    return tuple(best.values())


def together(outlook: Outlook, settings: Settings, whole: Whole, now: Numbers) -> Change | None:
    """The shortest run of best next changes after which enough can be learned from; None where none up to three does."""
    taken: dict[str, Any] = {}
    for _ in range(TOGETHER):
        options = [taken | option for option in _options(outlook, _with(settings, taken), whole, now, ready=False)]
        found = [_changed(outlook, settings, option) for option in options]
        best = max(found, key=lambda change: change.numbers.learnable, default=None)
        if best is None:
            return None
        if best.numbers.learnable >= settings.check.min_won:
            return best
        taken = best.settings
    return None


def _options(outlook: Outlook, settings: Settings, whole: Whole, now: Numbers, ready: bool) -> Iterator[dict[str, Any]]:
    """The changes that could help, from what was found of the wins; another target only where this one is short of wins or time."""
    groups, outcome = settings.groups, settings.outcome
    if outcome.match == "pair" and (whole.other_topic or not ready):
        yield {"outcome.match": "account"}
    yield from ({"groups.lookback": days} for days in LOOKBACKS if days > groups.lookback)
    if groups.customer_days and whole.blocked:
        yield {"groups.customer_days": 0}
    if groups.min_people:
        yield {"groups.min_people": 0}
    if (horizon := rounded(outlook.needed_horizon(settings, HELD))) > outcome.horizon:
        yield {"outcome.horizon": horizon}
    if outcome.target == "won" and (not ready or whole.beyond_horizon > (1 - HELD) * max(now.wins, 1)):
        yield {"outcome.target": "created"}


def rounded(days: int | None) -> int:
    """Days up to the next step; 0 for none, and never more than a setting may be."""
    return min(-(-(days or 0) // STEP) * STEP, 36_500)


def _changed(outlook: Outlook, settings: Settings, option: dict[str, Any]) -> Change:
    changed = _with(settings, option)
    return Change(option, numbers(outlook, changed), changed.outcome.target)


def _worthwhile(change: Change, now: Numbers, settings: Settings) -> bool:
    """Whether a change gives a tenth more to learn from, or five points more reach with no less to learn from."""
    after = change.numbers
    more = after.learnable - now.learnable
    reach = after.in_reach / max(after.wins, 1) - now.in_reach / max(now.wins, 1)
    if more > 0 and more >= MORE_TO_LEARN * now.learnable:
        return True
    return reach >= MORE_REACH and more >= 0 and change.target == settings.outcome.target


def _with(settings: Settings, option: dict[str, Any]) -> Settings:
    """The settings with some keys replaced."""
    for name, value in option.items():
        section, key = name.split(".")
        settings = settings.model_copy(update={section: getattr(settings, section).model_copy(update={key: value})})
    return settings
