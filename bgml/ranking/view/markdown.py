"""A group or account as a Markdown page, for a CRM note, a mail or a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bgml.ranking.view import text
from bgml.ranking.view.group import GroupView

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


def escaped(value: object) -> str:
    r"""Text that means itself in Markdown, in one line.

    >>> escaped("a|b *c*\n<d>")
    'a\\|b \\*c\\* \\<d\\>'
    """
    return SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def page(views: Sequence[GroupView]) -> str:
    """The groups one after the other; a trailing newline."""
    return "\n\n".join(group(view) for view in views) + "\n"


def group(view: GroupView) -> str:
    """One group."""
    parts = [f"# {escaped(text.title(view))}", escaped(text.headline(view)), *map(escaped, view.notes)]
    if view.row.get("rank") is not None:
        parts.append(text.chosen(view))
    why = [*_list(view.reasons_for), *(f"- against: {escaped(reason)}" for reason in view.reasons_against)]
    parts += _section("Why", ["\n".join(why)] if why else [])
    parts += _section("What to do", ["\n".join(f"{place}. {escaped(step)}" for place, step in enumerate(view.steps, 1))])
    who = [_table(text.MEMBER_COLUMNS, text.member_cells(view))] if view.members else []
    parts += _section("Who", [*who, "\n".join(_list(text.committee_line(view)))])
    parts += _section("Active in the same weeks", ["\n".join(_list(text.together_lines(view)))])
    parts += _section("What sellers did", ["\n".join(_list(text.touch_lines(view)))])
    parts += _section("How it moved", [escaped(text.moved(view))])
    parts += _section("Other topics of the account", ["\n".join(_list(text.other_lines(view)))])
    parts += _section("Verdicts", ["\n".join(_list(text.verdict_lines(view)))])
    return "\n\n".join(part for part in parts if part)


def _section(title: str, parts: Sequence[str]) -> list[str]:
    """A heading and what stands under it; nothing where that is nothing."""
    filled = [part for part in parts if part]
    return [f"## {title}", *filled] if filled else []


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {escaped(line)}" for line in lines]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(escaped(cell) for cell in line)} |" for line in lines)
