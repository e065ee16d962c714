"""What a checked dataset holds and lacks, told for people: the span of each category, and what every missing thing means."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import Any

import pandas

from bgml.data.dataset import Dataset
from bgml.data.tables import CATEGORIES

FIRMOGRAPHICS = ("industry", "region", "segment", "employees", "revenue")
TITLES = ("title", "department", "seniority", "role")
WITHOUT_CATEGORY = {
    "named": "nobody is known by name: groups are counted by their visitors",
    "anonymous": "only people known by name are seen",
    "qualified_lead": "the MQL baselines have nothing to rank by, and wins without an MQL cannot be told",
    "third_party_intent": "research outside your own properties is not seen, intent columns are 0",
}


@dataclass(frozen=True)
class Span:
    """The signals of one category: how many, of how many accounts, from when to when (UTC days)."""

    category: str
    signals: int
    accounts: int
    first: datetime.date
    last: datetime.date


@dataclass(frozen=True)
class Gap:
    """Something the tables do not hold, and what follows from that."""

    missing: str
    means: str


@dataclass(frozen=True)
class Overview:
    """Spans of the signals, opportunities by outcome, and gaps."""

    spans: tuple[Span, ...]
    outcomes: dict[str, int]
    gaps: tuple[Gap, ...]

    def document(self) -> dict[str, Any]:
        """The overview as JSON holds it."""
        return {
            "categories": [{**asdict(span), "first": span.first.isoformat(), "last": span.last.isoformat()} for span in self.spans],
            "outcomes": self.outcomes,
            "missing": [asdict(gap) for gap in self.gaps],
        }


def overview(dataset: Dataset) -> Overview:
    """Look over a dataset: one pass over the signals, the other tables in memory."""
    opportunities = dataset.frame("opportunities")
    spans = _spans(dataset)
    counts = opportunities["outcome"].value_counts()
    outcomes = {outcome: int(counts.get(outcome, 0)) for outcome in ("open", "won", "lost")}
    gaps = (*_signal_gaps(dataset, spans), *_opportunity_gaps(dataset, opportunities, outcomes), *_context_gaps(dataset))
    return Overview(spans, outcomes, gaps)


def _spans(dataset: Dataset) -> tuple[Span, ...]:
    signals = dataset.table("signals")
    grouped = signals.group_by("category").aggregate(
        signals=signals.count(), accounts=signals.account_id.nunique(), first=signals.occurred_at.min(), last=signals.occurred_at.max()
    )
    found = {row["category"]: row for row in dataset.arrow(grouped).to_pylist()}
    rows = [found[category] for category in CATEGORIES if category in found]
    return tuple(Span(row["category"], row["signals"], row["accounts"], row["first"].date(), row["last"].date()) for row in rows)


def _signal_gaps(dataset: Dataset, spans: tuple[Span, ...]) -> list[Gap]:
    seen = {span.category for span in spans}
    gaps = [Gap(f"no {category} signal", means) for category, means in WITHOUT_CATEGORY.items() if category not in seen]
    if not dataset.has_column("signals", "person_id"):
        gaps.append(Gap("no signals.person_id", "people cannot be counted, groups have no members"))
    if "anonymous" in seen and not dataset.has_column("signals", "visitor_id"):
        gaps.append(Gap("no signals.visitor_id", "anonymous signals are the account's: how many visitors there were is not known"))
    if not dataset.has_column("signals", "recorded_at"):
        means = "every signal is taken to be known when it occurred: rows loaded late make past rankings look better than they could be"
        gaps.append(Gap("no signals.recorded_at", means))
    return gaps


def _opportunity_gaps(dataset: Dataset, opportunities: pandas.DataFrame, outcomes: dict[str, int]) -> list[Gap]:
    gaps = []
    won = opportunities[opportunities["outcome"] == "won"]
    closed = opportunities[opportunities["closed_at"].notna()]
    if not dataset.has_column("opportunities", "amount"):
        gaps.append(Gap("no opportunities.amount", "no expected amounts and no won amount at K"))
    elif len(won) and (unknown := int(won["amount"].isna().sum())):
        gaps.append(Gap(f"no amount for {unknown:,} of {len(won):,} won opportunities", "they are left out of sums of amounts"))
    if (currencies := opportunities["currency"].nunique()) > 1:
        gaps.append(Gap(f"one currency for all amounts ({currencies} are used)", "amounts are summed within one currency only"))
    if len(closed) and bool((closed["created_at"] == closed["closed_at"]).all()):
        means = (
            "created_at equals closed_at everywhere: nothing is known to be open before it closes, so a group stays a candidate "
            "until the day it is won, and days from opening to close cannot be told"
        )
        gaps.append(Gap("no opening dates", means))
    if not outcomes["lost"]:
        gaps.append(Gap("no lost opportunity", "columns of lost deals are 0"))
    if not outcomes["won"]:
        gaps.append(Gap("no won opportunity", "nothing can be trained for the target `won`"))
    return gaps


def _context_gaps(dataset: Dataset) -> list[Gap]:
    gaps = []
    if not any(dataset.has_column("people", column) for column in TITLES):
        means = "roles and their coverage cannot be told, only numbers of people"
        gaps.append(Gap("no title, department, seniority or role of people", means))
    elif not dataset.has_column("people", "valid_from"):
        gaps.append(Gap("no people.valid_from", "titles and departments are taken as they are now, at every past date"))
    if not any(dataset.has_column("accounts", column) for column in FIRMOGRAPHICS):
        gaps.append(Gap("no firmographics of accounts", "size, industry and region are not features, and results are not told by segment"))
    if not dataset.has_column("accounts", "owner"):
        gaps.append(Gap("no accounts.owner", "no lists per seller"))
    optional = {"touches": "whom sellers already reached is not known", "opportunity_contacts": "who was on a deal is not known"}
    return gaps + [Gap(f"no table {name}", means) for name, means in optional.items() if not dataset.has(name)]
