"""Feature code that reads more than its frame: files, tables, the clock, chance. None of these has an as-of date."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bgml.evaluation.audit.finding import Checked, Finding
from bgml.project import Project

NAME = "source"
CODE = ("features", "models")
READERS = frozenset({
    "os", "io", "pathlib", "glob", "sqlite3", "duckdb", "ibis", "pyarrow", "polars", "requests", "urllib", "httpx", "http", "socket",
    "subprocess", "sqlalchemy", "pickle", "joblib", "shelve", "csv", "tempfile", "importlib", "mlflow",
})  # fmt: skip
CHANCE = frozenset({"random", "secrets", "uuid"})
CLOCK = frozenset({"now", "today", "utcnow", "time", "time_ns", "monotonic"})
FILES = frozenset({"open", "load", "loadtxt", "genfromtxt", "fromfile", "memmap", "read_text", "read_bytes", "open_dataset", "open_tables"})


def read_beside(path: Path) -> list[str]:
    """What a file of feature or model code reads beside its frame, as "line 7: pd.read_csv()"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [pair for node in ast.walk(tree) for pair in _reads(node)]
    return [f"line {line}: {what}" for line, what in sorted(dict.fromkeys(found))]


def _reads(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        yield from ((node.lineno, f"import {name.name}") for name in node.names if name.name.split(".")[0] in READERS | CHANCE)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        outside = node.module.split(".")[0] in READERS | CHANCE or node.module.startswith("bgml.")
        if outside:
            yield node.lineno, f"from {node.module} import {', '.join(name.name for name in node.names)}"
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        clock = name in CLOCK and isinstance(node.func, ast.Attribute)
        if clock or name in FILES or name == "default_rng" or name.startswith("read_"):
            yield node.lineno, f"{ast.unparse(node.func)}()"


def check(project: Project) -> Checked:
    """Look through the project's own feature and model files; those of the starter read nothing."""
    files = [path for kind in CODE for path in sorted((project.root / kind).glob("*.py"))]
    read = {path.relative_to(project.root).as_posix(): read_beside(path) for path in files}
    findings = [_finding(name, lines) for name, lines in read.items() if lines]
    did = f"Looked through {len(files)} files of the project's own features and models for what is read beside the tables."
    return Checked(NAME, did, tuple(findings), (), {"files": {name: lines for name, lines in read.items() if lines}})


def _finding(name: str, lines: list[str]) -> Finding:
    shown = "; ".join(lines[:4]) + (f"; and {len(lines) - 4} more" if len(lines) > 4 else "")
    means = "A file, a table, the clock and chance have no as-of date: a feature that reads them can know what was not known."
    return Finding(NAME, "warning", f"{name} reads beside its frame ({shown}).", means, "use the columns of its frame only")
