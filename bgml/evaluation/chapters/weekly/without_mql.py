"""Wins without an MQL: the groups that win though no lead of theirs ever qualified, and who puts them on the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.weekly.working import telling, worked_once
from bgml.evaluation.race.draws import sums_by_account
from bgml.evaluation.race.intervals import Estimate, Race, estimate_of, race
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
    k = telling(lists, tested.project.settings.ranking, tested.project.settings.dates.every)
    counts = {"wins": len(none), "without_mql": int(none.sum()), "worked": k}
    if not none.any():
        return Chapter("without_mql", TITLE, (f"Every one of {len(none):,} distinct wins held an MQL.",), data=counts)
    won = np.zeros(len(tested.scored), bool)
    won[lists.deals.row[none[lists.deals.deal]]] = True
    run = race(replace(tested.scored, won=won, propensities={}), draws=tested.draws, seed=tested.seed, threads=tested.project.threads())
    caught = {entry: caught_of(lists, entry, k, none, tested) for entry in evaluation.entries}
    data = {
        **counts,
        "entries": {entry: {"caught": estimate_of(caught[entry]).plain(), RECALL: run.estimate(entry, RECALL).plain()} for entry in caught},
        "differences": {
            rival: {"caught": estimate_of(caught[best] - caught[rival]).plain(), RECALL: run.difference(best, rival, RECALL).plain()}
            for best, rival in _pairs(evaluation)
        },
    }
    return Chapter("without_mql", TITLE, tuple(_sentences(evaluation, caught, run, counts)), (_table(caught, run, k),), data)


def no_mql(lists: Lists, mql: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which deals held no MQL: on no date of any of their groups was one known."""
    held = np.zeros(len(lists.deals), bool)
    held[lists.deals.deal[mql[lists.deals.row]]] = True
    return ~held


def caught_of(lists: Lists, entry: str, k: int, chosen: npt.NDArray[np.bool_], tested: Tested) -> Floats:
    """The share of the `chosen` deals that is caught by working `k` groups on every date, in the data and in each draw.

    The list is worked as it is: only whose deals count is drawn again.
    """
    met = worked_once(lists, lists.order[entry], k, tested.project.settings.ranking.rework_days) > 0
    counted = np.stack([chosen & met, chosen]).astype(np.float64)
    drawn = sums_by_account(lists.deals.account, counted, lists.accounts, tested.draws, tested.seed, tested.project.threads())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(drawn[0] / drawn[1])


def _pairs(evaluation: Evaluation) -> list[tuple[str, str]]:
    """The best entry against the MQL rule and the best baseline."""
    best = evaluation.rivals[0]
    rivals = dict.fromkeys([*(name for name in evaluation.models if name == MQL_RULE), *evaluation.rivals[1:]])
    return [(best, rival) for rival in rivals if rival != best]


def _sentences(evaluation: Evaluation, caught: Mapping[str, Floats], run: Race, counts: Mapping[str, int]) -> Iterator[str]:
    wins, without, best = counts["wins"], counts["without_mql"], evaluation.rivals[0]
    yield f"{without:,} of {wins:,} distinct wins ({without / wins:.0%}) held no MQL on any test date; waiting for one misses them."
    yield f"On a date, {best}'s top {K} holds {_percent(run.estimate(best, RECALL))} of the winners among them."
    for _, rival in _pairs(evaluation):
        than = gap(_points(run.difference(best, rival, RECALL)), f"percentage points for {best}")
        yield f"{rival}'s holds {run.estimate(rival, RECALL).value:.0%}: {than}."
    share = _percent(estimate_of(caught[best]))
    yield f"Working {counts['worked']} groups on every date by {best} catches {share} of these deals at some time."


def _percent(share: Estimate) -> str:
    ends = f" (95% interval {share.low:.0%} to {share.high:.0%})" if np.isfinite(share.low) else ""
    return f"{share.value:.0%}{ends}"


def _points(share: Estimate) -> Estimate:
    return Estimate(100 * share.value, 100 * share.low, 100 * share.high)


def _table(caught: Mapping[str, Floats], run: Race, k: int) -> Table:
    columns = ("model", f"recall@{K} among them, mean over dates", f"caught by working {k} on every date")
    rows = tuple((entry, interval(run.estimate(entry, RECALL)), interval(estimate_of(share))) for entry, share in caught.items())
    return Table(columns, rows, "Shares of the distinct wins without an MQL [95%]")
