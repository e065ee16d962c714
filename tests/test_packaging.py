"""What is shipped: pinned versions without addresses, and a wheel that holds the starter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from build import ProjectBuilder

import bgml

ROOT = Path(__file__).parent.parent
FILES = ("bgml.toml", "topics.toml", "roles.toml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    builder = ProjectBuilder(ROOT, runner=lambda *arguments, **options: _silent(*arguments, **options))
    return Path(builder.build("wheel", tmp_path_factory.mktemp("dist")))


def _silent(command: list[str], cwd: str | None = None, extra_environ: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=cwd, env=os.environ | (extra_environ or {}), check=True, capture_output=True)


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as site-packages would hold them."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def in_wheel(unpacked: Path, script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with the wheel's files before everything else."""
    environment = os.environ | {"PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", script], cwd=cwd, env=environment, capture_output=True, text=True, check=True)


def test_constraints_hold_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all("==" in line for line in lines)
    assert not [line for line in lines if "://" in line or "@" in line or line.startswith("-")]


def test_every_requirement_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(item for extra in project["optional-dependencies"].values() for item in extra)]
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    names = {item.partition("[")[0].split(">")[0].split("<")[0].split("=")[0].strip() for item in wanted}
    assert names <= pinned


def test_version_is_said_once(wheel: Path) -> None:
    assert f"bgml-{bgml.__version__}-" in wheel.name


def test_the_wheel_holds_the_package_and_the_starter(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bgml").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    shipped = {*FILES, *(f"{kind}/{path.name}" for kind in ("features", "models") for path in (ROOT / kind).glob("*.py"))}
    assert names == code | {f"bgml/starter/{name}" for name in shipped}


def test_the_starter_of_a_wheel_is_inside_it(unpacked: Path, tmp_path: Path) -> None:
    script = "from bgml.project import starter; print(starter())"
    folder = Path(in_wheel(unpacked, script, tmp_path).stdout.strip())
    assert folder == unpacked / "bgml" / "starter"
    assert all((folder / name).is_file() for name in FILES)
    assert (folder / "features").is_dir()
    assert (folder / "models").is_dir()


def test_a_project_made_from_a_wheel_loads_its_starter(unpacked: Path, tmp_path: Path) -> None:
    script = (
        "import json\nfrom pathlib import Path\nfrom bgml.cli.main import app\n"
        "app(['init', 'acme', '--quiet'], standalone_mode=False)\n"
        "from bgml.project import find_project, load_modules\n"
        "project = find_project(named=Path('acme'))\n"
        "print(json.dumps({kind: {name: module.__file__ for name, module in load_modules(project, kind).items()}"
        " for kind in ('features', 'models')}))"
    )
    loaded = json.loads(in_wheel(unpacked, script, tmp_path).stdout)
    assert loaded["features"].pop("example") == str(tmp_path / "acme/features/example.py")
    for kind in ("features", "models"):
        assert set(loaded[kind]) == {path.stem for path in (ROOT / kind).glob("[!_]*.py")}
        assert all(file.startswith(str(unpacked / "bgml/starter")) for file in loaded[kind].values())
