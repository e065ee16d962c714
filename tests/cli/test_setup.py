"""`bgml init`: what it writes, and that it overwrites nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from bgml.config import settings_from
from bgml.project import find_project, load_modules, starter

Run = Callable[..., Result]
FRESH = ["bgml.toml", "topics.toml", "roles.toml", "features/example.py", ".gitignore"]


def test_a_new_project_has_every_default_and_loads(bgml: Run, tmp_path: Path) -> None:
    result = bgml("init", tmp_path / "acme", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"project": str(tmp_path / "acme"), "written": FRESH}
    project = find_project(named=tmp_path / "acme")
    assert project.settings == settings_from({"project": {"name": "acme"}}, "test")
    assert "example" in load_modules(project, "features")
    assert project.roles_file.read_text(encoding="utf-8") == (starter() / "roles.toml").read_text(encoding="utf-8")


def test_the_next_step_is_said(bgml: Run, tmp_path: Path) -> None:
    shown = bgml("init", tmp_path / "acme").stdout
    assert f"{tmp_path / 'acme'} is a bgml project; written: bgml.toml" in shown
    assert "`bgml check`" in shown


def test_here_is_the_default_and_any_folder_name_does(bgml: Run, tmp_path: Path) -> None:
    odd = tmp_path / "Größe & Co (2026)"
    odd.mkdir()
    assert bgml("init", odd).exit_code == 0
    assert find_project(named=odd).settings.project.name == "Gr-e-Co-2026"


def test_nothing_is_overwritten(bgml: Run, tmp_path: Path) -> None:
    assert bgml("init", tmp_path).exit_code == 0
    again = bgml("init", tmp_path)
    assert again.exit_code == 1
    assert "is a bgml project already; nothing was written" in again.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "roles.toml").write_text("mine", encoding="utf-8")
    taken = bgml("init", other)
    assert taken.exit_code == 1
    assert "already holds roles.toml; nothing was written" in taken.stderr
    assert [path.name for path in other.iterdir()] == ["roles.toml"]


def test_a_gitignore_is_completed(bgml: Run, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\nmlruns/", encoding="utf-8")
    assert bgml("init", tmp_path).exit_code == 0
    lines = (tmp_path / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert lines == ["*.log", "mlruns/", ".bgml/", "rankings/", "verdicts/", "data/", "__pycache__/"]


def test_eject_copies_the_starter(bgml: Run, tmp_path: Path) -> None:
    assert bgml("init", tmp_path, "--eject").exit_code == 0
    for kind in ("features", "models"):
        shipped = {path.name: path.read_text(encoding="utf-8") for path in (starter() / kind).glob("*.py")}
        copied = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / kind).glob("*.py")}
        assert {name: text for name, text in copied.items() if name != "example.py"} == shipped
    loaded = load_modules(find_project(named=tmp_path), "models")
    assert all(str(module.__file__).startswith(str(tmp_path)) for module in loaded.values())


def test_eject_later(bgml: Run, tmp_path: Path) -> None:
    assert bgml("init", tmp_path).exit_code == 0
    before = (tmp_path / "bgml.toml").read_text(encoding="utf-8")
    assert bgml("init", tmp_path, "--eject").exit_code == 0
    assert (tmp_path / "bgml.toml").read_text(encoding="utf-8") == before
    again = bgml("init", tmp_path, "--eject")
    assert again.exit_code == 1
    assert "already holds features/" in again.stderr


def test_a_folder_that_cannot_be_written(bgml: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = bgml("init", tmp_path / "file")
    assert result.exit_code == 1
    assert f"File exists: {tmp_path / 'file'}" in result.stderr
