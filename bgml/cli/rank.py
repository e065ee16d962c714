"""`bgml score`: the weekly ranking."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from pyarrow import Table

    from bgml.project import Project
    from bgml.ranking.choice.week import Week
    from bgml.ranking.score import Scored

TOP = 10
SHOWN = (
    "rank",
    "account_id",
    "account_name",
    "topic",
    "propensity",
    "percentile",
    "band",
    "trend",
    "people",
    "visitors",
    "owner",
    "route",
    "selected",
    "selected_by",
    "reasons",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(score)


def score(
    as_of: Annotated[
        datetime.date | None, typer.Option(parser=day, metavar="DATE", help="The date to rank at [default: the newest Monday in the data].")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="NAME, NAME:VERSION or @ALIAS [default: @champion, else the newest propensity].")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the ranking to a .csv, .parquet or .xlsx file as well.")] = None,
    hindsight: Annotated[
        bool, typer.Option("--hindsight", help="Allow a version trained as of a later date; its ranking is marked.")
    ] = False,
) -> None:
    """Rank the groups of a date: who is most likely to buy, why, and who to work this week.

    Example:
      bgml score
      bgml score --out monday.xlsx
      bgml score --as-of 2025-06-02 --model propensity:3
    """
    from bgml.data.dataset import open_dataset
    from bgml.ranking.choice.week import week
    from bgml.ranking.handout import export
    from bgml.ranking.score import score as run

    if out is not None:
        export.writer_for(out)
    project = terminal.project()
    with terminal.progress() as progress:
        dataset = open_dataset(project, progress)
        scored = run(project, dataset, as_of, model, hindsight=hindsight, progress=progress)
    if out is not None:
        from bgml.ranking.handout import delivery

        delivery.ranking(project, scored.stored, out)
    for warning in scored.warnings:
        terminal.warn(warning)
    _tell(project, scored, week(project, dataset, scored.stored), out)


def _tell(project: Project, scored: Scored, week: Week, out: Path | None) -> None:
    """The top of the list, past what rests, and where all of it is, for people and for programs."""
    from bgml.ranking.chances import behind, chances
    from bgml.scoring.facts.wording import short

    best = _awake(scored.table, week)
    top: list[dict[str, Any]] = best.select(list(SHOWN)).to_pylist()
    manifest = scored.stored.manifest()
    for row, chance in zip(top, chances(best, manifest), strict=True):
        row["chance"] = chance
        row["week"] = _week(row)
    stored, version = scored.stored, scored.version
    cells = [
        (row["rank"], row["account_name"] or row["account_id"], row["topic"], row["chance"], row["band"], row["trend"], row["people"],
         row["week"], short((row["reasons"] or [""])[0]))
        for row in top
    ]  # fmt: skip
    title = f"Groups at {stored.as_of}, ranked by {version}{' with hindsight' if scored.hindsight else ''}"
    terminal.table(("rank", "account", "topic", "chance", "band", "trend", "people", "this week", "first reason"), cells, title=title)
    if evidence := behind(manifest):
        terminal.say(evidence)
    shown = stored.folder.relative_to(project.root) if stored.folder.is_relative_to(project.root) else stored.folder
    terminal.say(f"{len(scored.table):,} groups, {week.selected:,} selected; kept in {shown}{f' and {out}' if out else ''}")
    for sentence in week.sentences:
        terminal.say(sentence)
    terminal.emit({
        "as_of": stored.as_of, "ranking_id": stored.ranking_id, "model": version.name, "model_version": version.version,
        "hindsight": scored.hindsight, "groups": len(scored.table), "selected": week.selected, **week.plain(),
        "folder": stored.folder, "out": out, "warnings": list(scored.warnings), "top": top,
    })  # fmt: skip


def _awake(table: Table, week: Week) -> Table:
    """The best groups that do not rest: what is there to be worked."""
    resting = set(week.resting[["account_id", "topic"]].itertuples(index=False, name=None))
    keys = zip(table.column("account_id").to_pylist(), table.column("topic").to_pylist(), strict=True)
    return table.take([place for place, key in enumerate(keys) if key not in resting][:TOP])


def _week(row: dict[str, Any]) -> str:
    """What a row asks of the week."""
    return {"rank": "work", "exploration": "explore"}.get(row["selected_by"], "")
