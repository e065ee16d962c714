"""Owners: what every owner finds who works the top of their own list, week after week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.race.counting import DrawCounts, walk
from bgml.evaluation.race.draws import over_draws
from bgml.evaluation.race.intervals import Estimate, estimate_of
from bgml.evaluation.race.metrics import DISCOUNT
from bgml.evaluation.race.parts import by_part
from bgml.evaluation.race.scored import Floats, Integers, Ordered, Scored
from bgml.evaluation.report.markdown import gap, interval, number

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.evaluation import Evaluation

KS: Integers = np.array([5, 10], dtype=np.int64)
NUMBERS = ("precision", "recall", "amount", "wins")
"""Means over owner-weeks, and of wins the sum over all owners per date."""
_LISTS = 512


@dataclass(frozen=True)
class OwnerLists:
    """What each entry finds on the owners' lists: draws[entry] is [NUMBERS, KS, 1 + draws]."""

    draws: Mapping[str, Floats]
    owners: int
    owner_weeks: int
    groups_per_list: float

    def estimate(self, entry: str, name: str, k: int, rival: str | None = None) -> Estimate:
        """One number of one entry at K, or by how much it is above that of `rival`."""
        place = NUMBERS.index(name), KS.tolist().index(k)
        return estimate_of(self.draws[entry][place] - (self.draws[rival][place] if rival else 0.0))


def owners(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Per owner and date the top 5 and 10 of the owner's groups; None where no account of a candidate has an owner."""
    fact = tested.scored.facts.get("owner")
    if fact is None or not fact.notna().any():
        return None
    found = owner_lists(tested.scored, fact, draws=tested.draws, seed=tested.seed, threads=tested.project.threads())
    without = int(fact.isna().sum())
    data = {
        "owners": found.owners, "owner_weeks": found.owner_weeks, "groups_per_list": found.groups_per_list,
        "candidates_without_owner": without,
        "entries": {entry: _told(found, entry, evaluation) for entry in evaluation.entries},
        "differences": _differences(found, evaluation.rivals),
    }  # fmt: skip
    tables = tuple(_table(found, evaluation, k) for k in KS.tolist())
    return Chapter("owners", "Owners", tuple(_sentences(found, evaluation, without)), tables, data)


def owner_lists(scored: Scored, owner: pd.Series, *, draws: int, seed: int, threads: int = 1) -> OwnerLists:
    """The owners' lists of all entries; candidates without an owner are on none. Ties count at their expectation.

    A list has min(K, groups) places. A list without a winner counts in precision, amount and wins, not in recall.
    """
    codes, names = pd.factorize(owner)
    accounts, account = np.unique(scored.account, return_inverse=True)
    owned = np.flatnonzero(codes >= 0)
    lists = by_part(replace(scored, account=account.astype(np.int32), propensities={}).take(codes >= 0), codes[owned].astype(np.int64))
    ordered = [lists.ordered(entry) for entry in scored.models]
    dates = len(scored.starts) - 1

    def count(weights: DrawCounts) -> Floats:
        return np.stack([_count(lists.starts, order, weights, dates) for order in ordered])

    found = over_draws(count, len(accounts), draws, seed, threads)
    size = float(np.median(np.diff(lists.starts)))
    return OwnerLists(dict(zip(scored.models, found, strict=True)), len(names), len(lists.starts) - 1, size)


def _count(starts: Integers, order: Ordered, weights: DrawCounts, dates: int) -> Floats:
    """NUMBERS at KS of one entry in each draw: [NUMBERS, KS, draws]. A few lists at a time, which bounds memory."""
    draws = weights.shape[1]
    sums, lists, with_winner = np.zeros((4, len(KS), draws)), np.zeros(draws), np.zeros(draws)
    for first in range(0, len(starts) - 1, _LISTS):
        part = starts[first : first + _LISTS + 1]
        tops, totals = np.zeros((len(part) - 1, 3, len(KS), draws)), np.zeros((len(part) - 1, 4, draws))
        walk(part, order.winners[first:], order.account, order.flags, order.won_amount, weights, KS, DISCOUNT, tops, totals)
        places, winners = totals[:, 0], totals[:, 1]
        slots = np.minimum(places[:, None], KS[None, :, None])
        sums[0] += (tops[:, 0] / np.maximum(slots, 1)).sum(axis=0)
        sums[1] += (tops[:, 0] / np.maximum(winners[:, None], 1)).sum(axis=0)
        sums[2] += tops[:, 1].sum(axis=0)
        sums[3] += tops[:, 0].sum(axis=0)
        lists += (places > 0).sum(axis=0)
        with_winner += (winners > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([sums[0] / lists, sums[1] / with_winner, sums[2] / lists, sums[3] / dates])


def _told(found: OwnerLists, entry: str, evaluation: Evaluation) -> dict[str, Any]:
    names = [name for name in NUMBERS if name != "amount" or evaluation.has_amounts]
    return {f"{name}_at_{k}": found.estimate(entry, name, k).plain() for name in names for k in KS.tolist()}


def _differences(found: OwnerLists, rivals: tuple[str, ...]) -> dict[str, Any]:
    if len(rivals) < 2:
        return {}
    return {f"{name}_at_{k}": found.estimate(rivals[0], name, k, rivals[1]).plain() for name in NUMBERS for k in KS.tolist()}


def _sentences(found: OwnerLists, evaluation: Evaluation, without: int) -> Iterator[str]:
    rivals, k = evaluation.rivals, int(KS[-1])
    yield f"{found.owners:,} owners have {found.groups_per_list:,.0f} groups on a date in the median, {found.owner_weeks:,} lists in all."
    if without:
        yield f"{without:,} candidates have no owner and stand on no owner's list."
    precision, wins = (found.estimate(rivals[0], name, k).value for name in ("precision", "wins"))
    yield (
        f"Where every owner works the top {k} of their own list by {rivals[0]}, {precision:.1%} of these groups go on to win, on the mean "
        f"list; over all owners {number(wins)} winning groups a date."
    )
    if len(rivals) == 2:
        yield f"Compared with {rivals[1]}: {gap(found.estimate(rivals[0], 'wins', k, rivals[1]), 'winning groups a date')}."
    if found.groups_per_list <= k:
        yield f"Half of the lists have {k} groups or fewer; on those every entry finds the same, so look at the top {KS[0]}."


def _table(found: OwnerLists, evaluation: Evaluation, k: int) -> Table:
    names = [name for name in NUMBERS if name != "amount" or evaluation.has_amounts]
    columns = ("model", *("winning groups a date" if name == "wins" else "won amount" if name == "amount" else name for name in names))
    rows = tuple((entry, *(interval(found.estimate(entry, name, k)) for name in names)) for entry in evaluation.entries)
    return Table(columns, rows, f"The top {k} of each owner's list on each date [95%]")
