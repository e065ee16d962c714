from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bgml.config import settings_from
from bgml.errors import ModelError
from bgml.learning.fitting.fit import fit
from bgml.project import Project
from bgml.scoring import artifact
from bgml.scoring.definition import load_models
from tests.made_up import logistic

LEARNED = ["propensity", "lambdarank", "logistic", "value"]
RULE = "from bgml import Model\n\nMODEL = Model(rule=lambda groups: groups['people_28d'], features=['people_28d'])\n"


class Mine(LogisticRegression):
    """An estimator of no known library."""


@pytest.fixture(scope="module")
def stored(scorers, tmp_path_factory):
    """The folder of each learned model."""
    home = tmp_path_factory.mktemp("models")
    for name in LEARNED:
        artifact.save(scorers[name], home / name)
    return home


@pytest.fixture
def project(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.py").write_text(RULE)
    return Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "engine": {"threads": 3}}, "test"))


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_read_back_scores_the_same(name, stored, scorers, frame):
    scorer, read = scorers[name], artifact.load(stored / name)
    raw = scorer.score(frame)
    assert (read.score(frame) == raw).all()
    assert (read.propensity(raw) == scorer.propensity(raw)).all()
    assert (read.judge(frame).expected_amount == scorer.judge(frame).expected_amount).all()
    assert read.contributions(frame.head()).equals(scorer.contributions(frame.head()))
    assert (read.name, read.features, read.info, read.columns) == (scorer.name, scorer.features, scorer.info, scorer.columns)


def test_where_it_comes_from_is_told_without_loading_it(stored, scorers, tmp_path):
    assert artifact.info(stored / "propensity") == scorers["propensity"].info
    shutil.copytree(stored / "propensity", tmp_path / "copy")
    (tmp_path / "copy" / "model.txt").write_text("tree")
    with pytest.raises(ModelError, match=r"model\.txt is damaged"):
        artifact.info(tmp_path / "copy")


def test_the_same_scorer_gives_the_same_bytes(stored, scorers, tmp_path):
    for name in LEARNED:
        artifact.save(scorers[name], tmp_path / name)
        first, second = ({path.name: path.read_bytes() for path in (home / name).iterdir()} for home in (stored, tmp_path))
        assert first == second


def test_files_are_plain_and_complete(stored):
    assert sorted(path.name for path in (stored / "propensity").iterdir()) == ["manifest.json", "model.txt", "scorer.json"]
    assert sorted(path.name for path in (stored / "logistic").iterdir()) == ["manifest.json", "model.skops", "scorer.json"]
    scorer = json.loads((stored / "propensity" / "scorer.json").read_text())
    industry = {"name": "industry", "kind": "category", "categories": ["Health", "Software", "Steel"]}
    assert scorer["columns"][-1].items() > industry.items()
    assert scorer["calibration"]["slopes"]
    assert not [path for path in stored.iterdir() if path.name.startswith(".")]


