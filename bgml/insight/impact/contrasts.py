"""The same measures for two sides: with and without an engaged group, by breadth, by roles, pilot and control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bgml.insight.ratios import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import pandas as pd

    from bgml.insight.impact.measures import Measure
    from bgml.insight.ratios import Ratio, Side

PEOPLE = ((0, "0"), (1, "1"), (2, "2"), (3, "3-4"), (5, "5+"))
"""From how many known people on a deal or group is in which step."""
ROLES = ((0, "0"), (1, "1"), (2, "2"), (3, "3+"))
"""From how many required roles among these people on."""
STRATA = {"segment": "segment", "band": "amount band"}
"""How a column of strata is called."""


@dataclass(frozen=True)
class Step:
    """One step of a ladder: its own value, and its ratio to the step of reference (None there)."""

    name: str
    side: Side
    ratio: Ratio | None


@dataclass(frozen=True)
class Ladder:
    """One measure by steps of breadth or of roles."""

    key: str
    title: str
    statistic: str
    unit: str
    reference: str
    steps: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        """The ladder as JSON holds it."""
        steps = [
            {
                **step.side.document(),
                "name": step.name,
                "ratio": step.ratio.crude.plain() if step.ratio else None,
                "adjusted": step.ratio.adjusted.plain() if step.ratio and step.ratio.adjusted else None,
            }
            for step in self.steps
        ]
        return {
            "measure": self.key, "title": self.title, "statistic": self.statistic, "unit": self.unit or None,
            "reference": self.reference, "steps": steps,
        }  # fmt: skip


def contrast(measure: Measure, side: npt.NDArray[np.int64], names: tuple[str, str]) -> Ratio | None:
    """The measure where `side` is 1 over where it is 0; None where a side has no row."""
    if not (side == 1).any() or not (side == 0).any():
        return None
    return compare(measure.sample, side, measure.statistic, names, measure=measure.key, strata=measure.strata, unit=measure.unit)


def headline(measures: Sequence[Measure]) -> Iterator[tuple[Measure, Ratio]]:
    """Each measure with an engaged group over without one; conversion against groups of one known person."""
    for measure in measures:
        rows = measure.sample.rows
        engaged = rows["engaged"].to_numpy(np.int64)
        if measure.pairs:
            single = (rows["people"] == 1).to_numpy() & (engaged == 0)
            side, names = np.where(engaged == 1, 1, np.where(single, 0, -1)), ("engaged group", "one person")
        else:
            side, names = engaged, ("engaged group", "without")
        if (ratio := contrast(measure, side, names)) is not None:
            yield measure, ratio


def ladders(measures: Sequence[Measure], column: str, steps: Sequence[tuple[int, str]], reference: str) -> Iterator[Ladder]:
    """Each measure by steps of a whole-number column; those without the step of reference are left out, and so are empty steps."""
    lows = np.array([low for low, _ in steps])
    names = [name for _, name in steps]
    for measure in measures:
        if column not in measure.sample.rows:
            continue
        step = np.searchsorted(lows, measure.sample.rows[column].to_numpy(), side="right") - 1
        if ladder := _ladder(measure, step, names, reference):
            yield ladder


def _ladder(measure: Measure, step: npt.NDArray[np.int64], names: Sequence[str], reference: str) -> Ladder | None:
    base = names.index(reference)
    ratios = {
        place: contrast(measure, np.where(step == place, 1, np.where(step == base, 0, -1)), (name, reference))
        for place, name in enumerate(names)
        if place != base
    }
    known = [ratio for ratio in ratios.values() if ratio is not None]
    if not known:
        return None
    made = []
    for place, name in enumerate(names):
        if place == base:
            made.append(Step(name, known[0].under, None))
        elif (ratio := ratios[place]) is not None:
            made.append(Step(name, ratio.over, ratio))
    return Ladder(measure.key, measure.title, measure.statistic, measure.unit, reference, tuple(made))


def between(measures: Sequence[Measure], in_pilot: pd.Series) -> Iterator[tuple[Measure, Ratio]]:
    """Each measure over the pilot's accounts and over the others."""
    for measure in measures:
        side = measure.sample.rows["account_id"].map(in_pilot).to_numpy(np.int64)
        if (ratio := contrast(measure, side, ("pilot", "control"))) is not None:
            yield measure, ratio


def strata_told(ratio: Ratio) -> str:
    """What a standardised ratio holds equal, in words."""
    return " and ".join(STRATA.get(name, name) for name in ratio.strata)
