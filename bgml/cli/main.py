"""The `bgml` command: its global options, its commands, and how problems are told."""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bgml.cli import terminal
from bgml.errors import BgmlError

COMMANDS = (
    "setup", "demo", "simulate", "imports", "topics", "check", "features", "train", "evaluate", "compare", "tracking", "rank", "export",
    "show", "feedback", "insight", "refresh", "drift", "serve", "token",
)  # fmt: skip
GLOBAL_FLAGS = ("--json", "--quiet", "--version")
GLOBAL_VALUES = ("--project", "--data")
EPILOG = "Before or after any command: --project DIR, --data URL, --json, --quiet."


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with the global options moved to the front, wherever they stood before a `--`.

    >>> hoisted(["score", "--json", "--project", "acme"])
    ['--json', '--project', 'acme', 'score']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front, rest, given = list[str](), list[str](), iter(arguments[:end])
    for argument in given:
        if argument in GLOBAL_FLAGS or argument.startswith(tuple(f"{name}=" for name in GLOBAL_VALUES)):
            front.append(argument)
        elif argument in GLOBAL_VALUES:
            front += [argument, *([value] if (value := next(given, None)) is not None else [])]
        else:
            rest.append(argument)
    return front + rest + arguments[end:]


class Commands(TyperGroup):
    """The commands, with global options anywhere and every problem told in one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (typer's own context class is private)
        """Read the global options wherever they stand."""
        return super().parse_args(ctx, hoisted(args))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  (typer's own command class is private)
        """A command, its examples kept line by line in the help."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.help = re.sub(r"\n\n(Examples?:)", "\n\n\b\n\\1", command.help or "")
            command.epilog = EPILOG
        return command

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  (a command may return anything)
        """Run the command; a stated problem becomes one line on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            typer.echo("\nbgml: interrupted", err=True)
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get("BGML_TRACEBACK"):
                raise
            typer.echo(f"bgml: {told(error)}", err=True)
            raise typer.Exit(1) from None


def told(error: Exception) -> str:
    """One line for an error that ended a command."""
    if isinstance(error, BgmlError):
        return str(error)
    if isinstance(error, OSError) and error.errno is not None:
        return _told_by_system(error)
    said = " ".join(str(error).split())
    shown = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"a defect in bgml, please report it: {shown} (BGML_TRACEBACK=1 shows where)"


def _told_by_system(error: OSError) -> str:
    """One line for what the operating system refused."""
    place = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{f', writing{place}' if place else ''}; free some space and run the command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"not allowed to read or write{place or ' a file'}: {error.strerror}"
    return f"{error.strerror}{f':{place}' if place else ''}"


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"bgml {version('bgml')}")
        raise typer.Exit


def global_options(
    project: Annotated[Path | None, typer.Option(metavar="DIR", help="The project folder [default: found from here upwards].")] = None,
    data: Annotated[str | None, typer.Option(metavar="URL", help="Tables to use instead of the project's data.url.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only problems.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Rank the buying groups of your accounts: who looks into a topic together, and who goes on to buy.

    \b
    Example:
      bgml demo          make a market, train, evaluate, score
      bgml init          start a project of your own here
    """
    terminal.configure(terminal.Options(project=project, data=data, json=json, quiet=quiet))


def build() -> typer.Typer:
    """The application with every command registered."""
    made = typer.Typer(name="bgml", cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    made.pretty_exceptions_enable = False
    made.callback()(global_options)
    for name in COMMANDS:
        importlib.import_module(f"bgml.cli.{name}").register(made)
    return made


app = build()


def run() -> None:
    """The entry point of the `bgml` script."""
    sys.exit(app(prog_name="bgml"))
