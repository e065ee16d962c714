"""What a version's training data looked like, in a few numbers per feature: what drift is measured against, without the training matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.learning.examples import Examples
from bgml.scoring.columns import numbers, texts
from bgml.scoring.predict import Scorer

Floats = npt.NDArray[np.float64]
ROWS = 50_000
"""At most so many training rows are looked at, evenly spread over dates."""
BINS = 10
CATEGORIES = 50


def reference(scorer: Scorer, examples: Examples) -> dict[str, Any]:
    """Histograms of the version's features and score over its training rows, as plain JSON values.

    rows: how many were looked at. features: by name, kind "number" with `edges` (inner deciles, distinct) or "category" with `values` (the
    fifty most frequent); score: as a number. `shares`: of rows per bin, then of other values (categories only), then of missing ones.
    """
    step = max(1, -(-len(examples) // ROWS))
    rows = examples.take(np.arange(0, len(examples), step))
    frame = rows.frame()
    features = {column.name: _described(frame[column.name], column.kind) for column in scorer.columns.columns}
    return {"rows": len(rows), "features": features, "score": _numbers(pd.Series(scorer.score(frame)))}


def shares(histogram: dict[str, Any], values: pd.Series[Any]) -> Floats:
    """The shares of some values in the bins of a histogram, other and missing values last; all zero without values."""
    if histogram["kind"] == "number":
        found = numbers(values)
        known = found[~np.isnan(found)]
        bins = np.searchsorted(np.asarray(histogram["edges"], np.float32), known, side="left")
        counts = np.append(np.bincount(bins, minlength=len(histogram["edges"]) + 1), len(found) - len(known))
    else:
        said = texts(values).astype(object)
        place = {value: code for code, value in enumerate(histogram["values"])}
        codes = said.map(place).fillna(len(place)).to_numpy(np.int64)
        counts = np.bincount(np.where(said.isna(), len(place) + 1, codes), minlength=len(place) + 2)
    made: Floats = counts / max(len(values), 1)
    return made


def _described(values: pd.Series[Any], kind: str) -> dict[str, Any]:
    return _numbers(values) if kind == "number" else _categories(values)


def _numbers(values: pd.Series[Any]) -> dict[str, Any]:
    """Deciles as edges; a value that fills several of them is one bin of its own."""
    found = numbers(values)
    known = found[~np.isnan(found)]
    edges: list[float] = []
    if len(known):
        edges = sorted(set(np.quantile(known, np.arange(1, BINS) / BINS, method="lower").tolist()) - {float(known.max())})
    histogram = {"kind": "number", "edges": edges}
    return {**histogram, "shares": _rounded(shares(histogram, values))}


def _categories(values: pd.Series[Any]) -> dict[str, Any]:
    counts = texts(values).astype(object).value_counts()
    frequent = sorted((str(value) for value in counts.index), key=lambda value: (-counts[value], value))[:CATEGORIES]
    histogram = {"kind": "category", "values": frequent}
    return {**histogram, "shares": _rounded(shares(histogram, values))}


def _rounded(found: Floats) -> list[float]:
    return [round(float(share), 6) for share in found]
