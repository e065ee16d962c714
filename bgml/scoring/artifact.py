"""A scorer on disk: a folder of plain files, each with its fingerprint, verified before anything reads them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgml.errors import ModelError
from bgml.scoring import pipeline, trees
from bgml.scoring.amounts import Amounts
from bgml.scoring.calibration import Calibration
from bgml.scoring.columns import Columns
from bgml.scoring.definition import find_model, load_models
from bgml.scoring.predict import Estimator, Scorer
from bgml.scoring.rule import RuleEstimator

if TYPE_CHECKING:
    from bgml.project import Project

FORMAT = 1
MANIFEST = "manifest.json"
SCORER = "scorer.json"


def save(scorer: Scorer, folder: Path) -> None:
    """Write the scorer as `folder`, which must not exist yet: beside it first, then renamed, so that it is whole or not there.

    Raises ModelError where the folder is taken or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder} is there already; a stored model is never changed, choose another folder")
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _write(scorer, aside)
        aside.replace(folder)
    except OSError as error:
        raise ModelError(f"the model {scorer.name} cannot be stored in {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def load(folder: Path, project: Project | None = None) -> Scorer:
    """The scorer stored in `folder`, with the project's threads.

    A rule, and an estimator class of another library than scikit-learn or LightGBM, are taken from the project's file models/NAME.py.
    Raises ModelError where a file is missing or is not the one that was written, before any library reads it.
    """
    content = _verified(folder)
    try:
        stored = json.loads(content[SCORER])
        columns = Columns.restore(stored["columns"])
        calibration = None if stored["calibration"] is None else Calibration.restore(stored["calibration"])
        # Versions stored before amounts were learned have neither.
        amounts = Amounts.restore(stored["amounts"]) if stored.get("amounts") else None
        chance = Calibration.restore(stored["chance"]) if stored.get("chance") else None
        estimator = _estimator(stored, content, folder, project)
    except (KeyError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise ModelError(f"{folder / SCORER} was written by another version of bgml ({said}); train again") from error
    threads = project.threads() if project else 1
    return Scorer(stored["name"], columns, estimator, calibration, stored["info"], threads, amounts=amounts, chance=chance)


def info(folder: Path) -> dict[str, Any]:
    """What a stored scorer says of where it comes from (`Scorer.info`), all of its files verified first; ModelError as for `load`."""
    content = _verified(folder)
    try:
        found: dict[str, Any] = json.loads(content[SCORER])["info"]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / SCORER} was written by another version of bgml ({error}); train again") from error
    return found


def _write(scorer: Scorer, folder: Path) -> None:
    estimator = scorer.estimator
    stored: dict[str, Any] = {
        "name": scorer.name,
        "kind": estimator.kind,
        "columns": scorer.columns.record(),
        "calibration": None if scorer.calibration is None else scorer.calibration.record(),
        "amounts": None if scorer.amounts is None else scorer.amounts.record(),
        "chance": None if scorer.chance is None else scorer.chance.record(),
        "info": scorer.info,
    }
    if isinstance(estimator, RuleEstimator):
        stored["rule"] = {"keys": list(estimator.keys), "source_sha256": _sha256(estimator.source.encode())}
    if isinstance(estimator, pipeline.Pipeline):
        stored["pipeline"] = {"owners": list(estimator.owners), "means": list(estimator.means)}
    content = estimator.files() | {SCORER: json.dumps(stored, indent=1, allow_nan=False).encode()}
    content[MANIFEST] = _manifest({name: _sha256(data) for name, data in content.items()})
    for name, data in content.items():
        with (folder / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _manifest(fingerprints: dict[str, str]) -> bytes:
    """The manifest's only spelling, so that a changed one shows."""
    return json.dumps({"format": FORMAT, "sha256": dict(sorted(fingerprints.items()))}, indent=1).encode()


def _verified(folder: Path) -> dict[str, bytes]:
    """The files the manifest names, each with the fingerprint it states."""
    manifest = _read(folder / MANIFEST)
    try:
        fingerprints = json.loads(manifest)["sha256"]
        intact = _manifest(fingerprints) == manifest and SCORER in fingerprints
    except (ValueError, KeyError, TypeError, AttributeError):
        intact = False
    if not intact:
        raise ModelError(f"{folder / MANIFEST} is damaged, or another version of bgml wrote it; restore it from a backup or train again")
    content = {name: _read(folder / name) for name in fingerprints}
    for name, data in content.items():
        if _sha256(data) != fingerprints[name]:
            what = f"its SHA-256 is not the one in {MANIFEST}"
            raise ModelError(f"{folder / name} is damaged: {what}; restore it from a backup or train again")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ModelError(f"{path} cannot be read ({said}): {path.parent} holds no whole model; restore it or train again") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _estimator(stored: dict[str, Any], content: dict[str, bytes], folder: Path, project: Project | None) -> Estimator | RuleEstimator:
    match stored["kind"]:
        case trees.Trees.kind:
            return trees.Trees(content[trees.MODEL_FILE].decode())
        case pipeline.Pipeline.kind:
            fitted = pipeline.loads(content[pipeline.MODEL_FILE], _named_classes(stored, project), str(folder / pipeline.MODEL_FILE))
            return pipeline.Pipeline(fitted, tuple(stored["pipeline"]["owners"]), tuple(stored["pipeline"]["means"]))
        case RuleEstimator.kind:
            return _rule(stored, project)
        case kind:
            raise ValueError(f"kind {kind}")


def _named_classes(stored: dict[str, Any], project: Project | None) -> list[str]:
    """The class that the project's own file names for this model: the artifact does not decide what code is trusted."""
    recorded = stored["info"]["recipe"]["model"]["estimator"]
    if project is None or recorded.startswith(pipeline.TRUSTED):
        return []
    return [model.estimator for name, model in load_models(project).items() if name == stored["name"] and model.estimator]


def _rule(stored: dict[str, Any], project: Project | None) -> RuleEstimator:
    """the rule of the project's file of that name, if it still says what it said."""
    name = stored["name"]
    if project is None:
        raise ModelError(f"the model {name} is a rule: it is stored as its name and needs the project that has models/{name}.py")
    model = find_model(load_models(project), name)
    if model.rule is None or _sha256(model.rule_source.encode()) != stored["rule"]["source_sha256"]:
        raise ModelError(f"models/{name}.py has changed since this version was trained; put it back, or train {name} again")
    return RuleEstimator(model.rule, tuple(stored["rule"]["keys"]), model.rule_source)
