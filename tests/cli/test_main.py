"""How the command line starts, takes its global options, and tells problems."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bgml.cli import terminal
from bgml.cli.main import Commands, app, hoisted
from bgml.errors import DataError

Run = Callable[..., Result]


@pytest.fixture
def fails() -> Callable[[BaseException], Result]:
    """Run a command that raises the error given."""

    def run(error: BaseException) -> Result:
        made = typer.Typer(cls=Commands, rich_markup_mode=None)
        made.callback()(lambda: None)

        @made.command()
        def raises() -> None:
            raise error

        return CliRunner().invoke(made, ["raises"])

    return run


def test_help_names_every_command(bgml: Run) -> None:
    shown = bgml("--help")
    assert shown.exit_code == 0
    for name in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
        assert f"\n  {name} " in shown.stdout


def test_no_command_shows_the_help(bgml: Run) -> None:
    assert "Commands:" in bgml().output


def test_version(bgml: Run) -> None:
    assert bgml("--version").stdout.startswith("bgml 0.")
    assert bgml("init", "--version").stdout.startswith("bgml 0.")


def test_examples_keep_their_lines(bgml: Run) -> None:
    assert "Example:\n    bgml init acme\n    bgml init acme --eject\n" in bgml("init", "--help").stdout


def test_unknown_command_suggests_the_nearest(bgml: Run) -> None:
    result = bgml("innit")
    assert result.exit_code == 2
    assert "No such command 'innit'. Did you mean 'init'?" in result.stderr


@pytest.mark.parametrize("arguments", [["init", "--nonsense"], ["init", "a", "b"], ["--project"]])
def test_wrong_usage_exits_2(bgml: Run, arguments: list[str]) -> None:
    result = bgml(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["score", "--json"], ["--json", "score"]),
        (["score", "--project", "x", "--out", "y"], ["--project", "x", "score", "--out", "y"]),
        (["score", "--data=x"], ["--data=x", "score"]),
        (["score", "--", "--json"], ["score", "--", "--json"]),
        (["score", "--project"], ["--project", "score"]),
        (["--quiet", "score"], ["--quiet", "score"]),
    ],
)
def test_global_options_move_to_the_front(arguments: list[str], expected: list[str]) -> None:
    assert hoisted(arguments) == expected


def test_global_options_before_and_after(bgml: Run, tmp_path: Path) -> None:
    before = bgml("--json", "init", tmp_path / "a")
    after = bgml("init", tmp_path / "a2", "--json")
    assert before.stdout.replace("/a\"", "/a2\"") == after.stdout
    assert bgml("init", tmp_path / "b", "--quiet").output == ""


def test_global_options_do_not_outlive_the_run(bgml: Run, tmp_path: Path) -> None:
    bgml("--json", "init", tmp_path / "a")
    bgml("init", tmp_path / "b")
    assert terminal.options == terminal.Options()


def test_a_stated_problem_is_one_line(fails: Callable[[BaseException], Result]) -> None:
    result = fails(DataError("signals has no rows"))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "bgml: signals has no rows\n")


def test_interrupting(fails: Callable[[BaseException], Result]) -> None:
    result = fails(KeyboardInterrupt())
    assert result.exit_code == 130
    assert "bgml: interrupted" in result.stderr


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "a.parquet"),
            "the disk is full, writing a.parquet; free some space and run the command again",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full; free some space and run the command again"),
        (PermissionError(errno.EACCES, "Permission denied", "a"), "not allowed to read or write a: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system", "a"), "not allowed to read or write a: Read-only file system"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a"), "No such file or directory: a"),
        (ValueError("bad\nvalue"), "a defect in bgml, please report it: ValueError: bad value (BGML_TRACEBACK=1 shows where)"),
        (ZeroDivisionError(), "a defect in bgml, please report it: ZeroDivisionError (BGML_TRACEBACK=1 shows where)"),
    ],
)
def test_other_errors_are_one_line(fails: Callable[[BaseException], Result], error: Exception, expected: str) -> None:
    result = fails(error)
    assert result.exit_code == 1
    assert result.stderr == f"bgml: {expected}\n"


def test_the_traceback_is_there_for_who_asks(fails: Callable[[BaseException], Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BGML_TRACEBACK", "1")
    assert isinstance(fails(ValueError("bad")).exception, ValueError)


def test_a_real_run_ends_as_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bgml", "init", tmp_path]
    codes = [(done := subprocess.run(command, capture_output=True, text=True, check=False)).returncode for _ in range(2)]
    assert codes == [0, 1]
    assert done.stdout == ""
    assert done.stderr.startswith("bgml: ")
    assert done.stderr.count("\n") == 1


def test_a_closed_pipe_is_no_defect() -> None:
    done = subprocess.run(f"{sys.executable} -m bgml --help | head -c 1", shell=True, capture_output=True, text=True, check=False)
    assert "defect" not in done.stderr
    assert "Traceback" not in done.stderr
