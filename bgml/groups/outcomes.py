"""What became of a group within the horizon: won, created or accepted, and for how much.

A label is made from rows dated on or after the as-of date and before its horizon ends, and from nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bgml.data.people import day_numbers
from bgml.groups.dates import day_number

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from bgml.config import Settings
    from bgml.data.dataset import Dataset

NEVER = 2**31 - 1  # the day of what has not happened


def outcomes(dataset: Dataset, settings: Settings, as_of: date) -> pd.DataFrame:
    """The deals that make an outcome 1 at `as_of`: account_id, topic, opportunity_id, amount.

    With `outcome.match = "account"` there is no topic: a deal counts for every group of its account. The amount is that
    of a deal won by the end of the horizon, in the tables' main currency, else NaN. With `outcome.target = "accepted"` the
    rows are accepted verdicts: no opportunity, no amount. Whether `as_of` is mature is for the caller to ask.
    """
    return _Deals(dataset, settings).within(day_number(as_of)).reset_index(drop=True)


def label(keys: pd.DataFrame, dataset: Dataset, settings: Settings) -> pd.DataFrame:
    """The outcome of each row of `keys` (as_of, account_id, topic; any dates, any order), under the same index.

    won: float32, 1 or 0, NaN where the as-of date is immature. amount: float64, the sum over the deals that make it 1,
    NaN where there is none or none with an amount. `.attrs["deals"]` holds those deals: row (position in `keys`),
    opportunity_id, amount (NaN where unknown), in order of row and opportunity.
    """
    deals = _Deals(dataset, settings)
    days, date_code = np.unique(keys["as_of"].to_numpy(dtype="datetime64[D]").astype(np.int64), return_inverse=True)
    known = days + settings.outcome.horizon <= day_number(dataset.until)
    per_date = [deals.within(int(day)) if ready else deals.none() for day, ready in zip(days, known, strict=True)]
    found = _joined(keys, date_code, deals, per_date)
    won = np.where(known, 0.0, np.nan).astype(np.float32)[date_code]
    won[found["row"].to_numpy()] = 1
    result = pd.DataFrame({"won": won, "amount": _summed(found, len(keys))}, index=keys.index)
    result.attrs["deals"] = found
    return result


def got_opportunity(keys: pd.DataFrame, dataset: Dataset, settings: Settings) -> NDArray[np.float32] | None:
    """Whether each row of `keys` got an opportunity within the horizon, won or not: 1 or 0, NaN where the as-of date is immature.

    None where the outcome is not "won": a created opportunity is then the outcome itself, or has nothing to do with it.
    """
    if settings.outcome.target != "won":
        return None
    outcome = settings.outcome.model_copy(update={"target": "created"})
    return label(keys, dataset, settings.model_copy(update={"outcome": outcome}))["won"].to_numpy(np.float32)


def closed_deals(dataset: Dataset) -> pd.DataFrame:
    """Every closed opportunity: account_id, topic, opportunity_id, segment, created, closed, won, amount.

    created, closed: days. segment: its account's today, None where it has none. amount: of those won, NaN where it is unknown or
    in another than the tables' main currency, which `.attrs["currency"]` names.
    """
    table = dataset.frame("opportunities")
    currency = main_currency(table)
    table = table[table["outcome"] != "open"].reset_index(drop=True)
    rows = _opportunities(table, currency)
    won = rows["won_day"] < NEVER
    deals = rows[["account_id", "topic", "opportunity_id"]].assign(
        segment=_segments(dataset, rows["account_id"]),
        created=rows["created_day"].to_numpy("datetime64[D]").astype("datetime64[s]"),
        closed=day_numbers(table["closed_at"], NEVER).astype("datetime64[D]").astype("datetime64[s]"),
        won=won,
        amount=rows["amount"].where(won),
    )
    deals.attrs["currency"] = currency
    return deals


def _segments(dataset: Dataset, account_ids: pd.Series) -> pd.Series:
    """The segment of each account, None where it has none."""
    accounts = dataset.frame("accounts")
    segment = accounts.set_index(accounts["account_id"].astype(object))["segment"].astype(object)
    found = segment.where(segment.notna(), None).reindex(account_ids.astype(object))
    return found.where(found.notna(), None).set_axis(account_ids.index)


def main_currency(opportunities: pd.DataFrame) -> object:
    """The currency most won amounts are in (ties: the first by name); None where no currency is stated.

    An amount in another currency cannot be added to these and counts as unknown; one without a currency is taken to be in this one.
    """
    stated = opportunities[(opportunities["outcome"] == "won") & opportunities["amount"].notna()]["currency"].dropna()
    counts = stated.value_counts()
    return min(counts[counts == counts.max()].index) if len(counts) else None


class _Deals:
    """The rows that can make an outcome 1, with the days from which and until which they do."""

    def __init__(self, dataset: Dataset, settings: Settings) -> None:
        self.by = ["account_id", "topic"] if settings.outcome.match == "pair" else ["account_id"]
        self.target, self.horizon = settings.outcome.target, settings.outcome.horizon
        self.rows = _verdicts(dataset.frame("verdicts")) if self.target == "accepted" else _all_opportunities(dataset)

    def within(self, day: int) -> pd.DataFrame:
        """The rows that count over the horizon that begins on `day`."""
        rows, end = self.rows, day + self.horizon
        if self.target == "accepted":
            return self._shown(_latest(rows[(rows["at_day"] >= day) & (rows["at_day"] < end)]))
        begun, won = rows["created_day"] >= day, rows["won_day"] < end
        found = rows[begun & (won if self.target == "won" else rows["created_day"] < end)]
        return self._shown(found.assign(amount=found["amount"].where(found["won_day"] < end)))

    def none(self) -> pd.DataFrame:
        """No rows, with the columns of `within`."""
        return self._shown(self.rows.iloc[:0])

    def _shown(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[[*self.by, "opportunity_id", "amount"]]


def _all_opportunities(dataset: Dataset) -> pd.DataFrame:
    table = dataset.frame("opportunities")
    return _opportunities(table, main_currency(table))


def _opportunities(table: pd.DataFrame, main: object) -> pd.DataFrame:
    won = (table["outcome"] == "won").to_numpy()
    amount = table["amount"].astype("float64")
    if main is not None:
        amount = amount.where(table["currency"].isna() | (table["currency"] == main))
    return table[["account_id", "topic", "opportunity_id"]].assign(
        amount=amount,
        created_day=day_numbers(table["created_at"], NEVER),
        won_day=np.where(won, day_numbers(table["closed_at"], NEVER), NEVER),
    )


def _verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Verdicts in the order in which they were given; of those at the same time, by name of who gave them."""
    ordered = table.sort_values(["at", "by"], kind="stable", na_position="first")
    kept = ordered[["account_id", "topic", "as_of", "verdict"]]
    return kept.assign(at_day=day_numbers(ordered["at"], NEVER), opportunity_id=None, amount=np.nan)


