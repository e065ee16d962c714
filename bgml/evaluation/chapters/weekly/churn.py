"""Churn: how much of the top of the list is new from one date to the next, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.report.markdown import number

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.chapters.weekly.lists import Lists
    from bgml.evaluation.evaluation import Evaluation

K = 50


@dataclass(frozen=True)
class Churn:
    """Means over pairs of following dates, of the top 50 of one entry's list.

    turnover: share of the later top that was not in the earlier one = moved_up (was a candidate, further down) + came (was none).
    moved_down, left: share of the earlier top that is still a candidate but further down, and that is none any more (it became an
    opportunity or went silent). rank_change: mean places moved by the groups of either top that are candidates on both dates, and
    median_rank_change their median.
    """

    turnover: float
    moved_up: float
    came: float
    moved_down: float
    left: float
    rank_change: float
    median_rank_change: float


def churn(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """How the top 50 changes between dates of one fold, and where a model was refitted; None without two following dates."""
    lists = tested.lists
    pairs = following(lists, tested.project.settings.dates.every)
    refit = lists.scored.date_folds[pairs] != lists.scored.date_folds[pairs - 1]
    if not (~refit).any():
        return None
    changes = {entry: np.array([list(asdict(change).values()) for change in _changes(lists, entry, pairs)]) for entry in evaluation.entries}
    steady = {entry: Churn(*_means(rows[~refit])) for entry, rows in changes.items()}
    at_refit = {entry: Churn(*_means(rows[refit])) for entry, rows in changes.items()} if refit.any() else {}
    data = {
        "k": K,
        "pairs": int((~refit).sum()),
        "pairs_at_refit": int(refit.sum()),
        "entries": {entry: _plain(change) for entry, change in steady.items()},
        "at_refit": {entry: _plain(change) for entry, change in at_refit.items()},
    }
    return Chapter("churn", "Churn", tuple(_sentences(evaluation, steady, at_refit)), (_table(steady, at_refit),), data)


def following(lists: Lists, every: int) -> npt.NDArray[np.int64]:
    """The dates (numbers) that follow another by `every` days."""
    return np.flatnonzero(np.diff(lists.days) == every) + 1


def _changes(lists: Lists, entry: str, pairs: npt.NDArray[np.int64]) -> Iterator[Churn]:
    rank = lists.rank(entry)
    for date in pairs.tolist():
        yield change(_places(lists, rank, date - 1), _places(lists, rank, date))


def _places(lists: Lists, rank: npt.NDArray[np.int64], date: int) -> npt.NDArray[np.int64]:
    """The rank of every group on a date, 0 where it is no candidate."""
    rows = slice(lists.scored.starts[date], lists.scored.starts[date + 1])
    places = np.zeros(lists.groups, np.int64)
    places[lists.group[rows]] = rank[rows]
    return places


def change(before: npt.NDArray[np.int64], after: npt.NDArray[np.int64], k: int = K) -> Churn:
    """What happened between two dates, from every group's rank on each (0: no candidate)."""
    top_before, top_after = (before > 0) & (before <= k), (after > 0) & (after <= k)
    new, gone = top_after & ~top_before, top_before & ~top_after
    moved = np.abs(after - before)[(top_before | top_after) & (before > 0) & (after > 0)]
    return Churn(
        turnover=_share(new, top_after),
        moved_up=_share(new & (before > 0), top_after),
        came=_share(new & (before == 0), top_after),
        moved_down=_share(gone & (after > 0), top_before),
        left=_share(gone & (after == 0), top_before),
        rank_change=float(moved.mean()) if len(moved) else float("nan"),
        median_rank_change=float(np.median(moved)) if len(moved) else float("nan"),
    )


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float:
    return float(part.sum() / whole.sum())


def _means(rows: npt.NDArray[np.float64]) -> list[float]:
    known = np.isfinite(rows)
    sums = np.where(known, rows, 0).sum(axis=0)
    return [total / count if count else float("nan") for total, count in zip(sums.tolist(), known.sum(axis=0).tolist(), strict=True)]


def _plain(change: Churn) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in asdict(change).items()}


def _sentences(evaluation: Evaluation, steady: dict[str, Churn], at_refit: dict[str, Churn]) -> Iterator[str]:
    best, *others = evaluation.rivals
    found = steady[best]
    against = f" ({steady[others[0]].turnover:.0%} with {others[0]})" if others else ""
    yield (
        f"From one date to the next {found.turnover:.0%} of {best}'s top {K} is new{against}: {found.moved_up:.0%} moved up, "
        f"{found.came:.0%} were no candidates before. {found.left:.0%} of the top left because they became an opportunity or went silent."
    )
    if at_refit and evaluation.trained:
        yield f"Where {best} was refitted between two dates, {at_refit[best].turnover:.0%} of its top {K} is new."


def _table(steady: dict[str, Churn], at_refit: dict[str, Churn]) -> Table:
    columns = ["model", f"new in top {K}", "moved up", "came", "moved down", "left", "mean places moved", "median"]
    columns += ["new when refitted"] if at_refit else []
    shares = [field.name for field in fields(Churn)][:5]
    rows = tuple(
        (
            entry, *(f"{getattr(found, name):.0%}" for name in shares), number(found.rank_change), number(found.median_rank_change),
            *([f"{at_refit[entry].turnover:.0%}"] if at_refit else []),
        )
        for entry, found in steady.items()
    )  # fmt: skip
    return Table(tuple(columns), rows, f"Between following dates of one fold, shares of the top {K}")
