"""`bgml demo`: which commands it runs, with what, and how it ends. The whole of it runs for real in .ci/run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import Result

from bgml.cli import demo, terminal

Run = Callable[..., Result]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands the demo runs, each pretended."""
    made: list[list[str]] = []

    def pretend(arguments: list[str], prog_name: str, standalone_mode: bool) -> int:
        made.append(arguments)
        terminal.configure(terminal.Options(json="--json" in arguments))
        terminal.say("its output")
        terminal.emit({"command": arguments[0]})
        return 1 if "fail" in str(arguments) else 0

    monkeypatch.setattr("bgml.cli.main.app", pretend, raising=True)
    return made


@pytest.fixture
def alone() -> Callable[..., Result]:
    """`bgml demo` in an application of its own, as the commands of the real one are pretended."""
    from typer.testing import CliRunner

    from bgml.cli.main import Commands, global_options

    made = typer.Typer(cls=Commands, rich_markup_mode=None)
    made.callback()(global_options)
    demo.register(made)
    return lambda *arguments: CliRunner().invoke(made, ["demo", *(str(argument) for argument in arguments)])


def test_the_whole_job_in_order(alone: Run, calls: list[list[str]], tmp_path: Path) -> None:
    result = alone(tmp_path / "d", "--accounts", 300)
    inside = ["--project", str(tmp_path / "d")]
    assert result.exit_code == 0
    assert calls == [
        ["init", str(tmp_path / "d")],
        ["simulate", str(tmp_path / "d/data"), "--accounts", "300"],
        ["check", *inside],
        ["train", *inside],
        ["evaluate", "propensity", "lambdarank", "--folds", "3", *inside],
        ["score", *inside],
    ]
    assert f"$ bgml train --project {tmp_path / 'd'}\nits output\ntrain: 0.0 s\n" in result.stdout
    assert result.stdout.index("All of it took") < result.stdout.index("Look next:")


def test_programs_get_one_document(alone: Run, calls: list[list[str]], tmp_path: Path) -> None:
    result = alone(tmp_path / "d", "--json")
    document = json.loads(result.stdout)
    assert list(document["steps"]) == ["init", "simulate", "check", "train", "evaluate", "score"]
    assert document["steps"]["score"] == {"command": "score"}
    assert all("--json" in call for call in calls)


def test_a_step_that_fails_ends_it(alone: Run, calls: list[list[str]], tmp_path: Path) -> None:
    result = alone(tmp_path / "fail")
    assert result.exit_code == 1
    assert [call[0] for call in calls] == ["init"]


def test_a_demo_that_is_there_is_used_again(alone: Run, calls: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/signals.parquet").write_bytes(b"")
    (tmp_path / "bgml.toml").write_text("", encoding="utf-8")
    assert alone(tmp_path).exit_code == 0
    assert [call[0] for call in calls] == ["check", "train", "evaluate", "score"]
    refused = alone(tmp_path, "--accounts", 300)
    assert refused.exit_code == 1
    assert "holds a market already; leave --accounts out to use it" in refused.stderr
