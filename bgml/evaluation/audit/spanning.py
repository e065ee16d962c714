"""Journeys on both sides of a fold's border: groups and deals that are trained on and tested on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.evaluation.race.intervals import Estimate, Race, race
from bgml.evaluation.race.metrics import HEADLINE, shown
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples

NAME = "spanning"
DRAWS = 200
SHOWN = 3


def codes(examples: Examples) -> npt.NDArray[np.int64]:
    """One number per group (account and topic)."""
    return examples.account.astype(np.int64) * max(len(examples.topics), 1) + examples.topic


def shared_deals(train: Examples, test: Examples) -> list[str]:
    """Opportunities that decide rows on both sides; by rule 6 (d + horizon <= T) there is none."""
    left, right = (part.deals["opportunity_id"].dropna().unique() for part in (train, test))
    return sorted(map(str, set(left) & set(right)))


def check(tested: Tested, model: str, *, draws: int = DRAWS) -> Checked:
    """Count what stands on both sides of each fold's border, and test the model on groups it met in training and on others."""
    rows, findings, data, seen = [], list[Finding](), list[dict[str, Any]](), list[npt.NDArray[np.bool_]]()
    for fold in tested.folds:
        train, test = on_dates(tested.examples, fold.train), on_dates(tested.examples, fold.test)
        met = np.isin(codes(test), codes(train))
        seen.append(met)
        part, problems = _fold(fold, train, test, met)
        data.append(part)
        findings += problems
        numbers = (f"{part[key]:,}" for key in ("groups", "spanning", "won_in_both", "shared_deals"))
        rows.append((str(fold.number), *numbers))
    sides = _sides(tested, model, np.concatenate(seen), draws)
    sentence = "; ".join(_said(name, side) for name, side in sides.items() if side is not None)
    if sentence:
        findings.append(Finding(NAME, "note", f"{model} on groups met in training and on others: {sentence}.", _meaning()))
    spanning, groups = sum(part["spanning"] for part in data), sum(part["groups"] for part in data)
    did = (
        f"Of {groups:,} test groups (counted per fold) {spanning:,} also stand in training, on earlier dates; looked for deals that "
        "decide rows on both sides."
    )
    columns = ("fold", "test groups", "also in training", "won in training and in test", "deals that decide both")
    tables = [Table(columns, tuple(rows), "Journeys across the border")]
    told = {name: None if side is None else {key: _plain(side, model, key) for key in ("auc", HEADLINE)} for name, side in sides.items()}
    return Checked(NAME, did, tuple(findings), tuple(tables), {"folds": data, "model": model, "groups": told})


def _fold(fold: Fold, train: Examples, test: Examples, met: npt.NDArray[np.bool_]) -> tuple[dict[str, Any], list[Finding]]:
    """The counts of one fold, and a fault where a deal decides rows on both sides."""
    shared = shared_deals(train, test)
    groups = codes(test)
    counts = {
        "fold": fold.number,
        "groups": len(np.unique(groups)),
        "spanning": len(np.unique(groups[met])),
        "won_in_both": len(np.intersect1d(codes(train)[train.won == 1], groups[test.won == 1])),
        "shared_deals": len(shared),
    }
    if not shared:
        return counts, []
    found = f"In fold {fold.number} {len(shared):,} deals decide rows of training and of test: {', '.join(shared[:SHOWN])}."
    means = "The model learned from outcomes that its test asks for."
    way_out = "train on dates d with d + horizon <= the first test date only"
    return counts, [Finding(NAME, "fault", found, means, way_out)]


def _sides(tested: Tested, model: str, met: npt.NDArray[np.bool_], draws: int) -> dict[str, Race | None]:
    """The race of the model alone among groups met in training, and among the others; None where one side lacks winners or losers."""
    found: dict[str, Race | None] = {}
    for name, mask in (("met", met), ("new", ~met)):
        part = tested.scored.take(mask)
        part = replace(part, scores={model: part.scores[model]}, propensities={})
        usable = len(part) and 0 < part.won.sum() < len(part)
        found[name] = race(part, draws=draws, seed=tested.seed, threads=tested.project.threads()) if usable else None
    return found


def _said(name: str, side: Race) -> str:
    auc, top = (side.estimate(side.models[0], metric) for metric in ("auc", HEADLINE))
    who = "met in training" if name == "met" else "not met"
    return f"{who}, AUC {_interval(auc)}, {shown(HEADLINE)} {_interval(top)}"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})" if np.isfinite(estimate.low) else f"{estimate.value:.3f}"


def _meaning() -> str:
    return "Where the first is much better, the model knows its training groups by heart; the other is what to expect of new ones."


def _plain(side: Race, model: str, metric: str) -> dict[str, float | None]:
    estimate = side.estimate(model, metric)
    values = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}
