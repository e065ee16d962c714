"""What the training rows that reached the outcome had in a column, and what the others had: what a fact of one group is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

WHO = {"won": "groups that won", "created": "groups that became an opportunity", "accepted": "groups that sales accepted"}
"""How those that reached each outcome are called."""


@dataclass(frozen=True)
class Side:
    """The rows that reached the outcome, or the others, in one column.

    median: of the numbers, None where none is known; known, some: the shares of rows with a value, and with one that is not 0;
    shares: of rows by category.
    """

    median: float | None = None
    known: float = 0.0
    some: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """One column on both sides; `group` numbers the columns that rise and fall together, of which one sentence is enough."""

    group: int
    won: Side
    others: Side


@dataclass(frozen=True)
class Comparisons:
    """The columns of a version by name, and what the side that reached the outcome is called."""

    columns: Mapping[str, Comparison]
    who: str = WHO["won"]

    def record(self, outcome: str) -> dict[str, Any]:
        """Plain JSON values; `restore` reads them back. outcome: the target of training."""
        return {"outcome": outcome, "columns": {name: asdict(column) for name, column in self.columns.items()}}

    @classmethod
    def restore(cls, recorded: Mapping[str, Any] | None) -> Comparisons:
        """What `record` wrote down; nothing to compare with for versions trained before it was kept."""
        if not recorded:
            return cls({})
        columns = {name: Comparison(c["group"], Side(**c["won"]), Side(**c["others"])) for name, c in recorded["columns"].items()}
        return cls(columns, WHO.get(recorded["outcome"], WHO["won"]))
