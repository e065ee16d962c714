"""Are the dates of signals true: acts of one person lie close together, and a row is not older than those written before it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.chapters.chapter import Table

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
NAME = "timing"
ROWS = 200_000
"""Signals looked at: those of so many accounts, drawn at random, as have about these."""
SHUFFLES = 10
PAIRS = 1000
"""Consecutive acts of one person or visitor below which nothing is said."""
CLOSER = -4.0
"""Acts must be nearer to each other than shuffled ones by so many standard deviations."""
IN_ORDER = 0.9
"""Rank correlation of ids and times from which ids are taken to be given in the order of writing."""
NEIGHBOURS = 101
LATE = 28
"""Days by which a row's date must lie before those of the rows written before it."""
SOME = 20
EARLY_SHARE = 0.01


@dataclass(frozen=True)
class Closeness:
    """How near consecutive acts of one person are: the mean logarithm of 1 + days between them, against that of shuffled dates."""

    among: str
    pairs: int
    observed: float
    shuffled: float
    deviations: float

    @property
    def random(self) -> bool:
        """Whether the dates say no more than shuffled ones."""
        return self.pairs >= PAIRS and self.deviations > CLOSER


def signals_of_some(dataset: Dataset, seed: int = 0, rows: int = ROWS) -> pd.DataFrame:
    """Signals of accounts drawn at random, about `rows`: signal_id, account_id, topic, who (null where nobody is named), occurred_at,
    recorded_at, known_at.
    """
    table = dataset.table("signals")
    there = next((part.kept for part in dataset.report.tables if part.name == "signals"), 0)
    if there > rows:
        accounts = dataset.frame("accounts")["account_id"].to_numpy()
        some = np.random.default_rng(seed).permutation(len(accounts))[: max(1, len(accounts) * rows // there)]
        table = table.filter(table.account_id.isin(sorted(accounts[some].tolist())))
    person, visitor = (ibis.literal(prefix) + table[column].cast("string") for prefix, column in (("p", "person_id"), ("v", "visitor_id")))
    columns = ("signal_id", "account_id", "topic", "occurred_at", "recorded_at", "known_at")
    found = dataset.arrow(table.select(*columns, who=ibis.coalesce(person, visitor)).order_by("signal_id"))
    frame: pd.DataFrame = found.to_pandas()
    return frame


def closeness(signals: pd.DataFrame, seed: int = 0, shuffles: int = SHUFFLES) -> list[Closeness]:
    """Dates against shuffled ones: among all signals, and among those of each group (groups of two people and more)."""
    known = signals[signals["who"].notna()]
    group: Integers = known.groupby(["account_id", "topic"], sort=False).ngroup().to_numpy().astype(np.int64)
    who: Integers = known.groupby([pd.Series(group, known.index), "who"], sort=False).ngroup().to_numpy().astype(np.int64)
    day = _days(known["occurred_at"])
    random = np.random.default_rng(seed)
    members = pd.Series(who).groupby(group).transform("nunique").to_numpy() >= 2
    everyone = np.zeros(len(day), np.int64)
    return [
        _closeness("all signals", day, who, everyone, random, shuffles),
        _closeness("the signals of a group", day[members], who[members], group[members], random, shuffles),
    ]


def _closeness(among: str, day: Floats, who: Integers, group: Integers, random: np.random.Generator, shuffles: int) -> Closeness:
    pairs = len(who) - len(np.unique(who))
    if not pairs:
        return Closeness(among, 0, np.nan, np.nan, np.nan)
    observed = _gap(day, who)
    places = np.argsort(group, kind="stable")
    others = []
    for _ in range(shuffles):
        dealt = np.empty_like(day)
        dealt[places] = day[np.lexsort((random.random(len(day)), group))]
        others.append(_gap(dealt, who))
    spread = float(np.std(others, ddof=1))
    deviations = (observed - float(np.mean(others))) / spread if spread > 0 else 0.0
    return Closeness(among, pairs, observed, float(np.mean(others)), deviations)


def _gap(day: Floats, who: Integers) -> float:
    """The mean of log(1 + days) between consecutive acts of each."""
    order = np.lexsort((day, who))
    same = who[order][1:] == who[order][:-1]
    return float(np.log1p(np.diff(day[order])[same]).mean())


def written_later(signals: pd.DataFrame) -> pd.DataFrame | None:
    """Signals whose ids say that they were written more than LATE days after the day from which they claim to be known.

    account_id, topic, claimed and written (days since 1970-01-01) of each. None where ids are not given in the order of writing: no
    number at their end, or no order of time in the numbers.
    """
    parts = signals["signal_id"].astype("str").str.extract(r"^(.*?)(\d{1,18})$")
    rows = signals.assign(prefix=parts[0], number=parts[1])[parts[1].notna()]
    found = [_late(part) for _, part in rows.groupby("prefix", sort=False) if len(part) >= PAIRS]
    usable = [part for part in found if part is not None]
    return pd.concat(usable, ignore_index=True) if usable else None


def _late(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Of the rows of one sequence of ids, those older than what was written before them."""
    rows = rows.assign(number=rows["number"].astype("int64")).sort_values("number", kind="stable")
    claimed = _days(rows["known_at"])
    rank = pd.Series(claimed).rank().to_numpy(np.float64)
    if np.std(rank) == 0 or np.corrcoef(rank, np.arange(len(rank)))[0, 1] < IN_ORDER:
        return None
    written = pd.Series(claimed).rolling(NEIGHBOURS, center=True, min_periods=1).median().cummax().to_numpy()
    late = rows[["account_id", "topic"]].assign(claimed=claimed, written=written)
    return late[claimed < written - LATE]


def _before_wins(dataset: Dataset, late: pd.DataFrame) -> int:
    """How many of the rows claim a day before a won opportunity of their group was created, and were written after it."""
    deals = dataset.frame("opportunities")
    won = deals.loc[deals["outcome"] == "won", ["account_id", "topic", "created_at"]]
    won = won.assign(created=_days(won["created_at"]))
    rows = late.assign(row=np.arange(len(late))).merge(won, on=["account_id", "topic"])
    return int(rows.loc[(rows["claimed"] < rows["created"]) & (rows["created"] <= rows["written"]), "row"].nunique())


def _days(times: pd.Series) -> Floats:
    return np.asarray(times.to_numpy("datetime64[us]").astype(np.int64) / 86_400_000_000, np.float64)


def check(dataset: Dataset, seed: int = 0) -> Checked:
    """Dates that say no more than shuffled ones, rows written long after the day they claim, and records older than the act."""
    signals = signals_of_some(dataset, seed)
    near, late = closeness(signals, seed), written_later(signals)
    findings = [_shuffled(part) for part in near if part.random][:1]
    before = 0
    if late is not None and len(late) >= SOME:
        before = _before_wins(dataset, late)
        findings.append(_backdated(late, before, len(signals)))
    early = int((signals["recorded_at"] < signals["occurred_at"]).sum())
    if early > EARLY_SHARE * len(signals):
        findings.append(_early(early, len(signals)))
    order = "whose ids follow the order of writing" if late is not None else "whose ids tell nothing of the order of writing"
    did = f"Compared the dates of {len(signals):,} signals, {order}, with shuffled ones and with their neighbours."
    rows = tuple(_row(part) for part in near if part.pairs)
    columns = ("shuffled among", "consecutive acts of one person", "typical days between", "when shuffled", "standard deviations")
    data = {
        "signals": len(signals),
        "closeness": [{**vars(part), "random": part.random} for part in near if part.pairs],
        "backdated": None if late is None else len(late),
        "backdated_before_wins": before,
        "recorded_before_occurred": early,
    }
    return Checked(NAME, did, tuple(findings), (Table(columns, rows, "How near are the acts of one person?"),), data)


def _row(part: Closeness) -> tuple[str, ...]:
    return part.among, f"{part.pairs:,}", _told(part.observed), _told(part.shuffled), f"{part.deviations:+.0f}"


def _told(mean: float) -> str:
    return f"{np.expm1(mean):.1f}"


def _shuffled(part: Closeness) -> Finding:
    found = (
        f"Consecutive acts of one person lie {_told(part.observed)} days apart, typically; with dates shuffled among {part.among} it is "
        f"{_told(part.shuffled)} ({part.pairs:,} pairs, {part.deviations:+.1f} standard deviations)."
    )
    means = "The dates of signals look shuffled: what a group had done before a date is made of what it did later."
    return Finding(NAME, "fault", found, means, "trace occurred_at back to the source system; a wrong join or a default date does this")


def _backdated(late: pd.DataFrame, before: int, signals: int) -> Finding:
    days = float(np.median(late["written"] - late["claimed"]))
    since = datetime.date(1970, 1, 1) + datetime.timedelta(int(late["written"].min()))
    found = (
        f"{len(late):,} of {signals:,} signals have ids that were given {days:.0f} days (median) after the day they claim to be known "
        f"from, the first about {since}; {before:,} of them claim a day before a won deal of their group was created, and were written "
        "after it."
    )
    means = "Rows entered later count as known from their occurred_at, because recorded_at is empty: the past was not like this."
    way_out = "fill recorded_at with the time at which the source system wrote the row"
    return Finding(NAME, "fault" if before >= SOME else "warning", found, means, way_out)


def _early(early: int, signals: int) -> Finding:
    found = f"{early:,} of {signals:,} signals were recorded before they occurred."
    means = "One of the two times is wrong; such a signal counts as known from occurred_at."
    return Finding(NAME, "warning", found, means, "correct occurred_at or recorded_at at the source")
