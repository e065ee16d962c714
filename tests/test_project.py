"""Finding a project, what it keeps, and loading its code."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bgml.project
from bgml.config import settings_from
from bgml.errors import ProjectError, SettingsError
from bgml.project import Project, find_project, load_modules, starter

NAME = '[project]\nname = "acme"\n'
Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A project in tmp_path/acme with the files given as text by path, beside a starter of one feature and two models."""
    shipped = tmp_path / "starter"
    write(shipped / "features/breadth.py", "people = 1\n")
    write(shipped / "models/logistic.py", "MODEL = 1\n")
    write(shipped / "models/points.py", "MODEL = 2\n")
    monkeypatch.setattr(bgml.project, "starter", lambda: shipped)

    def made(without: list[str] | None = None, **files: str) -> Project:
        root = tmp_path / "acme"
        write(root / "bgml.toml", NAME)
        for name, text in files.items():
            write(root / f"{name.replace('__', '/')}.py", text)
        return Project(root=root, settings=settings_from({"project": {"name": "acme"}, "models": {"without": without or []}}, "test"))

    return made


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# Finding


def test_found_upwards_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "acme/bgml.toml", NAME)
    deep = tmp_path / "acme/data/raw"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_project().root == tmp_path / "acme"
    assert find_project().settings.project.name == "acme"


def test_search_ends_at_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bgml.toml", NAME)
    home = tmp_path / "ann"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(ProjectError, match=r"no bgml.toml in .*work or above it; `bgml init` makes a project"):
        find_project(start=home / "work")
    write(home / "bgml.toml", NAME)
    assert find_project(start=home / "work").root == home


def test_search_ends_at_the_file_system_boundary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bgml.toml", NAME)
    inner = tmp_path / "mounted"
    inner.mkdir()
    real = Path.stat

    def elsewhere(self: Path, **options: bool) -> os.stat_result:
        found = real(self, **options)
        return os.stat_result((*found[:2], found.st_dev + 1, *found[3:])) if self == inner else found

    monkeypatch.setattr(Path, "stat", elsewhere)
    with pytest.raises(ProjectError, match="no bgml.toml"):
        find_project(start=inner)


def test_another_users_project_is_refused_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bgml.toml", NAME)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ProjectError, match="is another user's.*`--project"):
        find_project(start=tmp_path)
    assert find_project(named=tmp_path).root == tmp_path


def test_a_named_folder_must_be_a_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"holds no bgml.toml; `bgml init .*` makes a project there"):
        find_project(named=tmp_path)


# What it keeps


def test_state_is_private(make: Make) -> None:
    project = make()
    for folder in (project.state, project.mlruns, project.rankings, project.verdicts):
        assert folder.parent == project.root
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert project.state.name == ".bgml"


def test_state_that_cannot_be_made(make: Make) -> None:
    project = make()
    write(project.root / ".bgml", "in the way")
    with pytest.raises(ProjectError, match=r"\.bgml cannot be made: File exists; the project folder must be writable"):
        _ = project.state


def test_a_lock_has_one_holder(make: Make) -> None:
    project = make()
    with project.lock("train"):
        with pytest.raises(ProjectError, match=rf"another bgml train is running in .* \(process {os.getpid()}\)"), project.lock("train"):
            pass
        with project.lock("score"):
            pass
    with project.lock("train"):
        pass


def test_threads(make: Make) -> None:
    project = make()
    assert project.threads() >= 1
    two = settings_from({"project": {"name": "t"}, "engine": {"threads": 2}}, "test")
    assert Project(root=project.root, settings=two).threads() == 2


def test_topics_and_roles_are_its_own_or_the_starters(make: Make) -> None:
    project = make()
    assert project.topics_file == bgml.project.starter() / "topics.toml"
    assert project.roles_file == bgml.project.starter() / "roles.toml"
    own = write(project.root / "topics.toml", "")
    assert project.topics_file == own


# Where the data is


def located(project: Project, url: str) -> str:
    settings = settings_from({"project": {"name": "t"}, "data": {"url": url}}, "test")
    return Project(root=project.root, settings=settings).data_url()


