"""Capacity: how many distinct wins are caught by working K groups a week, a deal counted once and a worked group left to rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.weekly.working import by_date, telling, worked, worked_once
from bgml.evaluation.race.counting import DrawCounts
from bgml.evaluation.race.draws import over_draws, sums_by_account
from bgml.evaluation.race.intervals import Estimate, estimate_of
from bgml.evaluation.race.scored import Floats
from bgml.evaluation.report.markdown import gap, interval

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.chapters.weekly.lists import Lists
    from bgml.evaluation.evaluation import Evaluation

KS = (10, 25, 50, 100)
SHUFFLES = 20
"""Random orders that are averaged for working at random."""


@dataclass(frozen=True)
class Caught:
    """What working one entry's list catches at one K.

    wins, amount: the distinct wins and what they brought, in the data and in each draw [1 + draws]; weekly: the distinct wins caught
    up to each date.
    """

    wins: Floats
    amount: Floats
    weekly: Floats


@dataclass(frozen=True)
class Found:
    """Everything caught: by entry and K; `at_random` in random order by K, up to each date; `wins` [1 + draws] all there were."""

    by_entry: Mapping[str, Mapping[int, Caught]]
    at_random: Mapping[int, Floats]
    wins: Floats

    def difference(self, rivals: tuple[str, ...], k: int) -> Estimate:
        """How many more distinct wins the first of two entries catches, paired draw by draw."""
        return estimate_of(self.by_entry[rivals[0]][k].wins - self.by_entry[rivals[1]][k].wins)


def capacity(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Distinct wins caught over the test span by working the top K of each date's list; None where no win was on any list."""
    lists, setting = tested.lists, tested.project.settings.ranking
    if not len(lists.deals):
        return None
    limit = telling(lists, setting, tested.project.settings.dates.every)
    ks = sorted({*KS, setting.capacity, limit})
    found = Found(
        by_entry={entry: {k: caught(lists, entry, k, setting.rework_days, tested) for k in ks} for entry in evaluation.entries},
        at_random=at_random(lists, ks, setting.rework_days, tested.seed),
        wins=sums_by_account(
            lists.deals.account, np.ones((1, len(lists.deals))), lists.accounts, tested.draws, tested.seed, tested.project.threads()
        )[0],
    )
    sentences = tuple(_sentences(evaluation, tested, found, limit))
    return Chapter("capacity", "Capacity", sentences, _tables(evaluation, found), _data(evaluation, tested, found) | {"telling": limit})


def caught(lists: Lists, entry: str, k: int, rework_days: int, tested: Tested) -> Caught:
    """What working K groups of `entry`'s list on every date catches, on the data and on each draw of the accounts."""
    order, amount = lists.order[entry], np.nan_to_num(lists.deals.amount)

    def count(weights: DrawCounts) -> Floats:
        met = worked(lists, order, k, rework_days, weights) > 0
        copies = np.where(met, weights[lists.deals.account], 0).astype(np.float64)
        return np.stack([copies.sum(axis=0), amount @ copies])

    wins, worth = over_draws(count, lists.accounts, tested.draws, tested.seed, tested.project.threads())
    return Caught(wins, worth, by_date(lists, worked_once(lists, order, k, rework_days)))


def at_random(lists: Lists, ks: Sequence[int], rework_days: int, seed: int) -> dict[int, Floats]:
    """By K the distinct wins caught up to each date when every date's list is in random order: the mean of several orders."""
    chance, spans = np.random.default_rng(seed), list(pairwise(lists.scored.starts.tolist()))
    curves: dict[int, list[Floats]] = {k: [] for k in ks}
    for _ in range(SHUFFLES):
        order = np.concatenate([low + chance.permutation(high - low) for low, high in spans])
        for k in ks:
            curves[k].append(by_date(lists, worked_once(lists, order, k, rework_days)))
    return {k: np.asarray(np.mean(found, axis=0)) for k, found in curves.items()}


