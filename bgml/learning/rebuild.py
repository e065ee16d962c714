"""Training again what was trained before: the stored recipe, at the same date, and whether the same bytes came of it."""

from __future__ import annotations

from dataclasses import dataclass

from bgml.data.dataset import Dataset
from bgml.learning.recipe import Recipe
from bgml.learning.tracking import registry
from bgml.learning.training import Lesson, Trained, libraries, train_one
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact

LIKE = "like"
"""The tag that names the run whose recipe was trained again."""


@dataclass(frozen=True)
class Rebuilt:
    """A version trained like another; equal: all files of both artifacts are, byte for byte; differences: what is not, in words."""

    trained: Trained
    like: registry.Version
    model_equal: bool
    equal: bool
    differences: tuple[str, ...]

    def sentence(self) -> str:
        """The result in one sentence."""
        new, old = self.trained.version, self.like
        if self.equal:
            return f"{new} is {old} again, byte for byte: model and artifact are equal."
        kept = "the model itself is equal byte for byte, but not what is stored with it" if self.model_equal else "the model differs"
        return f"{new} is not {old} again, {kept}: {'; '.join(self.differences)}."


def rebuild(project: Project, dataset: Dataset, run: str, progress: Progress = quiet) -> Rebuilt:
    """Train again from the recipe stored by a training run (its id, 8 characters of it, or a reference) as of the same date.

    A new version is registered, tagged `like` with the run's id. Raises TrackingError for a run that names no version of this
    project, ModelError where its artifact is damaged or holds no recipe, and whatever training raises.
    """
    like = registry.of_run(project, run)
    recipe = Recipe.stored(like.folder, str(like))
    code = recipe.project(project, as_trained=True)
    with project.lock("train"):
        model = recipe.model(code)
        lesson = Lesson.read(code, dataset, [model], like.as_of, progress)
        trained = train_one(code, recipe, model, lesson, tags={LIKE: like.run_id}, progress=progress)
    return _compared(project, like, trained)


def _compared(project: Project, like: registry.Version, trained: Trained) -> Rebuilt:
    """What became of it: the artifacts file by file."""
    before, now = (
        {path.name: path.read_bytes() for path in version.folder.iterdir() if path.name != artifact.MANIFEST}
        for version in (like, trained.version)
    )
    differ = sorted(name for name in before | now if before.get(name) != now.get(name))
    reasons = [*_reasons(project, like, trained), f"{' and '.join(differ)} {'differ' if len(differ) > 1 else 'differs'}"]
    return Rebuilt(trained, like, set(differ) <= {artifact.SCORER}, not differ, tuple(reasons if differ else ()))


def _reasons(project: Project, like: registry.Version, trained: Trained) -> list[str]:
    """Why the same recipe at the same date may give something else: other data, other libraries.

    A version that MLflow could not take yet has no tags to tell whether the data changed.
    """
    before, now = (registry.tags(project, version) for version in (like, trained.version))
    found = []
    if now and before.get("fingerprint") != now["fingerprint"]:
        then = artifact.info(like.folder)["training"]
        counts = f"{then['rows']:,} rows with {then['won_opportunities']:,} wins then, {trained.rows:,} with {trained.wins:,} now"
        found.append(f"the data known at {like.as_of} has changed since ({counts})")
    stated = before.get("libraries", ""), now.get("libraries", libraries())
    versions = [dict(part.rsplit(" ", 1) for part in text.split(", ") if " " in part) for text in stated]
    for name, version in versions[1].items():
        if versions[0].get(name) != version:
            found.append(f"{name} was {versions[0].get(name, 'not recorded')} and is {version}")
    if artifact.info(like.folder)["recipe"]["settings"] != artifact.info(trained.version.folder)["recipe"]["settings"]:
        found.append("this bgml has settings that the one that trained it had not")
    return found or ["data, recipe and libraries are the same, so the machine computes differently"]
