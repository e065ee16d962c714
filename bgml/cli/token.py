"""`bgml token`: who may use the service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.project import Project


class Role(StrEnum):
    """What somebody may do."""

    viewer = "viewer"
    editor = "editor"
    admin = "admin"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    tokens = typer.Typer(help="Make, list and revoke the tokens by which people and programs use the service.", no_args_is_help=True)
    tokens.command()(create)
    tokens.command("list")(listing)
    tokens.command()(revoke)
    app.add_typer(tokens, name="token")


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is: a person, or a program.")],
    role: Annotated[Role, typer.Option(help="viewer: reads; editor: also accepts and rejects; admin: also the operators' figures.")],
    owner: Annotated[str | None, typer.Option(metavar="OWNER", help="Show only this owner's accounts [default: all].")] = None,
    days: Annotated[int | None, typer.Option(metavar="N", min=1, max=3650, help="Days until it is over [default: never].")] = None,
) -> None:
    """Make a token. It is shown once and kept nowhere.

    Example:
      bgml token create "Ada Byron" --role editor --owner R006
      bgml token create nightly-export --role viewer --days 365
    """
    from bgml.web.access import tokens

    project = terminal.project()
    _warn_of_owner(project, owner)
    made, text = tokens.create(project, name, role.value, owner, days)
    terminal.say(text)
    sees = f"the accounts of {owner}" if owner else "all accounts"
    terminal.say(f"{made.name} ({made.role}, {sees}) uses this token; it is not shown again.")
    terminal.emit({"id": made.id, "name": made.name, "role": made.role, "owner": made.owner, "expires": made.expires, "token": text})


def _warn_of_owner(project: Project, owner: str | None) -> None:
    """Say so where the newest ranking knows no such owner: the token would show nothing."""
    from bgml.errors import RankingError, nearest
    from bgml.ranking.archive import store

    try:
        stored = store.latest(project.rankings)
        known = [] if stored is None else stored.table(columns=["owner"]).column("owner").unique().drop_null().to_pylist()
    except RankingError:
        return
    if owner is not None and known and owner not in known:
        hint = nearest(owner, known)
        terminal.warn(f'no account of the newest ranking has the owner "{owner}"{hint}; the token shows nothing until one has')


def listing() -> None:
    """List the tokens: whose, what they may do, when they were last used.

    Example:
      bgml token list
    """
    from bgml.web.access import tokens

    found = tokens.listed(terminal.project())
    rows = [
        (token.id, token.name, token.role, token.owner or "all", token.created[:10], used or "never", token.state())
        for token, used in found
    ]
    if rows:
        terminal.table(["id", "name", "role", "sees", "made", "last used", "state"], rows)
    else:
        terminal.say("There are no tokens; `bgml token create NAME --role viewer` makes one.")
    shown = ("id", "name", "role", "owner", "created", "expires", "revoked")
    terminal.emit([{**{field: getattr(token, field) for field in shown}, "last_used": used} for token, used in found])


def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="The token's name or id.")]) -> None:
    """Make a token useless at once, with every session begun with it.

    Example:
      bgml token revoke "Ada Byron"
    """
    from bgml.web.access import tokens

    gone = tokens.revoke(terminal.project(), name)
    terminal.say(f"The token of {gone.name} ({gone.id}) lets nobody in any more.")
    terminal.emit({"id": gone.id, "name": gone.name, "revoked": gone.revoked})
