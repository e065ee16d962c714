"""Calibration: do the chances that are shown come true, above all where sales looks, and how many deals say so."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.intervals import Estimate
from bgml.evaluation.race.reliability import LEAST, Bin, Reliability, reliability
from bgml.evaluation.race.shares import Share, shares
from bgml.evaluation.race.truth import TRUTH
from bgml.evaluation.report.markdown import interval, number

RIGHT = (0.8, 1.25)
"""Predicted over observed within which a promise is called kept."""
TOLD = 3
"""Bins, from the top, that get a sentence."""
NAMES = ("top_1", "top_10", "overall")


def calibration(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """Reliability, slope, predicted over observed and the Brier score's parts of every entry that states a probability.

    None where no entry does, or nobody won. Best model and truth come first.
    """
    scored = tested.scored
    entries = [name for name in _in_order(evaluation) if name in scored.propensities]
    if not entries or not scored.won.any():
        return None
    how = {"draws": tested.draws, "seed": tested.seed, "threads": tested.project.threads()}
    found = reliability(scored, entries, **how)
    tops = shares(scored, entries, **how)
    told = {name: (*tops[name], _overall(evaluation, tested, name)) for name in entries}
    shown = [name for name in entries if name in (entries[0], TRUTH)]
    return Chapter(
        name="calibration",
        title="Calibration",
        sentences=(*_sentences(entries[0], found[entries[0]], told[entries[0]]), _how_to_read(evaluation)),
        tables=(_summary(found, told), *(_bins(name, found[name]) for name in shown)),
        data={"models": {name: _plain(found[name], told[name]) for name in entries}},
    )


def _in_order(evaluation: Evaluation) -> list[str]:
    first = [*evaluation.trained[:1], *([TRUTH] if evaluation.has_truth else [])]
    return [*first, *(model for model in evaluation.models if model not in first)]


def _overall(evaluation: Evaluation, tested: Tested, model: str) -> Share:
    """What the race counted over all candidates, as the largest share."""
    scored = tested.scored
    predicted, observed = float(scored.propensities[model].mean()), float(scored.won.mean())
    ratio = evaluation.race.predicted_over_observed(model)
    return Share(1.0, predicted, observed, ratio, len(scored), scored.won_opportunities())


def _sentences(model: str, found: Reliability, told: tuple[Share, ...]) -> list[str]:
    return [
        *(_promise(model, share) for share in told),
        *(bin_sentence(one) for one in reversed(found.bins[-TOLD:])),
        _slope(model, found.slope),
    ]


def _promise(model: str, share: Share) -> str:
    """Whether what is promised in a share of the list is kept."""
    ratio = share.ratio
    where = f"in the top {share.share:.0%} of every date" if share.share < 1 else "over all candidates"
    said = f"{model} promised {percent(share.predicted)} {where} and {percent(share.observed)} won"
    counted = f"{share.won_opportunities:,} distinct deals" if share.won_opportunities != 1 else "1 distinct deal"
    ends = f", 95% interval {number(ratio.low)} to {number(ratio.high) or 'no end'}" if math.isfinite(ratio.low) else ""
    figures = f"predicted / observed {number(ratio.value) or 'has no end'}{ends}; {counted}"
    return f"{said}: {verdict(ratio)} ({figures})."


def verdict(ratio: Estimate) -> str:
    """A ratio of predicted to observed in words: kept within RIGHT, or where its interval holds 1."""
    if RIGHT[0] <= ratio.value <= RIGHT[1]:
        return "the promise holds"
    if ratio.low <= 1 <= ratio.high:
        return "the promise may hold, too few deals to say"
    return "it promises too much" if ratio.value > 1 else "it promises too little"


def bin_sentence(one: Bin) -> str:
    """What became of the groups that were shown alike."""
    observed = one.observed
    ends = f"95% interval {percent(observed.low)} to {percent(observed.high)}, " if math.isfinite(observed.low) else ""
    deals = "deal" if one.won_opportunities == 1 else "deals"
    shown = f"{percent(one.start)} to {percent(one.end)}"
    return f"Of groups shown at {shown}, {percent(observed.value)} won ({ends}{one.won_opportunities:,} distinct {deals})."


def _slope(model: str, slope: Estimate) -> str:
    if not math.isfinite(slope.value):
        return f"{model} has no calibration slope: its chances do not vary, or they part winners from the others completely."
    said = f"The calibration slope of {model} is {interval(slope)}"
    if slope.low <= 1 <= slope.high:
        return f"{said}; 1 is right and lies in the interval."
    return f"{said}: {'its chances are spread too far apart' if slope.value < 1 else 'its chances are too close together'}; 1 is right."


def _how_to_read(evaluation: Evaluation) -> str:
    wins = evaluation.counts.won_opportunities
    few = f"; all of them together are fewer than the {LEAST} that a bin should hold" if wins < LEAST else ""
    return f"Behind all of this stand {wins:,} distinct won opportunities, however many rows they decide{few}."


def percent(share: float) -> str:
    """A share as people say it.

    >>> percent(0.314), percent(0.0314), percent(0.00314), percent(float("nan"))
    ('31%', '3.1%', '0.31%', '')
    """
    if not math.isfinite(share):
        return ""
    return f"{share:.{0 if share >= 0.0995 else 1 if share >= 0.00995 else 2}%}"


def _summary(found: dict[str, Reliability], told: dict[str, tuple[Share, ...]]) -> Table:
    columns = ("model", "slope", "intercept", "top 1%", "top 10%", "all", "Brier", "reliability", "resolution", "uncertainty")
    rows = []
    for name, one in found.items():
        ratios = (interval(share.ratio) for share in told[name])
        parts = (number(value) for value in (one.brier.value, one.brier.reliability, one.brier.resolution, one.brier.uncertainty))
        rows.append((name, interval(one.slope), interval(one.intercept), *ratios, *parts))
    return Table(columns, tuple(rows), "Predicted / observed by share of the list, slope, and the Brier score in its parts")


def _bins(model: str, found: Reliability) -> Table:
    rows = tuple(
        (
            f"{percent(one.start)} to {percent(one.end)}",
            percent(one.predicted),
            f"{percent(one.observed.value)} [{percent(one.observed.low)}, {percent(one.observed.high)}]",
            f"{one.rows:,}",
            f"{one.won_opportunities:,}",
        )
        for one in found.bins
    )
    return Table(("shown at", "predicted", "won [95%]", "rows", "distinct deals"), rows, f"{model}: shown and won")


def _plain(found: Reliability, told: tuple[Share, ...]) -> dict[str, Any]:
    """One entry as JSON values; what is undefined or has no end is null."""
    return {
        "bins": [_of_bin(one) for one in found.bins],
        "slope": _ends(found.slope),
        "intercept": _ends(found.intercept),
        **{name: _of_share(share) for name, share in zip(NAMES, told, strict=True)},
        "brier": {name: _finite(value) for name, value in dataclasses.asdict(found.brier).items()},
    }


def _of_bin(one: Bin) -> dict[str, Any]:
    ends = _ends(one.observed)
    observed = {"predicted": one.predicted, "observed": ends["value"], "low": ends["low"], "high": ends["high"]}
    return {**observed, "rows": one.rows, "won_opportunities": one.won_opportunities, "from": one.start, "to": one.end}


def _of_share(share: Share) -> dict[str, Any]:
    rates = {"predicted": share.predicted, "observed": share.observed}
    return {**_ends(share.ratio), **rates, "rows": share.rows, "won_opportunities": share.won_opportunities}


def _ends(estimate: Estimate) -> dict[str, float | None]:
    return {name: _finite(getattr(estimate, name)) for name in ("value", "low", "high")}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
