"""Imports run one way, heavy ones stay out of the command line's start, and MLflow has one door."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "bgml"
# Later rooms may import earlier ones, never the reverse.
LAYERS = [
    ("errors",), ("config_faults",), ("config",), ("project",), ("data",), ("sources",), ("groups",), ("engine",), ("market",),
    ("scoring",), ("learning",), ("evaluation",), ("ranking",), ("insight",), ("web",), ("cli",), ("__main__",),
]  # fmt: skip
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
HEAVY = {
    "bgml.config", "bgml.project", "duckdb", "ibis", "jinja2", "lightgbm", "matplotlib", "mlflow", "numba", "numpy", "openpyxl",
    "optuna", "pandas", "psycopg", "pyarrow", "pydantic", "rich", "scipy", "sklearn", "skops", "sqlglot",
}  # fmt: skip


def files() -> list[Path]:
    """Every module of the package but the facade, which names public things of several rooms for project files."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py" and "starter" not in path.parts]


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if node.module == "bgml" else (node.module,)
        elif isinstance(node, ast.ImportFrom):
            yield f"relative import in line {node.lineno}"


def room(name: str) -> str:
    """The room of a module: bgml.data.people -> data."""
    return name.split(".")[1]


def module(path: Path) -> str:
    return ".".join(["bgml", *path.relative_to(PACKAGE).with_suffix("").parts])


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    own = room(module(path))
    for name in imported(path):
        assert not name.startswith("relative"), name
        if name.startswith("bgml."):
            assert room(name) in LEVEL, f"{name} is in no known room"
            assert LEVEL[room(name)] <= LEVEL[own], f"{own} must not import {name}"


def test_only_tracking_imports_mlflow() -> None:
    users = {module(path) for path in files() if any(name.split(".")[0] == "mlflow" for name in imported(path))}
    assert users <= {"bgml.learning.tracking.track"}


def test_web_knows_neither_learning_nor_evaluation() -> None:
    for path in files():
        if room(module(path)) == "web":
            assert not {room(name) for name in imported(path) if name.startswith("bgml.")} & {"learning", "evaluation"}


def test_init_files_hold_a_docstring_only() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        if path.parent != PACKAGE:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, path
            assert ast.get_docstring(ast.Module(body, [])), path


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["init", "--help"], ["nonsense"]])
def test_the_command_line_starts_light(arguments: list[str]) -> None:
    script = (
        "import json, sys\n"
        "from bgml.cli.main import app\n"
        f"try:\n    app({arguments!r})\n"
        "except SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    # Typer itself turns a given command's values into their kinds with pydantic.
    assert not loaded & (HEAVY if arguments[0].startswith("--") else HEAVY - {"pydantic"})
