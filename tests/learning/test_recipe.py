"""Recipes: what is stored with a version, and the project that runs on it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.errors import ModelError, ProjectError
from bgml.learning.examples import collect
from bgml.learning.fitting.fit import fit
from bgml.learning.recipe import Recipe, project_files
from bgml.project import Project, load_modules
from bgml.scoring import artifact
from bgml.scoring.definition import load_models
from tests.made_up import made_up, people_rule
from tests.small_project import reopened, small_project

FEATURE = "from bgml import measure\nfrom ._windows import DAYS\n\nbusy = measure(windows=[DAYS])\n"
MINE = "from bgml import Model\nfrom ._weights import WEIGHT\n\n\ndef score(groups):\n    return groups['people_28d'] * WEIGHT\n\n\n"
MINE += "MODEL = Model(rule=score, features=['people_28d'])\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = small_project(tmp_path / "small", features={"without": ["actions_7d"]}, models={"without": ["random"]})
    (made.root / "features").mkdir()
    (made.root / "features" / "_windows.py").write_text("DAYS = 14\n")
    (made.root / "features" / "busy.py").write_text(FEATURE)
    (made.root / "models" / "mine.py").write_text(MINE)
    (made.root / "models" / "_weights.py").write_text("WEIGHT = 2\n")
    (made.root / "models" / "_unread.py").write_text("WEIGHT = 3\n")
    return made


@pytest.fixture
def dataset(project: Project) -> Dataset:
    return open_dataset(project)


def recipe_of(project: Project, name: str) -> Recipe:
    return Recipe.of(project, load_models(project)[name])


def test_all_features_the_model_and_what_it_imports_are_kept(project: Project) -> None:
    files = recipe_of(project, "mine").files
    assert {path for path in files if path.startswith("models/")} == {"models/mine.py", "models/_weights.py"}
    assert {"features/_windows.py", "features/breadth.py", "topics.toml", "roles.toml"} <= files.keys()
    assert files["models/mine.py"] == MINE
    assert list(files) == sorted(files)


def test_the_projects_file_goes_before_the_starters(project: Project) -> None:
    (project.root / "features" / "volume.py").write_text("from bgml import measure\n\nloud = measure(windows=[9])\n")
    assert "loud" in recipe_of(project, "propensity").files["features/volume.py"]


def test_its_project_runs_on_the_stored_files_alone(project: Project, dataset: Dataset) -> None:
    recipe = recipe_of(project, "mine")
    before = collect(project, dataset, [dataset.until])
    (project.root / "models" / "_weights.py").write_text("WEIGHT = 100\n")
    (project.root / "features" / "volume.py").write_text("raise RuntimeError\n")
    (project.root / "topics.toml").write_text('["other"]\n')
    code = recipe.project(project)
    assert (code.root, code.state, code.settings.features.without) == (project.root, project.state, ("actions_7d",))
    assert set(load_catalog(code, dataset).names) == set(before.features.columns) > {"busy_14d"}
    assert set(load_models(code)) == {"mine"}
    assert recipe.model(code).rule_source == MINE
    assert code.topics_file.read_text() == recipe.files["topics.toml"]
    examples = collect(code, dataset, [dataset.until])
    assert examples.features.equals(before.features)
    scorer = fit(recipe.model(code), examples, recipe.settings, threads=1, name="mine")
    assert (scorer.score(examples.frame()) == 2 * examples.features["people_28d"]).all()


def test_a_model_is_as_it_was_defined_not_as_its_file_says(project: Project) -> None:
    tuned = replace(load_models(project)["propensity"], parameters={"n_estimators": 7})
    recipe = Recipe.of(project, tuned)
    model = recipe.model(recipe.project(project))
    assert model.parameters == {"n_estimators": 7}
    assert model.describe() == tuned.describe()


def test_settings_are_the_present_ones_but_for_what_makes_features_and_fits(project: Project) -> None:
    recipe = recipe_of(project, "propensity")
    changed = {"engine": {"threads": 3}, "ranking": {"capacity": 99}, "data": {"url": "x", "static": []}}
    later = reopened(project.root, outcome={"horizon": 30}, **changed)
    now, then = recipe.project(later).settings, recipe.project(later, as_trained=True).settings
    assert (now.outcome.horizon, then.outcome.horizon) == (30, 90)
    for settings in (now, then):
        assert (settings.engine.threads, settings.ranking.capacity, settings.data.url) == (3, 6, "x")
        assert settings.data.static == project.settings.data.static


def test_the_folder_is_made_once_and_mended_where_it_was_changed(project: Project) -> None:
    recipe = recipe_of(project, "mine")
    folder = recipe.project(project).code
    assert folder is not None
    inode = folder.stat().st_ino
    assert recipe.project(project).code == folder
    assert folder.stat().st_ino == inode
    (folder / "features" / "breadth.py").write_text("raise RuntimeError\n")
    (folder / "features" / "planted.py").write_text("raise RuntimeError\n")
    assert recipe.project(project).code == folder
    load_modules(recipe.project(project), "features")
    assert not (folder / "features" / "planted.py").exists()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_two_at_once_make_one_folder(project: Project) -> None:
    recipe, made = recipe_of(project, "mine"), []
    threads = [Thread(target=lambda: made.append(recipe.project(project).code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert load_models(recipe.project(project)).keys() == {"mine"}


@pytest.fixture
def stored(project: Project, tmp_path: Path) -> Iterator[Path]:
    recipe = recipe_of(project, "propensity")
    scorer = fit(recipe.model(recipe.project(project)), made(), project.settings, threads=1, name="propensity", files=recipe.files)
    artifact.save(scorer, tmp_path / "stored")
    yield tmp_path / "stored"


def made():
    examples = made_up()
    return replace(examples, features=examples.features[["people_28d", "actions_28d", "days_since_last", "industry"]])


def test_what_an_artifact_stores_is_the_recipe(project: Project, stored: Path) -> None:
    recipe = Recipe.stored(stored, "propensity:1")
    assert replace(recipe, origin="propensity") == recipe_of(project, "propensity")
    assert recipe.sha256 == recipe_of(project, "propensity").sha256
    size = sum(path.stat().st_size for path in stored.iterdir())
    assert size - (stored / "model.txt").stat().st_size < 90_000


def test_an_artifact_without_files_cannot_be_fitted_again(tmp_path: Path) -> None:
    settings = reopened(small_project(tmp_path / "small").root).settings
    artifact.save(fit(people_rule(), made_up(), settings, threads=1, name="people"), tmp_path / "old")
    found = "people:4 was stored without the files it was built from, so it cannot be fitted again: train people again"
    with pytest.raises(ModelError, match=found):
        Recipe.stored(tmp_path / "old", "people:4")


def test_a_damaged_artifact_has_no_recipe(stored: Path) -> None:
    (stored / "scorer.json").write_text((stored / "scorer.json").read_text().replace("breadth", "brEadth"))
    with pytest.raises(ModelError, match=r"scorer\.json is damaged"):
        Recipe.stored(stored, "propensity:1")
    shutil.rmtree(stored)
    with pytest.raises(ModelError, match="cannot be read"):
        Recipe.stored(stored, "propensity:1")


def test_files_elsewhere_are_refused(project: Project) -> None:
    recipe = recipe_of(project, "mine")
    for path in ("../bgml.toml", "features/../x.py", "models/a/b.py", "/x.py", "bgml.toml"):
        with pytest.raises(ModelError, match="no file of a project; it is not used"):
            replace(recipe, files={**recipe.files, path: ""}).project(project)


def test_a_file_that_is_no_text_is_named(project: Project) -> None:
    (project.root / "features" / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    with pytest.raises(ProjectError, match=r"latin\.py is not UTF-8 text \(byte 28\)"):
        project_files(project, load_models(project)["mine"])


def test_the_record_is_plain_json(project: Project, stored: Path) -> None:
    info = artifact.info(stored)
    assert json.loads(json.dumps(info)) == info
