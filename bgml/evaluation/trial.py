"""A column tried on some groups whose outcomes are known: how it is spread, what it tells alone, what it repeats, what is behind it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.engine.build import build
from bgml.engine.columns.catalog import Catalog, ColumnInfo, load_catalog
from bgml.engine.evidence import Evidence, Group, Known, needed
from bgml.errors import FeatureError, nearest
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.race.scored import Floats, Scored
from bgml.groups.dates import training_dates
from bgml.groups.outcomes import label
from bgml.project import Progress, Project, quiet

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

GROUPS = 1000
WINNERS = 500
"""Of the groups drawn, at most so many that won: an AUC needs some, and its value does not depend on their share."""
DATES = 12
EVIDENT = 5
DRAWS = 500
EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Behind:
    """One of the three values that are looked behind: the evidence, and whether the group went on to win."""

    evidence: Evidence
    won: bool


@dataclass(frozen=True)
class Trial:
    """What was found of a column on `groups` groups (`rows` of them and a date), of which `winners` went on to win.

    share_missing, share_zero, quartiles (least, lower, median, upper, most): over all candidates of the dates. auc: the column alone as a
    score, missing values last; averaged over dates, interval from redrawing accounts. winners_mean and others_mean leave missing out. A
    category has no numbers: `values` holds its most frequent values with their share of rows and of winners among them. nearest: the
    other column it goes with most, and the rank correlation.
    """

    column: ColumnInfo
    dates: tuple[datetime.date, ...]
    groups: int
    rows: int
    winners: int
    share_missing: float
    share_zero: float
    quartiles: tuple[float, ...]
    values: tuple[tuple[str, float, float], ...]
    auc: Estimate | None
    winners_mean: float
    others_mean: float
    nearest: tuple[str, float] | None
    behind: tuple[Behind, ...]


def try_column(
    project: Project, dataset: Dataset, name: str, *, groups: int = GROUPS, seed: int = 0, progress: Progress = quiet
) -> Trial:
    """Try a column on groups drawn from up to twelve past dates whose outcomes are known.

    FeatureError for a name that is no column (naming what it may have meant), DataError where no past date has known outcomes.
    """
    catalog = load_catalog(project, dataset)
    column = found_column(catalog, name)
    dates = _dates(project, dataset)
    matrix = build(project, dataset, dates, catalog=catalog.only(needed(catalog, name)), progress=progress)
    frame = pd.concat(matrix.frames(), ignore_index=True)
    if frame.empty:
        raise FeatureError(f"no group was a candidate on the {len(dates)} dates from {dates[0]} to {dates[-1]}: there is nothing to try on")
    frame["won"] = label(frame[["as_of", "account_id", "topic"]], dataset, project.settings)["won"].to_numpy() == 1
    drawn = _drawn(frame, groups, seed)
    some = frame[drawn].reset_index(drop=True)
    numeric = column.kind != "category"
    values = some[name].to_numpy(np.float64) if numeric else np.zeros(0)
    return Trial(
        column=column,
        dates=tuple(dates),
        groups=len(some[["account_id", "topic"]].drop_duplicates()),
        rows=len(some),
        winners=int(some.loc[some["won"], ["account_id", "topic"]].drop_duplicates().shape[0]),
        share_missing=float(frame[name].isna().mean()),
        share_zero=float((frame[name] == 0).mean()) if numeric else 0.0,
        quartiles=_quartiles(frame[name]) if numeric else (),
        values=() if numeric else _frequent(frame, name),
        auc=_auc(some, values, seed, project.threads()) if numeric else None,
        winners_mean=_mean(values[some["won"].to_numpy()]) if numeric else float("nan"),
        others_mean=_mean(values[~some["won"].to_numpy()]) if numeric else float("nan"),
        nearest=_nearest(project, dataset, catalog, name, some, progress) if numeric else None,
        behind=_behind(project, dataset, catalog, name, some),
    )


def found_column(catalog: Catalog, name: str) -> ColumnInfo:
    """The column of that name; FeatureError for a family, a declaration with windows, one that is left out, or nothing."""
    for column in catalog.columns:
        if column.name == name:
            return column
    if name in catalog.left_out:
        raise FeatureError(f'the column "{name}" is left out: {catalog.left_out[name]}')
    made = [column.name for column in catalog.columns if column.days is not None and column.name == f"{name}_{column.days}d"]
    if made:
        raise FeatureError(f'"{name}" makes the columns {", ".join(made)}: try one of them')
    family = [column.name for column in catalog.columns if column.family == name]
    if family:
        raise FeatureError(f'"{name}" is a file, features/{name}.py; try one of its columns: {", ".join(family)}')
    raise FeatureError(f'no feature is called "{name}"{nearest(name, catalog.names)} `bgml features --list` shows them all')


def _dates(project: Project, dataset: Dataset) -> list[datetime.date]:
    """Up to twelve dates spread over those that could be trained on."""
    known = training_dates(project.settings, EPOCH + datetime.timedelta(dataset.first_day), dataset.until)
    places = np.unique(np.linspace(0, len(known) - 1, min(DATES, len(known))).round().astype(int))
    return [known[place] for place in places]


def _drawn(frame: pd.DataFrame, n: int, seed: int) -> npt.NDArray[np.bool_]:
    """The rows of `n` groups drawn by chance, half of them at most from those that won at one of the dates."""
    code = frame.groupby(["account_id", "topic"], observed=True, sort=True).ngroup().to_numpy()
    won = np.zeros(code.max() + 1, bool)
    won[code[frame["won"].to_numpy()]] = True
    order = np.random.default_rng(seed).permutation(len(won))
    winners, others = order[won[order]], order[~won[order]]
    kept = winners[: max(min(WINNERS, n // 2), n - len(others))]
    return np.isin(code, np.concatenate([kept, others[: n - len(kept)]]))


def _quartiles(values: pd.Series[Any]) -> tuple[float, ...]:
    known = values.dropna().to_numpy(np.float64)
    return tuple(np.quantile(known, [0, 0.25, 0.5, 0.75, 1]).tolist()) if len(known) else ()


def _frequent(frame: pd.DataFrame, name: str) -> tuple[tuple[str, float, float], ...]:
    """The five most frequent values, each with its share of rows and the share of them that won."""
    counts = frame[name].astype(object).value_counts().head(EVIDENT)
    return tuple((str(value), count / len(frame), float(frame.loc[frame[name] == value, "won"].mean())) for value, count in counts.items())


def _auc(some: pd.DataFrame, values: Floats, seed: int, threads: int) -> Estimate:
    """The column alone as a score, missing values below all others."""
    account = pd.factorize(some["account_id"], sort=True)[0].astype(np.int32)
    topic = pd.factorize(some["topic"], sort=True)[0].astype(np.int32)
    as_of, won = some["as_of"].to_numpy("datetime64[D]"), some["won"].to_numpy()
    scored = Scored(as_of, account, topic, won, np.full(len(some), np.nan), {"column": _ranked(values)})
    return race(scored, draws=DRAWS, seed=seed, threads=threads).estimate("column", "auc")


def _ranked(values: Floats) -> Floats:
    """Ranks, ties sharing theirs, missing and infinite values lowest."""
    ranks: Floats = pd.Series(values).where(np.isfinite(values)).rank(na_option="top").to_numpy().astype(np.float64)
    return ranks


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _nearest(
    project: Project, dataset: Dataset, catalog: Catalog, name: str, some: pd.DataFrame, progress: Progress
) -> tuple[str, float] | None:
    """The other column with the highest rank correlation, either way, over the rows of the newest of the dates."""
    day = some["as_of"].max()
    rows = some[some["as_of"] == day]
    every = build(project, dataset, [day.date()], catalog=catalog, progress=progress).frame(day.date())
    joined = rows[["account_id", "topic"]].merge(every, on=["account_id", "topic"], how="left")
    mine = _ranked(rows[name].to_numpy(np.float64))
    found: list[tuple[float, str]] = []
    for column in catalog.columns:
        if column.name != name and column.kind != "category":
            theirs = _ranked(joined[column.name].to_numpy(np.float64))
            if mine.std() and theirs.std():
                found.append((float(np.corrcoef(mine, theirs)[0, 1]), column.name))
    if not found:
        return None
    correlation, other = max(found, key=lambda pair: abs(pair[0]))
    return other, correlation


def _behind(project: Project, dataset: Dataset, catalog: Catalog, name: str, some: pd.DataFrame) -> tuple[Behind, ...]:
    """The evidence for three values: the highest, one of the upper quarter, one of the middle."""
    chosen = []
    for place in _places(some, name):
        row = some.iloc[place]
        group = Group(row["as_of"].date(), row["account_id"], row["topic"])
        known = Known(project, dataset, group)
        chosen.append(Behind(known.evidence(catalog, name, {str(key): value for key, value in row.items()}, EVIDENT), bool(row["won"])))
    return tuple(chosen)


def _places(some: pd.DataFrame, name: str) -> Sequence[int]:
    """The rows of the highest, an upper and a middle value among those that are known, of different groups where there are."""
    known = some[some[name].notna()].drop_duplicates(["account_id", "topic"], keep="last")
    if known.empty:
        return range(min(3, len(some)))
    order = known.sort_values([name, "as_of", "account_id", "topic"], kind="stable").index.to_numpy()
    return list(dict.fromkeys(int(order[place]) for place in (-1, int(0.75 * (len(order) - 1)), (len(order) - 1) // 2)))
