"""`bgml pilot` and `bgml impact`: what the tables tell without a model."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    import pandas as pd

    from bgml.insight.impact.impact import Impact
    from bgml.insight.pilot.pilot import Pilot

TITLES = {
    "potential": "Potential buying groups behind MQLs",
    "in_pipeline": "With others too, but the pair had an open opportunity",
    "customer": "With others too, but the pair was a recent customer",
}
TOP = 20
NAMED = 4


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(pilot)
    app.command()(impact)


def pilot(
    since: Annotated[
        datetime.date | None,
        typer.Option(parser=day, metavar="DATE", help="The first day of MQLs to look behind [default: the last four weeks of the data]."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of them to a .csv, .parquet or .xlsx file as well.")] = None,
) -> None:
    """Look behind every MQL: which colleagues were active on the topic before it, and how often such groups were won.

    Needs no model and no training. Two or more others make an MQL the tip of a potential buying group.

    Example:
      bgml pilot --since 2025-12-01
      bgml pilot --since 2025-12-01 --out groups.xlsx
    """
    from bgml.data.dataset import open_dataset
    from bgml.insight.pilot.pilot import pilot as run
    from bgml.insight.pilot.potential import table
    from bgml.ranking.handout import export

    if out is not None:
        export.writer_for(out)
    project = terminal.project()
    with terminal.progress() as progress:
        found = run(open_dataset(project, progress, unneeded=("opportunities",)), project.settings, since)
    if out is not None:
        export.export(table(found.listed), out)
    _tell_pilot(found, out)
    terminal.emit({**found.document(), "out": out})


def _tell_pilot(found: Pilot, out: Path | None) -> None:
    """The potential groups, then the pairs sales has already, then everything in numbers."""
    for status, title in TITLES.items():
        rows = found.listed[found.listed["status"] == status]
        if status != "potential":
            rows = rows[rows["others"] > 1]
        if len(rows):
            _tell_groups(rows, title)
    for line in found.sentences():
        terminal.say(line)
    if out is not None:
        terminal.say(f"All {len(found.listed):,} are in {out}.")


def _tell_groups(rows: pd.DataFrame, title: str) -> None:
    from bgml.insight.pilot.potential import called

    cells = [
        (
            called(row["account_name"], row["account_id"]),
            row["topic"],
            _day(row["mql_at"]),
            row["mqls"],
            called(row["mql_name"], row["mql_person"]),
            row["others"],
            row["visitors"],
            _who(row["people"], row["names"]),
            _day(row["opportunity_since"]),
        )
        for row in rows.head(TOP).to_dict("records")
    ]
    columns = ("account", "topic", "MQL", "MQLs", "of", "others", "visitors", "who", "deal since")
    terminal.table(columns, cells, title=f"{title}: {len(rows):,}")
    if len(rows) > TOP:
        terminal.say(f"{len(rows) - TOP:,} more; --out FILE writes all of them.\n")


def _day(moment: pd.Timestamp) -> str:
    """The day of a time, nothing for none."""
    return f"{moment:%Y-%m-%d}" if moment == moment else ""


def _who(people: list[str], names: list[str]) -> str:
    """The most active of the others, by name where it is known."""
    told = [f"{name} [{person}]" if name else f"[{person}]" for person, name in zip(people[:NAMED], names, strict=False)]
    return ", ".join(told) + (f" and {len(people) - NAMED} more" if len(people) > NAMED else "")


def impact(
    since: Annotated[
        datetime.date | None,
        typer.Option(parser=day, metavar="DATE", help="Only deals created and groups looked at from this day on: with a pilot, its first."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report to an .html file.")] = None,
) -> None:
    """Compare deals with and without an engaged group: conversion, win rate, amount, days, as ratios with intervals.

    What counts as an engaged group stands under [impact] in bgml.toml. This is association, not cause. Where [impact] pilot names a column
    of the accounts, those in the pilot are compared with the others as well.

    Example:
      bgml impact --out impact.html
      bgml impact --since 2025-01-01
    """
    from bgml.data.dataset import open_dataset
    from bgml.insight.impact import report
    from bgml.insight.impact.impact import document
    from bgml.insight.impact.impact import impact as run
    from bgml.insight.impact.wording import sentences, trial_sentences

    if out is not None:
        _writable(out)
    project = terminal.project()
    with terminal.progress() as progress:
        found = run(project, open_dataset(project, progress), since, progress)
    told = [*sentences(found), *trial_sentences(found)]
    made = terminal.plain(document(found, told))
    kept = report.keep(project, made)
    if out is not None:
        report.write(out, report.html(found, made))
    _tell_impact(found)
    terminal.say(f"Report: {out}" if out else "--out impact.html writes the whole report: breadth, roles, pictures.")
    terminal.emit({**made, "kept": kept, "out": out})


def _writable(out: Path) -> None:
    """BgmlError before the work for a report that could not be written."""
    from bgml.errors import RankingError

    if out.is_dir():
        raise RankingError(f"{out} is a folder; name a file in it")
    if not out.parent.is_dir():
        raise RankingError(f"{out} cannot be written: there is no folder {out.parent}")
    if out.suffix.lower() not in (".html", ".htm"):
        raise RankingError(f'{out} ends in "{out.suffix}"; the report is a page and its name ends in .html')


def _tell_impact(found: Impact) -> None:
    """The headline table, pilot against control, and what must be known to read them; the report has every finding as a sentence."""
    from bgml.insight.impact.wording import contrast_table, findings, sentences, trial_sentences

    tables = [contrast_table(found.headline, f"Deals with and without an engaged group in {found.project}")] if found.headline else []
    if found.trial is not None:
        after = f"since {found.since}" if found.since else "over all the data"
        tables += [contrast_table(found.trial.since, f"Pilot against control, {after}")] if found.trial.since else []
        tables += [contrast_table(found.trial.before, f"Pilot against control, before {found.since}")] if found.trial.before else []
    for table in tables:
        terminal.table(table.columns, table.rows, title=table.title)
    told = {*findings(found.headline), *findings(found.trial.since if found.trial else ())}
    for line in (*sentences(found), *trial_sentences(found)):
        if line not in told:
            terminal.say(line)
