"""`bgml demo`: the whole job on a made market, command by command."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bgml.cli import terminal

ACCOUNTS = 600


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project folder; made when missing.")] = Path("demo"),
    accounts: Annotated[int | None, typer.Option(min=1, help=f"Companies in the market [default: {ACCOUNTS}].", show_default=False)] = None,
) -> None:
    """See everything at work: make a market, check it, train, evaluate, rank.

    Runs the commands as you would and shows each before its output. A demo that is there already is used again, its market kept.

    Example:
      bgml demo
      bgml demo small --accounts 500
    """
    documents: dict[str, object] = {}
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    for name, arguments in _steps(folder, accounts):
        start = time.perf_counter()
        documents[name] = _run(name, arguments)
        seconds[name] = round(time.perf_counter() - start, 1)
        terminal.say(f"{name}: {seconds[name]:.1f} s\n")
    spent = ", ".join(f"{name} {took:.0f} s" for name, took in seconds.items())
    terminal.say(f"All of it took {time.perf_counter() - began:.0f} s: {spent}.\n")
    terminal.say(_next(folder, _best(documents.get("score"))))
    terminal.emit({"project": folder.resolve(), "seconds": seconds, "steps": documents})


def _steps(folder: Path, accounts: int | None) -> Iterator[tuple[str, list[str]]]:
    """The commands to run, each with its arguments; ProjectError when a market is there and another size is asked for."""
    from bgml.errors import ProjectError

    inside = ["--project", str(folder)]
    market = folder / "data"
    made = market.is_dir() and any(market.iterdir())
    if made and accounts is not None:
        raise ProjectError(f"{market} holds a market already; leave --accounts out to use it, or choose another folder")
    if not (folder / "bgml.toml").exists():
        yield "init", [str(folder)]
    if not made:
        yield "simulate", [str(market), "--accounts", str(accounts or ACCOUNTS)]
    yield "check", inside
    yield "train", inside
    # What was trained, over three test blocks: the whole race over five takes longer than someone who looks around waits.
    yield "evaluate", ["propensity", "lambdarank", "--folds", "3", *inside]
    yield "score", inside


def _run(name: str, arguments: list[str]) -> object:
    """Run a command as a person would; what it emits for programs. Ends the demo when it fails."""
    from bgml.cli.main import app

    flags = [flag for flag, on in (("--json", terminal.options.json), ("--quiet", terminal.options.quiet)) if on]
    terminal.say(f"$ bgml {' '.join([name, *arguments])}")
    with terminal.within(), terminal.collected() as emitted:
        code = app([name, *arguments, *flags], prog_name="bgml", standalone_mode=False)
    if code:
        raise typer.Exit(code)
    return emitted[0] if emitted else None


def _best(scored: object) -> str:
    """The account on top of what `score` emitted."""
    top = scored.get("top") if isinstance(scored, dict) else None
    return str(top[0]["account_name"] or top[0]["account_id"]) if top else "ACCOUNT"


def _next(folder: Path, best: str) -> str:
    """Where to look after the demo; `best` names the account on top of the list."""
    commands = (
        (f'bgml show "{best}" --project {folder}', "the best account: who, why, what to do"),
        (f"bgml export ranking --project {folder} --out monday.xlsx", "the week's list as a workbook"),
        (f"bgml pilot --since 2025-12-01 --project {folder}", "groups behind MQLs, without any model"),
        (f"bgml impact --project {folder} --out impact.html", "what goes with engaged groups"),
        (f"bgml features --project {folder} --list", "every column the models see, and what it means"),
        (f"bgml evaluate --project {folder}", "the whole race: every model, five test blocks"),
        (f"bgml mlflow --project {folder}", "runs, metrics, the full report of the race"),
    )
    width = max(len(command) for command, _ in commands)
    lines = "\n".join(f"  {command:{width}}   {what}" for command, what in commands)
    return f"""Look next:
{lines}
  {folder}/bgml.toml and {folder}/features/example.py: settings, and a feature of your own; change them and train again"""
