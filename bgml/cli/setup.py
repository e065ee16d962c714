"""`bgml init` and `bgml demo`: a project of one's own, and a first look at a made market."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
