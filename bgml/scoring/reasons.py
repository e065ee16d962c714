"""Why a group stands where it stands: a few sentences with numbers, for and against."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from bgml.engine.columns.catalog import Catalog, ColumnInfo
from bgml.scoring.amounts import IF_WON
from bgml.scoring.columns import Column
from bgml.scoring.predict import Scorer

AMOUNT = ColumnInfo(IF_WON, "number", "Amount to expect if won.", IF_WON, "{value:,.0f} to expect if won")
"""What a model that ranks by value says besides its features."""
SMALL = 0.02
"""A family that moves the raw score by less than this share of all that moved it is no reason."""
ONE = re.compile(r"(?<![\d.,])(1 (?:(?!of |the |in |on |by )[a-z-]+ ){0,2}?(?!of\b)[a-z-]*?[a-z])(ies|(?<![sui])s)\b")
"""1 and the plural it is given: the first word that ends like one, at most two words on."""
PLACEHOLDER = re.compile(r"\{value(?::([^}]*))?\}")


def sentences(scorer: Scorer, frame: pd.DataFrame, catalog: Catalog, n: int = 5) -> list[list[str]]:
    """For each row of `frame`, at most `n` sentences, the weightiest first: what speaks for the group, then what speaks "against: ".

    What a feature adds to the raw score is summed over its family (its file), because columns of a family say much the same:
    a family gives one sentence, about its weightiest column. Each quotes the value in the row and, where it differs, what is
    typical of the groups trained on. What is the same in all rows puts none above another and is no reason. For a rule the sentences
    state the columns that it reads.
    """
    told = {column.name: _Told(column, info) for column, info in _described(scorer, catalog)}
    added = scorer.contributions(frame)
    read = frame[list(scorer.features)]
    if added is None:
        return [_stated(told, row, n) for row in read.to_dict("records")]
    if IF_WON in added:
        read = read.assign(**{IF_WON: scorer.if_won(frame)})
        told[IF_WON] = _Told(Column(IF_WON, "number", typical=scorer.amounts.usual if scorer.amounts else None), AMOUNT)
    rows = read.to_dict("records")
    differs = len(frame) == 1 or (read.nunique(dropna=False) > 1).to_numpy()
    return [_explained(told, row, parts, n) for row, parts in zip(rows, added.to_numpy() * differs, strict=True)]


def _described(scorer: Scorer, catalog: Catalog) -> list[tuple[Column, ColumnInfo]]:
    """The scorer's columns with what the catalog says of them; a column no longer in it is called by its name."""
    known = {info.name: info for info in catalog.columns}
    columns = scorer.columns.columns
    return [(c, known.get(c.name, ColumnInfo(c.name, c.kind, c.name.replace("_", " "), c.name))) for c in columns]


class _Told:
    """How one column is put into words."""

    def __init__(self, column: Column, info: ColumnInfo) -> None:
        self.family = info.family
        self._typical = column.typical
        self._meaning = info.meaning.rstrip(".").format(days=info.days) if "{days}" in info.meaning else info.meaning.rstrip(".")
        self._template = info.says.replace("{days}", str(info.days)) if info.says else None

    def sentence(self, value: Any) -> str:  # noqa: ANN401 - a number, a text or missing
        """The value in words."""
        if _missing(value):
            return f"unknown: {_lower(self._meaning)}"
        if self._template is None:
            return f"{_lower(self._meaning)}: {_shown(value, '')}{self._compared(value, '')}"
        spec = PLACEHOLDER.search(self._template)
        if spec is None:
            return self._template if value else f"not the case: {self._template}"
        said = _counted(PLACEHOLDER.sub(lambda found: _shown(value, found[1] or ""), self._template))
        return said + self._compared(value, spec[1] or "")

    def _compared(self, value: Any, spec: str) -> str:  # noqa: ANN401
        """What is typical, where that is a number and looks different."""
        if self._typical is None or isinstance(self._typical, str) or isinstance(value, str):
            return ""
        typical = _shown(self._typical, spec)
        return "" if typical == _shown(value, spec) else f" (typical {typical})"


def _explained(told: dict[str, _Told], row: dict[Any, Any], parts: np.ndarray[Any, Any], n: int) -> list[str]:
    """The sentences of the families that moved this row most."""
    families: dict[str, list[tuple[float, str]]] = {}
    for (name, words), part in zip(told.items(), parts.tolist(), strict=True):
        families.setdefault(words.family, []).append((part, name))
    sums = {family: sum(part for part, _ in members) for family, members in families.items()}
    least = SMALL * sum(abs(total) for total in sums.values())
    found: list[str] = []
    for family in sorted(sums, key=lambda family: (-abs(sums[family]), family)):
        total = sums[family]
        if total and abs(total) >= least and len(found) < n:
            _, name = max(families[family], key=lambda member: (member[0] * np.sign(total), member[1]))
            found.append(("against: " if total < 0 else "") + told[name].sentence(row[name]))
    return sorted(found, key=lambda sentence: sentence.startswith("against: "))


def _stated(told: dict[str, _Told], row: dict[Any, Any], n: int) -> list[str]:
    """The columns a rule reads, those that are not 0 first."""
    present = [name for name in told if not _missing(row[name]) and row[name] != 0]
    return [told[name].sentence(row[name]) for name in [*present, *(name for name in told if name not in present)]][:n]


def _missing(value: Any) -> bool:  # noqa: ANN401
    return value is None or bool(pd.isna(value))


def _shown(value: Any, spec: str) -> str:  # noqa: ANN401
    """A value by its format, or where it has none or does not take it, as short as it goes."""
    if isinstance(value, str):
        return value
    try:
        return format(float(value), spec or ",.3g" if abs(value) < 1000 else spec or ",.0f")
    except ValueError:
        return f"{value:,g}"


def _counted(text: str) -> str:
    """Numbers and nouns agree: 1 person, 1 anonymous visitor, 1 of the roles, no people, none of the roles."""
    text = re.sub(r"(?<![\d.,])1 people\b", "1 person", text)
    text = ONE.sub(lambda found: found[1] + ("y" if found[2] == "ies" else ""), text)
    return re.sub(r"^0 (?=[a-z])", "no ", re.sub(r"^0 of\b", "none of", text))


def _lower(text: str) -> str:
    """The first letter small, unless the first word is an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
