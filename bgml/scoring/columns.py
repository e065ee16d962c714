"""The columns a model reads: checked by name and kind, and laid out as the one matrix that estimators see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import ModelError, nearest

Matrix = npt.NDArray[np.float32]
TYPICAL_ROWS = 100_000
"""A typical number is the median of about so many evenly spaced training rows."""


@dataclass(frozen=True)
class Column:
    """One column as training saw it.

    categories: the values of a category column, in the order of their codes; a value not among them is missing.
    typical: the median of a number, the commonest value of a category; None where all were missing.
    """

    name: str
    kind: Literal["number", "category"]
    categories: tuple[str, ...] = ()
    typical: float | str | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a model in order; turns any frame that has them into the same matrix."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, names: Sequence[str]) -> Columns:
        """The columns of these names as the training rows in `frame` show them."""
        return cls(tuple(_describe(frame[name], name) for name in names))

    @classmethod
    def restore(cls, recorded: Sequence[Mapping[str, Any]]) -> Columns:
        """The columns that `record` wrote down."""
        return cls(tuple(Column(c["name"], c["kind"], tuple(c["categories"]), c["typical"]) for c in recorded))

    def record(self) -> list[dict[str, Any]]:
        """Names, kinds, categories and typical values as plain JSON values."""
        return [{"name": c.name, "kind": c.kind, "categories": list(c.categories), "typical": c.typical} for c in self.columns]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def category_places(self) -> list[int]:
        """Where the category columns are."""
        return [place for place, column in enumerate(self.columns) if column.kind == "category"]

    def check(self, frame: pd.DataFrame, who: str) -> None:
        """ModelError for a column that is missing or of another kind; more columns, or another order, do no harm."""
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            hint = nearest(missing[0], map(str, frame.columns))
            raise ModelError(f"{who} was trained on columns that these rows lack: {shown}{hint} Bring the features back or train again")
        for column in self.columns:
            found = frame[column.name]
            if isinstance(found, pd.DataFrame):
                raise ModelError(f'{who} reads the column "{column.name}", which these rows have twice')
            if column.kind == "number" and kind_of(found) == "category" and found.notna().any():
                raise ModelError(f'{who} was trained on numbers in the column "{column.name}"; these rows hold {found.dtype} there')

    def matrix(self, frame: pd.DataFrame, who: str, rows: npt.NDArray[np.int64] | None = None) -> Matrix:
        """Rows (all, or those of these numbers) x columns, float32: numbers (infinite as missing), category codes, NaN for missing."""
        self.check(frame, who)
        matrix = np.empty((len(frame) if rows is None else len(rows), len(self.columns)), np.float32, order="F")
        for place, column in enumerate(self.columns):
            values = numbers(frame[column.name]) if column.kind == "number" else _codes(frame[column.name], column.categories)
            matrix[:, place] = values if rows is None else values[rows]
        return matrix


def kind_of(values: pd.Series[Any]) -> Literal["number", "category"]:
    """Whether a column holds numbers (booleans among them) or categories (text, categories, Arrow dictionaries, objects)."""
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) else "category"


def numbers(values: pd.Series[Any]) -> npt.NDArray[np.float32]:
    """A column of numbers as float32, missing and infinite ones as NaN; a text column that is all missing counts."""
    if kind_of(values) == "category":
        return np.full(len(values), np.nan, np.float32)
    with np.errstate(over="ignore"):
        converted = values.to_numpy(dtype=np.float32, na_value=np.nan)
    if values.dtype.kind == "f" and np.isinf(converted).any():
        return np.where(np.isinf(converted), np.float32(np.nan), converted)
    return converted


def texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column of categories as a categorical of texts, whatever held it (text, objects, Arrow dictionaries, categories of numbers)."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = pd.Series(pd.Categorical(values.astype(object).where(values.notna(), None)), index=values.index)
    names = [str(value) for value in values.cat.categories]
    if len(set(names)) < len(names):
        return pd.Series(pd.Categorical(values.astype(object).map(str, na_action="ignore")), index=values.index)
    return pd.Series(pd.Categorical.from_codes(values.cat.codes.to_numpy(), pd.Index(names, dtype=object)), index=values.index)


def _describe(values: pd.Series[Any], name: str) -> Column:
    if kind_of(values) == "number":
        some = numbers(values.iloc[:: max(1, len(values) // TYPICAL_ROWS)])
        known = some[~np.isnan(some)]
        return Column(name, "number", typical=float(np.median(known)) if len(known) else None)
    counts = texts(values).value_counts()
    present = sorted(str(value) for value, count in counts.items() if count)
    return Column(name, "category", tuple(present), min(present, key=lambda value: (-counts[value], value)) if present else None)


def _codes(values: pd.Series[Any], categories: Sequence[str]) -> npt.NDArray[np.float32]:
    """Codes by the stored categories; NaN for what is missing or was never seen."""
    found = texts(values)
    code = {category: place for place, category in enumerate(categories)}
    lookup = np.array([*(code.get(text, np.nan) for text in found.cat.categories), np.nan], np.float32)
    return lookup[found.cat.codes.to_numpy()]
