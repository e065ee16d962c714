"""Breadth against depth: at equal numbers of actions, do groups with more people win more often? And the other way round?

No model takes part. Groups are compared only within a stratum: the same topic and the same number of actions (or of people), so that
volume cannot pass for breadth. Actions of third parties are nobody's and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.facts import SIZE_NAMES, SIZES
from bgml.evaluation.race.intervals import Estimate, estimate_of, weightings
from bgml.evaluation.race.scored import Floats
from bgml.learning.examples import Examples

Codes = npt.NDArray[np.int64]
PEOPLE = ("people_91d", "visitors_91d")
ACTIONS = ("actions_named_91d", "actions_anonymous_91d", "actions_qualified_lead_91d")
EXACT = 15
"""Numbers up to this are strata of their own; above, neighbours within a tenth share one."""
SHOWN = (1, 2, 3, 5, 8, 13, 21)
"""Where the table's rows of numbers of actions begin."""
LEAST_WON = 10


def breadth(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """The claim of buying groups on this data: all candidates with a known outcome, training and test dates alike."""
    if not {*PEOPLE, *ACTIONS} <= set(tested.examples.features.columns):
        return None
    groups = _groups(tested.examples)
    if groups is None:
        return None
    draws, seed = tested.draws, tested.seed
    people_at_actions = concordance(groups, groups.actions, groups.people, draws, seed)
    actions_at_people = concordance(groups, groups.people, groups.actions, draws, seed)
    ratios = size_ratios(groups, draws, seed)
    table, rates = _rates(groups)
    return Chapter(
        "breadth",
        "Breadth against depth",
        tuple(_sentences(groups, people_at_actions, actions_at_people, ratios)),
        (table,),
        {
            "people_at_equal_actions": people_at_actions.plain(),
            "actions_at_equal_people": actions_at_people.plain(),
            "times_one_person": {name: ratio.plain() for name, ratio in ratios.items()},
            "rates": rates,
            "won_opportunities": groups.won_opportunities,
        },
    )


@dataclass(frozen=True)
class Groups:
    """Candidates with somebody in them: whole numbers of people and actions of 91 days, one row per group and date."""

    account: npt.NDArray[np.int32]
    accounts: int
    topic: Codes
    people: Codes
    actions: Codes
    won: npt.NDArray[np.bool_]
    won_opportunities: int


def _groups(examples: Examples) -> Groups | None:
    columns = examples.features
    people = columns[list(PEOPLE)].sum(axis=1).to_numpy(np.int64)
    actions = columns[list(ACTIONS)].sum(axis=1).to_numpy(np.int64)
    chosen = (people > 0) & (actions >= people) & ~np.isnan(examples.won)
    kept = examples.take(chosen)
    won_opportunities = kept.won_opportunities() if len(kept) else 0
    if won_opportunities < LEAST_WON:
        return None
    topic = kept.topic.astype(np.int64)
    return Groups(kept.account, len(kept.accounts), topic, people[chosen], actions[chosen], kept.won == 1, won_opportunities)


def classes(numbers: Codes) -> Codes:
    """Numbers as classes of equals: exact up to EXACT, above it neighbours within a tenth."""
    coarse = EXACT + np.floor(np.log(np.maximum(numbers, EXACT) / EXACT) / np.log(1.1)).astype(np.int64)
    return np.where(numbers <= EXACT, numbers, coarse + 1)


def concordance(groups: Groups, equal: Codes, differs: Codes, draws: int, seed: int) -> Estimate:
    """Of two groups of one topic that are equal in `equal`, of which one won, how often the winner has more of `differs`; ties half.

    The stratified Mann-Whitney statistic: 0.5 when `differs` tells nothing that `equal` does not, with its interval by account.
    """
    stratum = np.unique(np.stack([groups.topic, classes(equal)]), axis=1, return_inverse=True)[1]
    level = classes(differs)
    cells, cell = np.unique(np.stack([stratum, level]), axis=1, return_inverse=True)
    lost, won = (_counter(groups, cell, len(cells[0]), groups.won == value) for value in (False, True))
    starts = np.flatnonzero(np.diff(cells[0], prepend=-1))
    found = []
    for make in weightings(groups.accounts, draws, seed):
        weights = make().astype(np.float64)
        losers, winners = lost @ weights, won @ weights
        below = np.cumsum(losers, axis=0) - losers
        own = np.add.reduceat(losers, starts, axis=0)
        sizes = np.diff(np.append(starts, len(losers)))
        before = np.repeat(below[starts], sizes, axis=0)
        pairs = (winners * np.repeat(own, sizes, axis=0)).sum(axis=0)
        higher = (winners * (below - before + losers / 2)).sum(axis=0)
        found.append(_share(higher, pairs))
    return estimate_of(np.concatenate(found))


def size_ratios(groups: Groups, draws: int, seed: int) -> dict[str, Estimate]:
    """How many times as often groups of each size win as single people do, at equal numbers of actions on the same topic.

    Mantel-Haenszel risk ratio (Greenland & Robins 1985, "Estimation of a common effect parameter from sparse follow-up data").
    """
    stratum = np.unique(np.stack([groups.topic, classes(groups.actions)]), axis=1, return_inverse=True)[1]
    size = np.searchsorted(SIZES, groups.people, side="right") - 1
    n = int(stratum.max()) + 1
    cell = size * n + stratum
    rows, won = (_counter(groups, cell, n * len(SIZES), chosen) for chosen in (np.ones(len(cell), bool), groups.won))
    found: dict[str, list[Floats]] = {name: [] for name in SIZE_NAMES[1:]}
    for make in weightings(groups.accounts, draws, seed):
        weights = make().astype(np.float64)
        total, wins = ((part @ weights).reshape(len(SIZES), n, -1) for part in (rows, won))
        for place, name in enumerate(SIZE_NAMES[1:], start=1):
            both = np.maximum(total[0] + total[place], 1)
            found[name].append(_share((wins[place] * total[0] / both).sum(axis=0), (wins[0] * total[place] / both).sum(axis=0)))
    return {name: estimate_of(np.concatenate(parts)) for name, parts in found.items()}


def _counter(groups: Groups, cell: Codes, cells: int, chosen: npt.NDArray[np.bool_]) -> sparse.csr_array:
    """How many of the chosen rows of each account lie in each cell: [cells, accounts]."""
    ones = np.ones(int(chosen.sum()))
    return sparse.csr_array((ones, (cell[chosen], groups.account[chosen])), shape=(cells, groups.accounts))


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _sentences(groups: Groups, people: Estimate, actions: Estimate, ratios: dict[str, Estimate]) -> list[str]:
    """The claim, its size, its counterpart, and what it is not."""
    lines = [
        f"Breadth: at equal numbers of actions on the same topic, groups with more people {_verdict(people)}. Of two such groups of which "
        f"one won, the winner was the larger in {_percent(people)}; 50% would be chance."
    ]
    for name, ratio in ratios.items():
        if np.isfinite(ratio.low):
            ends = f"95% interval {ratio.low:.1f} to {ratio.high:.1f}"
            lines.append(f"With as many actions, groups of {name} people won {ratio.value:.1f} times as often as one person alone, {ends}.")
    depth = f"at equal numbers of people, groups with more actions {_verdict(actions)}"
    lines.append(f"Depth: {depth}. The winner was the busier in {_percent(actions)}.")
    lines.append(
        f"Counted on {len(groups.won):,} groups and dates with a known outcome, {groups.won_opportunities:,} distinct wins. "
        "This is what went together, not what would follow from bringing in more people."
    )
    return lines


def _verdict(estimate: Estimate) -> str:
    if estimate.low > 0.5:
        return "won more often"
    return "won less often" if estimate.high < 0.5 else "won no more and no less often, as far as can be told"


def _percent(estimate: Estimate) -> str:
    ends = f", 95% interval {estimate.low:.0%} to {estimate.high:.0%}" if np.isfinite(estimate.low) else ""
    return f"{estimate.value:.0%} of the pairs{ends}"


def _rates(groups: Groups) -> tuple[Table, list[dict[str, object]]]:
    """The share that won by number of actions and size of the group, as a table and as JSON values."""
    row = np.searchsorted(SHOWN, groups.actions, side="right") - 1
    size = np.searchsorted(SIZES, groups.people, side="right") - 1
    cell = row * len(SIZES) + size
    total, won = (np.bincount(cell, weights, len(SHOWN) * len(SIZES)).reshape(-1, len(SIZES)) for weights in (None, groups.won))
    names = [f"{low}" if high == low + 1 else f"{low} to {high - 1}" for low, high in zip(SHOWN, SHOWN[1:], strict=False)]
    names.append(f"{SHOWN[-1]} or more")
    rows = tuple(
        (name, *(f"{w / n:.1%} of {n:,.0f}" if n else "" for n, w in zip(*counts, strict=True)))
        for name, *counts in zip(names, total, won, strict=True)
    )
    values: list[dict[str, object]] = [
        {"actions": names[r], "people": SIZE_NAMES[c], "groups": int(total[r, c]), "won": int(won[r, c])}
        for r in range(len(names))
        for c in range(len(SIZES))
        if total[r, c]
    ]
    columns = ("actions in 91 days", *(f"{name} {'person' if name == '1' else 'people'}" for name in SIZE_NAMES))
    return Table(columns, rows, "Share of groups (a group counts on each date) that won, by actions and people of 91 days"), values
