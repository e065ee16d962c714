"""What a check of the tables found, as values: faults, warnings, notes and the counts of each table."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """Something the contract does not allow.

    `count` of `rows` rows have it (0 and 0 when the table as a whole has it); `stops` says that no run can go on,
    otherwise the rows are set aside.
    """

    table: str
    column: str | None
    problem: str
    way_out: str
    count: int = 0
    rows: int = 0
    examples: tuple[str, ...] = ()
    stops: bool = False

    @property
    def message(self) -> str:
        """One sentence: where, how many, what, three examples, the way out.

        >>> Fault("signals", "category", "unknown category", "use named", 2, 1000, ('"web" (signal_id "s1")',)).message
        'signals.category: unknown category in 2 of 1,000 rows, for example "web" (signal_id "s1"); use named'
        """
        return f"{self.found}; {self.way_out}"

    @property
    def found(self) -> str:
        """The message without the way out."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        many = f" in {self.count:,} of {self.rows:,} rows" if self.rows else ""
        return f"{place}: {self.problem}{many}{shown(self.examples)}"


def shown(examples: Sequence[str]) -> str:
    """Examples as the tail of a sentence; empty without any."""
    return f", for example {', '.join(examples)}" if examples else ""


@dataclass(frozen=True)
class TableReport:
    """The rows of one table: read, kept for use, set aside, dropped as equal copies, and not yet known at `until`."""

    name: str
    where: str
    rows: int
    kept: int
    quarantined: int = 0
    copies: int = 0
    later: int = 0


@dataclass(frozen=True)
class CheckReport:
    """The whole check: `until` and `first_day` are None where the tables could not be read that far."""

    where: str
    tables: tuple[TableReport, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    until: datetime.date | None
    first_day: datetime.date | None

    @property
    def stops(self) -> tuple[Fault, ...]:
        """The faults that no run survives."""
        return tuple(fault for fault in self.faults if fault.stops)

    @property
    def message(self) -> str:
        """The sentence a stopped run ends with; empty when nothing stops."""
        if not self.stops:
            return ""
        more = len(self.stops) - 1
        tail = f" ({more} more fault{'s' if more > 1 else ''} like this: `bgml check` lists them)" if more else ""
        return self.stops[0].message + tail

    @property
    def aside(self) -> str:
        """One sentence on the rows set aside, for commands that go on without them; empty when there are none."""
        bad = {table.name: table.quarantined for table in self.tables if table.quarantined}
        if not bad:
            return ""
        each = ", ".join(f"{name} {number:,}" for name, number in bad.items())
        return f"bad rows are set aside in .bgml/quarantine ({each}); `bgml check` says why"

    def document(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return {
            "usable": not self.stops,
            "data": self.where,
            "until": self.until.isoformat() if self.until else None,
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "tables": {table.name: {key: value for key, value in asdict(table).items() if key != "name"} for table in self.tables},
            "faults": [{**asdict(fault), "examples": list(fault.examples), "message": fault.message} for fault in self.faults],
            "warnings": list(self.warnings),
            "notes": list(self.notes),
        }
