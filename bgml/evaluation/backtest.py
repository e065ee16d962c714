"""The race: every model and baseline refitted fold by fold, scored on the same later candidates, unsampled."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bgml.errors import DataError, ModelError
from bgml.evaluation.audit.audit import audit
from bgml.evaluation.chapters.book import with_chapters
from bgml.evaluation.chapters.tested import Tested, on_dates
from bgml.evaluation.evaluation import Counts, Evaluation, FoldSummary, LeftOut
from bgml.evaluation.race.facts import facts
from bgml.evaluation.race.intervals import DRAWS, race
from bgml.evaluation.race.scored import Floats, Scored
from bgml.evaluation.race.truth import TRUTH, fits, truth_file, truth_scores
from bgml.evaluation.race.worked import UNKNOWN, is_known
from bgml.evaluation.reach import reach
from bgml.evaluation.readiness.verdict import assess
from bgml.groups.dates import Fold
from bgml.groups.dates import folds as rolling_folds
from bgml.learning.examples import Examples, collect
from bgml.learning.fingerprint import fingerprint_of_names
from bgml.learning.fitting.fit import fit
from bgml.project import Progress, Project, quiet
from bgml.scoring.definition import Model, find_model, load_models

if TYPE_CHECKING:
    import pandas as pd

    from bgml.data.dataset import Dataset

FOLDS = 5
EPOCH = datetime.date(1970, 1, 1)


def contestants(project: Project, names: Sequence[str] = ()) -> dict[str, Model]:
    """The models named and every baseline; without names, every model of the project. ModelError for an unknown name."""
    models = load_models(project)
    chosen = {name: find_model(models, name) for name in names} or models
    learning = {name: model for name, model in chosen.items() if model.rule is None}
    return learning | {name: model for name, model in models.items() if model.rule is not None}


def folds_of(project: Project, dataset: Dataset, n: int = FOLDS) -> list[Fold]:
    """The rolling folds of a project's data; DataError if no date can be tested."""
    return rolling_folds(project.settings, EPOCH + datetime.timedelta(days=dataset.first_day), dataset.until, n)


def evaluate(
    project: Project,
    dataset: Dataset,
    names: Sequence[str] = (),
    folds: int = FOLDS,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    worked: pd.DataFrame | None = None,
    audited: bool = False,
    progress: Progress = quiet,
) -> Evaluation:
    """Race the models over `folds` past test blocks and say how sure every number is.

    A fold with too few won opportunities and a model that cannot be trained are left out and named. DataError when no fold is left,
    ModelError when no model is. worked: the groups that exported rankings had selected (`ranking.handout.exposure.exported`);
    `audited` adds the leakage audit, as the last chapter.
    """
    models = contestants(project, names)
    plan = folds_of(project, dataset, folds)
    examples = collect(project, dataset, _dates(plan), progress=progress)
    evaluation = run(project, dataset, models, plan, examples, draws=draws, seed=seed, worked=worked, audited=audited, progress=progress)
    return replace(evaluation, readiness=assess(dataset, project.settings, project.threads(), folds, progress))


def run(
    project: Project,
    dataset: Dataset,
    models: Mapping[str, Model],
    plan: Sequence[Fold],
    examples: Examples,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    worked: pd.DataFrame | None = None,
    audited: bool = False,
    progress: Progress = quiet,
) -> Evaluation:
    """The race on examples that are there already: all candidates of the training and test dates of `plan`."""
    settings = project.settings
    summaries = [summarised(fold, examples, settings.check.min_won) for fold in plan]
    kept = [fold for fold, summary in zip(plan, summaries, strict=True) if not summary.left_out]
    if not kept:
        raise DataError(f"no fold can be evaluated: {'; '.join(f'fold {part.number}: {part.left_out}' for part in summaries)}")
    entries = _Entries(dict(models))
    for number, fold in enumerate(kept):
        progress("folds", number, len(kept))
        entries.enter(fold, examples, project, progress)
    progress("folds", len(kept), len(kept))
    tested = on_dates(examples, [day for fold in kept for day in fold.test])
    scored, notes = _with_truth(project, replace(entries.scored(kept, tested), facts=facts(dataset, tested, settings.routes)), tested)
    evaluation = Evaluation(
        project=settings.project.name,
        outcome=settings.outcome.model_dump(),
        until=dataset.until,
        folds=tuple(summaries),
        left_out=tuple(entries.left_out),
        baselines=tuple(name for name, model in models.items() if model.rule is not None and name in scored.scores),
        reach=reach(dataset, settings, tested, [day for fold in kept for day in fold.test]),
        counts=Counts.of(scored),
        race=race(scored, draws=draws, seed=seed, threads=project.threads(), progress=progress),
        notes=tuple(dict.fromkeys([*notes, *entries.warnings, *([] if is_known(dataset, worked) else [UNKNOWN])])),
        inputs=_inputs(examples),
    )
    finished = Tested(project, dataset, tuple(kept), examples, scored, entries.models, draws, seed, progress, worked)
    evaluation = with_chapters(evaluation, finished)
    return replace(evaluation, chapters=(*evaluation.chapters, audit(evaluation, finished))) if audited else evaluation


