"""Rows set aside: one Parquet file per table, with the problem of each row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow


def write(folder: Path, bad: Mapping[str, pyarrow.RecordBatchReader]) -> None:
    """Write the bad rows of each table."""
