"""Ways to spoil clean tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

Spoil = Callable[[dict[str, pd.DataFrame]], None]


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def put(table: str, column: str, value: object, *rows: int) -> Spoil:
    """Put a value into some rows of a column."""

    def spoil(frames):
        frame = frames[table]
        if isinstance(value, str | None) and frame[column].dtype.kind in "mMf":
            frame[column] = frame[column].astype(object)
        for row in rows:
            frame.loc[row, column] = value

    return spoil


def whole(table: str, column: str, values: object) -> Spoil:
    """Replace a column."""

    def spoil(frames):
        frames[table][column] = values

    return spoil


def drop(table: str, column: str | None = None) -> Spoil:
    """Drop a column, or the table."""

    def spoil(frames):
        if column is None:
            del frames[table]
        else:
            del frames[table][column]

    return spoil


def again(table: str, row: int, **changes: object) -> Spoil:
    """Append a copy of a row, changed."""

    def spoil(frames):
        frames[table] = pd.concat([frames[table], frames[table].iloc[[row]].assign(**changes)], ignore_index=True)

    return spoil
