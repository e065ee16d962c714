"""One column in words: the fact of a group, and how the groups that reached the outcome and the others compare with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bgml.engine.columns.catalog import ColumnInfo
from bgml.scoring.columns import Column
from bgml.scoring.facts.comparison import WHO, Comparison

CLEAR = 0.1
"""Medians or shares that differ by a smaller part than this are alike."""
ONE = re.compile(r"(?<![\d.,])(1 (?:(?!of |the |in |on |by )[a-z-]+ ){0,2}?(?!of\b)[a-z-]*?[a-z])(ies|(?<![sui])s)\b")
"""1 and the plural it is given: the first word that ends like one, at most two words on."""
PLACEHOLDER = re.compile(r"\{value(?::([^}]*))?\}")
TAIL = re.compile(r" \((?:groups|true of|\d+% of the groups|typical|average) [^()]*\)$")


@dataclass(frozen=True)
class Said:
    """A sentence; side: 1 where the fact is nearer to the groups that reached the outcome, -1 to the others, 0 where both are alike.

    None where nothing is known to compare with.
    """

    sentence: str
    side: int | None


class Words:
    """How one column is put into words.

    family: the file it stands in; group: number of the columns of which one sentence is enough, None where training did not tell;
    plain: whether it is told as a whole number, a text or a statement, not as a ratio or an index.
    """

    def __init__(self, column: Column, info: ColumnInfo, comparison: Comparison | None = None, who: str = WHO["won"]) -> None:
        """Of a column as training saw it; `who` are those that reached the outcome."""
        self.family = info.family
        self.group = None if comparison is None else comparison.group
        self._info, self._typical, self._comparison, self._who = info, column.typical, comparison, who
        self._meaning = info.meaning.rstrip(".").format(days=info.days) if "{days}" in info.meaning else info.meaning.rstrip(".")
        self._template = info.says.replace("{days}", str(info.days)) if info.says else None
        placeholder = PLACEHOLDER.search(self._template or "")
        self._spec = (placeholder[1] or "") if placeholder else ""
        self._states = self._template is not None and placeholder is None
        self.plain = column.kind == "category" or self._states or self._spec.endswith(".0f")

    @property
    def tells_missing(self) -> bool:
        """Whether it has words of its own for a value that is missing: "no third person so far"."""
        return bool(self._info.missing)

    def said(self, value: Any) -> Said:  # noqa: ANN401 - a number, a text or missing
        """The fact, and in brackets what it is compared with."""
        if self._comparison is None:
            return Said(self.fact(value) + self._usual(value), None)
        tail, side = self._compared(value, self._comparison)
        return Said(f"{self.fact(value)} ({tail})" if tail else self.fact(value), side)

    def fact(self, value: Any) -> str:  # noqa: ANN401
        """The value in words."""
        if missing(value):
            return self._info.missing or f"unknown: {_lower(self._meaning)}"
        if self._template is None:
            return f"{_lower(self._meaning)}: {shown(value, '')}"
        if self._states:
            return self._template if value else f"not the case: {self._template}"
        return counted(PLACEHOLDER.sub(lambda found: shown(value, found[1] or ""), self._template))

    def _usual(self, value: Any) -> str:  # noqa: ANN401
        """What is typical, where that is a number and looks different."""
        if self._typical is None or isinstance(self._typical, str) or isinstance(value, str) or missing(value) or self._states:
            return ""
        typical = shown(self._typical, self._spec)
        return "" if typical == shown(value, self._spec) else f" (typical {typical})"

    def _compared(self, value: Any, found: Comparison) -> tuple[str, int]:  # noqa: ANN401
        """The comparison in words and the side the value is on; no words where both sides are alike."""
        won, others = found.won, found.others
        if missing(value):
            return self._true_of(1 - won.known, 1 - others.known)
        if isinstance(value, str):
            return self._true_of(won.shares.get(value, 0.0), others.shares.get(value, 0.0))
        if self._states:
            return self._true_of(*((won.some, others.some) if value else (won.known - won.some, others.known - others.some)))
        if won.median is not None and others.median is not None and apart(won.median, others.median):
            return self._medians(value, won.median, others.median)
        if not value:
            return self._true_of(won.known - won.some, others.known - others.some)
        if not apart(won.some, others.some) or percent(won.some) == percent(others.some):
            return "", 0
        return f"{percent(won.some)} of the {self._who} had any, {percent(others.some)} of the others", 1 if won.some > others.some else -1

    def _true_of(self, won: float, others: float) -> tuple[str, int]:
        """The shares of both sides of which the same is true."""
        if not apart(won, others) or percent(won) == percent(others):
            return "", 0
        return f"true of {percent(won)} of the {self._who}, {percent(others)} of the others", 1 if won > others else -1

    def _medians(self, value: float, won: float, others: float) -> tuple[str, int]:
        """The medians of both sides; the value is on the side whose median, as it reads, is nearer to the value, as it reads."""
        told = [shown(number, finer(number, self._spec)) for number in (won, others)]
        if told[0] == told[1]:
            return "", 0
        at, near, far = (as_read(text, raw) for text, raw in zip([shown(value, self._spec), *told], (value, won, others), strict=True))
        nearer = abs(at - far) - abs(at - near)
        return f"{self._who} had {told[0]} on the median, others {told[1]}", (nearer > 0) - (nearer < 0)


def short(sentence: str) -> str:
    """A reason without its comparison: the fact alone, for a cell of a table.

    >>> short("4 people active in the last 28 days (groups that won had 3.5 on the median, others 1)")
    '4 people active in the last 28 days'
    """
    return TAIL.sub("", sentence)


def missing(value: Any) -> bool:  # noqa: ANN401
    """Whether there is no value; models take an infinite number for none."""
    return value is None or bool(pd.isna(value)) or (isinstance(value, float) and math.isinf(value))


def apart(one: float, other: float) -> bool:
    """Whether two medians or shares differ by a tenth or more of the larger."""
    return abs(one - other) >= CLEAR * max(abs(one), abs(other)) and one != other


def shown(value: Any, spec: str) -> str:  # noqa: ANN401
    """A value by its format, or where it has none or does not take it, as short as it goes."""
    if isinstance(value, str):
        return value
    try:
        return format(float(value), spec or ",.3g" if abs(value) < 1000 else spec or ",.0f")
    except ValueError:
        return f"{value:,g}"


def finer(number: float, spec: str) -> str:
    """The format of a median beside whole numbers: one place more where it is none."""
    return spec.replace(".0f", ".1f") if not float(number).is_integer() and abs(number) < 100 else spec


def as_read(text: str, raw: float) -> float:
    """A number as its reader takes it from the text; the number itself where the text is none."""
    try:
        return float(text.replace(",", "").removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return float(raw)


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{share:.0%}"


def counted(text: str) -> str:
    """Numbers and nouns agree: 1 person, 1 anonymous visitor, 1 of the roles, no people, none of the roles."""
    text = re.sub(r"(?<![\d.,])1 people\b", "1 person", text)
    text = ONE.sub(lambda found: found[1] + ("y" if found[2] == "ies" else ""), text)
    return re.sub(r"^0 (?=[a-z])", "no ", re.sub(r"^0 of\b", "none of", text))


def _lower(text: str) -> str:
    """The first letter small, unless the first word is an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
