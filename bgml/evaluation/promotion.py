"""The champion and who may follow it: promotion behind a comparison, and the way back."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bgml.errors import BgmlError, ModelError, TrackingError
from bgml.evaluation.backtest import FOLDS
from bgml.evaluation.compare import duel, keep
from bgml.evaluation.duel.comparison import Comparison, Verdict, deciding
from bgml.evaluation.duel.contender import Contender
from bgml.evaluation.duel.refit import refit
from bgml.evaluation.race.intervals import DRAWS
from bgml.evaluation.race.metrics import per_date
from bgml.learning.recipe import Recipe, feature_files
from bgml.learning.tracking import registry, track
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact
from bgml.scoring.definition import load_models

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

LOCK = "promote"
NOT_COMPARED: Literal["not compared"] = "not compared"
NOBODY = "nobody"


@dataclass(frozen=True)
class Promotion:
    """What came of a promotion. `promoted` says whether the version is champion now, `changed` whether it was not before.

    rival: the former champion, or without one the best baseline; run: the MLflow run that keeps the comparison; sentence: the result
    for people, with the way out where it was refused.
    """

    version: registry.Version
    promoted: bool
    changed: bool
    verdict: Verdict | Literal["not compared"]
    sentence: str
    rival: str = NOBODY
    former: registry.Version | None = None
    reason: str | None = None
    run: str | None = None
    comparison: Comparison | None = None
    warnings: tuple[str, ...] = ()


def promote(
    project: Project,
    dataset: Dataset,
    version: registry.Version,
    reason: str | None = None,
    folds: int = FOLDS,
    *,
    draws: int = DRAWS,
    progress: Progress = quiet,
) -> Promotion:
    """Make a version the champion, unless it is worse than the present one with confidence, or cannot be compared with it.

    Both recipes are refitted and compared as `bgml compare` does; with no champion the best baseline is the rival. `reason` promotes
    all the same and is recorded. The comparison is kept in MLflow either way. A refusal is a Promotion that is not `promoted`.
    Raises ModelError for a version whose artifact is damaged or cannot score, ProjectError while another promotion or rollback runs.
    """
    with project.lock(LOCK):
        former = registry.holder(project, registry.CHAMPION)
        if former is not None and former.version == version.version:
            registry.make_champion(project, registry.fetched(project, former))  # completes a promotion that was killed half-way
            return Promotion(version, True, False, NOT_COMPARED, f"{version} is the champion already; nothing was changed.", former=former)
        warnings = _fit_to_score(project, dataset, version)
        try:
            comparison = _compared(project, dataset, version, former, folds, draws, progress)
        except BgmlError as error:
            judged = _not_compared(version, former, error)
        else:
            judged = _judged(project, version, former, comparison)
        judged = replace(judged, reason=reason, warnings=warnings)
        if not judged.promoted and not reason:
            return judged
        _record(project, judged)
        registry.make_champion(project, version, previous=former)
        return replace(judged, promoted=True, changed=True, sentence=_told(judged))


def rollback(project: Project) -> tuple[registry.Version, registry.Version]:
    """Make the previous champion champion again; the one that was and the one that is. Done twice, all is as before.

    One that was killed half-way is completed by the next. Raises TrackingError when there is no previous champion, ModelError when it
    cannot score any more, ProjectError while a promotion or another rollback runs.
    """
    with project.lock(LOCK):
        left, back = (registry.holder(project, alias) for alias in (registry.CHAMPION, registry.PREVIOUS))
        if left is None:
            raise TrackingError("there is no champion, so there is nothing to roll back: `bgml promote` makes one")
        if back is not None and back.version == left.version and (followed := _rolled_back_to(project, left)) is not None:
            left = followed
        if back is None or back.version == left.version:
            raise TrackingError(f"{left} is the only champion there was, so there is nothing to roll back to: promote another version")
        back = registry.fetched(project, back)
        artifact.load(back.folder, project)
        # First whom the champion follows: it is in no alias between the two that are set next.
        track.tag_version(project, left.version, {"rolled_back_at": _now(), "rolled_back_to": str(back)})
        registry.make_champion(project, back)
        track.set_alias(project, registry.PREVIOUS, left.version)
        return left, back


def _rolled_back_to(project: Project, champion: registry.Version) -> registry.Version | None:
    """The version that was last left for this one."""
    tagged = [(registry.tags(project, version), version) for version in registry.versions(project)]
    left = [(tags.get("rolled_back_at", ""), version) for tags, version in tagged if tags.get("rolled_back_to") == str(champion)]
    return max(left, key=lambda one: one[0])[1] if left else None


def _fit_to_score(project: Project, dataset: Dataset, version: registry.Version) -> tuple[str, ...]:
    """ModelError unless the version loads and the project has the features it reads; a warning where their files have changed."""
    from bgml.engine.columns.catalog import load_catalog

    scorer = artifact.load(version.folder, project)
    known = load_catalog(project, dataset).names
    if missing := [name for name in scorer.features if name not in known]:
        raise ModelError(f'{version} reads "{missing[0]}", which is no feature of the project now, so it cannot score; bring it back')
    try:
        stored = {path: text for path, text in Recipe.stored(version.folder, str(version)).files.items() if not path.startswith("models/")}
    except ModelError:
        return ()
    now = feature_files(project)
    changed = [path for path in sorted(stored.keys() | now.keys()) if stored.get(path) != now.get(path)]
    if not changed:
        return ()
    return (f"{', '.join(changed)} changed since {version} was trained, and it scores by what they say now: train it again to be sure",)


def _not_compared(version: registry.Version, former: registry.Version | None, error: BgmlError) -> Promotion:
    """What the gate says of a version that cannot be compared: no."""
    against = f"with the champion {former}" if former else "with the best baseline"
    why = f"{version} was not promoted, because it cannot be compared {against}: {error} (--reason TEXT promotes it all the same)"
    return Promotion(version, False, False, NOT_COMPARED, why, str(former) if former else NOBODY, former)


def _judged(project: Project, version: registry.Version, former: registry.Version | None, comparison: Comparison) -> Promotion:
    """The version against its rival; `promoted` says whether the gate lets it through."""
    run, verdict, second = keep(project, comparison).run_id or None, comparison.verdict, comparison.second
    sentence = comparison.told(str(version), str(second))
    if verdict == "worse":
        against = "the champion" if former else "the best baseline, and there is no champion"
        way = "train a better one, or promote it all the same with --reason TEXT"
        sentence = f"{version} was not promoted, because it is worse than {second}, {against}: {sentence.rstrip('.')}; {way}"
    return Promotion(version, verdict != "worse", False, verdict, sentence, str(second), former, None, run, comparison)


def _compared(
    project: Project,
    dataset: Dataset,
    version: registry.Version,
    former: registry.Version | None,
    folds: int,
    draws: int,
    progress: Progress,
) -> Comparison:
    """The comparison with the champion, or without one with the baseline that is best on the same candidates."""
    first = Contender.of(version)
    if former is not None:
        rivals = [Contender.of(registry.fetched(project, former))]
    else:
        rules = {name: model for name, model in load_models(project).items() if model.rule is not None}
        rivals = [Contender(Recipe.of(project, model)) for model in rules.values()]
    refitted = refit(project, dataset, [first, *rivals], folds, progress)
    left = {str(rival): rival for rival in rivals if str(rival) in refitted.entries}
    if not left:
        raise ModelError("there is no baseline to compare it with: every file in models/ that holds a rule was taken away or failed")
    metric = deciding(len(refitted.scored), len(refitted.scored.dates))
    means = per_date(refitted.scored).groupby("model", sort=False)[metric].mean()
    known = means[list(left)].dropna()
    if known.empty:
        raise ModelError(f"no date of the test span has a winner, so nothing can be compared by {metric}; promote with --reason, or wait")
    second = left[str(known.idxmax())]
    return duel(project, dataset, refitted, first, second, draws=draws, progress=progress)


def _record(project: Project, judged: Promotion) -> None:
    """The promotion as tags of the version; empty where one does not apply, so that an earlier promotion leaves nothing behind."""
    tags = {
        "promoted_at": _now(),
        "promoted_over": judged.rival,
        "promoted_verdict": judged.verdict,
        "promoted_reason": judged.reason or "",
        "promoted_comparison": judged.run or "",
    }
    track.tag_version(project, judged.version.version, tags)


def _told(judged: Promotion) -> str:
    """A promotion that was made, in words."""
    over = f", in place of {judged.former}" if judged.former else ""
    if judged.promoted:
        return f"{judged.version} is the champion now{over}. Against {judged.rival}: {judged.sentence}"
    found = f"although it is worse than {judged.rival}" if judged.verdict == "worse" else "without a comparison"
    return f"{judged.version} is the champion now{over}, {found}, for the reason given: {judged.reason}"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
