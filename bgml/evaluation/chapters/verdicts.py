"""Verdicts: of the groups sales was shown and judged, which were accepted, what the ranking thought of them, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.intervals import Estimate, estimate_of, level_for, weightings
from bgml.evaluation.race.scored import Floats, Integers
from bgml.evaluation.race.worked import Flags, judged, latest
from bgml.evaluation.report.markdown import interval

FEWEST = 10
"""Accepted groups, and rejected ones, below which nothing can be judged by them."""
TOPS = (10, 25, 50, 100)
BANDS = "ABCD"
CAUTION = (
    "Sales judged only what it was shown and looked at: among groups that all stood high on a list, orders differ less than among all. An "
    "accepted group was probably worked and a rejected one was not, so that one wins more often is partly what the verdict did."
)


def verdicts(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Verdicts as labels of their own; None where no verdict is known."""
    if not tested.dataset.has("verdicts"):
        return None
    known = len(latest(tested.dataset.frame("verdicts")))
    said = judged(tested.dataset, tested.candidates)
    rows = np.flatnonzero(np.isfinite(said))
    if not len(rows):
        return _none(known)
    judgement = Judgement.of(tested, rows, said[rows] == 1)
    entries = list(evaluation.rivals)
    orders = {name: judgement.order(tested.scored.scores[name][rows]) for name in entries}
    places = judgement.places(tested, entries[0])
    outcome = () if tested.project.settings.outcome.target == "accepted" else judgement.outcome(tested.scored.won[rows])
    return Chapter(
        name="verdicts",
        title="Verdicts: what sales said",
        sentences=(_counted(judgement, len(said), known), *_ordered(judgement, orders), *([_won(*outcome)] if outcome else []), CAUTION),
        tables=(_table(places, entries[0]),),
        data={
            "verdicts": known, "judged": len(rows), "accepted": int(judgement.accepted.sum()), "too_few": judgement.too_few,
            "acceptance": judgement.share(np.ones(len(rows), bool)).plain(),
            "auc": {name: order.plain() for name, order in orders.items()},
            "places": {name: {"judged": int(mask.sum()), "accepted": share.plain()} for name, (mask, share) in places.items()},
            "outcome": dict(zip(("accepted", "rejected", "ratio"), (part.plain() for part in outcome), strict=False)) or None,
        },
    )  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """The judged candidates: their rows, whether each was accepted, its account and date as codes, and how often a draw takes it.

    weights [rows, 1 + draws]: multiplicities of the bootstrap by account, the first of the data as it is.
    """

    rows: Integers
    accepted: Flags
    account: Integers
    date: Integers
    weights: Floats

    @classmethod
    def of(cls, tested: Tested, rows: Integers, accepted: Flags) -> Judgement:
        """The candidates of some rows, with the draws of the race."""
        accounts, codes = np.unique(tested.scored.account, return_inverse=True)
        drawn = np.concatenate([make()[codes[rows]] for make in weightings(len(accounts), tested.draws, tested.seed)], axis=1)
        return cls(rows, accepted, codes[rows], tested.lists.date[rows], drawn.astype(np.float64))

    @property
    def too_few(self) -> bool:
        """Whether too few were accepted, or rejected, to tell one order from another."""
        return min(int(self.accepted.sum()), int((~self.accepted).sum())) < FEWEST

    def share(self, mask: Flags) -> Estimate:
        """The share accepted of the rows of a mask."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._estimate(self._rate(mask, self.accepted))

    def order(self, score: Floats) -> Estimate:
        """How often an accepted group scores higher than a rejected one of the same date (AUC within dates; ties count a half)."""
        right, pairs = np.zeros((2, self.weights.shape[1]))
        for date in np.unique(self.date):
            of_date = self.date == date
            yes, no = np.flatnonzero(of_date & self.accepted), np.flatnonzero(of_date & ~self.accepted)
            above = (score[yes, None] > score[no]) + 0.5 * (score[yes, None] == score[no])
            right += ((above.T @ self.weights[yes]) * self.weights[no]).sum(axis=0)
            pairs += self.weights[yes].sum(axis=0) * self.weights[no].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._estimate(right / pairs)

    def outcome(self, won: Flags) -> tuple[Estimate, Estimate, Estimate]:
        """The share that won of the accepted, of the rejected, and the one over the other."""
        with np.errstate(divide="ignore", invalid="ignore"):
            yes, no = self._rate(self.accepted, won), self._rate(~self.accepted, won)
            return self._estimate(yes), self._estimate(no), self._estimate(yes / no)

    def places(self, tested: Tested, entry: str) -> dict[str, tuple[Flags, Estimate]]:
        """The judged groups by where an entry puts them: rows and share accepted."""
        return {name: (mask, self.share(mask)) for name, mask in self._places(tested, entry)}

    def _places(self, tested: Tested, entry: str) -> Iterator[tuple[str, Flags]]:
        rank = tested.lists.rank(entry)[self.rows]
        size = np.diff(tested.scored.starts)[self.date]
        band = np.searchsorted(np.asarray(tested.project.settings.ranking.bands), (rank - 1) / size, side="right")
        yield from ((f"top {k}", rank <= k) for k in TOPS)
        yield f"below {TOPS[-1]}", rank > TOPS[-1]
        yield from ((f"band {name}", band == number) for number, name in enumerate(BANDS))

    def _rate(self, mask: Flags, which: Flags) -> Floats:
        rate: Floats = self.weights[mask & which].sum(axis=0) / self.weights[mask].sum(axis=0)
        return rate

    def _estimate(self, draws: Floats) -> Estimate:
        return estimate_of(np.where(np.isfinite(draws), draws, np.nan), level=level_for(self.account[self.accepted]))


def _none(known: int) -> Chapter:
    said = f"{known:,} verdicts are known, none on a group of the tested dates: verdicts count here once their dates' outcomes are known."
    return Chapter("verdicts", "Verdicts: what sales said", (said,), (), {"verdicts": known, "judged": 0})


def _counted(judgement: Judgement, candidates: int, known: int) -> str:
    """How many were judged, and how many verdicts are on something else."""
    many, yes = len(judgement.rows), int(judgement.accepted.sum())
    rest = f" {known - many:,} further verdicts are on dates or groups that are not tested." if known > many else ""
    share = _percent(judgement.share(np.ones(many, bool)))
    return f"Sales judged {many:,} of {candidates:,} candidates and accepted {yes:,}: {share}.{rest}"


def _ordered(judgement: Judgement, orders: Mapping[str, Estimate]) -> list[str]:
    """How well each entry tells accepted from rejected."""
    if judgement.too_few:
        return [f"That is too few to judge an order by: it takes {FEWEST} accepted and {FEWEST} rejected groups."]
    told = [f"{name} in {_percent(order)}" for name, order in orders.items() if np.isfinite(order.value)]
    if not told:
        return ["No date has an accepted and a rejected group, so no order can be judged by them."]
    return [f"Of an accepted and a rejected group of one date, the accepted one is put higher by {', by '.join(told)} of cases."]


def _won(yes: Estimate, no: Estimate, ratio: Estimate) -> str:
    """Whether what sales accepted is what won."""
    if not np.isfinite(yes.value) or not np.isfinite(no.value):
        return "All judged groups have the same verdict, so what won cannot be compared."
    times = f", {interval(ratio)} times as often" if np.isfinite(ratio.value) else ""
    return f"Of accepted groups {_percent(yes)} reached the outcome, of rejected ones {_percent(no)}{times}."


def _percent(share: Estimate) -> str:
    """A share with its interval, in percent."""
    ends = f" [{share.low:.0%}, {share.high:.0%}]" if np.isfinite(share.low) else ""
    return f"{share.value:.0%}{ends}"


def _table(places: Mapping[str, tuple[Flags, Estimate]], entry: str) -> Table:
    rows = [(name, f"{int(mask.sum()):,}", _percent(share) if mask.any() else "") for name, (mask, share) in places.items()]
    return Table((f"place by {entry}", "judged", "accepted"), tuple(rows), "Acceptance by place")
