"""Fitting the curve from raw scores to propensities, on rows the scores have not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bgml.learning.examples import Examples
from bgml.learning.fitting.sample import spread
from bgml.scoring.calibration import ROOM, Calibration, sigmoid, stretches

Floats = npt.NDArray[np.float64]
FOLDS = 5
DAYS = 364
WON = 100
"""Least length of the newest slice of dates, and the distinct won opportunities it should show."""
KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Quantiles of the winners' scores where the curve may bend."""
STIFFNESS = 1.0
LEVEL = 0.02
"""Priors: how little the logarithm of the slope changes from stretch to stretch, and (weakly) how near 1 the slope is."""
EXTREME = 10
"""Distinct won opportunities at the top of the scores that say how high a propensity may be."""
BINS = 4096
CLOSE = 0.005
"""By which share the winners promised may differ from those there were before the curve is moved."""


def account_folds(examples: Examples, seed: int, folds: int = FOLDS) -> npt.NDArray[np.int64]:
    """The fold of each account code: accounts with a winner are dealt out evenly, then the others, both in a seeded order."""
    place = spread(examples.accounts, seed)
    winner = np.zeros(len(examples.accounts), bool)
    winner[examples.account[examples.won == 1]] = True
    order = np.lexsort((place, ~winner))
    fold = np.empty(len(order), np.int64)
    fold[order] = np.arange(len(order)) % folds
    return fold


def newest(examples: Examples, days: int = DAYS, won: int = WON) -> npt.NDArray[np.bool_]:
    """The newest slice of dates: `days` long, and longer where it takes more to see `won` distinct won opportunities.

    Where the target is no opportunity (accepted groups), the distinct groups that reached it.
    """
    start = examples.as_of.max() - np.timedelta64(days - 1, "D")
    deals = examples.deals
    if len(deals):
        row = deals["row"].to_numpy(np.int64)
        win = deals["opportunity_id"] if deals["opportunity_id"].notna().any() else examples.groups()[row]
        last_seen = deals.assign(as_of=examples.as_of[row]).groupby(win)["as_of"].max()
        dates = np.sort(last_seen.to_numpy("datetime64[D]"))[::-1]
        start = min(start, dates[min(won, len(dates)) - 1])
    return np.asarray(examples.as_of >= start, bool)


def fit_calibration(raw: Floats, won: npt.NDArray[np.bool_], deals: int, method: str) -> Calibration:
    """The increasing curve that makes `won` most likely: penalised maximum likelihood, a sigmoid where data is thin.

    raw, won: one entry per row, at least one of each kind. deals: the distinct won opportunities behind them. A deal shows on many
    weekly dates, so rows are no independent evidence: the likelihood is scaled down to one winner per deal before it is set
    against the stiffness, a prior on bends of the curve.
    """
    center, scale = float(raw.mean()), float(raw.std()) or 1.0
    scaled = (raw - center) / scale
    knots, width = _knots(scaled[won]) if method == "smooth" else ((), 1.0)
    score, winners, rows = _binned(scaled, won)
    evidence = min(1.0, deals / max(1, int(won.sum())))
    basis = np.stack(stretches(score, knots, width))
    intercept, slopes = _maximise(basis, winners * evidence, rows * evidence)
    unsure = _covariance(basis, intercept, np.array(slopes), rows * evidence)
    ceiling = _ceiling(score, winners * evidence, rows * evidence)
    fitted = Calibration(method, center, scale, intercept, slopes, knots, width, ceiling, unsure)
    return _centred(fitted, score * scale + center, winners.sum(), rows)


def _centred(fitted: Calibration, raw: Floats, winners: float, rows: Floats) -> Calibration:
    """The curve moved up or down until it promises as many winners as there were, where the ceiling has taken some from far outliers."""
    from scipy.optimize import brentq

    def promised_too_many(shift: float) -> float:
        return float((rows * replace(fitted, intercept=fitted.intercept + shift).propensity(raw)).sum() - winners)

    if abs(promised_too_many(0.0)) <= CLOSE * winners or promised_too_many(-1.0) > 0 or promised_too_many(1.0) < 0:
        return fitted
    return replace(fitted, intercept=fitted.intercept + float(brentq(promised_too_many, -1.0, 1.0, xtol=1e-6)))


