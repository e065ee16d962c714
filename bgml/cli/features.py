"""`bgml features`: the matrix of features at past dates, as a file, and what its columns mean."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bgml.cli import terminal
from bgml.cli.dates import day
from bgml.cli.trial import tell
from bgml.errors import FeatureError

if TYPE_CHECKING:
    from bgml.config import Settings
    from bgml.data.dataset import Dataset
    from bgml.engine.columns.catalog import Catalog
    from bgml.project import Project


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(features)


def features(
    as_of: Annotated[
        list[datetime.date] | None, typer.Option("--as-of", parser=day, metavar="D", help="An as-of date; can be given several times.")
    ] = None,
    since: Annotated[
        datetime.date | None, typer.Option(parser=day, metavar="D", help="First date of a range (inclusive), on the grid of --every.")
    ] = None,
    until: Annotated[datetime.date | None, typer.Option(parser=day, metavar="D", help="Last date of a range (inclusive).")] = None,
    every: Annotated[int | None, typer.Option(metavar="N", min=1, help="Days between dates [default: dates.every].")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The Parquet file to write.")] = None,
    only: Annotated[str | None, typer.Option(metavar="NAME,GLOB", help="Only these columns.")] = None,
    outcome: Annotated[bool, typer.Option("--outcome", help="Add the column won: 1 or 0, null where not known yet.")] = False,
    all_groups: Annotated[bool, typer.Option("--all-groups", help="Include groups with an open or recently won opportunity.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show every column and its meaning instead.")] = False,
    new: Annotated[str | None, typer.Option("--new", metavar="NAME", help="Write features/NAME.py, a working example, instead.")] = None,
    try_: Annotated[
        str | None, typer.Option("--try", metavar="NAME", help="Try a column on groups whose outcomes are known, instead.")
    ] = None,
) -> None:
    """Write the features of every candidate group at past dates, each from what was known before its date.

    Example:
      bgml features --since 2025-01-06 --until 2025-06-30 --outcome --out matrix.parquet
      bgml features --new webinars
      bgml features --try webinars_28d
    """
    from bgml.data.dataset import open_dataset
    from bgml.engine.build import build

    project = terminal.project()
    patterns = [part.strip() for part in only.split(",") if part.strip()] if only else None
    if list_:
        _list(_catalog(project), patterns)
        return
    if new is not None:
        _new(project, new)
        return
    if try_ is not None:
        tell(project, try_)
        return
    if out is None:
        raise FeatureError("no file to write to; name one with --out FILE.parquet, or see the columns with --list")
    if out.suffix != ".parquet":
        raise FeatureError(f"--out {out} is not a .parquet file; the matrix is written as Parquet")
    if not out.resolve().parent.is_dir():
        raise FeatureError(f"--out {out}: the folder {out.resolve().parent} does not exist; make it first")
    with terminal.progress() as progress:
        dataset = open_dataset(project, progress)
        dates = _dates(as_of or [], since, until, every or project.settings.dates.every, dataset)
        matrix = build(project, dataset, dates, only=patterns, all_groups=all_groups, progress=progress)
        rows = matrix.write(out, _outcomes(dataset, project.settings) if outcome else None)
    for note in matrix.catalog.notes():
        terminal.say(note)
    terminal.say(f"{rows:,} rows, {len(matrix.dates)} as-of dates, {len(matrix.catalog.names)} features in {out}")
    terminal.emit({"rows": rows, "dates": matrix.dates, "features": matrix.catalog.names, "left_out": matrix.catalog.left_out, "file": out})


def _catalog(project: Project) -> Catalog:
    """The catalog on the project's data, or without data where there is none yet."""
    from bgml.data.dataset import open_dataset
    from bgml.engine.columns.catalog import load_catalog
    from bgml.errors import DataError

    try:
        return load_catalog(project, open_dataset(project))
    except DataError:
        return load_catalog(project)


def _list(catalog: Catalog, patterns: list[str] | None) -> None:
    catalog = catalog.only(patterns) if patterns else catalog
    for family in dict.fromkeys(column.family for column in catalog.columns):
        rows = [(column.name, column.kind, column.meaning) for column in catalog.columns if column.family == family]
        terminal.table(("column", "kind", "meaning"), rows, title=f"features/{family}.py")
    for note in catalog.notes():
        terminal.say(note)
    columns = [{"name": c.name, "kind": c.kind, "family": c.family, "meaning": c.meaning} for c in catalog.columns]
    terminal.emit({"columns": columns, "left_out": catalog.left_out})


def _new(project: Project, name: str) -> None:
    """Write a feature file to begin with, and say what to do with it."""
    from bgml.engine.columns.template import new_family

    path, columns = new_family(project, name)
    shown = path.relative_to(project.root)
    terminal.say(f"{shown} is written; it makes {', '.join(columns)}. Change it, then see what it tells:")
    terminal.say(f"  bgml features --try {columns[0]}")
    terminal.emit({"file": path, "columns": columns})


def _dates(
    named: list[datetime.date], since: datetime.date | None, until: datetime.date | None, every: int, dataset: Dataset
) -> list[datetime.date]:
    """The as-of dates asked for; the newest Monday of the data if none are."""
    from bgml.groups.dates import grid, newest_monday

    dates = list(named)
    if (since is None) != (until is None):
        raise FeatureError("a range of dates needs both --since and --until")
    if since is not None and until is not None:
        found = grid(every, since, until)
        if not found:
            raise FeatureError(
                f"no date of the grid (every {every} days from Monday 1970-01-05) lies in {since} to {until}; "
                "widen it or name dates with --as-of"
            )
        dates += found
    dates = sorted(set(dates)) or [newest_monday(dataset.until)]
    if dates[-1] > dataset.until:
        terminal.warn(
            f"as-of {dates[-1]} is after the data's end ({dataset.until}): what happened in between is not in the tables, "
            "so groups look quieter than they are"
        )
    return dates


def _outcomes(dataset: Dataset, settings: Settings) -> Callable[[Any], Mapping[str, Any]]:
    import pyarrow as pa

    from bgml.groups.outcomes import label

    def won(table: Any) -> Mapping[str, Any]:  # noqa: ANN401 - an Arrow table
        keys = table.select(["as_of", "account_id", "topic"]).to_pandas()
        return {"won": pa.array(label(keys, dataset, settings)["won"].to_numpy(), from_pandas=True).cast(pa.int8())}

    return won
