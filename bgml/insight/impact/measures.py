"""The measures of business effect, each with the rows it is taken over: conversion, win rate, amounts, cycle times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bgml.insight.ratios import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgml.insight.ratios import Statistic

CURRENCIES = 3
"""Amounts are told in so many currencies at most, those with the most won deals."""


@dataclass(frozen=True)
class Measure:
    """`key` names it in JSON, `title` to people; `strata` are the columns of `sample` that a fair comparison holds equal. pairs: its
    rows are groups at dates, not deals."""

    key: str
    title: str
    statistic: Statistic
    sample: Sample
    strata: tuple[str, ...]
    unit: str = ""
    pairs: bool = False


@dataclass(frozen=True)
class Measures:
    """The measures that can be taken, and a sentence for each that can not or only in part."""

    found: tuple[Measure, ...]
    missing: tuple[str, ...]


def measures(deals: pd.DataFrame, currency: str | None, conversion: Sample) -> Measures:
    """All measures over some deals (rows of `deals.Deals`) and groups at dates (of `conversion.Conversion`)."""
    found, missing = list[Measure](), list[str]()
    for part in (_conversion(conversion), _win_rate(deals), _amounts(deals, currency), _cycles(deals)):
        for one in part:
            if isinstance(one, Measure):
                found.append(one)
            else:
                missing.append(one)
    return Measures(tuple(found), tuple(missing))


def engaged_share(deals: pd.DataFrame) -> Measure:
    """How many deals had an engaged group before them: what a pilot sets out to raise."""
    sample = _sample(deals.reset_index(drop=True), deals["engaged"].astype(float), ones=True)
    return Measure("engaged_share", "deals with an engaged group", "share", sample, _strata(deals, "segment"))


def _conversion(sample: Sample) -> Iterator[Measure | str]:
    if sample.rows.empty:
        yield "No opportunity conversion: no date with a known person active has a full history before it and a known outcome after it."
        return
    yield Measure("conversion", "opportunity conversion", "share", sample, _strata(sample.rows, "segment"), pairs=True)


def _win_rate(deals: pd.DataFrame) -> Iterator[Measure | str]:
    closed = deals[deals["outcome"] != "open"].reset_index(drop=True)
    won = (closed["outcome"] == "won").astype(float)
    if not won.any() or won.all():
        yield f"No win rate: of {len(closed):,} closed opportunities none is {'lost' if won.any() else 'won'}."
        return
    yield Measure("win_rate", "win rate", "share", _sample(closed, won, ones=True), _strata(closed, "segment", "band"))


def _amounts(deals: pd.DataFrame, currency: str | None) -> Iterator[Measure | str]:
    won = deals[deals["outcome"] == "won"]
    known = won[won["amount"].notna()]
    if known.empty:
        yield f"No amounts: none of {len(won):,} won opportunities has one." if len(won) else "No amounts: no opportunity is won."
        return
    if len(known) < len(won):
        yield f"{len(won) - len(known):,} of {len(won):,} won opportunities have no amount and are left out of the amounts."
    stated = known["currency"].fillna("").astype(str)
    counts = stated.value_counts()
    order = sorted(counts.index, key=lambda name: (name != (currency or ""), -counts[name], name))
    for name in order[:CURRENCIES]:
        rows = known[(stated == name).to_numpy()].reset_index(drop=True)
        sample, where = _sample(rows, rows["amount"]), f", {name}" if name else ""
        for statistic in ("mean", "median"):
            key = f"amount_{statistic}{f'_{name}' if name != (currency or '') else ''}"
            kind: Statistic = "mean" if statistic == "mean" else "median"
            yield Measure(key, f"won amount, {statistic}{where}", kind, sample, _strata(rows, "segment"), name or "amount")
    if rest := order[CURRENCIES:]:
        yield f"Amounts in {', '.join(rest)} are left out: no exchange rate is known, so each currency stands alone."


def _cycles(deals: pd.DataFrame) -> Iterator[Measure | str]:
    closed = deals[deals["outcome"] != "open"]
    if len(closed) and not closed["days"].median() > 0:
        yield "No cycle times: most opportunities were created in the moment they closed."
        return
    for outcome in ("won", "lost"):
        rows = closed[closed["outcome"] == outcome].reset_index(drop=True)
        if len(rows):
            sample = _sample(rows, rows["days"])
            yield Measure(f"cycle_{outcome}", f"days to {outcome}, median", "median", sample, _strata(rows, "segment", "band"), "days")


def _sample(rows: pd.DataFrame, value: pd.Series, ones: bool = False) -> Sample:
    """The rows with their values; the deals behind them, with `ones` only where the value is one."""
    values = value.to_numpy(float)
    behind = np.flatnonzero(values == 1) if ones else np.arange(len(rows))
    deals = pd.DataFrame({"row": behind, "opportunity_id": rows["opportunity_id"].to_numpy()[behind]})
    return Sample(rows.assign(value=values), deals)


def _strata(rows: pd.DataFrame, *columns: str) -> tuple[str, ...]:
    """The columns that tell some rows apart."""
    return tuple(column for column in columns if rows[column].nunique(dropna=False) > 1)
