"""Chances as a seller reads them: a propensity with no more digits than the deals behind its curve support."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from bgml.scoring.calibration import Calibration

STEPS = tuple(size * 10.0**power for power in range(-4, 2) for size in (1, 2, 5))
"""What percentages are rounded to."""
APART = 2.0
"""Where the upper end of the interval is so many times the lower, a range is shown instead of a number."""


def chances(table: pa.Table, manifest: Mapping[str, Any]) -> list[str]:
    """The chance of each row of a ranking in words; `manifest` is the ranking's, and holds the curve. Empty without a propensity."""
    recorded = manifest.get("calibration")
    propensity = table.column("propensity").to_numpy()
    low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
    if recorded:
        low, high = Calibration.restore(recorded).interval(table.column("score").to_numpy())
    return [shown(*ends) for ends in zip(propensity.tolist(), low.tolist(), high.tolist(), strict=True)]


def behind(manifest: Mapping[str, Any]) -> str:
    """How much evidence the chances rest on, in a sentence; empty where the ranking states none."""
    wins = manifest.get("calibrated_on")
    return "" if not wins else f"Chances are rounded to what the {wins:,} distinct wins behind them can tell."


def shown(propensity: float | None, low: float = math.nan, high: float = math.nan) -> str:
    """A propensity and its 95% interval as one percentage, or as a range where that would claim too much.

    The percentage is rounded to the largest of 1, 2, 5, 10, ... that is no more than the way to the nearer end, so it stays inside. Without
    an interval the first digit alone is shown.

    >>> shown(0.319, 0.26, 0.38), shown(0.319, 0.20, 0.46), shown(0.00319, 0.0026, 0.0039), shown(0.03, 0.001, 0.06), shown(0.319)
    ('30%', '20-50%', '0.3%', 'under 6%', '30%')
    """
    if propensity is None or math.isnan(propensity):
        return ""
    if math.isnan(low) or math.isnan(high):
        return _percent(propensity, 10.0 ** math.floor(math.log10(100 * min(propensity, 1 - propensity) or 0.01)))
    step = _largest(100 * min(propensity - low, high - propensity))
    if high < APART * low:
        return _percent(propensity, step)
    start, end = (_percent(value, step) for value in (low, high))
    return f"{start.removesuffix('%')}-{end}" if start != "0%" else f"under {end}"


def _largest(limit: float) -> float:
    """The largest step that is not above a limit, in percent; the smallest where all are."""
    return max((step for step in STEPS if step <= limit * (1 + 1e-9)), default=STEPS[0])


def _percent(value: float, step: float) -> str:
    """A share in percent, at the nearest multiple of the step, without digits that say nothing."""
    return f"{round(100 * value / step) * step:.4f}".rstrip("0").rstrip(".") + "%"
