"""Results that are kept for readers who neither evaluate nor open MLflow: JSON documents under `.bgml/insight/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bgml.data.kept.lines import replaced
from bgml.errors import ProjectError
from bgml.project import Project

EVALUATION = Path("insight") / "evaluation.json"
IMPACT = Path("insight") / "impact.json"


def keep(project: Project, name: Path, document: Mapping[str, Any]) -> Path:
    """Put a document (plain JSON values; others as text) in the place of the former one, whole or not at all; ProjectError otherwise."""
    path = project.state / name
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        replaced(path, (json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def read(project: Project, name: Path) -> dict[str, Any] | None:
    """The document; None where there is none yet, ProjectError where it is damaged."""
    path = project.state / name
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read ({error}); the command that made it makes it again") from None
    if not isinstance(found, dict):
        raise ProjectError(f"{path} is not one document; the command that made it makes it again")
    return found