def _data(evaluation: Evaluation, tested: Tested, found: Found) -> dict[str, Any]:
    """The chapter as JSON values; curves are distinct wins up to each week."""
    def told(part: str) -> dict[str, Any]:
        return {e: {str(k): estimate_of(getattr(c, part)).plain() for k, c in by_k.items()} for e, by_k in found.by_entry.items()}

    setting, rivals = tested.project.settings.ranking, evaluation.rivals
    return {
        "weeks": [str(day) for day in tested.scored.dates.astype("datetime64[D]")],
        "curves": {entry: {str(k): part.weekly.tolist() for k, part in by_k.items()} for entry, by_k in found.by_entry.items()},
        "totals": told("wins"),
        "amounts": told("amount") if evaluation.has_amounts else {},
        "differences": {str(k): found.difference(rivals, k).plain() for k in found.at_random} if len(rivals) == 2 else {},
        "at_random": {str(k): curve.tolist() for k, curve in found.at_random.items()},
        "wins": len(tested.lists.deals),
        "capacity": setting.capacity,
        "rework_days": setting.rework_days,
    }


def _sentences(evaluation: Evaluation, tested: Tested, found: Found, limit: int) -> Iterator[str]:
    setting, dates = tested.project.settings.ranking, len(tested.lists.days)
    best, k, wins = evaluation.rivals[0], setting.capacity, len(tested.lists.deals)
    rest = f"a worked group rests {setting.rework_days} days" if setting.rework_days else "a group may be worked on every date"
    yield f"Working {k} groups on each of {dates:,} dates by {best} ({rest}) {_caught(found, best, k, wins)}."
    if limit < k:
        yield (
            f"With {k} places a date more than half of the groups are worked or at rest, whatever the order: at this capacity the order "
            f"matters little."
        )
        yield f"Working {limit} on each date by {best} {_caught(found, best, limit, wins)}."
    for rival in _baselines(evaluation, found, limit):
        than = gap(found.difference((best, rival), limit), f"for {best}")
        yield f"{rival}, working {limit}, catches {found.by_entry[rival][limit].wins[0]:,.0f}: {than}."
    if k * dates < wins:
        yield f"{k * dates:,} places in all cannot hold {wins:,} wins."


def _caught(found: Found, entry: str, k: int, wins: int) -> str:
    total = found.by_entry[entry][k].wins
    with np.errstate(divide="ignore", invalid="ignore"):
        share = estimate_of(total / found.wins)
    ends = f", 95% interval {share.low:.0%} to {share.high:.0%}" if np.isfinite(share.low) else ""
    chance = f"in random order it would be {found.at_random[k][-1]:,.0f}"
    return f"catches {total[0]:,.0f} of {wins:,} distinct wins ({share.value:.0%}{ends}); {chance}"


def _baselines(evaluation: Evaluation, found: Found, k: int) -> list[str]:
    """The best baseline, and the one that catches most where that is another."""
    baselines = [name for name in evaluation.models if name in evaluation.baselines]
    most = sorted(baselines, key=lambda name: -found.by_entry[name][k].wins[0])
    return [name for name in dict.fromkeys([*baselines[:1], *most[:1]]) if name != evaluation.rivals[0]]


def _tables(evaluation: Evaluation, found: Found) -> tuple[Table, ...]:
    ks = list(found.at_random)
    columns = ("model", *(f"{k} a date" for k in ks))
    rows = [(entry, *(_whole(estimate_of(found.by_entry[entry][k].wins)) for k in ks)) for entry in evaluation.entries]
    rows.append(("random order", *(f"{found.at_random[k][-1]:,.0f}" for k in ks)))
    rows.append(("all there were", *(f"{found.wins[0]:,.0f}" for _ in ks)))
    tables = [Table(columns, tuple(rows), "Distinct wins caught [95%]")]
    if evaluation.has_amounts:
        worth = [(entry, *(interval(estimate_of(found.by_entry[entry][k].amount)) for k in ks)) for entry in evaluation.entries]
        tables.append(Table(columns, tuple(worth), "Won amount of the wins caught [95%]"))
    return tuple(tables)


def _whole(estimate: Estimate) -> str:
    ends = f" [{estimate.low:,.0f}, {estimate.high:,.0f}]" if np.isfinite(estimate.low) else ""
    return f"{estimate.value:,.0f}{ends}"
