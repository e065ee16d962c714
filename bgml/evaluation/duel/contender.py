"""Who is compared: what a reference names, with the recipe to fit it again."""

from __future__ import annotations

from dataclasses import dataclass

from bgml.errors import ModelError, TrackingError
from bgml.learning.recipe import Recipe
from bgml.learning.tracking import registry
from bgml.project import Project
from bgml.scoring.definition import load_models


@dataclass(frozen=True)
class Contender:
    """A recipe and the version it was stored with; None for a model's file as it is now."""

    recipe: Recipe
    version: registry.Version | None = None

    def __str__(self) -> str:
        """NAME:VERSION, or the model's name."""
        return str(self.version) if self.version else self.recipe.name

    @property
    def name(self) -> str:
        """The model's name."""
        return self.recipe.name

    @classmethod
    def of(cls, version: registry.Version) -> Contender:
        """A version with its stored recipe; ModelError where there is none."""
        return cls(Recipe.stored(version.folder, str(version)), version)


def contender(project: Project, reference: str) -> Contender:
    """What a reference names: NAME (its newest version), NAME:VERSION or @ALIAS; a NAME never trained is the project's file as it is.

    Raises TrackingError for a reference to nothing, ModelError for an artifact that is damaged or holds no recipe.
    """
    if reference.startswith("@") or ":" in reference:
        return Contender.of(registry.resolve(project, reference))
    if any(version.name == reference for version in registry.versions(project)):
        return Contender.of(registry.resolve(project, reference))
    models = load_models(project)
    if reference in models:
        return Contender(Recipe.of(project, models[reference]))
    try:
        return Contender.of(registry.resolve(project, reference))
    except TrackingError as error:
        raise TrackingError(f"{error}; nor has the project a file models/{reference}.py") from None


def labels(first: Contender, second: Contender) -> tuple[str, str]:
    """What sentences call them: the models' names, or where these are the same the versions; ModelError for one named twice."""
    if str(first) == str(second):
        raise ModelError(f"both references name {first}; name two that differ")
    return (str(first), str(second)) if first.name == second.name else (first.name, second.name)
