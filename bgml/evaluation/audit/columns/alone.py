"""A column that alone ranks better than the model without it: the outcome itself, or something made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from bgml.errors import ModelError
from bgml.evaluation.audit.columns.single import near_copies, single_aucs, single_scores
from bgml.evaluation.audit.finding import Checked, Finding
from bgml.evaluation.chapters.chapter import Table
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.race.scored import Scored
from bgml.learning.examples import Examples
from bgml.learning.fitting.fit import fit
from bgml.project import Project
from bgml.scoring.definition import Model

NAME = "alone"
TRIED = 3
"""Columns for which the model is fitted again without them: the best alone, each with its near copies."""
SHOWN = 10
PERFECT = 0.99
"""An AUC that no honest column reaches."""
STRONG = 0.9
"""Below this AUC a column that beats the model may be the one good column of a poor set; from here on it is taken for a leak."""
DRAWS = 200

Split = tuple[Examples, Examples]
"""What to learn from, and what to test on."""
Splits = Callable[[], Iterable[Split]]
"""Gives the splits one after the other, as often as it is asked: they need not be in memory together."""


@dataclass(frozen=True)
class Alone:
    """A column against the model without it and its near copies, by AUC per date, then averaged; `difference` has an interval."""

    column: str
    copies: tuple[str, ...]
    alone: float
    without: float
    difference: Estimate

    @property
    def severity(self) -> str:
        """fault: better with confidence and strong, or as good as perfect; warning: better with confidence; else empty."""
        better = self.difference.low > 0
        if self.alone >= PERFECT or (better and self.alone >= STRONG):
            return "fault"
        return "warning" if better else ""


def ranked(splits: Iterable[Split]) -> dict[str, float]:
    """Every column's AUC alone, averaged over the test dates of all splits, the best first."""
    by_date: dict[str, list[np.ndarray]] = {}
    for train, test in splits:
        for name, values in single_aucs(train, test).items():
            by_date.setdefault(name, []).append(values)
    means = {name: _mean(np.concatenate(values)) for name, values in by_date.items()}
    return dict(sorted(((name, mean) for name, mean in means.items() if np.isfinite(mean)), key=lambda pair: -pair[1]))


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def against(
    splits: Splits, model: Model, column: str, copies: tuple[str, ...], project: Project, *, draws: int = DRAWS, seed: int = 0
) -> Alone:
    """The column alone against the model fitted again without it and its near copies, on the same test rows.

    ModelError where the model cannot be fitted without them.
    """
    taken = [f"-{name}" for name in copies]
    narrower = replace(model, features=(*model.features, *taken))
    alone, without, tests = [], [], []
    for train, test in splits():
        alone.append(single_scores(train.features[column], train.won == 1, test.features[column]))
        scorer = fit(narrower, train, project.settings, threads=project.threads(), name=model.name, calibrated=False)
        without.append(scorer.score(test.frame()))
        tests.append(replace(test, features=test.features[[]]))
    scored = Scored(
        as_of=np.concatenate([test.as_of for test in tests]),
        account=np.concatenate([test.account for test in tests]),
        topic=np.concatenate([test.topic for test in tests]),
        won=np.concatenate([test.won == 1 for test in tests]),
        amount=np.concatenate([test.amount for test in tests]),
        scores={"alone": np.concatenate(alone), "without": np.concatenate(without)},
    )
    result = race(scored, draws=draws, seed=seed, threads=project.threads())
    values = [result.estimate(entry, "auc").value for entry in ("alone", "without")]
    return Alone(column, copies, values[0], values[1], result.difference("alone", "without", "auc"))


def suspects(examples: Examples, aucs: dict[str, float], tried: int = TRIED) -> list[tuple[str, tuple[str, ...]]]:
    """The columns that are best alone, each with its near copies; a copy of a better one is no suspect of its own."""
    found: list[tuple[str, tuple[str, ...]]] = []
    taken: set[str] = set()
    for name in aucs:
        if len(found) == tried:
            break
        if name not in taken:
            copies = tuple(near_copies(examples, name))
            taken.update(copies)
            found.append((name, copies))
    return found


def check(splits: Splits, model: Model, project: Project, whole: float, *, draws: int = DRAWS, seed: int = 0) -> Checked:
    """The best columns alone against the model without them; `whole` is the model's AUC with every column."""
    aucs = ranked(splits())
    compared, skipped = [], []
    for column, copies in suspects(next(iter(splits()))[0], aucs):
        try:
            compared.append(against(splits, model, column, copies, project, draws=draws, seed=seed))
        except ModelError as error:
            skipped.append(Finding(NAME, "note", f"{column} was not held against {model.name} without it: {error}."))
    did = (
        f"Ranked the groups of every test date by each of {len(aucs)} columns alone, out of sample, and fitted {model.name} again without "
        f"the best {len(compared)} of them (its AUC with all columns: {whole:.3f})."
    )
    data = {
        "model": model.name,
        "model_auc": whole if np.isfinite(whole) else None,
        "columns": [{"column": name, "auc": auc} for name, auc in aucs.items()],
        "against": [_document(part) for part in compared],
    }
    return Checked(
        NAME, did, (*(finding for part in compared for finding in findings(part, model.name)), *skipped), _tables(aucs, compared), data
    )


def findings(part: Alone, model: str) -> list[Finding]:
    """What a comparison means; nothing where the model without the column is better."""
    if not part.severity:
        return []
    copies = f" (and its near copies {', '.join(name for name in part.copies if name != part.column)})" if len(part.copies) > 1 else ""
    difference = part.difference
    ends = f", 95% interval of the difference {difference.low:+.3f} to {difference.high:+.3f}" if np.isfinite(difference.low) else ""
    found = f"{part.column} alone has an AUC of {part.alone:.3f}; {model} without it{copies} has {part.without:.3f}{ends}."
    means = (
        "A column that knows more than all the others together is made from the outcome, or written down after it, or is the only good one."
    )
    way_out = (
        f"find out when {part.column} is written and by whom; date it (recorded_at, valid_from) or take it away ([features] without), "
        "unless it was known at the date"
    )
    return [Finding(NAME, "fault" if part.severity == "fault" else "warning", found, means, way_out)]


def _tables(aucs: dict[str, float], compared: list[Alone]) -> tuple[Table, ...]:
    tried = {part.column: part for part in compared}
    rows = []
    for name, auc in list(aucs.items())[:SHOWN]:
        part = tried.get(name)
        rows.append((name, f"{auc:.3f}", f"{part.without:.3f}" if part else "", ", ".join(part.copies[1:]) if part else ""))
    return (Table(("column", "AUC alone", "model without it", "left out with it, as near copies"), tuple(rows), "The best columns alone"),)


def _document(part: Alone) -> dict[str, object]:
    difference = part.difference
    return {
        "column": part.column,
        "copies": list(part.copies),
        "alone": part.alone,
        "without": part.without,
        "difference": difference.value,
        "low": difference.low if np.isfinite(difference.low) else None,
        "high": difference.high if np.isfinite(difference.high) else None,
    }
