"""What a version's training data looked like, in a few numbers per feature: what drift is measured against, without the training matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.learning.examples import Examples
from bgml.learning.fitting.stability import usual
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
    fifty most frequent); score: as a number. `shares`: of rows per bin, then of other values (categories only), then of missing ones;
    `usual`: how far single training dates lie from the others, as a stability index and as a change of the share that is missing.
    """
    step = max(1, -(-len(examples) // ROWS))
    rows = examples.take(np.arange(0, len(examples), step))
    frame, date = rows.frame(), np.unique(rows.as_of, return_inverse=True)[1].astype(np.int64)
    features = {column.name: described(frame[column.name], column.kind, date) for column in scorer.columns.columns}
    return {"rows": len(rows), "features": features, "score": described(pd.Series(scorer.score(frame)), "number", date)}


def described(values: pd.Series[Any], kind: str, date: npt.NDArray[np.int64]) -> dict[str, Any]:
    """The histogram of one column; `date` numbers the date of each row."""
    histogram = _numbers(values) if kind == "number" else _categories(values)
    place, bins = places(histogram, values), bins_of(histogram)
    found = np.bincount(place, minlength=bins) / max(len(values), 1)
    return {**histogram, "shares": _rounded(found), "usual": _rounded(np.array(usual(date, place, bins)))}


def shares(histogram: dict[str, Any], values: pd.Series[Any]) -> Floats:
    """The shares of some values in the bins of a histogram, other and missing values last; all zero without values."""
    made: Floats = np.bincount(places(histogram, values), minlength=bins_of(histogram)) / max(len(values), 1)
    return made


def bins_of(histogram: dict[str, Any]) -> int:
    """How many bins a histogram has, that of missing values included."""
    return len(histogram["edges"]) + 2 if histogram["kind"] == "number" else len(histogram["values"]) + 2


def places(histogram: dict[str, Any], values: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """The bin of each value."""
    if histogram["kind"] == "number":
        found = numbers(values)
        bins = np.searchsorted(np.asarray(histogram["edges"], np.float32), found, side="left")
        return np.where(np.isnan(found), len(histogram["edges"]) + 1, bins).astype(np.int64)
    said = texts(values).astype(object)
    place = {value: code for code, value in enumerate(histogram["values"])}
    codes = said.map(place).fillna(len(place)).to_numpy(np.int64)
    return np.where(said.isna(), len(place) + 1, codes).astype(np.int64)


def _numbers(values: pd.Series[Any]) -> dict[str, Any]:
    """Deciles as edges; a value that fills several of them is one bin of its own."""
    found = numbers(values)
    known = found[~np.isnan(found)]
    edges: list[float] = []
    if len(known):
        edges = sorted(set(np.quantile(known, np.arange(1, BINS) / BINS, method="lower").tolist()) - {float(known.max())})
    return {"kind": "number", "edges": edges}


def _categories(values: pd.Series[Any]) -> dict[str, Any]:
    counts = texts(values).astype(object).value_counts()
    frequent = sorted((str(value) for value in counts.index), key=lambda value: (-counts[value], value))[:CATEGORIES]
    return {"kind": "category", "values": frequent}


def _rounded(found: Floats) -> list[float]:
    return [round(float(share), 6) for share in found]