@dataclass
class _Entries:
    """What the models said fold by fold; a model that fails in one fold is out of the race, so that all meet the same candidates."""

    models: dict[str, Model]
    said: dict[str, list[tuple[Floats, Floats]]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def enter(self, fold: Fold, examples: Examples, project: Project, progress: Progress) -> None:
        """Fit every model on the fold's training dates and score all candidates of its test dates."""
        train, test = on_dates(examples, fold.train), on_dates(examples, fold.test).frame()
        for name, model in list(self.models.items()):
            try:
                scorer = fit(model, train, project.settings, threads=project.threads(), name=name, progress=progress)
                judged = scorer.judge(test)
                self.said.setdefault(name, []).append((judged.raw, judged.propensity))
                self.warnings += [f"{name}, fold {fold.number}: {warning}" for warning in scorer.info.get("warnings", [])]
            except ModelError as problem:
                self.left_out.append(LeftOut(name, f"fold {fold.number}: {problem}"))
                del self.models[name]
                self.said.pop(name, None)
        if not self.models:
            raise ModelError(f"no model can be raced: {'; '.join(f'{part.name}, {part.reason}' for part in self.left_out)}")

    def scored(self, folds: Sequence[Fold], tested: Examples) -> Scored:
        """Everything said, on the candidates of all test dates."""
        scores = {name: np.concatenate([raw for raw, _ in said]) for name, said in self.said.items()}
        propensities = {name: np.concatenate([propensity for _, propensity in said]) for name, said in self.said.items()}
        number = np.array([fold.number for fold in folds for _ in fold.test], dtype=np.int64)
        day = _days([day for fold in folds for day in fold.test])
        return Scored(
            as_of=tested.as_of,
            account=tested.account,
            topic=tested.topic,
            won=tested.won == 1,
            amount=tested.amount,
            scores=scores,
            propensities={name: values for name, values in propensities.items() if np.isfinite(values).all()},
            fold=number[np.searchsorted(day, tested.as_of.astype("datetime64[D]"))],
            deals=tested.deals,
        )


def summarised(fold: Fold, examples: Examples, least: int) -> FoldSummary:
    """The fold in numbers, and why it is left out if it is."""
    train, test = on_dates(examples, fold.train), on_dates(examples, fold.test)
    wins, needed = train.won_opportunities(), ""
    if wins < least:
        needed = f"{wins} distinct wins to train on, at least {least} needed (check.min_won)"
    elif not len(test):
        needed = "no candidate on its test dates"
    return FoldSummary(
        number=fold.number,
        train_first=fold.train[0],
        train_last=fold.train[-1],
        test_first=fold.test[0],
        test_last=fold.test[-1],
        test_dates=len(fold.test),
        train_candidates=len(train),
        train_won_opportunities=wins,
        candidates=len(test),
        groups_won=int((test.won == 1).sum()),
        won_opportunities=test.won_opportunities(),
        left_out=needed,
    )


def _inputs(examples: Examples) -> dict[str, object]:
    """What the race was run on, so that two races on the same rows can be told by it."""
    columns = list(examples.features.columns)
    names = fingerprint_of_names(columns)
    return {"fingerprint": examples.fingerprint(), "rows": len(examples), "columns": len(columns), "columns_fingerprint": names}


def _with_truth(project: Project, scored: Scored, tested: Examples) -> tuple[Scored, list[str]]:
    """The truth of a simulated market as one more entry, where there is one and it is about this outcome."""
    path = truth_file(project)
    if path is None:
        return scored, []
    if not fits(project.settings):
        return scored, ["The simulated market's truth is about another outcome than this project's and is left out."]
    truth = truth_scores(path, tested)
    if truth is None:
        return scored, ["The simulated market's truth does not cover all candidates and is left out."]
    return replace(scored, scores={**scored.scores, TRUTH: truth}, propensities={**scored.propensities, TRUTH: truth}), []


def _dates(plan: Sequence[Fold]) -> list[datetime.date]:
    return sorted({day for fold in plan for day in (*fold.train, *fold.test)})


def _days(dates: Sequence[datetime.date]) -> npt.NDArray[np.datetime64]:
    return np.array(dates, dtype="datetime64[D]")
