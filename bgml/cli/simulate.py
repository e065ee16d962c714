"""`bgml simulate`: tables whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bgml.cli import terminal


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(simulate)


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the tables go; made when missing, refused when not empty.")],
    accounts: Annotated[int, typer.Option(min=1, help="Companies in the market.")] = 2000,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks of signals, up to 2026-01-05.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Which of all markets; the same seed gives the same bytes.")] = 0,
    shape: Annotated[
        Literal["tables", "salesforce"],
        typer.Option("--as", help="The tables of bgml, or the raw tables of a Salesforce org, to be imported."),
    ] = "tables",
) -> None:
    """Make the tables of a market whose truth is known: what each group's chance really was, in truth.parquet.

    docs/market.md tells how the market works and what in it fools naive scores.

    Example:
      bgml simulate market
      bgml simulate market --accounts 500 --seed 7
      bgml simulate org --as salesforce
    """
    from bgml.market.simulate import simulate as make

    with terminal.progress() as progress:
        rows = make(folder, accounts=accounts, weeks=weeks, seed=seed, salesforce=shape == "salesforce", progress=progress)
    terminal.emit({"folder": str(folder.resolve()), "accounts": accounts, "weeks": weeks, "seed": seed, "rows": rows})
    terminal.table(("table", "rows"), rows.items(), title=f"{folder}: a market of {accounts:,} accounts over {weeks} weeks, seed {seed}")
    terminal.say("truth.parquet holds each group's true probability; no model may read it")
    if shape == "salesforce":
        terminal.say(f"Next: cd {folder}; bgml import salesforce salesforce data")
