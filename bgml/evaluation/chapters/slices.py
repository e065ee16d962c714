"""Slices: how the best model does within each topic, segment, region, route and group size, and how much of the list each gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.race.intervals import Estimate, Race, race
from bgml.evaluation.race.metrics import HEADLINE, shown
from bgml.evaluation.race.parts import by_part, only
from bgml.evaluation.race.scored import Integers, Scored
from bgml.evaluation.report.markdown import interval, number

if TYPE_CHECKING:
    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.evaluation import Evaluation

SLICED = ("topic", "segment", "region", "route", "selection", "size")
"""Facts told apart, where they are known."""
MOST = 12
"""Values of a fact shown on their own; the others are one slice together."""
MIN_WINS = 10
"""Distinct wins below which a slice says nothing."""
K = 50
OTHERS, UNKNOWN = "others", "not stated"


@dataclass(frozen=True)
class Slice:
    """One value of a fact: its candidates over all dates, its share of the whole list's top, and how each rival did within it.

    base_rate: share of its candidates that win; groups_per_date: the median; share_of_top: its share of the places in the best
    entry's top 50 of the whole list; share_of_wins: its share of all winning candidates; found: the share of its winners that stand
    in that top 50. precision and auc are those of its own list.
    """

    value: str
    candidates: int
    share_of_candidates: float
    won_opportunities: int
    base_rate: float
    groups_per_date: float
    share_of_top: float
    share_of_wins: float
    found: float
    precision: dict[str, Estimate]
    auc: dict[str, Estimate]
    difference: Estimate | None
    auc_difference: Estimate | None

    @property
    def too_small(self) -> bool:
        """Whether it has too few distinct wins to say anything."""
        return self.won_opportunities < MIN_WINS

    @property
    def short_list(self) -> bool:
        """Whether on a usual date the top 50 holds half of its groups or more, so that precision says little and AUC is compared."""
        return self.groups_per_date <= 2 * K

    @property
    def compared(self) -> Estimate | None:
        """What tells the rivals apart in it: the difference of precision, on a short list that of AUC; None where it is too small."""
        return None if self.too_small else self.auc_difference if self.short_list else self.difference

    def plain(self) -> dict[str, Any]:
        """The slice as JSON values."""
        values = {
            name: getattr(self, name)
            for name in (
                "value", "candidates", "share_of_candidates", "won_opportunities", "base_rate", "groups_per_date",
                "share_of_top", "share_of_wins", "found", "too_small", "short_list",
            )
        }  # fmt: skip
        counts = {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in values.items()}
        models = {name: {HEADLINE: self.precision[name].plain(), "auc": self.auc[name].plain()} for name in self.precision}
        differences = {name: part.plain() if part else None for name, part in self._differences().items()}
        return {**counts, "models": models, **differences}

    def _differences(self) -> dict[str, Estimate | None]:
        return {"difference": self.difference, "auc_difference": self.auc_difference}


def slices(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """The best model and the best baseline within each slice, on the slice's own lists; None where no fact has two values."""
    entries = evaluation.rivals
    found = {fact: list(_sliced(part, values, entries, tested)) for fact, part, values in _facts(tested.scored)}
    if not found:
        return None
    data = {"k": K, "entries": list(entries), "facts": {fact: [part.plain() for part in parts] for fact, parts in found.items()}}
    tables = tuple(_table(fact, parts, entries) for fact, parts in found.items())
    return Chapter("slices", "Slices", tuple(_sentences(found, entries)), tables, data)


def _facts(scored: Scored) -> Iterator[tuple[str, Integers, list[str]]]:
    """The facts that tell candidates apart: name, the number of each candidate's value, and the values."""
    for fact in SLICED:
        if fact in scored.facts:
            part, values = numbered(scored.facts[fact])
            if len(values) > 1:
                yield fact, part, values


def numbered(fact: pd.Series) -> tuple[Integers, list[str]]:
    """A number for each candidate's value, and the values: the largest first (an ordered fact in its order), then all others, then
    candidates whose value is unknown."""
    kind = pd.Categorical(fact)
    size = np.bincount(kind.codes[kind.codes >= 0], minlength=len(kind.categories))
    falling = np.argsort(-size, kind="stable")[:MOST]
    kept = [int(code) for code in (np.sort(falling) if kind.ordered else falling) if size[code]]
    place = np.full(len(kind.categories) + 1, len(kept))
    place[kept] = np.arange(len(kept))
    place[-1] = len(kept) + 1
    used, part = np.unique(place[kind.codes], return_inverse=True)
    names = [*(str(kind.categories[code]) for code in kept), OTHERS, UNKNOWN]
    return part.astype(np.int64), [names[place] for place in used]


