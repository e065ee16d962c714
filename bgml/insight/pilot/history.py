"""How often MQLs with a group behind them were won in the past, against single ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from bgml.data.people import day_numbers
from bgml.groups.outcomes import label
from bgml.insight.pilot.mqls import GROUP, Mqls, entries
from bgml.insight.ratios import LEAST, Sample, compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgml.config import Settings
    from bgml.data.dataset import Dataset
    from bgml.insight.ratios import Ratio

REACHED = {"won": "won", "created": "followed by an opportunity", "accepted": "accepted by a seller"}
"""How a sentence calls the outcome, by `outcome.target`."""


@dataclass(frozen=True)
class Share:
    """Of so many MQLs the share that reached the outcome, with Wilson's 95% interval; distinct opportunities and accounts behind it."""

    others: str
    mqls: int
    won: int
    share: float
    low: float
    high: float
    opportunities: int
    accounts: int


@dataclass(frozen=True)
class History:
    """MQLs with a known outcome by the number of others before them, and how many times as often the groups were won.

    ratio is None, and `missing` says why, where there is nothing to compare.
    """

    horizon: int
    target: str
    shares: tuple[Share, ...]
    ratio: Ratio | None
    missing: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """What the past says, or what is missing to say it."""
        if self.ratio is not None:
            group, single = self.shares[-1], self.shares[-2]
            yield (
                f"In the past, {group.mqls:,} MQLs had two or more others of the account on the topic before them: {_told(group)} "
                f"{REACHED[self.target]} within {self.horizon} days. Of {single.mqls:,} single MQLs {_told(single)}."
            )
            if self.ratio.too_few:
                yield f"Fewer than {LEAST} opportunities stand behind one of the two: too few to say how many times as often."
            else:
                yield f"That is {self.ratio.told()}. It is what went together, not what a call would have changed."
        yield from self.missing

    def document(self) -> dict[str, Any]:
        """The history as JSON holds it."""
        return {
            "horizon": self.horizon, "target": self.target, "shares": [asdict(share) for share in self.shares],
            "ratio": self.ratio.document() if self.ratio else None, "missing": list(self.missing),
        }  # fmt: skip


def _told(share: Share) -> str:
    return f"{share.share:.1%} (95% interval {share.low:.1%} to {share.high:.1%})"


def history(dataset: Dataset, settings: Settings, found: Mqls) -> History:
    """The MQLs whose outcome is known, each entry at its first MQL: what came later was not known then.

    Left out: MQLs in the first `groups.lookback` days of the data, of pairs with an open opportunity or recently won.
    """
    target, horizon = settings.outcome.target, settings.outcome.horizon
    if not dataset.has("opportunities") and target != "accepted":
        missing = "No history: there is no opportunity in the tables, so nobody can say how often such groups were won."
        return History(horizon, target, (), None, (missing,))
    rows = _first(found, dataset, settings)
    # An MQL's outcome may begin on its own day; an opportunity that was open before it has taken the pair out already.
    keys = rows.assign(as_of=rows["at"].dt.floor("D"))[["as_of", "account_id", "topic"]]
    labels = label(keys, dataset, settings)
    known = labels["won"].notna().to_numpy()
    if not known.any():
        missing = (
            f"No history yet: no MQL of a pair that was free has {settings.groups.lookback} days of signals before it and a known outcome "
            f"within {horizon} days, in data complete before {dataset.until}."
        )
        return History(horizon, target, (), None, (missing,))
    return _counted(rows, labels, known, settings)


def _first(found: Mqls, dataset: Dataset, settings: Settings) -> pd.DataFrame:
    """The first MQL of each entry that could be followed: with a full lookback before it, and free for sales to begin."""
    rows = found.rows.assign(entry=entries(found.rows, settings.groups.lookback))
    rows = rows.drop_duplicates("entry")
    full = day_numbers(rows["at"], 0) >= dataset.first_day + settings.groups.lookback
    return rows[full & (rows["standing"] == "").to_numpy()].reset_index(drop=True)


def _counted(rows: pd.DataFrame, labels: pd.DataFrame, known: np.ndarray[Any, np.dtype[np.bool_]], settings: Settings) -> History:
    deals = labels.attrs["deals"]
    others = rows["others"].to_numpy()
    parts = {"0": others == 0, "1": others == 1, "0 or 1": others < GROUP, "2 or more": others >= GROUP}
    won = labels["won"].to_numpy() == 1
    shares = tuple(_share(name, rows, won, known & mask, deals) for name, mask in parts.items() if (known & mask).any())
    target, horizon = settings.outcome.target, settings.outcome.horizon
    group, single = known & parts["2 or more"], known & parts["0 or 1"]
    if not group.any() or not single.any():
        lacking = "with two or more others before it" if not group.any() else "without others before it"
        return History(horizon, target, shares, None, (f"Nothing to compare: no MQL with a known outcome is {lacking}.",))
    side = np.where(group, 1, np.where(single, 0, -1))
    sample = Sample(pd.DataFrame({"account_id": rows["account_id"], "value": won.astype(float)}), deals[["row", "opportunity_id"]])
    ratio = compare(sample, side, "share", ("two or more others", "single"), measure="won")
    return History(horizon, target, shares, ratio, ())


def _share(name: str, rows: pd.DataFrame, won: Any, mask: Any, deals: pd.DataFrame) -> Share:  # noqa: ANN401  (masks over rows)
    total, hits = int(mask.sum()), int((won & mask).sum())
    interval = binomtest(hits, total).proportion_ci(method="wilson")
    distinct = deals[mask[deals["row"].to_numpy()]]["opportunity_id"].nunique()
    accounts = rows[mask]["account_id"].nunique()
    return Share(name, total, hits, hits / total, float(interval.low), float(interval.high), int(distinct), int(accounts))
