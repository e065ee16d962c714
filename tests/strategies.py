"""Small nasty inputs for hypothesis: rows that sit on the edges of the time rules, and the frames that hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

Row = dict[str, Any]
Tables = dict[str, list[Row]]

MONDAY = date(2021, 7, 5)  # the as-of date around which things happen
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
STEPS = tuple(timedelta(seconds=seconds) for seconds in (0, 0.000001, 1, 11 * 3600, 86_399))
RECENT = (-91, -90, -35, -29, -28, -27, -14, -8, -7, -6, -2, -1, 0)
EDGES = (*RECENT, -400, -366, -365, -364, -183, -182, -181, -92, 1, 7, 28, 100, 179, 180, 181)
LATE = tuple(timedelta(hours=hours) for hours in (0, 1, 13, 24, 150, 960, 4800))
WEIGHTS = (None, None, 0.0, 1.0, 2.0, 0.5, 0.1, 1 / 3, 1e-4, 12345.678, 1e9)
AMOUNTS = (None, 0.0, 0.01, 99.99, 50_000.0, 1e9)
SIGNALS_MAY_LACK = ("person_id", "visitor_id", "weight", "recorded_at")
COLUMNS = {
    "accounts": ("account_id",),
    "people": ("person_id", "department", "title", "role", "valid_from", "valid_to"),
    "signals": ("signal_id", "account_id", "topic", "category", "action", "occurred_at", *SIGNALS_MAY_LACK),
    "opportunities": ("opportunity_id", "account_id", "topic", "created_at", "closed_at", "outcome", "amount", "currency"),
    "verdicts": ("account_id", "topic", "as_of", "by", "at", "verdict"),
}
TIMES = ("occurred_at", "recorded_at", "created_at", "closed_at", "valid_from", "valid_to", "at", "as_of")
IDS = ("account_id", "person_id", "visitor_id", "topic", "signal_id", "opportunity_id")
OPTIONAL = {
    "people": ("department", "title", "role", "valid_from", "valid_to"),
    "signals": SIGNALS_MAY_LACK,
    "opportunities": ("amount", "currency"),
}


@dataclass(frozen=True)
class Ids:
    """The ids a small world has; whole numbers or text."""

    accounts: list[Any]
    people: list[Any]
    visitors: list[Any]
    topics: list[Any]
    make: Callable[[int], Any] = field(repr=False, default=str)


def ids() -> st.SearchStrategy[Ids]:
    """Few ids, so that everything collides: persons and visitors share values, and "10" sorts before "9"."""
    text = Ids(["A1", "a", "É", "10"], ["p", "q", "r", "9"], ["p", "q", "v"], ["Data/AI", "security"], lambda number: f"x{number}")
    whole = Ids([9, 10, 0, -1], [1, 2, 3, 2**40], [1, 2, 7], [5, 40], int)
    return st.sampled_from([text, whole])


def times(days: tuple[int, ...] = EDGES) -> st.SearchStrategy[datetime]:
    """Moments on, just before and just after the midnights that matter."""

    def build(day: int, step: timedelta, sign: int) -> datetime:
        return datetime.combine(MONDAY, datetime.min.time()) + timedelta(day) + sign * step

    return st.builds(build, st.sampled_from(days) | st.integers(-200, 190), st.sampled_from(STEPS), st.sampled_from((1, -1)))


def dates() -> st.SearchStrategy[list[date]]:
    """A few as-of dates, any order, not all on a grid, always one at the centre."""
    days = st.lists(st.sampled_from((-182, -91, -28, -7, -1, 1, 7, 14, 91)), max_size=3, unique=True)
    return days.map(lambda found: [MONDAY, *(MONDAY + timedelta(day) for day in found)])


@st.composite
def signals(draw: st.DrawFn, world: Ids, weights: tuple[float | None, ...] = WEIGHTS, max_size: int = 14) -> list[Row]:
    """Signals of persons, visitors, both, or the account alone; some recorded hours to months late, or before they happened."""
    rows = []
    for number in range(draw(st.integers(1, max_size))):
        occurred = draw(times(RECENT) if number % 3 else times())
        late = st.sampled_from(LATE).map(lambda by, at=occurred: at + by)
        recorded = draw(st.none() | late | st.just(occurred - timedelta(days=3)) | times())
        row = {
            "signal_id": world.make(number),
            "account_id": draw(st.sampled_from(world.accounts[:3])),
            "person_id": draw(st.none() | st.sampled_from(world.people)),
            "visitor_id": draw(st.none() | st.sampled_from(world.visitors)),
            "topic": draw(st.sampled_from(world.topics)),
            "category": draw(st.sampled_from(CATEGORIES)),
            "action": draw(st.sampled_from(("visit", "download"))),
            "weight": draw(st.sampled_from(weights)),
            "occurred_at": occurred,
            "recorded_at": recorded,
        }
        repeats = draw(st.sampled_from((1, 1, 1, 2, 5)))
        rows += [row | {"signal_id": world.make(100 * copy + number)} for copy in range(repeats)]
    return rows


@st.composite
def opportunities(draw: st.DrawFn, world: Ids, max_size: int = 5) -> list[Row]:
    """Deals (one at least: an empty table is a fault) open, won and lost around the dates; some lost or open ones lack a closing date."""
    rows = []
    for number in range(draw(st.integers(1, max_size))):
        created, outcome = draw(times()), draw(st.sampled_from(("won", "won", "lost", "open")))
        closed = created + timedelta(hours=draw(st.sampled_from((0, 5, 30 * 24, 180 * 24, 400 * 24))))
        other = draw(times())
        rows.append(
            {
                "opportunity_id": world.make(number),
                "account_id": draw(st.sampled_from(world.accounts)),
                "topic": draw(st.sampled_from(world.topics)),
                "created_at": created,
                "closed_at": draw(st.sampled_from((closed, max(created, other), *(() if outcome == "won" else (None,))))),
                "outcome": outcome,
                "amount": draw(st.sampled_from(AMOUNTS)),
                "currency": draw(st.sampled_from((None, None, "EUR", "USD"))),
            }
        )
    return rows


@st.composite
def people(draw: st.DrawFn, world: Ids) -> list[Row]:
    """Versions of people: none, one without dates, overlapping, nested, with gaps, ending before they begin; no two begin together."""
    rows = []
    for person in world.people:
        begins = draw(st.lists(st.none() | times(), max_size=3, unique=True))
        for begin in begins:
            rows.append(
                {
                    "person_id": person,
                    "department": draw(st.sampled_from((None, "", "Sales", "IT", "sales"))),
                    "title": draw(st.sampled_from((None, "CFO", "VP Sales", "Software Engineer", "🚀"))),
                    "role": draw(st.sampled_from((None, None, "", "Decision Maker"))),
                    "valid_from": begin,
                    "valid_to": draw(st.none() | times()),
                }
            )
    return rows


@st.composite
def verdicts(draw: st.DrawFn, world: Ids, max_size: int = 6) -> list[Row]:
    """Verdicts that contradict each other."""
    rows = [
        {
            "account_id": draw(st.sampled_from(world.accounts)),
            "topic": draw(st.sampled_from(world.topics)),
            "as_of": MONDAY - timedelta(draw(st.sampled_from((0, 7)))),
            "by": draw(st.sampled_from(("", "ann", "bob"))),
            "at": draw(times()),
            "verdict": draw(st.sampled_from(("accepted", "rejected"))),
        }
        for _ in range(draw(st.integers(0, max_size)))
    ]
    return list({tuple(row[key] for key in ("account_id", "topic", "as_of", "by", "at")): row for row in rows}.values())


@st.composite
def tables(draw: st.DrawFn, weights: tuple[float | None, ...] = WEIGHTS, max_signals: int = 14) -> Tables:
    """All tables of a small world, as plain rows in no order; sometimes whole optional columns or the people table are missing."""
    world = draw(ids())
    found: Tables = {
        "accounts": [{"account_id": account} for account in world.accounts],
        "people": draw(people(world)),
        "signals": draw(signals(world, weights, max_signals)),
        "opportunities": draw(opportunities(world)),
    }
    for table, columns in OPTIONAL.items():
        absent = draw(st.sets(st.sampled_from(columns), max_size=2)) if draw(st.integers(0, 4)) == 0 else set()
        found[table] = [{key: value for key, value in row.items() if key not in absent} for row in _distinct(found[table], absent)]
    return {name: draw(st.permutations(rows)) for name, rows in found.items()}


def _distinct(rows: list[Row], absent: set[str]) -> list[Row]:
    """People rows whose key stays unique when valid_from is left out."""
    if "valid_from" not in absent or not rows or "valid_from" not in rows[0]:
        return rows
    return list({row["person_id"]: row for row in rows}.values())


def frames(found: Tables) -> dict[str, pd.DataFrame]:
    """The rows as pandas frames for `open_tables`: times as datetime64[us], ids as int64 (Int64 with nulls) or text.

    Empty people and verdicts are left out: those tables are optional.
    """
    return {name: _frame(name, rows) for name, rows in found.items() if rows or name in ("accounts", "signals", "opportunities")}


def _frame(name: str, rows: list[Row]) -> pd.DataFrame:
    columns = [column for column in COLUMNS[name] if not rows or any(column in row for row in rows)]
    return pd.DataFrame({column: _series(column, [row.get(column) for row in rows]) for column in columns}, columns=columns)


def _series(column: str, values: list[Any]) -> pd.Series:
    if column in TIMES:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True)).dt.tz_localize(None).astype("datetime64[us]")
    if column in ("weight", "amount"):
        return pd.Series(values, dtype="float64")
    if column in IDS and any(isinstance(value, int) for value in values):
        return pd.Series(values, dtype="Int64" if None in values else "int64")
    return pd.Series(values, dtype="str" if any(value is not None for value in values) else "object")
