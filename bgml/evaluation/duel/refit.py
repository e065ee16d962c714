"""Recipes refitted fold by fold, each on its own features of the same candidates."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bgml.errors import DataError, ModelError
from bgml.evaluation.backtest import FOLDS, folds_of, summarised
from bgml.evaluation.chapters.tested import on_dates
from bgml.evaluation.duel.contender import Contender
from bgml.evaluation.evaluation import FoldSummary, LeftOut
from bgml.evaluation.race.scored import Floats, Scored
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples, collect
from bgml.learning.fitting.fit import fit
from bgml.learning.training import columns_learned
from bgml.project import Progress, Project, quiet
from bgml.scoring.definition import Model
from bgml.scoring.predict import Scorer

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset


@dataclass(frozen=True)
class Entry:
    """A contender made ready: its project (the present one on its own code), its model and the examples with its features."""

    contender: Contender
    code: Project
    model: Model
    examples: Examples


@dataclass(frozen=True)
class Refitted:
    """What each contender, under its full name, said of every candidate of the test dates; scorers: as fitted in the last fold."""

    folds: tuple[FoldSummary, ...]
    scored: Scored
    entries: Mapping[str, Entry]
    scorers: Mapping[str, Scorer]
    left_out: tuple[LeftOut, ...]

    def newest(self, name: str) -> pd.DataFrame:
        """Keys and a contender's features of the candidates at the newest test date, row for row the last of `scored`."""
        return on_dates(self.entries[name].examples, [self.scored.dates[-1]]).frame()

    def renamed(self, names: Mapping[str, str]) -> Scored:
        """What those named said, under other names."""
        states = self.scored.propensities
        return replace(
            self.scored,
            scores={label: self.scored.scores[name] for name, label in names.items()},
            propensities={label: states[name] for name, label in names.items() if name in states},
        )


def refit(project: Project, dataset: Dataset, contenders: Sequence[Contender], folds: int = FOLDS, progress: Progress = quiet) -> Refitted:
    """Every recipe refitted in every fold of the project's present [groups], [outcome] and [dates], as `backtest.evaluate` does.

    A contender that cannot be trained in one of the folds is left out and named. DataError when no fold can be tested.
    """
    plan = folds_of(project, dataset, folds)
    entries = entered(project, dataset, contenders, sorted({day for fold in plan for day in (*fold.train, *fold.test)}), progress)
    outcomes = next(iter(entries.values())).examples
    summaries = tuple(summarised(fold, outcomes, project.settings.check.min_won) for fold in plan)
    kept = [fold for fold, summary in zip(plan, summaries, strict=True) if not summary.left_out]
    if not kept:
        raise DataError(f"no fold can be tested: {'; '.join(f'fold {part.number}: {part.left_out}' for part in summaries)}")
    said = _Said(dict(entries))
    for number, fold in enumerate(kept):
        progress("folds", number, len(kept))
        said.add(fold, progress)
    progress("folds", len(kept), len(kept))
    return Refitted(summaries, said.scored(kept, outcomes), said.entries, said.scorers, tuple(said.left_out))


def entered(
    project: Project, dataset: Dataset, contenders: Sequence[Contender], dates: Sequence[datetime.date], progress: Progress = quiet
) -> dict[str, Entry]:
    """Each contender under its full name, with its own features of all candidates of the dates; what has the same features shares them.

    The candidates depend on the present settings alone, never on a recipe.
    """
    from bgml.engine.columns.catalog import load_catalog

    ready = [(one, code := one.recipe.project(project), one.recipe.model(code)) for one in contenders]
    teams: dict[object, list[Model]] = {}
    for one, _, model in ready:
        teams.setdefault(_features(one), []).append(model)
    shared: dict[object, Examples] = {}
    for one, code, _ in ready:
        if _features(one) not in shared:
            columns = columns_learned(teams[_features(one)], load_catalog(code, dataset).names)
            shared[_features(one)] = collect(code, dataset, dates, columns=columns, progress=progress)
    first = next(iter(shared.values()))
    for examples in shared.values():
        _require_same(first, examples)
    return {str(one): Entry(one, code, model, shared[_features(one)]) for one, code, model in ready}


def _features(contender: Contender) -> object:
    """What decides which features there are, and their values."""
    recipe = contender.recipe
    texts = tuple((path, text) for path, text in sorted(recipe.files.items()) if not path.startswith("models/"))
    return texts, recipe.settings.data.static, recipe.settings.features


def _require_same(first: Examples, other: Examples) -> None:
    """ModelError unless both hold the same groups on the same dates."""
    same = len(first) == len(other) and all(
        np.array_equal(getattr(first, part), getattr(other, part)) for part in ("as_of", "account", "topic", "accounts", "topics")
    )
    if not same:
        raise ModelError("two recipes were given different candidates, which is a defect in bgml, please report it")


@dataclass
class _Said:
    """What the entries said fold by fold; one that fails in one fold is out, so that all meet the same candidates."""

    entries: dict[str, Entry]
    said: dict[str, list[tuple[Floats, Floats]]] = field(default_factory=dict)
    scorers: dict[str, Scorer] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, fold: Fold, progress: Progress) -> None:
        """Fit every entry on the fold's training dates and score all candidates of its test dates; equal recipes are fitted once."""
        fitted: dict[str, Scorer] = {}
        for name, entry in list(self.entries.items()):
            making = entry.contender.recipe.making
            try:
                scorer = fitted[making] = fitted.get(making) or _fitted(entry, fold, progress)
                judged = scorer.judge(on_dates(entry.examples, fold.test).frame())
            except ModelError as problem:
                self.left_out.append(LeftOut(name, f"fold {fold.number}: {problem}"))
                del self.entries[name]
                self.said.pop(name, None)
                continue
            self.scorers[name] = scorer
            self.said.setdefault(name, []).append((judged.raw, judged.propensity))

    def scored(self, folds: Sequence[Fold], outcomes: Examples) -> Scored:
        """Everything said, on the candidates of all test dates."""
        if not self.said:
            raise ModelError(f"nothing can be compared: {'; '.join(f'{part.name}, {part.reason}' for part in self.left_out)}")
        tested = on_dates(outcomes, [day for fold in folds for day in fold.test])
        days = np.array([day for fold in folds for day in fold.test], dtype="datetime64[D]")
        number = np.array([fold.number for fold in folds for _ in fold.test], dtype=np.int64)
        joined = {name: [np.concatenate(part) for part in zip(*said, strict=True)] for name, said in self.said.items()}
        return scored_of(tested, joined, number[np.searchsorted(days, tested.as_of.astype("datetime64[D]"))])


def _fitted(entry: Entry, fold: Fold, progress: Progress) -> Scorer:
    """The entry's model, learned from the fold's training dates."""
    train, settings = on_dates(entry.examples, fold.train), entry.code.settings
    return fit(entry.model, train, settings, threads=entry.code.threads(), name=entry.contender.name, progress=progress)


def scored_of(tested: Examples, said: Mapping[str, Sequence[Floats]], fold: np.ndarray | None = None) -> Scored:
    """Candidates with raw scores and propensities per name; who states no probability for all of them states none."""
    return Scored(
        as_of=tested.as_of, account=tested.account, topic=tested.topic, won=tested.won == 1, amount=tested.amount, deals=tested.deals,
        scores={name: raw for name, (raw, _) in said.items()},
        propensities={name: chance for name, (_, chance) in said.items() if np.isfinite(chance).all()},
        fold=np.zeros(len(tested), np.int64) if fold is None else fold,
    )  # fmt: skip
