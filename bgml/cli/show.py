"""`bgml show`: one group or account, and the rows behind a number."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bgml.cli import evidence, terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project
    from bgml.ranking.archive.store import Stored
    from bgml.ranking.view.group import GroupView

ROWS = 20


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(show)


def show(
    account: Annotated[str, typer.Argument(help="The account's id or name.")],
    topic: Annotated[str | None, typer.Argument(help="The topic [default: all groups of the account].")] = None,
    as_of: Annotated[
        datetime.date | None, typer.Option(parser=day, metavar="DATE", help="The date of the ranking [default: the newest].")
    ] = None,
    column: Annotated[str | None, typer.Option(metavar="NAME", help="List the rows behind this column of the group instead.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page to a .md file as well.")] = None,
) -> None:
    """Show a group: who, why, what is missing, what to do, how it moved; without a topic all groups of the account.

    Example:
      bgml show "Acme Corp" data-platform
      bgml show A000123 data-platform --column people_28d
      bgml show A000123 --out acme.md
    """
    from bgml.data.dataset import open_dataset
    from bgml.errors import RankingError
    from bgml.ranking.view import find

    if out is not None and (out.suffix.lower() != ".md" or not out.parent.is_dir()):
        raise RankingError(f"{out} cannot be written; --out takes a .md file in a folder that exists")
    project = terminal.project()
    stored = find.stored_for(project, as_of)
    dataset = open_dataset(project)
    account_id = find.account(dataset.frame("accounts"), account)
    views = find.Views(project, stored, dataset)
    if column is not None:
        _behind(project, dataset, stored, account_id, _topic(find.topic, views, account, account_id, topic), column)
        return
    asked = views.topics_of(account_id) if topic is None else [find.topic(views.known_topics(account_id), topic)]
    if not asked:
        raise RankingError(f"no group of {account} is in the ranking of {stored.as_of}; name a topic to see why it is not")
    found = [views.group(account_id, each) for each in asked]
    _tell(found, out)


def _topic(find_topic: Any, views: Any, account: str, account_id: Any, topic: str | None) -> Any:  # noqa: ANN401
    """The topic of the one group whose column is asked for."""
    from bgml.errors import RankingError

    if topic is not None:
        return find_topic(views.known_topics(account_id), topic)
    ranked = views.topics_of(account_id)
    if len(ranked) != 1:
        listed = ", ".join(map(str, ranked)) or "none in the ranking"
        raise RankingError(f"--column is about one group: name the topic ({account} has {listed})")
    return ranked[0]


def _behind(project: Project, dataset: Dataset, stored: Stored, account_id: Any, topic: Any, column: str) -> None:  # noqa: ANN401
    from bgml.ranking.view.behind import behind

    found = behind(project, dataset, stored, account_id, topic, column, limit=ROWS)
    evidence.tell(found, None)
    terminal.emit(evidence.document(found, None))


def _tell(found: list[GroupView], out: Path | None) -> None:
    from dataclasses import asdict

    from bgml.ranking.view import markdown

    for view in found:
        _draw(view)
    if out is not None:
        out.write_text(markdown.page(found), encoding="utf-8")
        terminal.say(f"{out}: {len(found)} group{'s' if len(found) != 1 else ''}")
    terminal.emit([asdict(view) for view in found])


def _draw(view: GroupView) -> None:
    """One group in the terminal."""
    if terminal.options.json or terminal.options.quiet:
        return
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from bgml.ranking.view import text

    console = terminal.console()
    console.print(f"[bold]{escape(text.title(view))}")
    console.print(f"[cyan]{escape(text.headline(view))}")
    for note in view.notes:
        console.print(f"[yellow]{escape(note)}")
    if view.row.get("rank") is not None:
        console.print(f"[dim]{escape(text.chosen(view))}")
    _lines("Why", [*(("green", "+", line) for line in view.reasons_for), *(("red", "-", line) for line in view.reasons_against)])
    _lines("What to do", [("bold", f"{place}.", step) for place, step in enumerate(view.steps, 1)])
    if view.members:
        console.print("\n[bold]Who")
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in text.MEMBER_COLUMNS:
            numeric = name in ("28 days", "91 days", "share")
            drawn.add_column(name, justify="right" if numeric else "left", no_wrap=name == "13 weeks", overflow="fold")
        for member, cells in zip(view.members, text.member_cells(view), strict=True):
            style = {"active": "", "cooling": "yellow", "dark": "dim"}[str(member.row["status"])]
            drawn.add_row(*map(escape, cells), style=style)
        console.print(drawn)
    _lines("", [("", " ", line) for line in text.committee_line(view)])
    _lines("Active in the same weeks", [("", " ", line) for line in text.together_lines(view)])
    _lines("What sellers did", [("", " ", line) for line in text.touch_lines(view)])
    _lines("How it moved", [("", " ", line) for line in ([text.moved(view)] if text.moved(view) else [])])
    _lines("Other topics of the account", [("", " ", line) for line in text.other_lines(view)])
    _lines("Verdicts", [("", " ", line) for line in text.verdict_lines(view)])
    console.print()


def _lines(title: str, lines: list[tuple[str, str, str]]) -> None:
    """A titled list of styled lines; nothing where there are none."""
    from rich.markup import escape

    if not lines:
        return
    console = terminal.console()
    if title:
        console.print(f"\n[bold]{title}")
    for style, mark, line in lines:
        console.print(f"  [{style}]{mark}[/] {escape(line)}" if style else f"  {mark} {escape(line)}")
