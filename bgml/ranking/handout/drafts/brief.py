"""A draft's brief in Markdown: the whole context of the account, for the description of the opportunity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bgml.ranking.handout.contents import Contents, Row, one_line, spoken
from bgml.ranking.handout.drafts.opportunities import Draft

LONGEST = 30_000
"""Characters: Salesforce takes 32,000 in a description, and may count a line's end as two."""
WEEKS = 13
CUT = "\n(shortened)\n"


def brief(draft: Draft, contents: Contents) -> str:
    """Why, who, who is missing, what to do, what happened week by week, what else the account looks into, where it comes from."""
    sections = {
        "Why": _why(draft, contents),
        "Next steps": _next_steps(draft, contents),
        "Who": _who(draft, contents),
        "Missing roles": map(spoken, draft.missing_roles),
        "Week by week": _weeks(draft, contents),
        "Other topics of the account": _others(draft, contents),
    }
    lines = [f"# {draft.name}", "", _standing(draft, contents)]
    for title, told in sections.items():
        if items := [f"- {one_line(item)}" for item in told]:
            lines += ["", f"## {title}", "", *items]
    row = draft.row
    lines += ["", f"From bgml's ranking {row['ranking_id']} of {row['as_of']}, made by {row['model']}:{row['model_version']}."]
    return shortened("\n".join(lines) + "\n")


def shortened(text: str) -> str:
    """The text, cut after a line where it would not fit into a CRM's field."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - len(CUT)].rpartition("\n")[0] + CUT


def _standing(draft: Draft, contents: Contents) -> str:
    row = draft.row
    parts = [f"Rank {row['rank']:,} of {len(contents.ranking):,} at {row['as_of']}"]
    parts += [f"chance {row['chance']}"] if row["chance"] else []
    parts += [f"stage {row['stage']}"] if row["stage"] else []
    parts += [f"trend {row['trend']}"] if row["trend"] else []
    parts += [f"{row['coverage']:.0%} of the required roles filled"] if row["coverage"] is not None else []
    return ", ".join(parts) + "."


def _why(draft: Draft, contents: Contents) -> Iterator[str]:
    for group in draft.groups:
        about = f"{contents.topic(group['topic'])}: " if len(draft.groups) > 1 else ""
        for reason in group["reasons"] or []:
            yield f"{about}{contents.told(reason, draft.members)}"


def _next_steps(draft: Draft, contents: Contents) -> Iterator[str]:
    steps = [draft.row["next_step"], *(member["next_step"] for member in draft.members)]
    yield from dict.fromkeys(told for step in steps if step and (told := contents.told(step, draft.members)))


def _who(draft: Draft, contents: Contents) -> Iterator[str]:
    for member in sorted(draft.members, key=lambda member: member["role"] is None):
        if member["person_id"] is not None:
            yield told_person(member, contents)
    anonymous = [member["actions_91d"] for member in draft.members if member["person_id"] is None and member["actions_91d"]]
    if anonymous:
        yield f"{_counted(len(anonymous), 'anonymous visitor')}: {_counted(sum(anonymous), 'action')} in thirteen weeks"


def told_person(member: Row, contents: Contents) -> str:
    """A member in a line: name, title, role, what they did, when last, whether a seller has reached out."""
    about = contents.book.about(member["person_id"])
    title = f", {about['title']}" if about["title"] else ""
    source = ", from the title" if member["role_source"] == "title" else ""
    role = f" ({spoken(member['role'])}{source})" if member["role"] else ""
    did = f"{_counted(member['actions_28d'] or 0, 'action')} in four weeks, {member['actions_91d'] or 0:,} in thirteen"
    reached = f"last touched {member['last_touch']}" if member["last_touch"] else "no touch known"
    seen = f"last seen {member['last_seen']}, {member['status']}"
    return f"**{contents.name(member['person_id'])}**{title}{role}: {did}; {seen}; {reached}"


def _weeks(draft: Draft, contents: Contents) -> Iterator[str]:
    weeks = contents.happened(draft.groups)
    for week in sorted(weeks, reverse=True)[:WEEKS]:
        yield f"week of {week}: {', '.join(weeks[week])}"


def _others(draft: Draft, contents: Contents) -> Iterator[str]:
    own = {group["topic"] for group in draft.groups}
    for group in contents.of_account[draft.row["account_id"]]:
        if group["topic"] not in own:
            yield told_group(group, contents)


def told_group(group: Row, contents: Contents) -> str:
    """Another group of the account in a line."""
    parts = [f"rank {group['rank']:,}", *([f"chance {group['chance']}"] if group["chance"] else [])]
    parts += [_counted(group["people"], "person", "people")] if group["people"] is not None else []
    return f"{contents.topic(group['topic'])}: {', '.join(parts)}"


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def briefs(drafts: Sequence[Draft], contents: Contents) -> list[str]:
    """The briefs of all drafts."""
    return [brief(draft, contents) for draft in drafts]
