"""`bgml verdict` and `bgml forget`: what comes back from sales, and from people."""

from __future__ import annotations

import datetime
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.ranking.feedback.forget import Forgetting
    from bgml.ranking.feedback.traces import Traces


class Decision(StrEnum):
    """What a verdict says."""

    accepted = "accepted"
    rejected = "rejected"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(verdict)
    app.command()(forget)


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

    project = terminal.project()
    kept = verdicts.write(project, account, topic, decision.value, as_of, by, reason)
    if (until := project.settings.data.until) is not None and kept.at.date() >= until:
        terminal.warn(f"data.until is {until}: the verdict is kept, and read once that day is later than {kept.at:%Y-%m-%d}")
    terminal.say(f"{kept.account_id} / {kept.topic}, ranking of {kept.as_of}: {kept.verdict}")
    terminal.emit(verdicts.document(kept))


def forget(
    person: Annotated[str, typer.Argument(metavar="PERSON_ID", help="The person's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person's name, title and e-mail from all that is kept and from the tables bgml may write; past rankings keep the bare id.

    The rows of people go, and no later reading brings them back. A database is not written: the command prints what to run there and
    exits 1 until it is done. Files already handed out cannot be recalled.

    Example:
      bgml forget 0035g00000Ab
      bgml forget 0035g00000Ab --yes --json
    """
    from bgml.errors import DataError
    from bgml.ranking.feedback import forget as forgetting

    project = terminal.project()
    found = forgetting.look(project, person)
    if not yes:
        _ask(found)
    done = forgetting.forget(project, person)
    _tell_forgotten(done)
    terminal.emit(done.document())
    if done.left:
        raise DataError(f"{person} is not forgotten everywhere. {' '.join(str(part) + '.' for part in done.left)}")


def _ask(found: Traces) -> None:
    """Say who is meant and let the user confirm; without a terminal, --yes has to say so."""
    if terminal.options.json or terminal.options.quiet or not _is_terminal():
        raise typer.BadParameter("forgetting cannot be undone: confirm it with --yes", param_hint="--yes")
    known = ", ".join(sorted(found.identity.names | found.identity.emails))
    rows = ", ".join(f"{table} {number:,}" for table, number in found.rows.items())
    terminal.say(f"{found.identity.person_id}{f' ({known})' if known else ''}; rows: {rows or 'none'}")
    typer.confirm("Forget this person? It cannot be undone.", abort=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _tell_forgotten(done: Forgetting) -> None:
    if done.before and not done.erased and not done.left:
        terminal.say(f"{done.person_id} was forgotten at {done.before}; nothing was left to erase.")
    else:
        terminal.table(("place", "erased"), done.erased.items())
        terminal.say(f"Recorded in .bgml/forgotten.jsonl: from now on {done.person_id} is read without name, title and e-mail.")
    for note in done.notes:
        terminal.say(f"note: {note}")
    if done.handed_out:
        said = "they may name the person and cannot be recalled"
        terminal.say(f"{done.handed_out} files were handed out before (.bgml/exports.jsonl): {said}.")