def _sliced(part: Integers, values: list[str], entries: tuple[str, ...], tested: Tested) -> Iterator[Slice]:
    scored, lists = tested.scored, tested.lists
    run = race(by_part(only(scored, entries), part), draws=tested.draws, seed=tested.seed, threads=tested.project.threads())
    on_top = lists.rank(entries[0]) <= K
    distinct = pd.Series(lists.deals.deal).groupby(part[lists.deals.row]).nunique()
    per_date = pd.crosstab(lists.date, part).reindex(columns=range(len(values)), fill_value=0)
    for place, value in enumerate(values):
        inside = part == place
        won = inside & scored.won
        precision, auc = ({name: run.estimate(name, metric, place) for name in entries} for metric in (HEADLINE, "auc"))
        yield Slice(
            value=value,
            candidates=int(inside.sum()),
            share_of_candidates=float(inside.mean()),
            won_opportunities=int(distinct.get(place, 0)),
            base_rate=_share(won, inside),
            groups_per_date=float(per_date[place].median()),
            share_of_top=_share(inside & on_top, on_top),
            share_of_wins=_share(won, scored.won),
            found=_share(won & on_top, won),
            precision=precision,
            auc=auc,
            difference=_difference(run, entries, HEADLINE, place),
            auc_difference=_difference(run, entries, "auc", place),
        )


def _difference(run: Race, entries: tuple[str, ...], metric: str, place: int) -> Estimate | None:
    return run.difference(entries[0], entries[1], metric, place) if len(entries) == 2 else None


def _sentences(found: dict[str, list[Slice]], entries: tuple[str, ...]) -> Iterator[str]:
    compared = 0
    for fact, parts in found.items():
        told = [part for part in parts if part.compared]
        compared += len(told)
        for metric, short in ((HEADLINE, False), ("auc", True)):
            yield from _comparison(fact, metric, [part for part in told if part.short_list is short], entries)
        yield from _attention(fact, [part for part in parts if not part.too_small], entries[0])
        if small := [part.value for part in parts if part.too_small]:
            yield f"By {fact}, fewer than {MIN_WINS} distinct wins, so nothing can be said of: {', '.join(small)}."
    if compared > 1:
        yield f"These are {compared} comparisons: of equal rivals about one in twenty would differ by more than its interval."


def _comparison(fact: str, metric: str, told: list[Slice], entries: tuple[str, ...]) -> Iterator[str]:
    """Where the model is ahead of the baseline, where it is behind, and where that cannot be told."""
    if not told:
        return
    ahead = [part.value for part in told if part.compared and part.compared.low > 0]
    behind = [part.value for part in told if part.compared and part.compared.high < 0]
    open_ = [part.value for part in told if part.value not in ahead + behind]
    parts = [(ahead, f"ahead of {entries[1]}"), (behind, f"behind {entries[1]}"), (open_, f"not to be told from {entries[1]}")]
    said = "; ".join(f"{word} in {', '.join(values)}" for values, word in parts if values)
    few = f" (the top {K} is half of the list or more)" if metric == "auc" else ""
    yield f"By {fact}, {shown(metric)} on each slice's own list{few}: {entries[0]} is {said}."


def _attention(fact: str, parts: list[Slice], entry: str) -> Iterator[str]:
    """The slice whose winners the top of the list misses most, where slices differ much."""
    least, most = (pick(parts, key=lambda part: part.found, default=None) for pick in (min, max))
    if least and most and least is not most and least.found < most.found / 2:
        low, high = f'{fact} "{least.value}"', f'{fact} "{most.value}"'
        yield (
            f"{entry}'s top {K} holds {least.found:.0%} of the winners of {low} and {most.found:.0%} of those of {high}; {low} has "
            f"{least.share_of_wins:.0%} of all winners and {least.share_of_top:.0%} of the places."
        )


def _table(fact: str, parts: list[Slice], entries: tuple[str, ...]) -> Table:
    difference, auc_difference = (("difference",), ("AUC difference",)) if len(entries) == 2 else ((), ())
    columns = (
        fact, "candidates", "distinct wins", "base rate", *(f"{shown(HEADLINE)} {name}" for name in entries), *difference,
        *(f"AUC {name}" for name in entries), *auc_difference,
        f"share of top {K}", "share of winners", f"winners in top {K}", "",
    )  # fmt: skip
    return Table(columns, tuple(_row(part, entries) for part in parts), f"By {fact}, each slice on its own list")


def _row(part: Slice, entries: tuple[str, ...]) -> tuple[str, ...]:
    remark = "too small to say" if part.too_small else "short list: see AUC" if part.short_list else ""
    return (
        part.value, f"{part.candidates:,}", f"{part.won_opportunities:,}", number(part.base_rate),
        *(interval(part.precision[name]) for name in entries), *([interval(part.difference, signed=True)] if part.difference else []),
        *(number(part.auc[name].value) for name in entries),
        *([interval(part.auc_difference, signed=True)] if part.auc_difference else []),
        *(_percent(share) for share in (part.share_of_top, part.share_of_wins, part.found)), remark,
    )  # fmt: skip


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _percent(share: float) -> str:
    return f"{share:.0%}" if np.isfinite(share) else ""

