"""From raw scores to propensities: a strictly increasing curve, written down as a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROOM = 0.25
"""How far, in logits, a propensity may get above the ceiling of its curve."""
UNBOUNDED = 40.0
SHIFT = 0.2
"""Standard deviation, in logits, of what the months ahead differ by from those the curve was fitted on; see docs/models.md."""
NORMAL = 1.959964
"""Standard deviations of a 95% interval."""


@dataclass(frozen=True)
class Calibration:
    """logit(propensity) as a smooth increasing function of the raw score.

    The score, minus `center` and over `scale`, runs through `len(slopes)` stretches divided by `knots`; in each the logit rises
    with that stretch's slope (all above 0), and the bends are rounded over `width`. One slope and no knot is the plain sigmoid.
    Above `ceiling` (a logit) it goes on rising, ever more slowly, and never gets ROOM further: no propensity is higher than the deals
    behind the curve support. Two different scores never share a propensity, as far as floats can tell them
    apart, so ties stay what the model made them.

    covariance: of the intercept and the logarithms of the slopes, how unsure the curve is; empty where that is unknown.
    """

    method: str
    center: float
    scale: float
    intercept: float
    slopes: tuple[float, ...]
    knots: tuple[float, ...] = ()
    width: float = 1.0
    ceiling: float = UNBOUNDED
    covariance: tuple[tuple[float, ...], ...] = ()

    def propensity(self, raw: npt.ArrayLike) -> Floats:
        """Probabilities for raw scores, any shape."""
        logit, _ = self._curve(raw)
        return sigmoid(self._bounded(logit))

    def interval(self, raw: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Ends of the 95% interval of the propensity of each raw score: how unsure the curve is, and SHIFT; NaN where unknown."""
        logit, parts = self._curve(raw)
        if not self.covariance:
            return np.full(np.shape(raw), np.nan), np.full(np.shape(raw), np.nan)
        gradient = np.stack([np.ones(np.shape(raw)), *parts])
        variance = np.einsum("i...,ij,j...->...", gradient, np.array(self.covariance), gradient)
        spread = NORMAL * np.sqrt(variance + SHIFT**2)
        return sigmoid(self._bounded(logit - spread)), sigmoid(self._bounded(logit + spread))

    def _curve(self, raw: npt.ArrayLike) -> tuple[Floats, list[Floats]]:
        """The logit, unbounded, and what each stretch adds to it."""
        parts = [slope * part for slope, part in zip(self.slopes, stretches(self._scaled(raw), self.knots, self.width), strict=True)]
        logit = np.full(np.shape(raw), self.intercept)
        for part in parts:
            logit = logit + part
        return logit, parts

    def _bounded(self, logit: Floats) -> Floats:
        over = np.maximum(logit - self.ceiling, 0.0)
        return np.asarray(np.minimum(logit, self.ceiling) + ROOM * over / (ROOM + over), np.float64)

    def log_propensity(self, raw: npt.ArrayLike) -> Floats:
        """Logarithms of the probabilities, exact where they are tiny."""
        logit, _ = self._curve(raw)
        return np.asarray(-np.logaddexp(0.0, -self._bounded(logit)), np.float64)

    def slope_of_log(self, low: Floats, high: Floats) -> Floats:
        """How much the logarithm of the probability rises per unit of raw score from one to another; 0 where they are equal."""
        risen = self.log_propensity(high) - self.log_propensity(low)
        return np.divide(risen, high - low, out=np.zeros(len(risen)), where=high != low)

    def _scaled(self, raw: npt.ArrayLike) -> Floats:
        return (np.asarray(raw, np.float64) - self.center) / self.scale

    def record(self) -> dict[str, Any]:
        """The parameters as plain JSON values; `restore` reads them back."""
        covariance = [list(row) for row in self.covariance]
        return asdict(self) | {"slopes": list(self.slopes), "knots": list(self.knots), "covariance": covariance}

    @classmethod
    def restore(cls, recorded: Mapping[str, Any]) -> Calibration:
        """The calibration that `record` wrote down."""
        covariance = tuple(tuple(row) for row in recorded.get("covariance", ()))
        return cls(**{**recorded, "slopes": tuple(recorded["slopes"]), "knots": tuple(recorded["knots"]), "covariance": covariance})


def sigmoid(logit: Floats) -> Floats:
    """1 / (1 + exp(-logit)) without overflow."""
    small = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1 / (1 + small), small / (1 + small)), np.float64)


def stretches(scaled: Floats, knots: tuple[float, ...], width: float) -> list[Floats]:
    """For each stretch, how much of it lies below each score; together they add up to the score itself."""
    ramps = [scaled, *(width * np.logaddexp(0.0, (scaled - knot) / width) for knot in knots)]
    return [*(ramp - above for ramp, above in zip(ramps, ramps[1:], strict=False)), ramps[-1]]