def _latest(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Of several verdicts on one ranked group the last counts; those of them that accept."""
    last = verdicts.drop_duplicates(["account_id", "topic", "as_of"], keep="last")
    return last[last["verdict"] == "accepted"].drop_duplicates(["account_id", "topic"])


def _joined(keys: pd.DataFrame, date_code: NDArray[np.int64], deals: _Deals, per_date: list[pd.DataFrame]) -> pd.DataFrame:
    """The deals of each row: a join on (date, account[, topic]) by whole-number codes, so that no text is compared twice."""
    counting = pd.concat([deals.none(), *per_date])
    row_code, deal_code = date_code, np.repeat(np.arange(len(per_date)), [len(rows) for rows in per_date])
    for column in deals.by:
        ids = pd.Index(deals.rows[column].unique())
        row_code = _extended(row_code, _positions(ids, keys[column]), len(ids))
        deal_code = _extended(deal_code, _positions(ids, counting[column]), len(ids))
    rows = np.flatnonzero((row_code >= 0) & np.isin(row_code, deal_code))
    left = pd.DataFrame({"code": row_code[rows], "row": rows})
    found = left.merge(counting[["opportunity_id", "amount"]].assign(code=deal_code), on="code").drop(columns="code")
    return found.sort_values(["row", "opportunity_id"], kind="stable", ignore_index=True)


def _positions(ids: pd.Index, values: pd.Series) -> NDArray[np.int64]:
    """The position of each value in `ids`, -1 where it is absent; categories are looked up once each."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        of_category = np.append(ids.get_indexer(values.cat.categories), -1)
        return of_category[values.cat.codes.to_numpy()].astype(np.int64)
    return ids.get_indexer(pd.Index(values)).astype(np.int64)


def _extended(code: NDArray[np.int64], position: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.where((code < 0) | (position < 0), -1, code * size + position)


def _summed(deals: pd.DataFrame, n: int) -> NDArray[np.float64]:
    """Known amounts added up per row; NaN where no amount is known."""
    known = deals[deals["amount"].notna()]
    rows = known["row"].to_numpy()
    counts = np.bincount(rows, minlength=n)
    return np.where(counts > 0, np.bincount(rows, known["amount"].to_numpy(), minlength=n), np.nan)