def _knots(winners: Floats) -> tuple[tuple[float, ...], float]:
    """Bends at quantiles of the winners' scores, where the evidence is, and the width over which they are rounded."""
    found = np.unique(np.quantile(winners, KNOTS).round(6))
    if len(found) < 2:
        return (), 1.0
    return tuple(found.tolist()), float(np.diff(found).mean() / 2)


def _binned(scaled: Floats, won: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Mean score, winners and rows of bins of neighbouring scores: as good as the rows, and a fixed number of them."""
    order = np.argsort(scaled, kind="stable")
    starts = np.unique(np.linspace(0, len(order), min(BINS, len(order)), endpoint=False).astype(np.int64))
    rows = np.diff(np.append(starts, len(order))).astype(np.float64)
    return np.add.reduceat(scaled[order], starts) / rows, np.add.reduceat(won[order].astype(np.float64), starts), rows


def _maximise(basis: Floats, winners: Floats, rows: Floats) -> tuple[float, tuple[float, ...]]:
    """Intercept and slopes of the likeliest curve; slopes are exponentials, so none is 0 or negative."""
    from scipy.optimize import minimize

    def loss(parameters: Floats) -> tuple[float, Floats]:
        steep = parameters[1:]
        slopes, bends = np.exp(steep), np.diff(steep)
        logit = parameters[0] + (slopes[:, None] * basis).sum(axis=0)
        unlikely = (rows * np.logaddexp(0.0, logit) - winners * logit).sum()
        residual = rows * sigmoid(logit) - winners
        gradient = np.concatenate([[residual.sum()], slopes * (basis * residual).sum(axis=1) + LEVEL * steep])
        gradient[2:] += 2 * STIFFNESS * bends
        gradient[1:-1] -= 2 * STIFFNESS * bends
        return float(unlikely + STIFFNESS * (bends**2).sum() + LEVEL / 2 * (steep**2).sum()), gradient

    rate = winners.sum() / rows.sum()
    start = np.concatenate([[np.log(rate / (1 - rate))], np.zeros(len(basis))])
    bounds = [(None, None), *[(-12.0, 6.0)] * len(basis)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8})
    return float(found.x[0]), tuple(float(slope) for slope in np.exp(found.x[1:]))


def _covariance(basis: Floats, intercept: float, slopes: Floats, rows: Floats) -> tuple[tuple[float, ...], ...]:
    """How unsure intercept and logarithms of slopes are: the inverse of the expected information, priors included (Laplace)."""
    parts = slopes[:, None] * basis
    chance = sigmoid(intercept + parts.sum(axis=0))
    gradient = np.vstack([np.ones_like(rows), parts])
    information = (gradient * (rows * chance * (1 - chance))) @ gradient.T
    bends = np.diff(np.eye(len(slopes)), axis=0)
    information[1:, 1:] += 2 * STIFFNESS * bends.T @ bends + LEVEL * np.eye(len(slopes))
    return tuple(tuple(row) for row in np.linalg.inv(information).tolist())


def _ceiling(score: Floats, winners: Floats, rows: Floats) -> float:
    """How high the logit may be: the highest upper end (97.5%) of the rate of any top of the scores that holds EXTREME winners.

    Winners count once per deal, rows of one score together; where there are fewer winners the top is everything. The end is that of a
    Beta posterior with Jeffreys' prior, and lies ROOM above what is returned.
    """
    from scipy.special import betaincinv

    first = np.flatnonzero(np.append(True, np.diff(score) > 0))
    won, all_rows = (np.cumsum(np.add.reduceat(part, first)[::-1]) for part in (winners, rows))
    enough = won >= min(EXTREME, won[-1]) - 1e-9
    high = float(betaincinv(won[enough] + 0.5, np.maximum(all_rows - won, 0.0)[enough] + 0.5, 0.975).max())
    return float(np.log(high / (1 - high)) - ROOM)
