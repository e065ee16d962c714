"""The time rules and fixed columns once more, in plain loops: slow, obvious, and independent of bgml.

Every function takes plain rows (`tables`: lists of dicts by table name) and imports nothing of bgml. `settings` is anything with
bgml.toml's sections as attributes.

- Times: datetimes with or without a zone (naive means UTC), or dates (their midnight). Rows are clean: no duplicates, no unknown accounts.
- A missing key and None are the same.
- Counts are exact. breadth and weight are sums by math.fsum; concentration is an exact fraction turned into a float at the very end.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

WINDOWS = (7, 28, 91, 182)
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
PER_WINDOW = (
    "actions", *(f"actions_{category}" for category in CATEGORIES), "people", "visitors", "people_named", "people_qualified_lead", "days",
    "departments", "breadth", "concentration", "weight", "account_actions", "account_people", "account_topics",
)  # fmt: skip
PER_GROUP = ("days_since_last", "days_since_first", "won_before", "lost_before", "account_won_before", "account_open_before")
FLOATS = ("breadth", "concentration", "weight")
COLUMNS = (*(f"{column}_{days}d" for column in PER_WINDOW for days in WINDOWS), *PER_GROUP)


def rules(**sections: dict[str, Any]) -> SimpleNamespace:
    """Settings for the reference: bgml.toml's defaults, with `groups`, `outcome` or `data` overridden by keyword.

    >>> rules(groups={"min_people": 0}).groups.min_people
    0
    """
    defaults: dict[str, dict[str, Any]] = {
        "groups": {"lookback": 91, "min_people": 1, "customer_days": 365, "exclude_accounts": ()},
        "outcome": {"target": "won", "horizon": 180, "match": "pair"},
        "data": {"until": None, "static": ("department",)},
    }
    return SimpleNamespace(**{name: SimpleNamespace(**(values | sections.get(name, {}))) for name, values in defaults.items()})


def moment(time: date | datetime | None) -> datetime | None:
    """A time as a naive datetime in UTC; a date is its midnight."""
    if time is None or time != time:
        return None
    if not isinstance(time, datetime):
        return datetime(time.year, time.month, time.day)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time.replace(tzinfo=None)


def midnight(day: date) -> datetime:
    """The start of a day."""
    return datetime(day.year, day.month, day.day)


def known_from(signal: Row) -> datetime:
    """When a signal was both done and recorded."""
    occurred, recorded = moment(signal["occurred_at"]), moment(signal.get("recorded_at"))
    assert occurred is not None
    return occurred if recorded is None else max(occurred, recorded)


# --- tables as they are before data.until -------------------------------------------------------------------------------------------


def data_until(tables: Tables, settings: Any) -> date:
    """Rule 5: the setting, else the UTC day of the latest time that counts."""
    if settings.data.until is not None:
        return settings.data.until
    times = [known_from(signal) for signal in tables.get("signals", [])]
    for deal in tables.get("opportunities", []):
        times.append(moment(deal["created_at"]))
        if deal["outcome"] in ("won", "lost") and moment(deal.get("closed_at")) is not None:
            times.append(moment(deal["closed_at"]))
    return max(times).date()


def before_until(tables: Tables, settings: Any) -> Tables:
    """The tables without what became known at or after an explicit data.until."""
    if settings.data.until is None:
        return tables
    end = midnight(settings.data.until)
    deals = [dict(deal) for deal in tables.get("opportunities", []) if moment(deal["created_at"]) < end]
    for deal in deals:
        closed = moment(deal.get("closed_at"))
        if closed is not None and closed >= end:
            deal["outcome"], deal["closed_at"] = "open", None
    return {**tables, "signals": [signal for signal in tables.get("signals", []) if known_from(signal) < end], "opportunities": deals}


def without_leaks(tables: Tables, settings: Any) -> Tables:
    """Rule 7: without the department, where nobody is dated and data.static does not name it."""
    people = tables.get("people", [])
    dated = any(moment(row.get(bound)) is not None for row in people for bound in ("valid_from", "valid_to"))
    return tables if dated or "department" in settings.data.static else {**tables, "people": []}


# --- what is known at a date --------------------------------------------------------------------------------------------------------


def known_signals(tables: Tables, as_of: date) -> list[Row]:
    """Rule 1: signals done and recorded before midnight."""
    return [signal for signal in tables.get("signals", []) if known_from(signal) < midnight(as_of)]


def in_window(signals: list[Row], as_of: date, days: int) -> list[Row]:
    """Rule 2: those of known signals that occurred in the last `days` days."""
    since = midnight(as_of - timedelta(days))
    return [signal for signal in signals if since <= moment(signal["occurred_at"]) < midnight(as_of)]


def closed_before(deal: Row, as_of: date) -> bool:
    """Rule 1: whether the outcome of a deal is known."""
    closed = moment(deal.get("closed_at"))
    return deal["outcome"] in ("won", "lost") and closed is not None and closed < midnight(as_of)


def open_at(deal: Row, as_of: date) -> bool:
    """Rule 1: created, and no outcome known yet."""
    return moment(deal["created_at"]) < midnight(as_of) and not closed_before(deal, as_of)


def department_at(tables: Tables, person: Any, as_of: date) -> str | None:
    """Rule 7: the department in the row that holds; of several the latest valid_from, null being the earliest."""
    best: tuple[datetime, str | None] | None = None
    for row in tables.get("people", []):
        since, until = moment(row.get("valid_from")), moment(row.get("valid_to"))
        holds = (since is None or since < midnight(as_of)) and (until is None or until >= midnight(as_of))
        if row["person_id"] == person and holds and (best is None or (since or datetime.min) > best[0]):
            best = (since or datetime.min, row.get("department"))
    return best[1] if best and best[1] and best[1].strip() else None


def actor(signal: Row) -> tuple[str, Any] | None:
    """Who acted: a person, an anonymous visitor, or nobody in particular (the account)."""
    if signal.get("person_id") is not None:
        return ("person", signal["person_id"])
    if signal.get("visitor_id") is not None:
        return ("visitor", signal["visitor_id"])
    return None


# --- candidates ---------------------------------------------------------------------------------------------------------------------


def candidates(tables: Tables, as_of: date, settings: Any, all_groups: bool = False) -> list[tuple[Any, Any]]:
    """Rule 3: the (account_id, topic) pairs described at a date, sorted; `all_groups` lifts the two rules on opportunities."""
    groups = settings.groups
    recent = in_window(known_signals(tables, as_of), as_of, groups.lookback)
    found = []
    for account, topic in sorted({(signal["account_id"], signal["topic"]) for signal in recent}):
        acting = {actor(signal) for signal in recent if (signal["account_id"], signal["topic"]) == (account, topic)} - {None}
        if len(acting) < groups.min_people or str(account) in {str(excluded) for excluded in groups.exclude_accounts}:
            continue
        deals = [deal for deal in tables.get("opportunities", []) if (deal["account_id"], deal["topic"]) == (account, topic)]
        if all_groups or not any(open_at(deal, as_of) or _customer(deal, as_of, groups.customer_days) for deal in deals):
            found.append((account, topic))
    return found


def _customer(deal: Row, as_of: date, days: int) -> bool:
    won = deal["outcome"] == "won" and closed_before(deal, as_of)
    return won and midnight(as_of - timedelta(days)) <= moment(deal["closed_at"])


# --- fixed columns ------------------------------------------------------------------------------------------------------------------


def reference_matrix(tables: Tables, dates: list[date], *, settings: Any, all_groups: bool = False) -> list[Row]:
    """One row per candidate of each date with every fixed column, sorted by as_of, account_id, topic."""
    tables = without_leaks(before_until(tables, settings), settings)
    rows = []
    for as_of in sorted(set(dates)):
        known = known_signals(tables, as_of)
        for account, topic in candidates(tables, as_of, settings, all_groups):
            row: Row = {"as_of": as_of, "account_id": account, "topic": topic}
            of_account = [signal for signal in known if signal["account_id"] == account]
            of_group = [signal for signal in of_account if signal["topic"] == topic]
            for days in WINDOWS:
                row |= _window_columns(tables, as_of, days, in_window(of_group, as_of, days), in_window(of_account, as_of, days))
            row |= _dates_columns(of_group, as_of) | _deals_columns(tables, as_of, account, topic)
            rows.append({key: row[key] for key in ("as_of", "account_id", "topic", *COLUMNS)})
    return rows


def _window_columns(tables: Tables, as_of: date, days: int, group: list[Row], account: list[Row]) -> Row:
    people = {signal["person_id"] for signal in group if signal.get("person_id") is not None}
    acts = Counter(who for signal in group if (who := actor(signal)) is not None)
    values: Row = {
        "actions": len(group),
        "people": len(people),
        "visitors": len({who for who in acts if who[0] == "visitor"}),
        "days": len({moment(signal["occurred_at"]).date() for signal in group}),
        "departments": len({department_at(tables, person, as_of) for person in people} - {None}),
        "breadth": math.fsum(math.sqrt(count) for count in acts.values()),
        "concentration": _concentration(list(acts.values())),
        "weight": math.fsum(1.0 if signal.get("weight") is None else float(signal["weight"]) for signal in group),
        "account_actions": len(account),
        "account_people": len({signal["person_id"] for signal in account if signal.get("person_id") is not None}),
        "account_topics": len({signal["topic"] for signal in account}),
    }
    for category in CATEGORIES:
        of_category = [signal for signal in group if signal["category"] == category]
        values[f"actions_{category}"] = len(of_category)
        values[f"people_{category}"] = len({signal["person_id"] for signal in of_category if signal.get("person_id") is not None})
    return {f"{column}_{days}d": values[column] for column in PER_WINDOW}


def _concentration(counts: list[int]) -> float:
    return float(Fraction(sum(count * count for count in counts), sum(counts) ** 2)) if counts else 0.0


def _dates_columns(signals: list[Row], as_of: date) -> Row:
    days = [(as_of - moment(signal["occurred_at"]).date()).days for signal in signals]
    return {"days_since_last": min(days), "days_since_first": max(days)}


def _deals_columns(tables: Tables, as_of: date, account: Any, topic: Any) -> Row:
    of_account = [deal for deal in tables.get("opportunities", []) if deal["account_id"] == account]
    closed = [deal for deal in of_account if closed_before(deal, as_of)]
    return {
        "won_before": sum(deal["outcome"] == "won" and deal["topic"] == topic for deal in closed),
        "lost_before": sum(deal["outcome"] == "lost" and deal["topic"] == topic for deal in closed),
        "account_won_before": sum(deal["outcome"] == "won" for deal in closed),
        "account_open_before": sum(open_at(deal, as_of) for deal in of_account),
    }


# --- outcomes -----------------------------------------------------------------------------------------------------------------------


def reference_outcome(tables: Tables, as_of: date, account: Any, topic: Any, *, settings: Any) -> Row:
    """Rule 4 for one group: won (1, 0, or None while immature), amount (None where unknown), deals (sorted opportunity ids)."""
    outcome, until = settings.outcome, data_until(tables, settings)
    end = as_of + timedelta(outcome.horizon)
    if end > until:
        return {"won": None, "amount": None, "deals": []}
    tables = before_until(tables, settings)
    if outcome.target == "accepted":
        return {"won": int(_accepted(tables, as_of, end, account, topic, outcome.match)), "amount": None, "deals": []}
    known = [deal for deal in tables.get("opportunities", []) if _same(deal, account, topic, outcome.match)]
    deals = [deal for deal in known if _makes(deal, as_of, end, outcome.target)]
    amounts = [amount for deal in deals if (amount := _amount(deal, end, _main_currency(tables))) is not None]
    won = sorted(deal["opportunity_id"] for deal in deals)
    return {"won": int(bool(deals)), "amount": math.fsum(amounts) if amounts else None, "deals": won}


def _same(row: Row, account: Any, topic: Any, match: str) -> bool:
    return row["account_id"] == account and (match == "account" or row["topic"] == topic)


def _won_by(deal: Row, end: date) -> bool:
    return deal["outcome"] == "won" and moment(deal["closed_at"]) < midnight(end)


def _makes(deal: Row, as_of: date, end: date, target: str) -> bool:
    created = moment(deal["created_at"])
    return created >= midnight(as_of) and (_won_by(deal, end) if target == "won" else created < midnight(end))


def _amount(deal: Row, end: date, main: str | None) -> float | None:
    foreign = deal.get("currency") is not None and deal["currency"] != main
    return None if foreign or not _won_by(deal, end) else deal.get("amount")


def _main_currency(tables: Tables) -> str | None:
    """The currency of most won deals with an amount; ties go to the first by name."""
    won = [deal for deal in tables.get("opportunities", []) if deal["outcome"] == "won" and deal.get("amount") is not None]
    counts = Counter(deal["currency"] for deal in won if deal.get("currency") is not None)
    return min(counts, key=lambda currency: (-counts[currency], currency)) if counts else None


def _accepted(tables: Tables, as_of: date, end: date, account: Any, topic: Any, match: str) -> bool:
    """Whether, of the verdicts given within the horizon, the last on some ranked group accepts it."""
    last: dict[Any, Row] = {}
    for verdict in sorted(tables.get("verdicts", []), key=lambda row: (moment(row["at"]), row.get("by") or "")):
        if _same(verdict, account, topic, match) and midnight(as_of) <= moment(verdict["at"]) < midnight(end):
            last[verdict["topic"], moment(verdict["as_of"])] = verdict
    return any(verdict["verdict"] == "accepted" for verdict in last.values())