def test_data_url_is_relative_to_the_project(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project = make()
    monkeypatch.chdir(tmp_path)
    assert located(project, "data") == str(project.root / "data")
    assert located(project, "../x.duckdb") == str(tmp_path / "x.duckdb")
    assert located(project, "/srv/data") == "/srv/data"
    assert located(project, "postgresql://ann@db/sales") == "postgresql://ann@db/sales"
    overridden = Project(root=project.root, settings=project.settings, data_override="raw")
    assert overridden.data_url() == str(tmp_path / "raw")


def test_data_url_from_the_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    with pytest.raises(SettingsError, match=r'bgml.toml: \[data\] url is "env:WAREHOUSE", but the .* variable WAREHOUSE is not set'):
        located(project, "env:WAREHOUSE")
    monkeypatch.setenv("WAREHOUSE", "postgresql://ann:secret@db/sales")
    assert located(project, "env:WAREHOUSE") == "postgresql://ann:secret@db/sales"
    monkeypatch.setenv("WAREHOUSE", "raw")
    assert located(project, "env:WAREHOUSE") == str(project.root / "raw")


def test_a_password_on_the_command_line_is_refused(make: Make) -> None:
    project = make()
    overridden = Project(root=project.root, settings=project.settings, data_override="postgresql://ann:secret@db/sales")
    with pytest.raises(SettingsError, match="--data holds a password") as caught:
        overridden.data_url()
    assert "secret" not in str(caught.value)


# Loading its code


def test_own_files_are_added_to_the_starters(make: Make) -> None:
    project = make(features__zeal="x = 1\n", features__alpha="x = 2\n", features___shared="x = 3\n")
    assert list(load_modules(project, "features")) == ["breadth", "alpha", "zeal"]


def test_own_file_replaces_the_starters_of_the_same_name(make: Make) -> None:
    modules = load_modules(make(models__points="MODEL = 9\n"), "models")
    assert {name: module.MODEL for name, module in modules.items()} == {"logistic": 1, "points": 9}


def test_models_are_taken_away_by_name_or_pattern(make: Make) -> None:
    assert list(load_modules(make(without=["points"]), "models")) == ["logistic"]
    assert list(load_modules(make(without=["*"], models__mine="MODEL = 1\n"), "models")) == []
    with pytest.raises(SettingsError, match=r'\[models\] without names "logistc", which is no model; did you mean "logistic"\?'):
        load_modules(make(without=["logistc"]), "models")


def test_a_folder_of_code_is_the_only_source(make: Make, tmp_path: Path) -> None:
    project = replace(make(without=["points"], models__own="MODEL = 3\n"), code=tmp_path / "code")
    write(tmp_path / "code" / "models" / "points.py", "MODEL = 9\n")
    write(tmp_path / "code" / "topics.toml", "")
    assert {name: module.MODEL for name, module in load_modules(project, "models").items()} == {"points": 9}
    assert load_modules(project, "features") == {}
    assert project.topics_file == tmp_path / "code" / "topics.toml"
    assert project.roles_file == tmp_path / "code" / "roles.toml", "the starter's is not taken in its place"


def test_files_import_each_other_and_the_starters(make: Make) -> None:
    project = make(features___shared="share = 0.5\n", features__mine="from ._shared import share\nfrom .breadth import people\n")
    mine = load_modules(project, "features")["mine"]
    assert (mine.share, mine.people) == (0.5, 1)


def test_tracebacks_show_the_project_file(make: Make) -> None:
    mine = load_modules(make(features__mine="def ratio(m):\n    return m / 0\n"), "features")["mine"]
    with pytest.raises(ZeroDivisionError) as caught:
        mine.ratio(1)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.endswith("acme/features/mine.py")
    assert (last.lineno, last.line) == (2, "return m / 0")


def test_a_changed_file_is_loaded_anew(make: Make) -> None:
    assert load_modules(make(features__mine="x = 1\n"), "features")["mine"].x == 1
    again = load_modules(make(features__mine="x = 2\n"), "features")["mine"]
    assert again.x == 2
    assert load_modules(make(), "features")["mine"] is again


def test_the_starter_itself_is_loaded_once(make: Make, tmp_path: Path) -> None:
    shipped = tmp_path / "starter"
    project = Project(root=shipped, settings=make().settings)
    assert list(load_modules(project, "models")) == ["logistic", "points"]


def test_nothing_is_written_beside_the_files(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    project = make(features__mine="x = 1\n")
    load_modules(project, "features")
    assert not list(project.root.rglob("__pycache__"))
    assert sys.dont_write_bytecode is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\ny = nothing\n", "features/mine.py, line 2: raises NameError: name 'nothing' is not defined"),
        ("def f(:\n", "features/mine.py, line 1: is not valid Python: invalid syntax"),
        ("import sys\nsys.exit(3)\n", "features/mine.py, line 2: raises SystemExit: 3"),
        ("def f():\n    raise ValueError\nf()\n", "features/mine.py, line 2: raises ValueError"),
        ("from .absent import x\n", "features/mine.py, line 1: raises ModuleNotFoundError: No module named 'absent'"),
        ("import json\njson.loads('{')\n", "features/mine.py, line 2: raises JSONDecodeError: Expecting property name"),
        ("from bgml.errors import FeatureError\nraise FeatureError('no such entity')\n", "features/mine.py, line 2: no such entity"),
        ("from ._shared import x\n", "features/_shared.py, line 2: raises ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_raises_is_named_with_its_line(make: Make, text: str, expected: str) -> None:
    project = make(features__mine=text, features___shared="x = 1\nx / 0\n")
    with pytest.raises(ProjectError) as caught:
        load_modules(project, "features")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_moving_the_folder_breaks_nothing(make: Make, tmp_path: Path) -> None:
    project = make(features__mine="x = 1\n")
    load_modules(project, "features")
    moved = project.root.rename(tmp_path / "elsewhere")
    assert load_modules(Project(root=moved, settings=project.settings), "features")["mine"].x == 1


def test_the_starter_of_a_checkout_is_the_checkout() -> None:
    assert (starter() / "features").is_dir()
    assert (starter() / "models").is_dir()
