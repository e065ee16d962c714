"""Lead time: how many days before its opportunity was created a group was first worked, or first high on the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.weekly.working import telling, worked_once
from bgml.evaluation.race.draws import over_draws
from bgml.evaluation.race.intervals import estimate_of
from bgml.evaluation.race.scored import Floats
from bgml.evaluation.report.markdown import gap, interval, number

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.chapters.weekly.lists import Lists
    from bgml.evaluation.evaluation import Evaluation

CUTS = {"worked": "worked", "top_50": "in the top 50", "top_10_percent": "in the top 10%"}
"""worked: on every date as many groups as leave the order of the list to matter, so that every entry gets as much work done."""
QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Lead:
    """Lead times of one entry at one cut, in the data and in each draw [1 + draws].

    found: share of the distinct wins that were met before they were created; median: days, of those found; head_start: mean
    days over all wins, one not found counting 0. quartiles: days, of those found in the data.
    """

    found: Floats
    median: Floats
    head_start: Floats
    quartiles: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        """The lead times as JSON values."""
        told: dict[str, Any] = {name: estimate_of(getattr(self, name)).plain() for name in ("found", "median", "head_start")}
        return told | {"quartiles": [value if np.isfinite(value) else None for value in self.quartiles]}


def lead_time(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Days from the first date on which a deal's group was worked, in the top 50, in the top 10%, to the creation of its opportunity.

    None where no win on the lists is an opportunity.
    """
    lists = tested.lists
    if not len(lists.deals.opportunity_id):
        return None
    opportunities = tested.dataset.frame("opportunities")
    days, closing = created_days(lists, opportunities), _no_opening_dates(opportunities)
    ranking = tested.project.settings.ranking
    k = telling(lists, ranking, tested.project.settings.dates.every)
    leads: dict[str, dict[str, Lead]] = {cut: {} for cut in CUTS}
    for entry in evaluation.entries:
        met = worked_once(lists, lists.order[entry], k, ranking.rework_days)
        first = {"worked": np.append(np.inf, lists.days)[met], **{cut: first_day(lists, inside) for cut, inside in _cuts(lists, entry)}}
        for cut in CUTS:
            leads[cut][entry] = lead_of(lists, first[cut], days, tested)
    known = lead_of(lists, first_day(lists, np.full(len(tested.scored), True)), days, tested)
    data = {
        "wins": len(days),
        "until": "closed" if closing else "created",
        "worked": k,
        "candidate": known.plain(),
        "cuts": {cut: {entry: lead.plain() for entry, lead in by_entry.items()} for cut, by_entry in leads.items()},
        "differences": {cut: _differences(by_entry, evaluation.rivals) for cut, by_entry in leads.items()},
    }
    sentences = tuple(_sentences(evaluation, leads["worked"], known, k, closing))
    return Chapter("lead_time", "Lead time", sentences, tuple(_table(CUTS[cut], by_entry) for cut, by_entry in leads.items()), data)


