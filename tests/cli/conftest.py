"""A runner for commands, and the package of a project's starter kept small."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from bgml.cli import terminal
from bgml.cli.main import app


@pytest.fixture
def bgml() -> Iterator[Callable[..., Result]]:
    """Run `bgml ARGUMENTS`; the result has exit_code, stdout and stderr."""
    yield lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])
    terminal.configure(terminal.Options())
