"""The race in words and tables: Markdown for people, and the sentences that say who won and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.race.intervals import Estimate
from bgml.evaluation.race.metrics import HEADLINE, KS, TOP_METRICS, shown
from bgml.evaluation.race.truth import TRUTH

if TYPE_CHECKING:
    from bgml.evaluation.evaluation import Evaluation

PER = 50
RACE_METRICS = (HEADLINE, "recall_at_50", "lift_at_50", "ndcg_at_50", "ap", "auc", "brier")
HORIZONS = 6


def sentences(evaluation: Evaluation) -> list[str]:
    """The result in plain sentences: each model against the best baseline, and the share of the truth's precision it reaches."""
    rival = evaluation.best_baseline
    if not evaluation.trained:
        return [f"No trained model is in the race; the best baseline is {rival}."]
    lines = [comparison(evaluation, model, rival) for model in evaluation.trained if rival]
    lines += [truth_share(evaluation, model) for model in evaluation.trained if evaluation.has_truth]
    return lines


def summary(evaluation: Evaluation) -> list[str]:
    """What to read first: readiness and reach, what was tested, who won by how much, and what the intervals leave out."""
    counts, outcome = evaluation.counts, evaluation.outcome
    tested = f"Tested on {counts.candidates:,} candidates of {counts.accounts:,} accounts on {counts.dates:,} as-of dates"
    outcome_is = f"{outcome['target']} within {outcome['horizon']} days, matched by {outcome['match']}"
    reached = f"{counts.groups_won:,} of them reached the outcome ({outcome_is}), by {counts.won_opportunities:,} distinct opportunities"
    return [
        *(evaluation.readiness.sentences() if evaluation.readiness else []),
        evaluation.reach.sentence(outcome["target"]),
        f"{tested}; {reached}.",
        *sentences(evaluation),
        *calendar_note(evaluation),
        *remarks(evaluation),
    ]


def comparison(evaluation: Evaluation, model: str, rival: str) -> str:
    """One model against another at the headline metric, in wins per 50 groups."""
    difference = evaluation.race.difference(model, rival, HEADLINE)
    value, low, high = (PER * part for part in (difference.value, difference.low, difference.high))
    if not math.isfinite(low):
        return f"{model} finds {value:+.1f} wins per {PER} groups compared with {rival}; without draws no interval."
    if difference.excludes_zero:
        more, sign = ("more", 1) if value > 0 else ("fewer", -1)
        ends = sorted((sign * low, sign * high))
        return f"{model} finds {sign * value:.1f} {more} wins per {PER} groups than {rival}, 95% interval {ends[0]:.1f} to {ends[1]:.1f}."
    gap = f"{value:+.1f} wins per {PER} groups, 95% interval {low:+.1f} to {high:+.1f}"
    return f"{model} and {rival} cannot be told apart: {gap}."


def truth_share(evaluation: Evaluation, model: str) -> str:
    """How much of what could be found in a simulated market the model finds."""
    share = evaluation.race.ratio(model, TRUTH, HEADLINE)
    return f"{model} reaches {share.value:.0%} of the truth's {shown(HEADLINE)}, 95% interval {share.low:.0%} to {share.high:.0%}."


def calendar_note(evaluation: Evaluation) -> list[str]:
    """That the interval knows nothing of good and bad years, when the test span is short."""
    if evaluation.horizons >= HORIZONS:
        return []
    horizons, days = evaluation.horizons, evaluation.outcome["horizon"]
    several = f"holds {horizons} horizons of {days} days that do not overlap"
    span = several if horizons > 1 else f"is shorter than one horizon of {days} days"
    return [f"The test span {span}: the intervals are about which accounts were met, shocks of the calendar are not in them."]


def remarks(evaluation: Evaluation) -> list[str]:
    """What is not in the race, and what else to mind."""
    lines = [f"{part.name} is not in the race: {part.reason}." for part in evaluation.left_out]
    lines += [f"Fold {fold.number} is left out: {fold.left_out}." for fold in evaluation.folds if fold.left_out]
    without = evaluation.counts.won_opportunities - evaluation.counts.with_amount
    if evaluation.has_amounts and without:
        of = f"Of {evaluation.counts.won_opportunities:,} opportunities {without:,}"
        lines.append(f"{of} have no known won amount and count as 0 in amounts.")
    return [*lines, *evaluation.notes]


def race_rows(evaluation: Evaluation) -> tuple[list[str], list[list[str]]]:
    """The race as a table of text: its columns, and a row per entry, best first and the truth above all."""
    columns = ["model", f"{shown(HEADLINE)} [95%]", *(shown(metric) for metric in RACE_METRICS[1:])]
    if evaluation.has_amounts:
        columns.append(f"{shown('amount_at_50')}")
    return columns, [_entry(evaluation, model) for model in evaluation.entries]


def _entry(evaluation: Evaluation, model: str) -> list[str]:
    name = f"{model} (upper bound)" if model == TRUTH else f"{model} (baseline)" if model in evaluation.baselines else model
    row = [name, interval(evaluation.race.estimate(model, HEADLINE))]
    row += [number(evaluation.race.estimate(model, metric).value) for metric in RACE_METRICS[1:]]
    if evaluation.has_amounts:
        row.append(number(evaluation.race.estimate(model, "amount_at_50").value))
    return row


def markdown(evaluation: Evaluation) -> str:
    """The whole report."""
    said = "\n".join(f"- {line}" for line in summary(evaluation))
    parts = [f"# Evaluation of {evaluation.project}", said, *(_chapter(part) for part in (*sections(evaluation), *evaluation.chapters))]
    return "\n\n".join(part for part in parts if part) + "\n"


