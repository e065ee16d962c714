"""Wins without an MQL: the groups that win though no lead of theirs ever qualified, and who puts them on the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.weekly.working import worked_once
from bgml.evaluation.race.draws import sums_by_account
from bgml.evaluation.race.intervals import Race, estimate_of, race
from bgml.evaluation.race.scored import Floats
from bgml.evaluation.report.markdown import gap, interval

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.chapters.weekly.lists import Lists
    from bgml.evaluation.evaluation import Evaluation

K = 50
MQL_RULE = "mql_rule"
TITLE = "Wins without an MQL"
RECALL = f"recall_at_{K}"


def without_mql(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """How many distinct wins held no MQL and how many of those each entry finds; None where MQLs or wins are unknown."""
    lists, mql = tested.lists, tested.scored.facts.get("mql")
    if mql is None or not len(lists.deals):
        return None
    none = no_mql(lists, mql.to_numpy(bool))
    capacity = tested.project.settings.ranking.capacity
    counts = {"wins": len(none), "without_mql": int(none.sum()), "capacity": capacity}
    if not none.any():
        return Chapter("without_mql", TITLE, (f"Every one of {len(none):,} distinct wins held an MQL.",), data=counts)
    won = np.zeros(len(tested.scored), bool)
    won[lists.deals.row[none[lists.deals.deal]]] = True
    run = race(replace(tested.scored, won=won, propensities={}), draws=tested.draws, seed=tested.seed, threads=tested.project.threads())
    caught = {entry: caught_of(lists, entry, none, tested) for entry in evaluation.entries}
    data = {
        **counts,
        "entries": {entry: {"caught": estimate_of(caught[entry]).plain(), RECALL: run.estimate(entry, RECALL).plain()} for entry in caught},
        "differences": {
            rival: {"caught": estimate_of(caught[best] - caught[rival]).plain(), RECALL: run.difference(best, rival, RECALL).plain()}
            for best, rival in _pairs(evaluation)
        },
    }
    return Chapter("without_mql", TITLE, tuple(_sentences(evaluation, caught, counts)), (_table(caught, run, capacity),), data)


def no_mql(lists: Lists, mql: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which deals held no MQL: on no date of any of their groups was one known."""
    held = np.zeros(len(lists.deals), bool)
    held[lists.deals.deal[mql[lists.deals.row]]] = True
    return ~held


def caught_of(lists: Lists, entry: str, chosen: npt.NDArray[np.bool_], tested: Tested) -> Floats:
    """The share of the `chosen` deals that is caught by working `ranking.capacity` groups on every date, in the data and in each draw.

    The list is worked as it is: only whose deals count is drawn again.
    """
    ranking = tested.project.settings.ranking
    met = worked_once(lists, lists.order[entry], ranking.capacity, ranking.rework_days) > 0
    counted = np.stack([chosen & met, chosen]).astype(np.float64)
    drawn = sums_by_account(lists.deals.account, counted, lists.accounts, tested.draws, tested.seed, tested.project.threads())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(drawn[0] / drawn[1])


def _pairs(evaluation: Evaluation) -> list[tuple[str, str]]:
    """The best entry against the MQL rule and the best baseline."""
    best = evaluation.rivals[0]
    rivals = dict.fromkeys([*(name for name in evaluation.models if name == MQL_RULE), *evaluation.rivals[1:]])
    return [(best, rival) for rival in rivals if rival != best]


def _sentences(evaluation: Evaluation, caught: Mapping[str, Floats], counts: Mapping[str, int]) -> Iterator[str]:
    wins, without, best = counts["wins"], counts["without_mql"], evaluation.rivals[0]
    share = estimate_of(caught[best])
    yield f"{without:,} of {wins:,} distinct wins ({without / wins:.0%}) held no MQL on any test date; waiting for one misses them."
    ends = f", 95% interval {share.low:.0%} to {share.high:.0%}" if np.isfinite(share.low) else ""
    work = f"Working {counts['capacity']} groups on every date by {best}"
    yield f"{work} catches {share.value * without:,.0f} of them ({share.value:.0%}{ends})."
    for _, rival in _pairs(evaluation):
        than = gap(estimate_of(100 * (caught[best] - caught[rival])), f"percentage points for {best}")
        yield f"{rival} catches {caught[rival][0] * without:,.0f} ({caught[rival][0]:.0%}): {than}."


def _table(caught: Mapping[str, Floats], run: Race, capacity: int) -> Table:
    columns = ("model", f"caught by working {capacity} on every date", f"recall@{K} among them, mean over dates")
    rows = tuple((entry, interval(estimate_of(share)), interval(run.estimate(entry, RECALL))) for entry, share in caught.items())
    return Table(columns, rows, "Shares of the distinct wins without an MQL [95%]")
