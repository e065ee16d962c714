"""How many times as large a share, mean or median is on one side as on the other: as it is, and at the same mix of strata.

The standardised ratio is a direct standardisation: every row of a side is weighted by how common its stratum is on both sides together
over how common it is on its own (Rothman, Greenland and Lash, Modern Epidemiology, 3rd ed., ch. 15). Strata that only one side
has cannot be compared and are left out. Intervals: bootstrap by account, the standardisation done again in each draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from bgml.evaluation.race.draws import over_draws
from bgml.evaluation.race.intervals import DRAWS, Estimate, level_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bgml.evaluation.race.counting import DrawCounts

Floats = npt.NDArray[np.float64]
Statistic = Literal["share", "mean", "median"]
LEAST = 5
"""Below so many distinct opportunities on a side no interval is given."""
UNKNOWN = "unknown"
"""The stratum of rows that do not say which."""


@dataclass(frozen=True)
class Sample:
    """What is compared. rows: account_id, value (0 or 1 for a share), and the columns of strata. deals: row, opportunity_id, the
    distinct opportunities behind the rows; for a share only those behind ones."""

    rows: pd.DataFrame
    deals: pd.DataFrame

    def where(self, kept: npt.NDArray[np.bool_]) -> Sample:
        """Only the rows kept, and the deals behind them."""
        place = np.cumsum(kept) - 1
        deals = self.deals[kept[self.deals["row"].to_numpy(np.int64)]]
        return Sample(self.rows[kept].reset_index(drop=True), deals.assign(row=place[deals["row"].to_numpy(np.int64)]))


@dataclass(frozen=True)
class Side:
    """One side of a ratio: its rows, the distinct opportunities and accounts behind it, and its own value."""

    name: str
    rows: int
    opportunities: int
    accounts: int
    value: Estimate

    def document(self) -> dict[str, Any]:
        """The side as JSON holds it: its name, its numbers, value, low and high."""
        counts = {"rows": self.rows, "opportunities": self.opportunities, "accounts": self.accounts}
        return {"name": self.name, **counts, **self.value.plain()}


@dataclass(frozen=True)
class Ratio:
    """The value of one side over the other's. `adjusted` is at the same mix of `strata` (None without any), over the `shared` part of
    all rows whose stratum both sides have. Where an end of an interval is NaN it is unknown, where infinite it has no end."""

    measure: str
    statistic: Statistic
    over: Side
    under: Side
    crude: Estimate
    adjusted: Estimate | None
    strata: tuple[str, ...]
    shared: float
    unit: str = ""

    @property
    def best(self) -> Estimate:
        """The standardised ratio where there is one, else the crude one."""
        return self.adjusted if self.adjusted is not None and math.isfinite(self.adjusted.value) else self.crude

    @property
    def too_few(self) -> bool:
        """Whether a side rests on too few opportunities to tell anything."""
        return min(self.over.opportunities, self.under.opportunities) < LEAST

    def told(self, adjusted: bool = False) -> str:
        """The ratio in words: "2.3 times as often, 95% interval 1.6 to 3.2"."""
        ratio = self.best if adjusted else self.crude
        often = "often" if self.statistic == "share" else "long" if self.unit == "days" else "much"
        if not math.isfinite(ratio.value):
            return "no ratio, as the other side has none"
        return f"{_number(ratio.value)} times as {often}, {interval(ratio)}"

    def document(self) -> dict[str, Any]:
        """The ratio as JSON holds it."""
        return {
            "measure": self.measure, "statistic": self.statistic, "unit": self.unit or None,
            "with": self.over.document(), "without": self.under.document(), "crude": self.crude.plain(),
            "adjusted": self.adjusted.plain() if self.adjusted else None, "strata": list(self.strata), "shared": self.shared,
            "too_few": self.too_few,
        }  # fmt: skip


def interval(estimate: Estimate) -> str:
    """An interval in words."""
    if math.isnan(estimate.low):
        return "too few to give an interval"
    if math.isinf(estimate.high):
        return f"95% interval from {_number(estimate.low)} on"
    return f"95% interval {_number(estimate.low)} to {_number(estimate.high)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def compare(
    sample: Sample, side: npt.NDArray[np.int64], statistic: Statistic, names: tuple[str, str], *, measure: str, strata: Sequence[str] = (),
    unit: str = "", draws: int = DRAWS, seed: int = 0,
) -> Ratio:  # fmt: skip
    """The ratio of the rows where `side` is 1 over those where it is 0; others (-1) do not count. names: of 1 and of 0."""
    counted = side >= 0
    deals = sample.deals[counted[sample.deals["row"].to_numpy(np.int64)]]
    deal_side = side[deals["row"].to_numpy(np.int64)]
    cells = _Cells.of(sample.rows[counted], side[counted], strata)
    values = over_draws(lambda weights: cells.values(statistic, weights), cells.accounts, draws, seed)
    numbers = [int(deals[deal_side == place]["opportunity_id"].nunique()) for place in (1, 0)]
    levels = _levels(cells, statistic)
    level = min(levels)
    known = min(numbers) >= LEAST
    sides = [
        Side(name, cells.rows(place), number, cells.distinct(place), _estimate(values[row], levels[row], number >= LEAST))
        for row, (name, place, number) in enumerate(zip(names, (1, 0), numbers, strict=True))
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        crude, adjusted = values[0] / values[1], values[2] / values[3]
    return Ratio(
        measure, statistic, sides[0], sides[1], _estimate(crude, level, known), _estimate(adjusted, level, known) if strata else None,
        tuple(strata), cells.shared(), unit,
    )  # fmt: skip


def _levels(cells: _Cells, statistic: Statistic) -> list[tuple[float, float]]:
    """Percentiles for the evidence of each side, of the one and the other: for a share the rows that are ones, else all."""
    ones = cells.value > 0 if statistic == "share" else np.ones(len(cells.value), bool)
    sides = (ones & (cells.side == 1), ones & (cells.side == 0))
    return [level_for(np.repeat(cells.account[mask], cells.count[mask])) for mask in sides]


def _estimate(draws: Floats, level: tuple[float, float], known: bool) -> Estimate:
    """Value and percentile interval of draws of which some may be infinite, because the other side had nothing in them."""
    others = draws[1:][~np.isnan(draws[1:])]
    if not known or not len(others):
        return Estimate(float(draws[0]), float("nan"), float("nan"))
    low, high = np.percentile(others, level[0], method="lower"), np.percentile(others, level[1], method="higher")
    return Estimate(float(draws[0]), float(low), float(high))


@dataclass(frozen=True)
class _Cells:
    """Rows alike in account, side, stratum and value put together, in order of value: `count` of each; codes are whole numbers."""

    account: npt.NDArray[np.int64]
    side: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]
    value: Floats
    count: npt.NDArray[np.int64]
    accounts: int
    n_strata: int

    @classmethod
    def of(cls, rows: pd.DataFrame, side: npt.NDArray[np.int64], strata: Sequence[str]) -> _Cells:
        """The cells of some rows."""
        stratum = np.zeros(len(rows), np.int64)
        for name in strata:
            text = rows[name].astype(object)
            code, values = pd.factorize(text.where(text.notna(), UNKNOWN).astype(str), sort=True)
            stratum = stratum * len(values) + code
        stratum, distinct = pd.factorize(stratum, sort=True)
        account = pd.factorize(rows["account_id"], sort=True)[0]
        codes = pd.DataFrame({"value": rows["value"].to_numpy(float), "account": account, "side": side, "stratum": stratum})
        found = codes.groupby(list(codes.columns), sort=True).size().reset_index(name="count")
        whole = {name: found[name].to_numpy(np.int64) for name in ("account", "side", "stratum", "count")}
        return cls(**whole, value=found["value"].to_numpy(float), accounts=int(account.max(initial=-1)) + 1, n_strata=len(distinct))

    def rows(self, side: int) -> int:
        """The rows on a side."""
        return int(self.count[self.side == side].sum())

    def distinct(self, side: int) -> int:
        """The accounts on a side."""
        return len(np.unique(self.account[self.side == side]))

    def shared(self) -> float:
        """The part of the rows whose stratum both sides have."""
        rows = self._sums(self.count, np.ones((self.accounts, 1)))[..., 0]
        return float(rows[:, (rows > 0).all(axis=0)].sum() / rows.sum()) if rows.sum() else 0.0

    def values(self, statistic: Statistic, multiplicities: DrawCounts) -> Floats:
        """The statistic [crude of 1, crude of 0, standardised of 1, of 0; draws] when each account counts as often as it was drawn."""
        weights = multiplicities.astype(np.float64)
        rows = self._sums(self.count, weights)
        both = (rows > 0).all(axis=0)
        mix = np.where(both, rows.sum(axis=0), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(both, mix / mix.sum(axis=0) / rows, 0.0)
        ones = np.ones_like(factor)
        of = self._medians if statistic == "median" else self._means
        return np.concatenate([of(weights, rows, ones), of(weights, rows, factor)])[[1, 0, 3, 2]]

    def _means(self, weights: Floats, rows: Floats, factor: Floats) -> Floats:
        total = self._sums(self.count * self.value, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((total * factor).sum(axis=1) / (rows * factor).sum(axis=1))

    def _medians(self, weights: Floats, rows: Floats, factor: Floats) -> Floats:
        return np.stack([self._median(side, weights, factor) for side in (0, 1)])

    def _median(self, side: int, weights: Floats, factor: Floats) -> Floats:
        """The weighted median of a side: the value at half of the weight, of two the middle."""
        own = self.side == side
        each = self.count[own, None] * weights[self.account[own]] * factor[side, self.stratum[own]]
        up_to = np.cumsum(each, axis=0)
        whole = up_to[-1] if len(up_to) else np.zeros(weights.shape[1])
        # Sums of weights that are equal on paper differ in the last digit.
        half, slack = whole / 2, whole * 1e-9
        value = np.append(self.value[own], np.nan)
        first, second = (up_to < half - slack).sum(axis=0), (up_to <= half + slack).sum(axis=0)
        return np.where(whole > 0, (value[first] + value[np.minimum(second, len(value) - 1)]) / 2, np.nan)

    def _sums(self, amounts: npt.NDArray[Any], weights: Floats) -> Floats:
        """Sums by side and stratum [2, strata, draws]."""
        cell = self.side * self.n_strata + self.stratum
        matrix = sparse.csr_matrix((amounts.astype(float), (cell, self.account)), shape=(2 * self.n_strata, self.accounts))
        return np.asarray(matrix @ weights).reshape(2, self.n_strata, -1)
