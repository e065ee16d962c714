"""References to versions: what they name, and what is said when they name nothing."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bgml.errors import TrackingError
from bgml.learning.tracking import registry, store, track
from bgml.project import Project
from tests.learning.tracking.runs import log_training, project_in


def trained(project: Project, name: str, as_of: str) -> None:
    folder = project.root / "artifact"
    folder.mkdir(exist_ok=True)
    (folder / "model.txt").write_text(f"{name} as of {as_of}\n")
    log_training(project, name, folder, params={}, metrics={}, tags={"model": name, "as_of": as_of})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Versions 1 to 4: propensity, lambdarank, propensity, and one that somebody else registered."""
    project = project_in(tmp_path_factory.mktemp("registry"))
    trained(project, "propensity", "2025-05-26")
    trained(project, "lambdarank", "2025-06-02")
    trained(project, "propensity", "2025-06-09")
    log_training(project, "foreign", project.root / "artifact", params={}, metrics={}, tags={})
    return project


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    """A copy to change."""
    shutil.copytree(made.root, tmp_path / "copy")
    return project_in(tmp_path / "copy")


def content(version: registry.Version) -> str:
    return (version.folder / "model.txt").read_text()


def test_versions_are_those_that_bgml_trained(made: Project) -> None:
    assert [str(version) for version in registry.versions(made)] == ["propensity:1", "lambdarank:2", "propensity:3"]


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ("propensity", "propensity as of 2025-06-09\n"),
        ("propensity:1", "propensity as of 2025-05-26\n"),
        ("lambdarank", "lambdarank as of 2025-06-02\n"),
    ],
)
def test_a_name_is_its_newest_version_and_a_number_that_version(made: Project, reference: str, named: str) -> None:
    assert content(registry.resolve(made, reference)) == named


def test_without_a_reference_it_is_the_newest_propensity(made: Project) -> None:
    version = registry.resolve(made)
    assert (str(version), version.as_of) == ("propensity:3", date(2025, 6, 9))
    assert version.run_id == store.registered(made)[2].run_id


def test_the_champion_goes_before_the_newest(project: Project) -> None:
    registry.make_champion(project, registry.resolve(project, "propensity:1"))
    for reference in (None, "@champion"):
        champion = registry.resolve(project, reference)
        assert str(champion) == "propensity:1"
        assert champion.folder == project.mlruns / "champion" / f"1-{champion.run_id}" / "artifact"
        assert content(champion) == "propensity as of 2025-05-26\n"
    registry.make_champion(project, registry.resolve(project, "lambdarank"))
    assert content(registry.resolve(project)) == "lambdarank as of 2025-06-02\n"
    assert sorted(path.name for path in project.mlruns.iterdir() if path.name != ".lock") == ["artifacts", "champion", "mlflow.db"]


def test_a_champion_named_in_mlflow_is_the_champion(project: Project) -> None:
    registry.make_champion(project, registry.resolve(project, "propensity:1"))
    track.set_alias(project, "champion", 2)
    assert str(registry.resolve(project)) == str(registry.resolve(project, "@champion")) == "lambdarank:2"


def test_the_champions_copy_is_enough(project: Project) -> None:
    registry.make_champion(project, registry.resolve(project, "propensity:1"))
    store.database(project).unlink()
    shutil.rmtree(store.artifacts(project))
    assert content(registry.resolve(project)) == "propensity as of 2025-05-26\n"


