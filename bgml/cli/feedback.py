"""`bgml verdict` and `bgml forget`: what comes back from sales, and from people."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day


class Decision(StrEnum):
    """What a verdict says."""

    accepted = "accepted"
    rejected = "rejected"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(verdict)


def verdict(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic.")],
    decision: Annotated[Decision, typer.Argument(metavar="accepted|rejected", help="What sales says of the group.")],
    as_of: Annotated[
        datetime.date | None, typer.Option(parser=day, metavar="DATE", help="Date of the ranking [default: the newest with this group].")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says so [default: nobody named].")] = "",
) -> None:
    """Keep what sales says of a ranked group. The latest verdict counts; models can be judged by it and trained on it.

    Example:
      bgml verdict 0015g00000Xy "Data/AI" accepted
      bgml verdict 0015g00000Xy cloud rejected --reason "bought last month" --by ann --as-of 2026-01-05
    """
    from bgml.ranking.feedback import verdicts

    kept = verdicts.write(terminal.project(), account, topic, decision.value, as_of, by, reason)
    terminal.say(f"{kept.account_id} / {kept.topic}, ranking of {kept.as_of}: {kept.verdict}")
    terminal.emit(verdicts.document(kept))
