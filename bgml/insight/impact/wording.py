"""What the impact found, in sentences and tables of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bgml.evaluation.chapters.chapter import Table
from bgml.insight.impact.contrasts import strata_told
from bgml.insight.impact.impact import NOT_CAUSE
from bgml.insight.ratios import LEAST, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bgml.evaluation.race.intervals import Estimate
    from bgml.insight.impact.contrasts import Ladder
    from bgml.insight.impact.impact import Impact, Pairs
    from bgml.insight.impact.measures import Measure
    from bgml.insight.ratios import Ratio, Side


SIDES = {
    "engaged group": "with an engaged group",
    "without": "without",
    "one person": "with one person",
    "pilot": "in the pilot",
    "control": "in control",
}
"""How a sentence speaks of a side."""


def sentences(found: Impact) -> Iterator[str]:
    """The findings in the order in which they should be read, each true without the tables."""
    yield found.definition
    yield from findings(found.headline)
    yield NOT_CAUSE
    yield from found.about
    yield from _mix(found.headline)
    yield from found.missing


def findings(pairs: Pairs) -> Iterator[str]:
    """A sentence per measure; of amounts the mean alone."""
    for measure, ratio in pairs:
        if not measure.key.startswith("amount_median"):
            yield _finding(measure, ratio)


def _mix(pairs: Pairs) -> Iterator[str]:
    """What "at the same mix" holds equal, by measure."""
    held = dict[str, list[str]]()
    for measure, ratio in pairs:
        if ratio.strata:
            held.setdefault(strata_told(ratio), []).append(measure.title)
    for strata, titles in held.items():
        yield f"At the same mix of {strata}: {'; '.join(titles)}."


def trial_sentences(found: Impact) -> Iterator[str]:
    """How the pilot was read, what differs since it began, and what differed before."""
    if found.trial is None:
        return
    yield found.trial.cohort.told
    yield from findings(found.trial.since)
    if found.trial.before:
        yield f"Before {found.since} the same accounts differed as the second table says: what differed then is not the pilot's."
    elif found.trial.since:
        yield "Name the day the pilot began with --since to see what differed before it."


def _finding(measure: Measure, ratio: Ratio) -> str:
    """One measure on both sides, the ratio, and the ratio at the same mix."""
    over, under = ratio.over, ratio.under
    begin = (
        f"{measure.title[0].upper()}{measure.title[1:]}: {shown(ratio, over.value)} {SIDES[over.name]}, "
        f"{shown(ratio, under.value)} {SIDES[under.name]}"
    )
    if ratio.too_few:
        return f"{begin}; fewer than {LEAST} opportunities stand behind one of the two, too few to tell."
    held = ""
    if ratio.adjusted is not None and math.isfinite(ratio.adjusted.value):
        left = f", {1 - ratio.shared:.0%} of the rows left out" if ratio.shared < 0.995 else ""
        held = f"; at the same mix of {strata_told(ratio)}{left}: {_number(ratio.adjusted.value)} times, {interval(ratio.adjusted)}"
    return f"{begin}: {ratio.told()}{held}."


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def shown(ratio: Ratio | Ladder, estimate: Estimate) -> str:
    """A value as a person reads it: percent for a share, whole days, grouped digits for amounts."""
    if not math.isfinite(estimate.value):
        return "none"
    if ratio.statistic == "share":
        return f"{estimate.value:.1%}"
    return f"{estimate.value:,.0f}" + (" days" if ratio.unit == "days" else "")


def times(estimate: Estimate | None) -> str:
    """A ratio with its interval in a cell."""
    if estimate is None or math.isnan(estimate.value):
        return ""
    if math.isinf(estimate.value):
        return "none on the other side"
    if math.isnan(estimate.low):
        return f"{_number(estimate.value)} (too few)"
    high = "no end" if math.isinf(estimate.high) else _number(estimate.high)
    return f"{_number(estimate.value)} ({_number(estimate.low)} to {high})"


def contrast_table(pairs: Pairs, title: str) -> Table:
    """One row per measure: both sides, the ratio as it is and at the same mix."""
    sides = next(((ratio.over.name, ratio.under.name) for measure, ratio in pairs if not measure.pairs), ("with", "without"))
    rows = tuple(
        (
            measure.title,
            _of(ratio, ratio.over),
            _of(ratio, ratio.under),
            times(ratio.crude),
            times(ratio.adjusted),
            f"{ratio.over.opportunities:,} / {ratio.under.opportunities:,}",
        )
        for measure, ratio in pairs
    )
    apart = next((ratio.under.name for _, ratio in pairs if ratio.under.name not in sides), "")
    note = f"{title}; opportunity conversion against groups of {apart}" if apart else title
    return Table(("measure", *sides, "ratio (95% interval)", "at the same mix", "opportunities"), rows, note)


def _of(ratio: Ratio, side: Side) -> str:
    return f"{shown(ratio, side.value)} of {side.rows:,}"


def ladder_tables(ladders: Sequence[Ladder], noun: str) -> Iterator[Table]:
    """One table per measure: its steps with value, interval and ratio to the step of reference."""
    for ladder in ladders:
        rows = tuple(
            (
                step.name,
                f"{shown(ladder, step.side.value)}{_ends(ladder, step.side.value)}",
                f"{step.side.rows:,}",
                f"{step.side.opportunities:,}",
                times(step.ratio.crude if step.ratio else None),
                times(step.ratio.adjusted if step.ratio else None),
            )
            for step in ladder.steps
        )
        yield Table((noun, ladder.title, "rows", "opportunities", f"ratio to {ladder.reference}", "at the same mix"), rows)


def _ends(ladder: Ladder, estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return ""
    if ladder.statistic == "share":
        return f" ({estimate.low:.1%} to {estimate.high:.1%})"
    return f" ({estimate.low:,.0f} to {estimate.high:,.0f})"