def created_days(lists: Lists, opportunities: pd.DataFrame) -> Floats:
    """The day number on which each deal's opportunity was created, NaN where that is unknown."""
    created = opportunities.drop_duplicates("opportunity_id").set_index("opportunity_id")["created_at"]
    days = created.reindex(pd.Index(lists.deals.opportunity_id)).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def _cuts(lists: Lists, entry: str) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Which rows are in the top 50 and in the top 10% (fewer than a tenth of the groups rank higher)."""
    rank, groups = lists.rank(entry), np.diff(lists.scored.starts)[lists.date]
    yield "top_50", rank <= 50
    yield "top_10_percent", rank - 1 < 0.1 * groups


def first_day(lists: Lists, inside: npt.NDArray[np.bool_]) -> Floats:
    """The first date (day number) on which a row of each deal, one whose outcome it makes, is `inside`; infinite where none is."""
    deals = lists.deals
    counted = inside[deals.row]
    first = np.full(len(deals), np.inf)
    np.minimum.at(first, deals.deal[counted], lists.days[lists.date[deals.row[counted]]])
    return first


def lead_of(lists: Lists, first: Floats, created: Floats, tested: Tested) -> Lead:
    """Lead times from first and created days; the lists are held, only the accounts whose deals count are drawn again."""
    lead = np.where(np.isfinite(first) & np.isfinite(created), created - first, np.nan)
    found = np.flatnonzero(np.isfinite(lead))
    found = found[np.argsort(lead[found], kind="stable")]
    account, sizes = lists.deals.account, lead[found]

    def count(weights: npt.NDArray[np.uint8]) -> Floats:
        copies = weights[account[found]].astype(np.float64)
        wins = weights[account].sum(axis=0, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([copies.sum(axis=0) / wins, weighted_quantile(sizes, copies, 0.5), sizes @ copies / wins])

    drawn = over_draws(count, lists.accounts, tested.draws, tested.seed, tested.project.threads())
    once = np.ones((len(found), 1))
    return Lead(drawn[0], drawn[1], drawn[2], tuple(float(weighted_quantile(sizes, once, share)[0]) for share in QUARTILES))


def weighted_quantile(values: Floats, copies: Floats, share: float) -> Floats:
    """The least of the rising `values` [n] at or below which lies the share of all `copies` [n, draws]; NaN without any."""
    reached = np.cumsum(copies, axis=0)
    if not len(values):
        return np.full(copies.shape[1], np.nan)
    place = (reached >= np.maximum(share * reached[-1], 1e-9)).argmax(axis=0)
    return np.where(reached[-1] > 0, values[place], np.nan)


def _no_opening_dates(opportunities: pd.DataFrame) -> bool:
    """Whether every won opportunity is said to be created on the day on which it closed."""
    won = opportunities[opportunities["outcome"] == "won"]
    created, closed = (won[name].to_numpy(dtype="datetime64[D]") for name in ("created_at", "closed_at"))
    return bool(len(won)) and bool((created == closed).all())


def _differences(leads: Mapping[str, Lead], rivals: tuple[str, ...]) -> dict[str, Any]:
    if len(rivals) < 2:
        return {}
    model, rival = (leads[name] for name in rivals)
    return {name: estimate_of(getattr(model, name) - getattr(rival, name)).plain() for name in ("found", "head_start")}


def _sentences(evaluation: Evaluation, leads: Mapping[str, Lead], known: Lead, k: int, closing: bool) -> Iterator[str]:
    rivals, event = evaluation.rivals, "closed" if closing else "created"
    if closing:
        yield "Every won opportunity was created on the day it closed, so the data holds no opening dates: these are days to closing."
    best = leads[rivals[0]]
    half = f", half of these {best.quartiles[1]:,.0f} days or more ahead" if np.isfinite(best.quartiles[1]) else ""
    yield (
        f"Working {k} groups on every date by {rivals[0]} meets {best.found[0]:.0%} of the distinct wins before they are {event}"
        f"{half}; over all wins, one never met counting as 0, that is {number(float(best.head_start[0]))} days of head start."
    )
    if len(rivals) == 2:
        rival = leads[rivals[1]]
        than = gap(estimate_of(best.head_start - rival.head_start), f"for {rivals[0]}")
        yield f"{rivals[1]} meets {rival.found[0]:.0%}, with {number(float(rival.head_start[0]))} days of head start: {than}."
    yield (
        f"No list can meet them before they are candidates; half of them were for {known.quartiles[1]:,.0f} days or more of the test span "
        f"before they were {event}."
    )
    yield (
        "The top 50 and the top 10% count any date: a list that changes much passes many groups through them, random order most of "
        "all. Compare entries by what is worked."
    )


def _table(shown: str, leads: Mapping[str, Lead]) -> Table:
    columns = ("model", "share of wins met before", "days, first quartile", "median", "third quartile", "days of head start per win")
    rows = tuple(
        (entry, interval(estimate_of(lead.found)), *(number(value) for value in lead.quartiles), interval(estimate_of(lead.head_start)))
        for entry, lead in leads.items()
    )
    return Table(columns, rows, f"Days from the first date on which they were {shown} [95%]")
