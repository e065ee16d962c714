"""What a frame holds, as one fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the columns' names and values, in their order; the index and how text is stored make no difference.

    >>> frame = pd.DataFrame({"people": [3, 1], "topic": ["ai", None]})
    >>> fingerprint(frame) == fingerprint(frame.astype({"topic": "category"})), fingerprint(frame) == fingerprint(frame[::-1])
    (True, False)
    """
    digest = hashlib.sha256()
    for name in frame.columns:
        digest.update(f"\0{name}\0".encode())
        digest.update(_content(frame[name]))
    return digest.hexdigest()


def fingerprint_of_table(table: pa.Table) -> str:
    """SHA-256 of an Arrow table's names and values, in their order, without a copy as Python objects."""
    digest = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        encoded = column.combine_chunks().dictionary_encode()
        digest.update(f"\0{name}\0".encode())
        digest.update("\0".join(map(str, encoded.dictionary.to_pylist())).encode() + b"\0")
        digest.update(encoded.indices.fill_null(-1).to_numpy().tobytes())
    return digest.hexdigest()


def fingerprint_of_names(names: Iterable[str]) -> str:
    """SHA-256 of names, in their order."""
    return hashlib.sha256("\0".join(names).encode()).hexdigest()


def _content(column: pd.Series) -> bytes:
    """The values as bytes: numbers and times as they are, anything else as its distinct texts and which of them each row has."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufM":
        return np.ascontiguousarray(column.to_numpy()).tobytes()
    codes, texts = pd.factorize(column)
    return "\0".join(map(str, texts)).encode() + b"\0" + codes.astype(np.int32).tobytes()