def sections(evaluation: Evaluation) -> list[Chapter]:
    """The race itself in sentences and tables: what every evaluation has, before its chapters."""
    columns, rows = race_rows(evaluation)
    return [
        Chapter("race", "Race", _undefined(evaluation), (_tabled(columns, rows),)),
        Chapter("against", "Against the best baseline", *_against(evaluation)),
        Chapter("top", "The top of the list", *_tops(evaluation)),
        Chapter("folds", "Folds", (), (_folds(evaluation), _by_fold(evaluation))),
    ]


def _chapter(chapter: Chapter) -> str:
    """A chapter as Markdown: its sentences as a list, then its tables."""
    said = "\n".join(f"- {line}" for line in chapter.sentences)
    tables = [part for table in chapter.tables for part in (table.title and f"**{table.title}**", _table(table.columns, table.rows))]
    return "\n\n".join(part for part in [f"## {chapter.title}", said, *tables] if part)


def _undefined(evaluation: Evaluation) -> tuple[str, ...]:
    race = evaluation.race
    without = race.estimate(race.models[0], "recall_at_50").undefined_dates
    if not without:
        return ()
    left_out = "precision and amount count 0 there; recall, lift, NDCG, AP and AUC leave them out"
    return (f"{without} of {len(race.dates)} dates had no winner: {left_out}.",)


def _against(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    rival = evaluation.best_baseline
    if rival is None:
        return ("No baseline ran.",), ()
    columns = ["difference to " + rival, *(shown(metric) for metric in RACE_METRICS)]
    rows = [
        [model, *(interval(evaluation.race.difference(model, rival, metric), signed=True) for metric in RACE_METRICS)]
        for model in evaluation.models
        if model != rival
    ]
    return (), (_tabled(columns, rows),)


def _tops(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    tables = []
    for name in TOP_METRICS:
        if name != "amount" or evaluation.has_amounts:
            columns = [shown(name) if name != "amount" else "won amount", *(f"@{k}" for k in KS)]
            rows = [[model, *(interval(evaluation.race.estimate(model, f"{name}_at_{k}")) for k in KS)] for model in evaluation.models]
            tables.append(_tabled(columns, rows))
    said = () if evaluation.has_amounts else ("Won amounts are unknown, so there is no amount at K.",)
    return said, tuple(tables)


def _folds(evaluation: Evaluation) -> Table:
    columns = ["fold", "training dates", "distinct wins in training", "test dates", "candidates", "groups won", "distinct wins", "left out"]
    rows = [
        [
            str(fold.number),
            f"{fold.train_first} to {fold.train_last}",
            f"{fold.train_won_opportunities:,}",
            f"{fold.test_first} to {fold.test_last} ({fold.test_dates})",
            *(f"{count:,}" for count in (fold.candidates, fold.groups_won, fold.won_opportunities)),
            fold.left_out,
        ]
        for fold in evaluation.folds
    ]
    return _tabled(columns, rows)


def _by_fold(evaluation: Evaluation) -> Table:
    race = evaluation.race
    columns = [shown(HEADLINE), *(f"fold {fold}" for fold in race.folds)]
    rows = [[model, *(interval(race.estimate(model, HEADLINE, int(fold))) for fold in race.folds)] for model in evaluation.entries]
    return _tabled(columns, rows)


def _tabled(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    return Table(tuple(columns), tuple(tuple(row) for row in rows))


def interval(estimate: Estimate, *, signed: bool = False) -> str:
    """A value with its interval, as text; empty where undefined."""
    if not math.isfinite(estimate.value):
        return ""
    ends = f" [{number(estimate.low, signed=signed)}, {number(estimate.high, signed=signed)}]" if math.isfinite(estimate.low) else ""
    return number(estimate.value, signed=signed) + ends


def gap(estimate: Estimate, what: str = "") -> str:
    """A difference in words: how many more or fewer of `what`, or that the two cannot be told apart.

    >>> gap(Estimate(12.0, 3.0, 20.0), "wins"), gap(Estimate(-2.0, -9.0, 4.0), "wins")
    ('12.0 more wins, 95% interval 3.00 to 20.0', 'not to be told apart (-2.00 wins, 95% interval -9.00 to +4.00)')
    """
    what = f" {what}" if what else ""
    if not math.isfinite(estimate.low):
        return number(estimate.value, signed=True) + what
    if estimate.excludes_zero:
        low, high = sorted((abs(estimate.low), abs(estimate.high)))
        more = "more" if estimate.value > 0 else "fewer"
        return f"{number(abs(estimate.value))} {more}{what}, 95% interval {number(low)} to {number(high)}"
    ends = f"{number(estimate.low, signed=True)} to {number(estimate.high, signed=True)}"
    return f"not to be told apart ({number(estimate.value, signed=True)}{what}, 95% interval {ends})"


def number(value: float, *, signed: bool = False) -> str:
    """A number with as many digits as a person reads; empty where undefined.

    >>> number(0.12345), number(12.345), number(12345.6), number(0.0012345), number(float("nan"))
    ('0.123', '12.3', '12,346', '0.0012', '')
    """
    if not math.isfinite(value):
        return ""
    size = abs(value)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.01 else 4
    return f"{value:{'+' if signed else ''},.{digits}f}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a cell stays on its line and in its column whatever it holds."""
    lines = [columns, ["---", *("---:" for _ in columns[1:])], *rows]
    return "\n".join(f"| {' | '.join(map(_cell, cells))} |" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