def test_resolving_does_not_import_mlflow(project: Project) -> None:
    registry.make_champion(project, registry.resolve(project, "propensity:1"))
    code = """
import sys
from pathlib import Path
from bgml.config import settings_from
from bgml.learning.tracking import registry
from bgml.project import Project
project = Project(root=Path(sys.argv[1]), settings=settings_from({"project": {"name": "t"}}, "test"))
print(*(registry.resolve(project, reference) for reference in (None, "@champion", "lambdarank", "propensity:3")))
assert "mlflow" not in sys.modules and "sklearn" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code, str(project.root)], capture_output=True, text=True, check=True)
    assert done.stdout == "propensity:1 propensity:1 lambdarank:2 propensity:3\n"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("propensty", 'no model "propensty" has been trained; trained are lambdarank, propensity; did you mean "propensity"?'),
        ("propensity:9", "there is no version 9 of propensity; it has 1, 3"),
        ("propensity:2", "version 2 is of lambdarank; propensity has 1, 3"),
        ("propensity:4", "there is no version 4 of propensity; it has 1, 3"),
        ("propensity:", '"propensity:" is no reference: after the colon stands a version number; propensity has 1, 3'),
        ("propensity:newest", '"propensity:newest" is no reference'),
        ("@champion", 'no version carries the alias "@champion": no version has an alias yet'),
        ("@", 'no version carries the alias "@"'),
    ],
)
def test_references_to_nothing(made: Project, reference: str, said: str) -> None:
    with pytest.raises(TrackingError) as raised:
        registry.resolve(made, reference)
    assert str(raised.value).startswith(said)


def test_an_unknown_alias_names_the_nearest(project: Project) -> None:
    track.set_alias(project, "challenger", 3)
    assert str(registry.resolve(project, "@challenger")) == "propensity:3"
    with pytest.raises(TrackingError, match='no version carries the alias "@chalenger": there are @challenger; did you mean "challenger"?'):
        registry.resolve(project, "@chalenger")
    track.set_alias(project, "challenger", 4)
    with pytest.raises(TrackingError, match="@challenger is version 4, which is no version that bgml trained"):
        registry.resolve(project, "@challenger")


def test_before_anything_is_trained(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    assert registry.versions(project) == []
    with pytest.raises(TrackingError, match="there is no champion and no trained version of propensity: run `bgml train`"):
        registry.resolve(project)
    with pytest.raises(TrackingError, match='no model has been trained yet, so "lambdarank" names nothing: run `bgml train`'):
        registry.resolve(project, "lambdarank")


def test_without_propensity_the_trained_ones_are_named(project: Project) -> None:
    with track.connected(project) as connection:
        for number in ("1", "3"):
            connection.client.delete_model_version("bgml-t", number)
    with pytest.raises(TrackingError, match="no trained version of propensity; trained are lambdarank: name one with --model"):
        registry.resolve(project)


def test_the_version_that_fits_a_date(made: Project) -> None:
    newest = registry.resolve(made, "propensity:3")
    assert str(registry.fitting(made, newest, date(2025, 6, 8))) == "propensity:1", "its own model goes before a newer other"
    assert str(registry.fitting(made, registry.resolve(made, "lambdarank"), date(2025, 5, 26))) == "propensity:1"
    assert registry.fitting(made, newest, date(2025, 5, 25)) is None


def test_a_run_names_its_version_by_a_beginning_that_is_its_own(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = ("aaaaaaaa1", "aaaaaaaa2", "b")
    known = [replace(version, run_id=start.ljust(32, "0")) for version, start in zip(registry.versions(made), starts, strict=True)]
    monkeypatch.setattr(registry, "versions", lambda project: known)
    assert str(registry.of_run(made, "aaaaaaaa2")) == "lambdarank:2"
    assert str(registry.of_run(made, "b".ljust(8, "0"))) == "propensity:3"
    assert str(registry.of_run(made, "propensity:1")) == "propensity:1", "a reference is one too"
    with pytest.raises(TrackingError, match=r"several runs begin with aaaaaaaa: aaaaaaaa10+, aaaaaaaa20+; give more of the id"):
        registry.of_run(made, "aaaaaaaa")


def test_the_checksum_is_of_names_and_bytes(project: Project) -> None:
    version = registry.resolve(project, "propensity:1")
    before = registry.checksum(version)
    assert before == registry.checksum(version) != registry.checksum(registry.resolve(project, "propensity:3"))
    (version.folder / "model.txt").rename(version.folder / "other.txt")
    assert registry.checksum(version) != before


def test_an_artifact_that_is_gone(project: Project) -> None:
    shutil.rmtree(registry.resolve(project, "propensity:1").folder)
    with pytest.raises(TrackingError, match="the artifact of propensity:1 is gone from .*; train it again, or name another version"):
        registry.resolve(project, "propensity:1")


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"name": "propensity", "version": "x", "as_of": "2025-06-02", "run_id": "r"})])
def test_a_damaged_copy_is_told_where_nothing_else_is_left(project: Project, text: str) -> None:
    version = registry.resolve(project, "propensity:1")
    registry.make_champion(project, version)
    record = project.mlruns / "champion" / f"1-{version.run_id}" / "version.json"
    record.write_text(text)
    assert str(registry.resolve(project)) == "propensity:1", "the registry knows"
    store.database(project).unlink()
    for break_it in (lambda: None, record.unlink):
        break_it()
        with pytest.raises(TrackingError, match="champion cannot be read .* promote the version again"):
            registry.resolve(project)


def test_the_former_champion_becomes_the_previous_one(project: Project) -> None:
    first, second = (registry.resolve(project, name) for name in ("propensity:1", "lambdarank:2"))
    registry.make_champion(project, first)
    assert registry.holder(project, "previous") is None
    registry.make_champion(project, second, previous=first)
    assert (str(registry.holder(project, "champion")), str(registry.holder(project, "previous"))) == ("lambdarank:2", "propensity:1")
    shutil.rmtree(first.folder)
    assert content(registry.resolve(project, "@previous")) == "propensity as of 2025-05-26\n", "its copy is kept"


@pytest.mark.parametrize("moment", ["previous", "champion", "current"])
def test_whoever_reads_in_between_has_one_champion_whole(project: Project, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each step of a promotion, with the registry and without it."""
    first, second = (registry.resolve(project, name) for name in ("propensity:1", "lambdarank:2"))
    registry.make_champion(project, first)
    seen: list[tuple[str, str]] = []

    def look() -> None:
        hidden = store.database(project).with_suffix(".hidden")
        with_registry = content(registry.resolve(project))
        store.database(project).rename(hidden)
        seen.append((with_registry, content(registry.resolve(project))))
        hidden.rename(store.database(project))

    real, move = track.set_alias, Path.replace

    def watched(asked: Project, alias: str, version: int) -> None:
        real(asked, alias, version)
        if alias == moment:
            look()

    def moved(path: Path, target: Path) -> Path:
        done = move(path, target)
        if moment == target.name:
            look()
        return done

    monkeypatch.setattr(track, "set_alias", watched)
    monkeypatch.setattr(Path, "replace", moved)
    registry.make_champion(project, second, previous=first)
    old, new = "propensity as of 2025-05-26\n", "lambdarank as of 2025-06-02\n"
    assert seen == {"previous": [(old, old)], "champion": [(new, old)], "current": [(new, new)]}[moment]


def test_a_copy_that_was_damaged_is_mended_by_promoting_again(project: Project) -> None:
    version = registry.resolve(project, "propensity:1")
    registry.make_champion(project, version)
    copy = registry.resolve(project).folder
    (copy / "model.txt").write_text("damaged\n")
    registry.make_champion(project, version)
    assert content(registry.resolve(project)) == "propensity as of 2025-05-26\n"


def test_versions_of_a_store_elsewhere_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project = project_in(tmp_path / "p", uri=f"sqlite:///{tmp_path}/shared.db")
    trained(project, "propensity", "2025-06-02")
    version = registry.resolve(project)
    assert content(version) == "propensity as of 2025-06-02\n"
    assert version.folder.is_relative_to(project.state)
    registry.make_champion(project, version)
    monkeypatch.setattr(track, "registered", None)
    assert str(registry.resolve(project)) == "propensity:1", "the copy answers without the store"
