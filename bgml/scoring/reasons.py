"""Why a group stands where it stands: a few sentences with numbers, for and against."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.engine.columns.catalog import Catalog, ColumnInfo
from bgml.scoring.amounts import IF_WON
from bgml.scoring.columns import Column
from bgml.scoring.facts.comparison import Comparisons
from bgml.scoring.facts.wording import Words, missing
from bgml.scoring.predict import Scorer

Floats = npt.NDArray[np.float64]
AGAINST = "against: "
SMALL = 0.02
"""Columns that together move the raw score by less than this share of all that moved it are no reason."""
INDEX = 0.5
"""What the part of a ratio or an index counts beside that of a plain number (people, days, deals) when a fact is chosen to be told."""


def sentences(scorer: Scorer, frame: pd.DataFrame, catalog: Catalog, n: int = 5) -> list[list[str]]:
    """For each row of `frame`, at most `n` sentences, the weightiest first: what speaks for the group, then what speaks "against: ".

    What the columns add to the raw score is summed over those that rise and fall together (for versions that do not know which, over a
    family), and each sum gives one sentence. It tells the weightiest of its columns whose value is on the side that the sum says: nearer
    to the median of the groups that reached the outcome where it speaks for the group, nearer to that of the others where it speaks
    against. A sum without such a column is left out, and a family is told once for and once against. What is the same in all rows
    puts none above another and is no reason. For a rule the sentences state what it reads.
    """
    told = _words(scorer, catalog)
    added = scorer.contributions(frame)
    read = frame[list(scorer.features)]
    if added is None:
        return [_stated(told, row, n) for row in read.to_dict("records")]
    if IF_WON in added:
        read = read.assign(**{IF_WON: scorer.if_won(frame)})
        told[IF_WON] = _amount(scorer)
    differs = len(frame) == 1 or (read.nunique(dropna=False) > 1).to_numpy()
    parts = added.to_numpy() * differs
    reasons = _Reasons(told)
    rows = zip(read.to_dict("records"), parts, reasons.sums(parts), strict=True)
    return [reasons.of(row, moved, sums, n) for row, moved, sums in rows]


def _words(scorer: Scorer, catalog: Catalog) -> dict[str, Words]:
    """The words for each of the scorer's columns; a column no longer in the catalog is called by its name."""
    known = {info.name: info for info in catalog.columns}
    comparisons = Comparisons.restore(scorer.info.get("comparison"))
    return {
        c.name: Words(
            c,
            known.get(c.name) or ColumnInfo(c.name, "number", c.name.replace("_", " "), c.name),
            comparisons.columns.get(c.name),
            comparisons.who,
        )
        for c in scorer.columns.columns
    }


def _amount(scorer: Scorer) -> Words:
    """What a model that ranks by value says besides its features."""
    amounts = scorer.amounts
    currency = f" {amounts.currency}" if amounts and amounts.currency else ""
    info = ColumnInfo(IF_WON, "number", "Amount to expect if won.", IF_WON, f"{{value:,.0f}}{currency} to expect if won")
    return Words(Column(IF_WON, "number", typical=amounts.usual if amounts else None), info)


class _Reasons:
    """The columns of a model in groups, for many rows."""

    def __init__(self, told: dict[str, Words]) -> None:
        self.names, self.words = list(told), list(told.values())
        members: dict[Hashable, list[int]] = {}
        for place, words in enumerate(self.words):
            members.setdefault(words.family if words.group is None else words.group, []).append(place)
        self.groups = list(members.values())

    def sums(self, parts: Floats) -> Floats:
        """What each group of columns adds to each row."""
        starts = np.cumsum([0, *(len(group) for group in self.groups[:-1])])
        found: Floats = np.add.reduceat(parts[:, [place for group in self.groups for place in group]], starts, axis=1)
        return found

    def of(self, row: dict[Any, Any], parts: Floats, sums: Floats, n: int) -> list[str]:
        """The sentences of the groups of columns that moved this row most."""
        least = max(SMALL * np.abs(sums).sum(), np.finfo(float).tiny)
        found: list[str] = []
        families: set[tuple[str, bool]] = set()
        for place in np.argsort(-np.abs(sums), kind="stable").tolist():
            if abs(sums[place]) < least or len(found) == n:
                break
            if sentence := self._told(self.groups[place], row, parts, sums[place] > 0, families):
                found.append(sentence)
        return sorted(found, key=lambda sentence: sentence.startswith(AGAINST))

    def _told(self, group: list[int], row: dict[Any, Any], parts: Floats, speaks_for: bool, families: set[tuple[str, bool]]) -> str | None:
        """The weightiest column of a group that agrees with the side it is to speak for; its family is noted in `families`.

        That nobody knows a value moves scores, but is no reason a seller could use, unless the column has words for it.
        """
        sign = 1 if speaks_for else -1
        moved = {place: sign * float(parts[place]) * (1.0 if self.words[place].plain else INDEX) for place in group}
        for place in sorted(group, key=lambda place: (-moved[place], self.names[place])):
            words = self.words[place]
            if moved[place] <= 0:
                return None
            if (words.family, speaks_for) in families:
                continue
            value = row[self.names[place]]
            if missing(value) and not words.tells_missing:
                continue
            said = words.said(value)
            if said.side in (None, sign):
                families.add((words.family, speaks_for))
                return said.sentence if speaks_for else AGAINST + said.sentence
        return None


def _stated(told: dict[str, Words], row: dict[Any, Any], n: int) -> list[str]:
    """The columns a rule reads, those that are not 0 first; one of those that rise and fall together, where that is known."""
    present = [name for name in told if not missing(row[name]) and row[name] != 0]
    first: dict[Hashable, str] = {}
    for name in [*present, *(name for name in told if name not in present)]:
        first.setdefault(name if told[name].group is None else told[name].group, name)
    return [told[name].said(row[name]).sentence for name in first.values()][:n]
