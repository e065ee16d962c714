"""From raw scores to propensities: a strictly increasing curve, written down as a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """logit(propensity) as a smooth increasing function of the raw score.

    The score, minus `center` and over `scale`, runs through `len(slopes)` stretches divided by `knots`; in each the logit rises
    with that stretch's slope (all above 0), and the bends are rounded over `width`. One slope and no knot is the plain sigmoid.
    Two different scores never share a propensity, as far as floats can tell them apart, so ties stay what the model made them.
    """

    method: str
    center: float
    scale: float
    intercept: float
    slopes: tuple[float, ...]
    knots: tuple[float, ...] = ()
    width: float = 1.0

    def propensity(self, raw: npt.ArrayLike) -> Floats:
        """Probabilities for raw scores, any shape."""
        return sigmoid(self._logit(raw))

    def log_propensity(self, raw: npt.ArrayLike) -> Floats:
        """Logarithms of the probabilities, exact where they are tiny."""
        return np.asarray(-np.logaddexp(0.0, -self._logit(raw)), np.float64)

    def slope_of_log(self, low: Floats, high: Floats) -> Floats:
        """How much the logarithm of the probability rises per unit of raw score from one to another; 0 where they are equal."""
        risen = self.log_propensity(high) - self.log_propensity(low)
        return np.divide(risen, high - low, out=np.zeros(len(risen)), where=high != low)

    def _logit(self, raw: npt.ArrayLike) -> Floats:
        logit = np.full(np.shape(raw), self.intercept)
        for slope, stretch in zip(self.slopes, stretches(self._scaled(raw), self.knots, self.width), strict=True):
            logit = logit + slope * stretch
        return logit

    def _scaled(self, raw: npt.ArrayLike) -> Floats:
        return (np.asarray(raw, np.float64) - self.center) / self.scale

    def record(self) -> dict[str, Any]:
        """The parameters as plain JSON values; `restore` reads them back."""
        return asdict(self) | {"slopes": list(self.slopes), "knots": list(self.knots)}

    @classmethod
    def restore(cls, recorded: Mapping[str, Any]) -> Calibration:
        """The calibration that `record` wrote down."""
        return cls(**{**recorded, "slopes": tuple(recorded["slopes"]), "knots": tuple(recorded["knots"])})


def sigmoid(logit: Floats) -> Floats:
    """1 / (1 + exp(-logit)) without overflow."""
    small = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1 / (1 + small), small / (1 + small)), np.float64)


def stretches(scaled: Floats, knots: tuple[float, ...], width: float) -> list[Floats]:
    """For each stretch, how much of it lies below each score; together they add up to the score itself."""
    ramps = [scaled, *(width * np.logaddexp(0.0, (scaled - knot) / width) for knot in knots)]
    return [*(ramp - above for ramp, above in zip(ramps, ramps[1:], strict=False)), ramps[-1]]
