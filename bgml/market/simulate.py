"""`bgml simulate`: one market from its numbers to its files."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bgml.errors import DataError
from bgml.market import writing
from bgml.market.calendar import make_calendar
from bgml.market.deals import DAY, Deals, make_deals
from bgml.market.journeys import Journeys, take_place
from bgml.market.noise import make_noise, move_people, record_late
from bgml.market.orgs.salesforce import write_salesforce
from bgml.market.parameters import LOOKBACK, TOPICS, Market
from bgml.market.population import Ints, Population, populate
from bgml.market.sellers import make_touches, note_contacts
from bgml.market.traces import Members, Signals, join, leave_traces, make_members
from bgml.market.truth import Truth, find_truth
from bgml.project import Progress, quiet

SMALLEST = (20, 40)
"""The fewest accounts and weeks that make tables without an empty one."""

STEPS = 7


@dataclass(frozen=True)
class Simulated:
    """A market in memory."""

    market: Market
    population: Population
    journeys: Journeys
    members: Members
    deals: Deals
    signals: Signals
    truth: Truth


def simulate(
    folder: Path,
    *,
    accounts: int = Market.accounts,
    weeks: int = Market.weeks,
    seed: int = Market.seed,
    salesforce: bool = False,
    progress: Progress = quiet,
) -> dict[str, int]:
    """Write a market's tables and its truth to `folder` as Parquet; the number of rows of each.

    With `salesforce` the tables are the raw ones of an org, in a folder of their own beside the truth and the settings to import them.
    The folder is made when missing. The same arguments give the same bytes. Raises DataError for a folder that holds anything,
    and for a market too small to fill its tables.
    """
    market = Market(accounts=accounts, weeks=weeks, seed=seed)
    _refuse(folder, market)
    made = make_market(market, progress)
    folder.mkdir(parents=True, exist_ok=True)
    progress("simulating", STEPS - 1, STEPS)
    rows = _write_org(folder, made) if salesforce else _write(folder, made)
    progress("simulating", STEPS, STEPS)
    return rows


def make_market(market: Market, progress: Progress = quiet) -> Simulated:
    """Simulate a market in memory."""
    population, calendar = populate(market), make_calendar(market)
    progress("simulating", 1, STEPS)
    journeys = take_place(market, population, calendar)
    progress("simulating", 2, STEPS)
    deals = make_deals(market, population, calendar, journeys)
    members = make_members(market, population, journeys)
    traces = leave_traces(market, calendar, journeys, members, deals)
    progress("simulating", 3, STEPS)
    noise = make_noise(market, population, calendar, len(journeys.account))
    signals = join([*traces, noise])
    del traces, noise  # or the largest market would not fit twice
    signals = record_late(market, move_people(market, population, signals))
    progress("simulating", 4, STEPS)
    truth = find_truth(market, population, calendar, journeys, truth_keys(market, signals))
    progress("simulating", 5, STEPS)
    return Simulated(market, population, journeys, members, deals, signals, truth)


def truth_keys(market: Market, signals: Signals) -> Ints:
    """As-of week × pairs + pair of every pair with a signal known at that Monday and not older than LOOKBACK; ascending."""
    pairs = market.accounts * len(TOPICS)
    occurred = signals.occurred // DAY - market.first_day
    known = np.maximum(signals.occurred, signals.recorded) // DAY - market.first_day
    first, last = known // 7 + 1, np.minimum((occurred + LOOKBACK) // 7, market.weeks)
    pair = signals.account.astype(np.int64) * len(TOPICS) + signals.topic
    span = market.weeks + 2
    spells = np.unique(((pair * span + first) * 16 + (last - first))[first <= last])
    found = []
    for begin in range(0, pairs, 40_000):
        some = spells[slice(*np.searchsorted(spells, [begin * span * 16, (begin + 40_000) * span * 16]))]
        cell, size = some // 16 - begin * span, 40_000 * span
        covered = np.cumsum(np.bincount(cell, minlength=size) - np.bincount(cell + some % 16 + 1, minlength=size)[:size])
        cells = np.flatnonzero(covered)
        found.append(cells % span * pairs + cells // span + begin)
    return np.sort(np.concatenate(found))


def _refuse(folder: Path, market: Market) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} holds something already; nothing was written. Name a folder that is empty or does not exist")
    for name, value, least in zip(("accounts", "weeks"), (market.accounts, market.weeks), SMALLEST, strict=True):
        if value < least:
            raise DataError(f"a market of {value} {name} is too small to fill its tables; ask for {least} or more")
    if market.seed < 0:
        raise DataError(f"the seed is {market.seed}; it must be 0 or more")


def _write_org(folder: Path, made: Simulated) -> dict[str, int]:
    """Write the market as an org; its tables of the contract are in between, and gone after."""
    with tempfile.TemporaryDirectory(prefix=".market-", dir=folder) as between:
        rows = _write(Path(between), made)
        raw = write_salesforce(made.market, Path(between), folder)
        (Path(between) / "truth.parquet").rename(folder / "truth.parquet")
    return {**raw, "truth": rows["truth"]}


def _write(folder: Path, made: Simulated) -> dict[str, int]:
    """Write every table; the number of rows of each."""
    market, population, deals = made.market, made.population, made.deals
    contacts = note_contacts(market, population, made.journeys, deals, made.members.person)
    tables = {
        "accounts": iter([writing.accounts_table(market, population)]),
        "people": writing.people_tables(market, population),
        "signals": writing.signal_tables(market, made.signals),
        "opportunities": iter([writing.opportunities_table(market, deals)]),
        "opportunity_contacts": iter([writing.contacts_table(contacts)]),
        "touches": iter([writing.touches_table(market, make_touches(market, population, made.signals, deals))]),
        "topics": iter([writing.topics_table()]),
        "truth": writing.truth_tables(market, made.truth),
    }
    return {name: writing.write(folder / f"{name}.parquet", rows) for name, rows in tables.items()}
