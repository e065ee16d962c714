"""Fitting what a deal brings: from won deals closed before training's date, and what was known of their groups before they began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import ModelError
from bgml.learning.examples import Examples
from bgml.scoring.amounts import Amounts, Effect, Term, logged
from bgml.scoring.columns import texts
from bgml.scoring.pipeline import one_blas_thread

if TYPE_CHECKING:
    from bgml.config import Settings

Floats = npt.NDArray[np.float64]
LEAST = 40
"""Won deals with an amount, below which no amount is to be expected of anybody."""
ENOUGH = 100
"""Such deals, with a candidate before they began, from which a regression is made."""
CAP = 0.99
"""The quantile of their amounts above which an amount counts as it."""
SHRINK = 10.0
"""Deals of a segment and topic whose median weighs as much as the median of all."""
NUMBERS = (("employees",), ("revenue",), ("people_91d", "visitors_91d"), ("breadth_91d",))
"""Columns, or sums of columns, whose logarithms enter the regression: how large the company is, and the group."""
CATEGORIES = ("segment", "topic")
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Ridge penalties tried, on standardised numbers: the one that foretells deals left out one at a time best is taken."""


class NoAmounts(ModelError):
    """Too few won deals with an amount to expect any."""


def amount_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The feature columns, of those there are, that amounts are fitted on."""
    wanted = {column for part in (*NUMBERS, CATEGORIES) for column in part}
    return tuple(name for name in names if name in wanted)


def fit_amounts(examples: Examples, settings: Settings) -> Amounts:
    """The amount to expect of a group, from the deals of `examples.closed` that had closed when the last outcome became known.

    That is the last as-of date plus the horizon, at or just before the date that training is for. Each deal is described by its
    group's row at the last as-of date before it was created, at most a horizon earlier. From 100 such deals: ridge regression of log
    amounts with smearing (Duan 1983). Below: the median of segment x topic, shrunk to the median of all. Amounts above the 99th
    percentile are capped.

    NoAmounts below 40 won deals with an amount, and where the outcome is a verdict, which no deal stands behind.
    """
    if settings.outcome.target == "accepted":
        raise NoAmounts("what a seller's verdict brings is not known: amounts need the outcome won or created")
    known = _known(examples, settings)
    deals = known[known["amount"] > 0].reset_index(drop=True)
    if len(deals) < LEAST:
        raise NoAmounts(f"{len(deals)} won deals with an amount are known{_when(examples, settings)}, at least {LEAST} are needed")
    cap = float(np.quantile(deals["amount"], CAP))
    deals = deals.assign(amount=np.minimum(deals["amount"], cap))
    described = _described(deals, examples, settings)
    with one_blas_thread():
        found = _regression(described) if len(described) >= ENOUGH else _medians(deals, "segment" in examples.features)
    currency = examples.closed.attrs.get("currency")
    typical = float(np.median(deals["amount"]))
    return Amounts(**found, deals=len(deals), typical=typical, share=_share(known, settings), cap=cap, currency=currency)


def _known_by(examples: Examples, settings: Settings) -> np.datetime64:
    last: np.datetime64 = examples.as_of.max().astype("datetime64[D]")
    return last + np.timedelta64(settings.outcome.horizon, "D")


def _when(examples: Examples, settings: Settings) -> str:
    return f" to have closed before {_known_by(examples, settings)}" if len(examples) else ""


def _known(examples: Examples, settings: Settings) -> pd.DataFrame:
    """The deals that had closed by then."""
    closed = examples.closed
    if not len(examples):
        return closed.iloc[:0]
    return closed[closed["closed"].to_numpy("datetime64[D]") < _known_by(examples, settings)]


def _share(known: pd.DataFrame, settings: Settings) -> float:
    """Of what reaches the outcome, the share that brings an amount: deals for nothing do not, nor opportunities that are lost."""
    amount = known["amount"].dropna()
    won = float(known["won"].mean()) if settings.outcome.target == "created" else 1.0
    return won * float((amount > 0).mean())


def _described(deals: pd.DataFrame, examples: Examples, settings: Settings) -> pd.DataFrame:
    """Deals that were foreseeable: amount, topic, and the columns of their group's last row before they were created.

    Where a deal counts for every topic of its account, that is the largest of the account's groups at the date.
    """
    columns = list(amount_columns(map(str, examples.features.columns)))
    size = examples.features[[name for name in ("people_91d", "visitors_91d") if name in columns]].sum(axis=1).to_numpy(np.float64)
    codes = {"account": examples.account.astype(np.int64), "topic": examples.topic.astype(np.int64)}
    rows = pd.DataFrame({**codes, "as_of": examples.as_of.astype("datetime64[s]"), "size": size, "row": np.arange(len(examples))})
    wanted = deals[["opportunity_id", "amount"]].assign(
        account=pd.Index(examples.accounts).get_indexer(pd.Index(deals["account_id"].astype(object))).astype(np.int64),
        topic=pd.Index(examples.topics).get_indexer(pd.Index(deals["topic"].astype(object))).astype(np.int64),
        created=deals["created"].to_numpy("datetime64[s]"),
    )
    by = ["account", "topic"] if settings.outcome.match == "pair" else ["account"]
    found = pd.merge_asof(
        wanted.sort_values(["created", "opportunity_id"], kind="stable"),
        rows[rows["account"].isin(wanted["account"])].sort_values(["as_of", "size", "row"], kind="stable")[[*by, "as_of", "row"]],
        left_on="created", right_on="as_of", by=by, tolerance=pd.Timedelta(days=settings.outcome.horizon),
    ).dropna(subset="row")  # fmt: skip
    place = found["row"].to_numpy(np.int64)
    topic = pd.Categorical.from_codes(examples.topic[place], pd.Index([str(topic) for topic in examples.topics], dtype=object))
    return examples.features[columns].iloc[place].reset_index(drop=True).assign(topic=topic, amount=found["amount"].to_numpy())


def _regression(deals: pd.DataFrame) -> dict[str, Any]:
    """log(amount) = base + terms + effects, by ridge regression; numbers standardised, categories centred."""
    target = np.log(deals["amount"].to_numpy(np.float64))
    base = float(target.mean())
    numbers = {part: logged(deals, part) for part in NUMBERS}
    numbers = {part: values for part, values in numbers.items() if not np.isnan(values).all() and np.nanstd(values) > 1e-6}
    dummies = {name: _dummies(deals[name]) for name in CATEGORIES if name in deals}
    scaled = [np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values))[:, None] for values in numbers.values()]
    matrix = np.concatenate([*scaled, *(made - made.mean(axis=0) for _, made in dummies.values())], axis=1)
    slopes = _ridge(matrix, target - base)
    smearing = float(np.exp(target - base - matrix @ slopes).mean())
    terms = [
        Term(part, float(np.nanmean(values)), float(slope / np.nanstd(values)))
        for (part, values), slope in zip(numbers.items(), slopes[: len(numbers)], strict=True)
    ]
    effects, place = [], len(numbers)
    for name, (values, made) in dummies.items():
        own = slopes[place : place + len(values)]
        level = float(own @ made.mean(axis=0))
        effects.append(Effect((name,), tuple(((value,), float(slope) - level) for value, slope in zip(values, own, strict=True))))
        place += len(values)
    return {"method": "regression", "base": base, "smearing": smearing, "terms": tuple(terms), "effects": tuple(effects)}


def _dummies(column: pd.Series) -> tuple[list[str], Floats]:
    """The values of a category that occur, in order, and a column of 0 and 1 for each."""
    text = texts(column).astype(object)
    values = sorted({str(value) for value in text[text.notna()]})
    return values, np.stack([(text == value).to_numpy(np.float64) for value in values], axis=1) if values else np.zeros((len(text), 0))


def _ridge(matrix: Floats, target: Floats) -> Floats:
    """The slopes under the penalty with the least squared error on deals left out one at a time (by the hat matrix, in closed form)."""
    tried = []
    for penalty in PENALTIES:
        inverse = np.linalg.inv(matrix.T @ matrix + penalty * np.eye(matrix.shape[1]))
        slopes = inverse @ (matrix.T @ target)
        leverage = ((matrix @ inverse) * matrix).sum(axis=1) + 1 / len(target)
        tried.append((float((((target - matrix @ slopes) / (1 - leverage)) ** 2).mean()), slopes))
    return min(tried, key=lambda one: one[0])[1]


def _medians(deals: pd.DataFrame, segments: bool) -> dict[str, Any]:
    """The median of each segment and topic, in logarithms, n deals weighing n and the median of all ten; smeared like a regression."""
    target = np.log(deals["amount"].to_numpy(np.float64))
    base = float(np.median(target))
    by = ["segment", "topic"] if segments else ["topic"]
    keyed = deals[by].astype(object).where(deals[by].notna(), None).assign(target=target)
    values, fitted = [], np.full(len(target), base)
    for key, cell in keyed.groupby(by, sort=True):
        n = len(cell)
        effect = n / (n + SHRINK) * (float(np.median(cell["target"])) - base)
        values.append((tuple(map(str, key)), effect))
        fitted[cell.index] += effect
    smearing = float(np.exp(target - fitted).mean())
    return {"method": "median", "base": base, "smearing": smearing, "terms": (), "effects": (Effect(tuple(by), tuple(values)),)}
