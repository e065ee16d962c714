"""The weekly job: a challenger from today's data, the better of it and the champion, this week's ranking, a look at drift.

Every step looks at what is there before it works: a challenger of the same recipe and data is not trained twice, one that was refused is
not compared again with the same champion, a ranking of the same inputs is the same ranking. So the job can be run again at any time,
after it was killed as well as after it was done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bgml.data.dataset import Dataset
from bgml.errors import BgmlError, ModelError, TrackingError
from bgml.evaluation import promotion
from bgml.evaluation.audit.guard import guard
from bgml.evaluation.drift import Drift
from bgml.groups.dates import newest_monday
from bgml.learning.recipe import Recipe
from bgml.learning.tracking import registry, track
from bgml.learning.training import Lesson, Trained, train_one
from bgml.project import Progress, Project, quiet
from bgml.ranking.monitor import monitor
from bgml.ranking.score import Scored, score
from bgml.scoring.definition import Model, find_model, load_models, select

LOCK = "refresh"
CHALLENGER = "challenger"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """One step of the job: its name, what came of it in a sentence, the seconds it took, and whether it failed."""

    name: str
    said: str
    seconds: float
    failed: bool = False


@dataclass(frozen=True)
class Refreshed:
    """What the job did, step by step, and the ranking it ended with."""

    as_of: date
    steps: tuple[Step, ...]
    scored: Scored
    drift: Drift | None

    @property
    def failures(self) -> tuple[Step, ...]:
        """The steps that failed; the ranking was made all the same, with the champion there was."""
        return tuple(step for step in self.steps if step.failed)


def refresh(project: Project, dataset: Dataset, *, progress: Progress = quiet) -> Refreshed:
    """Train a challenger, promote it unless it is worse with confidence, rank the newest Monday, compare it with training.

    The challenger is of the champion's model, or before there is one of the first of `models.train`. What keeps it from being trained or
    compared does not keep the week's list: the champion ranks on, and the step says why. Without any version that is an error.
    Raises what `score` raises; ProjectError while another refresh, training or promotion runs.
    """
    with project.lock(LOCK):
        job = _Job(project, dataset, newest_monday(dataset.until), progress)
        return job.run()


class _Job:
    """One run of the job."""

    def __init__(self, project: Project, dataset: Dataset, as_of: date, progress: Progress) -> None:
        self.project, self.dataset, self.as_of, self.progress = project, dataset, as_of, progress
        self.steps: list[Step] = []

    def run(self) -> Refreshed:
        champion = registry.holder(self.project, registry.CHAMPION)
        self._tried("check", self._checked, needed=True)
        challenger = self._tried("challenger", lambda: self._challenger(champion), needed=champion is None)
        if challenger is not None:
            self._tried("promote", lambda: self._promoted(challenger, champion), needed=False)
        scored = self._tried("score", self._scored, needed=True)
        assert scored is not None
        drift = self._tried("drift", self._drifted, needed=False)
        return Refreshed(self.as_of, tuple(self.steps), scored, drift)

    def _tried(self, name: str, work: Callable[[], tuple[Result, str]], *, needed: bool) -> Result | None:
        """The result of a step; a stated problem is noted and None unless nothing can go on without it."""
        began = time.perf_counter()
        try:
            result, said = work()
        except BgmlError as problem:
            if needed:
                raise
            self.steps.append(Step(name, str(problem), time.perf_counter() - began, failed=True))
            return None
        self.steps.append(Step(name, said, time.perf_counter() - began))
        return result

    def _checked(self) -> tuple[bool, str]:
        """What the tables held; those that cannot be used have stopped the job before."""
        report = self.dataset.report
        aside = sum(table.quarantined for table in report.tables)
        rows = f"{sum(table.kept for table in report.tables):,} rows of {len(report.tables)} tables, complete before {report.until}"
        return True, f"{rows}, {aside:,} set aside{f', {len(report.warnings)} warnings' if report.warnings else ''}."

    def _challenger(self, champion: registry.Version | None) -> tuple[registry.Version, str]:
        """The version that this week's data makes, trained unless it is there."""
        name = champion.name if champion else self.project.settings.models.train[0]
        model = find_model(load_models(self.project), name)
        with self.project.lock("train"):
            lesson = Lesson.read(self.project, self.dataset, [model], self.as_of, self.progress)
            recipe = Recipe.of(self.project, model)
            version = self._trained_before(recipe, model, lesson)
            said = f"{version} was trained on these data already."
            if version is None:
                warnings = guard(self.project, self.dataset, [model], lesson.examples)
                made = train_one(self.project, recipe, model, lesson, progress=self.progress)
                if made.not_sent:
                    raise TrackingError(made.not_sent)
                version, said = made.version, " ".join([_learned(made), *warnings])
        track.set_alias(self.project, CHALLENGER, version.version)
        return version, said

    def _trained_before(self, recipe: Recipe, model: Model, lesson: Lesson) -> registry.Version | None:
        """The newest version of the same recipe, date and data, whose artifact is whole."""
        known = lesson.fingerprint(select(model, lesson.examples.features.columns, model.name))
        for version in reversed(registry.versions(self.project)):
            if version.name != model.name or version.as_of != self.as_of:
                continue
            if registry.tags(self.project, version).get("fingerprint") != known:
                continue
            try:
                same = Recipe.stored(registry.fetched(self.project, version).folder, str(version)).sha256 == recipe.sha256
            except BgmlError:
                continue
            if same:
                return version
        return None

    def _promoted(self, challenger: registry.Version, champion: registry.Version | None) -> tuple[bool, str]:
        """Whether the challenger is champion now; what was refused or rolled back stays so against the same champion."""
        tags = registry.tags(self.project, challenger)
        if "refused_over" in tags and (champion is None or tags["refused_over"] == str(champion)):
            return False, f"{challenger} was compared with {tags['refused_over']} before and is worse; nothing was changed."
        if champion is not None and tags.get("rolled_back_to") == str(champion):
            return False, f"{challenger} was rolled back to {champion}, which stays champion."
        done = promotion.promote(self.project, self.dataset, challenger, progress=self.progress)
        if done.promoted:
            return True, done.sentence
        if done.verdict == promotion.NOT_COMPARED:
            raise ModelError(done.sentence)
        track.tag_version(self.project, challenger.version, {"refused_over": done.rival, "refused_comparison": done.run or ""})
        return False, done.sentence

    def _scored(self) -> tuple[Scored, str]:
        scored = score(self.project, self.dataset, self.as_of, progress=self.progress)
        return scored, f"{len(scored.table):,} groups ranked by {scored.version}, ranking {scored.stored.ranking_id}."

    def _drifted(self) -> tuple[Drift, str]:
        """Whether the version in use still meets the groups it learned from."""
        drift = monitor(self.project, self.dataset, self.progress)
        off = [finding for finding in drift.findings if finding.level == drift.level]
        worst = f" {off[0].name}: {off[0].sentence}." if off and drift.level != "green" else ""
        return drift, f"{drift.level}.{worst}"


def _learned(made: Trained) -> str:
    return f"{made.version} learned from {made.wins:,} distinct wins on {len(made.dates)} dates."