def test_a_version_stored_before_there_were_amounts_expects_none(stored, scorers, frame, tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(stored / "propensity", folder)
    scorer = json.loads((folder / artifact.SCORER).read_text())
    del scorer["amounts"], scorer["chance"]
    (folder / artifact.SCORER).write_text(json.dumps(scorer))
    fingerprints = {name: artifact._sha256((folder / name).read_bytes()) for name in ("model.txt", artifact.SCORER)}
    (folder / artifact.MANIFEST).write_bytes(artifact._manifest(fingerprints))
    read = artifact.load(folder)
    assert (read.judge(frame).raw == scorers["propensity"].score(frame)).all()
    assert np.isnan(read.judge(frame).expected_amount).all()


@pytest.mark.parametrize("name", ["propensity", "logistic"])
@pytest.mark.parametrize("how", ["truncated", "emptied", "a byte changed", "longer", "gone", "a folder"])
def test_every_damage_to_every_file_is_a_sentence(name, how, stored, tmp_path):
    for path in sorted((stored / name).iterdir()):
        folder = tmp_path / path.name
        shutil.copytree(stored / name, folder)
        damage(folder / path.name, how)
        with pytest.raises(ModelError, match=f"{folder}.*(damaged|cannot be read)"):
            artifact.load(folder)


def damage(path, how):
    data = path.read_bytes()
    path.unlink()
    match how:
        case "truncated":
            path.write_bytes(data[: len(data) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "a byte changed":
            place = random.Random(0).randrange(len(data))
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        case "longer":
            path.write_bytes(data + b"\n")
        case "a folder":
            path.mkdir()


def test_any_byte_of_the_manifest_counts(stored, tmp_path):
    shutil.copytree(stored / "propensity", tmp_path / "m")
    manifest = (tmp_path / "m" / "manifest.json").read_bytes()
    for place in range(len(manifest)):
        (tmp_path / "m" / "manifest.json").write_bytes(manifest[:place] + bytes([manifest[place] ^ 1]) + manifest[place + 1 :])
        with pytest.raises(ModelError):
            artifact.load(tmp_path / "m")


def test_a_manifest_that_points_elsewhere(stored, tmp_path):
    shutil.copytree(stored / "propensity", tmp_path / "m")
    (tmp_path / "m" / "manifest.json").write_bytes(artifact._manifest({"scorer.json": "0" * 64, "no\0name": "0" * 64}))
    with pytest.raises(ModelError, match="cannot be read"):
        artifact.load(tmp_path / "m")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="manifest.json cannot be read .*: .* holds no whole model"):
        artifact.load(tmp_path / "nothing")


def test_a_stored_model_is_never_overwritten(stored, scorers):
    with pytest.raises(ModelError, match="is there already; a stored model is never changed"):
        artifact.save(scorers["propensity"], stored / "propensity")


def test_a_place_that_cannot_be_written(scorers, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="the model propensity cannot be stored in"):
        artifact.save(scorers["propensity"], tmp_path / "file" / "m")


def test_a_write_that_fails_leaves_nothing(scorers, tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ModelError, match="No space left on device"):
        artifact.save(scorers["propensity"], tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_rule_comes_back_from_its_file(project, examples, settings, frame):
    scorer = fit(load_models(project)["mine"], examples, settings, threads=1, name="mine")
    artifact.save(scorer, project.root / "stored")
    read = artifact.load(project.root / "stored", project)
    assert (read.score(frame) == scorer.score(frame)).all()
    assert read.threads == 3
    with pytest.raises(ModelError, match="the model mine is a rule: .* needs the project that has models/mine.py"):
        artifact.load(project.root / "stored")


def test_a_rule_whose_file_changed_or_went(project, examples, settings):
    artifact.save(fit(load_models(project)["mine"], examples, settings, threads=1, name="mine"), project.root / "stored")
    (project.root / "models" / "mine.py").write_text(RULE.replace("people_28d']", "people_28d'] * 2"))
    with pytest.raises(ModelError, match="models/mine.py has changed since this version was trained"):
        artifact.load(project.root / "stored", project)
    (project.root / "models" / "mine.py").unlink()
    with pytest.raises(ModelError, match='there is no model "mine"'):
        artifact.load(project.root / "stored", project)


def test_a_class_of_another_library_needs_the_project_that_names_it(project, examples, settings):
    estimator = "tests.scoring.test_artifact.Mine"
    (project.root / "models" / "strange.py").write_text(f'from bgml import Model\nMODEL = Model(estimator="{estimator}")\n')
    artifact.save(fit(logistic(estimator=estimator, parameters={}), examples, settings, threads=1, name="strange"), project.root / "stored")
    assert artifact.load(project.root / "stored", project).name == "strange"
    with pytest.raises(ModelError, match="model.skops holds tests.scoring.test_artifact.Mine, neither scikit-learn's nor the class named"):
        artifact.load(project.root / "stored")


def test_loading_a_model_starts_without_mlflow_and_the_engine(stored):
    code = "import sys; from pathlib import Path; from bgml.scoring.artifact import load; load(Path(sys.argv[1])); print(*sys.modules)"
    command = [sys.executable, "-c", code, str(stored / "propensity")]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "lightgbm" in loaded
    assert not {"mlflow", "numba", "duckdb", "ibis", "bgml.learning.fitting.fit"} & set(loaded)
