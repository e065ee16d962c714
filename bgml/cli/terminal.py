"""What every command shares: the global options, and how it speaks to people and to programs."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from bgml.project import Progress, Project


@dataclass(frozen=True)
class Options:
    """The global options of one run."""

    project: Path | None = None
    data: str | None = None
    json: bool = False
    quiet: bool = False


options = Options()
_collected: list[object] | None = None


def configure(chosen: Options) -> None:
    """Set the global options for the rest of the run."""
    global options
    options = chosen


@contextlib.contextmanager
def within(**changes: Any) -> Iterator[None]:  # noqa: ANN401  (any field of Options)
    """Other global options for the length of a block."""
    before = options
    configure(replace(before, **changes))
    try:
        yield
    finally:
        configure(before)


@contextlib.contextmanager
def collected() -> Iterator[list[object]]:
    """Catch the documents emitted in the block instead of printing them: for a command made of other commands."""
    global _collected
    before, caught = _collected, list[object]()
    _collected = caught
    try:
        yield caught
    finally:
        _collected = before


def project() -> Project:
    """The project that --project and --data name, or the nearest from the working directory upwards."""
    from bgml.project import find_project

    return find_project(named=options.project, data=options.data)


def say(text: str = "") -> None:
    """A line for people on stdout; nothing with --json or --quiet."""
    if not (options.json or options.quiet):
        typer.echo(text)


def warn(text: str) -> None:
    """A line on stderr that something is not as the user may think; kept even with --json and --quiet."""
    typer.echo(f"warning: {text}", err=True)


def emit(document: object) -> None:
    """With --json, the one JSON document of the command on stdout; otherwise nothing.

    Dates become ISO text, paths their text, NaN and infinities null, numpy values Python's.
    """
    if _collected is not None:
        _collected.append(plain(document))
    elif options.json:
        typer.echo(json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:  # noqa: ANN401  (any value a command reports)
    """A value as JSON can hold it."""
    if _absent(value):
        return None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return plain(value.item())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _absent(value: object) -> bool:
    """Whether a value is none, NaN, or what pandas puts for a missing time or entry (told by name: pandas need not be loaded)."""
    return value is None or type(value).__name__ in ("NaTType", "NAType") or (isinstance(value, float) and math.isnan(value))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table for people on stdout, numbers to the right; nothing with --json or --quiet."""
    if options.json or options.quiet:
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    cells = [list(row) for row in rows]
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(columns):
        numeric = bool(cells) and all(_absent(row[place]) or _is_number(row[place]) for row in cells)
        drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        drawn.add_row(*(_cell(value) for value in row))
    if title:
        typer.echo(title)
    console(markup=False).print(drawn)


def console(*, markup: bool = True) -> Console:
    """The terminal as rich draws on it; 200 columns wide where stdout is none."""
    from rich.console import Console

    return Console(markup=markup, highlight=False, width=None if sys.stdout.isatty() else 200)


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool | str)


def _cell(value: object) -> str:
    """A value as a person reads it: empty for none, four significant digits for a float."""
    if _absent(value):
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """A Progress callback for the block: one bar per label on stderr of a terminal, silent otherwise."""
    from bgml.project import quiet

    if options.json or options.quiet or not sys.stderr.isatty():
        yield quiet
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)

        yield report
