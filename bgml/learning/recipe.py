"""A recipe: everything needed to fit a version again, as it was stored with it, and the project that runs it.

Running a recipe runs the code that was stored: only ever take one from a store you trust.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bgml.config import Settings, sections, settings_from
from bgml.errors import ModelError, ProjectError
from bgml.project import Project
from bgml.scoring import artifact
from bgml.scoring.definition import Model, find_model, load_models

FOLDER = "recipes"
TABLES = ("topics.toml", "roles.toml")
MAKING = {"features", "models", "ranking"}
"""Sections of the settings that a recipe brings: which features there are and how a model is fitted (for `ranking.capacity` places)."""
PLACES = {"project", "data", "engine", "spark", "tracking", "web"}
"""Sections about where things are kept and how they are computed."""
INSIDE = re.compile(r"(features|models)/[^/\\]+\.py|topics\.toml|roles\.toml")


@dataclass(frozen=True)
class Recipe:
    """A model's definition with the settings and the files it was built from.

    name: the model's; definition: what `Model.describe` says; settings: the project's when it was trained; files: path in a project ->
    text: every feature file, the model's file and those it imports, topics.toml, roles.toml; origin: how messages name it.
    """

    name: str
    definition: Mapping[str, Any]
    settings: Settings
    files: Mapping[str, str]
    origin: str

    @classmethod
    def of(cls, project: Project, model: Model) -> Recipe:
        """The recipe of a model of the project, from its files as they are now. ProjectError for a file that cannot be read."""
        return cls(model.name, model.describe(), project.settings, project_files(project, model), model.name)

    @classmethod
    def stored(cls, folder: Path, origin: str) -> Recipe:
        """The recipe in an artifact's folder; ModelError where the artifact is damaged, or older than recipes with files."""
        info = artifact.info(folder)
        kept = info.get("recipe", {})
        if not {"features", "models"} <= {path.partition("/")[0] for path in kept.get("files", ())}:
            found = f"{origin} was stored without the files it was built from, so it cannot be fitted again"
            raise ModelError(f"{found}: train {info.get('name', 'it')} again and name the new version")
        return cls(info["name"], kept["model"], settings_from(kept["settings"], f"the recipe of {origin}"), kept["files"], origin)

    @property
    def sha256(self) -> str:
        """What tells two recipes apart: definition, files and settings, not where they are kept."""
        stated = [self.definition, dict(self.files), self.settings.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()

    @property
    def making(self) -> str:
        """What tells apart what recipes make under the same present settings: equal here means equal models on equal data."""
        settings = self.settings.model_dump(mode="json", include=MAKING)
        stated = [self.name, self.definition, dict(self.files), settings, list(self.settings.data.static)]
        return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()

    def project(self, present: Project, *, as_trained: bool = False) -> Project:
        """The present project, its data and its cache, on the recipe's own code.

        Its settings are the present ones but for what makes features and fits: data.static, [features], [models], [ranking];
        as_trained: the recipe's own, but for where things are kept and how they are computed.
        """
        now, then = present.settings, self.settings
        own = set(sections()) - PLACES if as_trained else MAKING
        data = now.data.model_copy(update={"static": then.data.static})
        settings = now.model_copy(update={**{name: getattr(then, name) for name in own}, "data": data})
        return replace(present, settings=settings, code=self._unpacked(present.state / FOLDER))

    def model(self, code: Project) -> Model:
        """The model itself; `code` is what `project` gave. A rule is read from its stored file."""
        if self.definition["rule"]:
            return find_model(load_models(code), self.name)
        return Model.restore(self.definition, name=self.name, source=self.files.get(f"models/{self.name}.py", ""))

    def _unpacked(self, home: Path) -> Path:
        """The files in a folder of their own, named by what they hold; written aside and renamed, mended where it was changed."""
        if strange := [path for path in self.files if not INSIDE.fullmatch(path)]:
            raise ModelError(f"the recipe of {self.origin} names {strange[0]}, which is no file of a project; it is not used")
        digest = hashlib.sha256(json.dumps(dict(self.files), sort_keys=True).encode()).hexdigest()
        folder = home / digest[:32]
        if not self._holds(folder):
            home.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home, prefix=".aside-") as scratch:
                self._place(Path(scratch), folder)
        return folder

    def _holds(self, folder: Path) -> bool:
        """Whether a folder has these files and no other code."""
        try:
            found = {path.relative_to(folder).as_posix() for pattern in ("*/*.py", "*.toml") for path in folder.glob(pattern)}
            return found == set(self.files) and all((folder / path).read_bytes() == text.encode() for path, text in self.files.items())
        except OSError:  # Somebody is replacing it.
            return False

    def _place(self, scratch: Path, folder: Path) -> None:
        """Write the files into `scratch` and put them where they belong, unless another process was first."""
        fresh, former = scratch / "new", scratch / "old"
        for path, text in self.files.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(text.encode())
        try:
            if self._holds(folder):
                return
            if folder.exists():
                folder.rename(former)
            fresh.rename(folder)
        except OSError:
            if not self._holds(folder):
                raise


def project_files(project: Project, model: Model) -> dict[str, str]:
    """What a model of the project is built from: path -> text, the file that wins where starter and project have the same name."""
    models = {f"models/{name}": text for name, text in _imported(_winning(project.code_folders("models")), model)}
    return dict(sorted((feature_files(project) | models).items()))


def feature_files(project: Project) -> dict[str, str]:
    """What the features of a project are built from: path -> text."""
    features = {f"features/{name}": _text(path) for name, path in _winning(project.code_folders("features")).items()}
    tables = {name: _text(path) for name, path in zip(TABLES, (project.topics_file, project.roles_file), strict=True) if path.exists()}
    return features | tables


def _winning(folders: list[Path]) -> dict[str, Path]:
    return {path.name: path for folder in reversed(folders) for path in sorted(folder.glob("*.py"))}


def _imported(files: Mapping[str, Path], model: Model) -> Iterator[tuple[str, str]]:
    """The model's file and, one after the other, the neighbours that these import: name and text."""
    texts = {f"{model.name}.py": model.rule_source}
    waiting = list(texts)
    while waiting:
        name = waiting.pop()
        yield name, texts[name]
        for neighbour in _neighbours(texts[name]):
            if neighbour in files and neighbour not in texts:
                texts[neighbour] = _text(files[neighbour])
                waiting.append(neighbour)


def _neighbours(text: str) -> set[str]:
    """The files that `from .name import x` and `from . import name` read.

    >>> sorted(_neighbours("from ._shared import x" + chr(10) + "from . import _more"))
    ['_more.py', '_shared.py']
    """
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {f"{name}.py" for node in imports for name in ([node.module] if node.module else [alias.name for alias in node.names])}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8, so that a version can record it") from None
