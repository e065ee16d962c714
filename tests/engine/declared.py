"""What any declaration is worth for one group at one date, in plain loops over plain rows: slow, obvious, and apart from the engine."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from bgml.engine.columns.algebra import Deals, Measure, Moment
from tests.reference import Row, Tables, closed_before, in_window, known_signals, midnight, moment, open_at

EVER = 36_500


class Plain:
    """The tables of a world, and the roles each topic requires."""

    def __init__(self, tables: Tables, required: dict[str, tuple[str, ...]]) -> None:
        self.tables, self.required = tables, required
        self.known: dict[date, list[Row]] = {}
        self.persons: dict[Any, Any] = {}

    def value(self, declaration: Any, days: int | None, as_of: date, account: Any, topic: Any) -> float:
        """The value of a declared column; NaN where it is missing."""
        if isinstance(declaration, Deals):
            return self._deals(declaration, days, as_of, account, topic)
        signals = [signal for signal in self._known(as_of) if _of(signal, declaration.grain, account, topic)]
        matching = [signal for signal in signals if self._matches(signal, declaration.where, as_of)]
        if isinstance(declaration, Moment):
            return _moment(declaration, matching, as_of)
        assert isinstance(declaration, Measure)
        return self._measure(declaration, in_window(matching, as_of, days or EVER), as_of)

    def _known(self, as_of: date) -> list[Row]:
        if as_of not in self.known:
            self.known[as_of] = known_signals(self.tables, as_of)
        return self.known[as_of]

    def _matches(self, signal: Row, condition: Any, as_of: date) -> bool:
        for key, values in condition:
            if key == "required":
                if self._person(signal, "role", as_of) not in self.required[signal["topic"]]:
                    return False
            elif self._entity(signal, key, as_of) not in values:
                return False
        return True

    def _entity(self, signal: Row, entity: str, as_of: date) -> Any:
        person, visitor = signal.get("person_id"), signal.get("visitor_id")
        day = moment(signal["occurred_at"]).date()
        match entity:
            case "person":
                return person
            case "visitor":
                return visitor if person is None else None
            case "either":
                return ("person", person) if person is not None else None if visitor is None else ("visitor", visitor)
            case "department" | "seniority" | "role":
                return self._person(signal, entity, as_of)
            case "day":
                return day
            case "week":
                return day.isocalendar()[:2]
        return signal[entity]

    def _person(self, signal: Row, column: str, as_of: date) -> Any:
        """Rule 7: of the rows that hold, the one with the latest valid_from."""
        person = signal.get("person_id")
        if person is None:
            return None
        if (person, as_of) not in self.persons:
            held = []
            for row in self.tables["people"]:
                since, until = moment(row.get("valid_from")), moment(row.get("valid_to"))
                holds = (since is None or since < midnight(as_of)) and (until is None or until >= midnight(as_of))
                if row["person_id"] == person and holds:
                    held.append((since or midnight(date(1, 1, 1)), row))
            self.persons[person, as_of] = max(held, key=lambda pair: pair[0])[1] if held else {}
        return self.persons[person, as_of].get(column) or None

    def _measure(self, m: Measure, signals: list[Row], as_of: date) -> float:
        amounts: dict[Any, int | Fraction] = defaultdict(int)
        for place, signal in enumerate(signals):
            parts = (place,) if m.entity == ("signal",) else tuple(self._entity(signal, entity, as_of) for entity in m.entity)
            if None not in parts:
                weight = signal.get("weight")
                amounts[parts] += 1 if weight is None or m.of == "number" else Fraction(weight)
        sums = list(amounts.values())
        match m.f:
            case "any":
                return sum(total > 0 for total in sums)
            case "all":
                return float(sum(sums))
            case "root":
                return math.fsum(math.sqrt(total) for total in sums)
            case "square":
                return float(sum(total * total for total in sums))
        return float(Fraction(sum(total * total for total in sums)) / sum(sums) ** 2) if sum(sums) else 0.0

    def _deals(self, d: Deals, days: int | None, as_of: date, account: Any, topic: Any) -> float:
        deals = [deal for deal in self.tables["opportunities"] if _of(deal, d.grain, account, topic)]
        if d.what == "open":
            return sum(open_at(deal, as_of) for deal in deals)
        if d.what != "opened":
            deals = [deal for deal in deals if deal["outcome"] == d.what and closed_before(deal, as_of)]
        times = [moment(deal["created_at" if d.what == "opened" else "closed_at"]) for deal in deals]
        return sum(time < midnight(as_of) and (midnight(as_of) - midnight(time.date())).days <= (days or EVER) for time in times)


def _of(row: Row, grain: str, account: Any, topic: Any) -> bool:
    return (grain == "topic" or row["account_id"] == account) and (grain == "account" or row["topic"] == topic)


def _moment(m: Moment, signals: list[Row], as_of: date) -> float:
    ages: dict[Any, int] = {}
    for signal in signals:
        who = ("person", signal["person_id"]) if signal.get("person_id") is not None else ("visitor", signal.get("visitor_id"))
        if isinstance(m.what, int) and (who[1] is None or (m.entity == "person" and who[0] == "visitor")):
            continue
        age = (as_of - moment(signal["occurred_at"]).date()).days
        key = who if isinstance(m.what, int) else len(ages)
        ages[key] = max(ages.get(key, age), age)
    arrivals = sorted(ages.values(), reverse=True)
    if m.what == "last":
        return arrivals[-1] if arrivals else math.nan
    place = m.what - 1 if isinstance(m.what, int) else 0
    return arrivals[place] if len(arrivals) > place else math.nan
