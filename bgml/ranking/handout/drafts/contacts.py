"""The people of each draft as contact roles: who plays which part, and whom to begin with."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from bgml.ranking.handout.contents import Contents, Row
from bgml.ranking.handout.drafts.opportunities import Draft, identity

KINDS: dict[str, pa.DataType] = {
    "external_id": pa.string(), "opportunity_external_id": pa.string(), "opportunity": pa.string(), "account_id": pa.string(),
    "topic": pa.string(), "person_id": pa.string(), "name": pa.string(), "title": pa.string(), "email": pa.string(), "role": pa.string(),
    "role_source": pa.string(), "role_confidence": pa.float64(), "is_primary": pa.bool_(), "status": pa.string(), "actions_28d": pa.int32(),
    "actions_91d": pa.int32(), "last_seen": pa.date32(), "next_step": pa.string(),
}  # fmt: skip
"""The columns of the contact roles; ids are of the ranking's kind."""
SHOWN = ("person_id", "role", "role_source", "role_confidence", "status", "actions_28d", "actions_91d", "last_seen")


def people(draft: Draft) -> list[Row]:
    """The known people to link: those still there, and those gone quiet that have a role; the most active first."""
    return [member for member in draft.members if member["person_id"] is not None and (member["status"] != "dark" or member["role"])]


def table(drafts: Sequence[Draft], contents: Contents) -> pa.Table:
    """One row per draft and person; the first of a draft is its primary contact."""
    rows = [_row(draft, contents, member, first=place == 0) for draft in drafts for place, member in enumerate(people(draft))]
    ranking = contents.ranking.schema
    person = pa.int64() if any(isinstance(row["person_id"], int) for row in rows) else pa.string()
    ids = {"account_id": ranking.field("account_id").type, "topic": ranking.field("topic").type, "person_id": person}
    return pa.Table.from_pylist(rows, pa.schema({name: ids.get(name, kind) for name, kind in KINDS.items()}))


def _row(draft: Draft, contents: Contents, member: Row, *, first: bool) -> Row:
    person = member["person_id"]
    about = contents.book.about(person)
    return {
        **{name: member[name] for name in SHOWN},
        "external_id": identity(draft.external_id, person),
        "opportunity_external_id": draft.external_id,
        "opportunity": draft.name,
        "account_id": draft.row["account_id"],
        "topic": draft.row["topic"],
        "name": about["name"],
        "title": about["title"],
        "email": about["email"],
        "is_primary": first,
        "next_step": contents.told(member["next_step"], draft.members),
    }
