"""A ranking as a workbook: this week's list, a sheet for each owner, the people behind it, and every group.

Names of people are joined in; whoever opens it needs no other file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa

from bgml.ranking.chances import behind
from bgml.ranking.choice.routes import LEAD
from bgml.ranking.columns import COLUMNS
from bgml.ranking.handout import sheet
from bgml.ranking.handout.contents import Contents, Row, spoken, without_members
from bgml.ranking.handout.drafts.brief import told_group
from bgml.ranking.handout.drafts.opportunities import amount_if_won
from bgml.ranking.handout.sheet import Sheet

WEEK, LEADS, PEOPLE, UNASSIGNED, ALL, ABOUT = "This week", "Leads", "People", "Unassigned", "All groups", "About"
SHARE, AMOUNT, DAY = "0%", "#,##0", "yyyy-mm-dd"
FORMATS = {
    "Coverage": SHARE, "Propensity": "0.0%", "Amount if won": AMOUNT, "Share": SHARE,
    "First seen": DAY, "Last seen": DAY, "Last touch": DAY, "propensity": "0.0%", "score": "0.0000", "percentile": "0.0",
    "selection_probability": SHARE, "coverage": SHARE, "expected_amount": AMOUNT,
}  # fmt: skip
WRAPPED = frozenset({"Why", "Next step", "Whom", "Missing roles", "Other topics of the account"})
SAME = ("as_of", "model", "model_version", "ranking_id", "mlflow_run")
"""What is the same in every row of a ranking: it stands on the sheet about it."""
WHOM = 8
"""Members that a group's row names."""
TEXT, NUMBER, WHOLE = pa.string(), pa.float64(), pa.int32()
GROUP_COLUMNS: dict[str, pa.DataType] = {
    "Rank": WHOLE, "Account": TEXT, "Topic": TEXT, "Owner": TEXT, "Chance": TEXT, "Why": TEXT, "Next step": TEXT, "Whom": TEXT,
    "Missing roles": TEXT, "Coverage": NUMBER, "Stage": TEXT, "Trend": TEXT, "Previous rank": WHOLE, "People": WHOLE, "Visitors": WHOLE,
    "Amount if won": NUMBER, "Route": TEXT, "Other topics of the account": TEXT, "Chosen by": TEXT, "Segment": TEXT, "Region": TEXT,
    "Propensity": NUMBER, "Account id": TEXT,
}  # fmt: skip
PEOPLE_COLUMNS: dict[str, pa.DataType] = {
    "Rank": WHOLE, "Account": TEXT, "Topic": TEXT, "Person": TEXT, "Title": TEXT, "E-mail": TEXT, "Role": TEXT, "Role from": TEXT,
    "Status": TEXT, "Actions in 4 weeks": WHOLE, "Actions in 13 weeks": WHOLE, "Share": NUMBER, "First seen": pa.date32(),
    "Last seen": pa.date32(), "Last touch": pa.date32(), "Next step": TEXT, "Owner": TEXT, "Id": TEXT,
}  # fmt: skip


def write(contents: Contents, path: Path) -> None:
    """Write the workbook; RankingError when a sheet cannot hold all rows."""
    sheet.save(sheets(contents), path, datetime.combine(contents.stored.as_of, time()))


def sheets(contents: Contents) -> list[Sheet]:
    """The sheets in their order: this week, each owner by name, unassigned, leads, people, all groups, about."""
    people, first_rows = _people(contents)
    pages = [_groups(WEEK, contents, contents.selected, first_rows), *_by_owner(contents, first_rows), *_leads(contents)]
    return [*pages, *([people] if contents.members is not None else []), _all(contents), _about(contents)]


def write_members(contents: Contents, members: pa.Table, path: Path) -> None:
    """Write the members of every ranked group, names joined, as a workbook of one sheet."""
    columns = contents.ranking.select(["account_id", "topic", "rank", "account_name", "owner"]).to_pylist()
    groups = {(row["account_id"], row["topic"]): row for row in columns}
    # Their next steps name nobody but themselves.
    rows = [_person(contents, groups[row["account_id"], row["topic"]], row, [row]) for row in members.to_pylist()]
    sheet.save([Sheet(PEOPLE, _table(PEOPLE_COLUMNS, rows), FORMATS)], path, datetime.combine(contents.stored.as_of, time()))


def _table(columns: Mapping[str, pa.DataType], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), pa.schema(list(columns.items())))


def _by_owner(contents: Contents, first_rows: Mapping[Any, int]) -> list[Sheet]:
    owned: dict[str, list[Row]] = {}
    for row in contents.selected:
        owned.setdefault(row["owner"] or "", []).append(row)
    unassigned = owned.pop("", [])
    owners = sorted(owned, key=lambda owner: (owner.casefold(), owner))
    names = sheet.sheet_names(owners, (WEEK, LEADS, PEOPLE, UNASSIGNED, ALL, ABOUT))
    pages = [_groups(name, contents, owned[owner], first_rows) for name, owner in zip(names, owners, strict=True)]
    return pages + ([_groups(UNASSIGNED, contents, unassigned, first_rows)] if unassigned else [])


def _groups(name: str, contents: Contents, rows: Sequence[Row], first_rows: Mapping[Any, int]) -> Sheet:
    """A sheet of groups to work, each leading to its people."""
    places = [first_rows.get((row["account_id"], row["topic"])) for row in rows]
    links = [sheet.place(PEOPLE, place) if place else None for place in places]
    return Sheet(name, _table(GROUP_COLUMNS, (_group(contents, row) for row in rows)), FORMATS, WRAPPED, {"Account": links})


def _group(contents: Contents, row: Row) -> Row:
    members = contents.members_of(row)
    told = [contents.told(reason, members) or "" for reason in row["reasons"] or []]
    topic = contents.topic(row["topic"])
    others = [told_group(group, contents) for group in contents.of_account[row["account_id"]] if group["topic"] != row["topic"]]
    return {
        "Rank": row["rank"], "Account": _account(row), "Topic": topic, "Chance": row["chance"], "Why": "\n".join(told),
        "Next step": contents.told(row["next_step"], members), "Whom": _whom(contents, members),
        "Missing roles": ", ".join(map(spoken, row["missing_roles"] or [])), "Coverage": row["coverage"], "Stage": row["stage"],
        "Trend": row["trend"], "Previous rank": row["previous_rank"],
        "People": row["people"], "Visitors": row["visitors"], "Amount if won": amount_if_won(row),
        "Owner": row["owner"], "Route": row["route"], "Other topics of the account": "\n".join(others), "Chosen by": row["selected_by"],
        "Segment": row["segment"], "Region": row["region"], "Propensity": row["propensity"], "Account id": str(row["account_id"]),
    }  # fmt: skip


def _account(row: Mapping[str, Any]) -> str:
    return str(row["account_name"] or row["account_id"])


def _whom(contents: Contents, members: Sequence[Row]) -> str:
    """The known members by name, the most active first, each with the role."""
    known = [member for member in members if member["person_id"] is not None]
    lines = [contents.name(member["person_id"]) + (f" ({spoken(member['role'])})" if member["role"] else "") for member in known[:WHOM]]
    return "\n".join([*lines, *([f"and {len(known) - WHOM} more"] if len(known) > WHOM else [])])


def _people(contents: Contents) -> tuple[Sheet, dict[Any, int]]:
    """The members of the selected groups, and the row of the sheet in which each group's begin."""
    rows: list[Row] = []
    first_rows: dict[Any, int] = {}
    for row in contents.selected:
        if members := contents.members_of(row):
            first_rows[row["account_id"], row["topic"]] = len(rows) + 2
            rows += [_person(contents, row, member, members) for member in members]
    return Sheet(PEOPLE, _table(PEOPLE_COLUMNS, rows), FORMATS), first_rows


def _leads(contents: Contents) -> list[Sheet]:
    """The known people of the selected groups whose route is lead: to be worked one by one. No sheet without any."""
    rows = [
        _person(contents, row, member, members)
        for row in contents.selected
        if row["route"] == LEAD
        for members in [contents.members_of(row)]
        for member in members
        if member["person_id"] is not None
    ]
    return [Sheet(LEADS, _table(PEOPLE_COLUMNS, rows), FORMATS)] if rows else []


def _person(contents: Contents, row: Row, member: Row, members: Sequence[Row]) -> Row:
    known = member["person_id"] is not None
    about = contents.book.about(member["person_id"])
    who = member["person_id"] if known else member["visitor_id"]
    return {
        "Rank": row["rank"], "Account": _account(row), "Topic": contents.topic(row["topic"]),
        "Person": contents.name(who) if known else "(anonymous visitor)", "Title": about["title"], "E-mail": about["email"],
        "Role": member["role"] and spoken(member["role"]), "Role from": member["role_source"], "Status": member["status"],
        "Actions in 4 weeks": member["actions_28d"],
        "Actions in 13 weeks": member["actions_91d"], "Share": member["share"], "First seen": member["first_seen"],
        "Last seen": member["last_seen"], "Last touch": member["last_touch"], "Next step": contents.told(member["next_step"], members),
        "Owner": row["owner"], "Id": str(who),
    }  # fmt: skip


def _all(contents: Contents) -> Sheet:
    """Every candidate, best first, its columns by their own names."""
    table = contents.ranking.select([name for name in contents.ranking.column_names if name not in SAME])
    reasons = [row["reasons"] for row in contents.ranking.select(["reasons"]).to_pylist()]
    steps: list[str | None] = contents.ranking.column("next_step").to_pylist()
    for number, key in enumerate(_keys(contents)):
        if members := (contents.members or {}).get(key):
            reasons[number] = reasons[number] and [contents.told(reason, members) for reason in reasons[number]]
            steps[number] = contents.told(steps[number], members)
    for name, values in (("reasons", pa.array(reasons, pa.list_(TEXT))), ("next_step", pa.array(steps, TEXT))):
        table = table.set_column(table.column_names.index(name), name, values)
    return Sheet(ALL, table, FORMATS)


def _keys(contents: Contents) -> list[tuple[Any, Any]]:
    return list(zip(*(contents.ranking.column(name).to_pylist() for name in ("account_id", "topic")), strict=True))


def _about(contents: Contents) -> Sheet:
    """What the ranking was made from, how far to trust its chances, and what its columns mean."""
    first = contents.ranking.select(list(SAME)).slice(0, 1).to_pylist()
    told = [(name, str(value), COLUMNS[name][1]) for row in first for name, value in row.items() if value is not None]
    notes = [behind(contents.manifest), "" if contents.members is not None else without_members(contents.stored)]
    if contents.manifest.get("hindsight"):
        notes.append("Made with hindsight: the model had seen what came after the date.")
    lines = [*told, *(("note", note, "") for note in notes if note)]
    lines += [(name, "", meaning) for name, (_, meaning) in COLUMNS.items() if name not in SAME]
    columns = zip(("what", "is", "means"), zip(*lines, strict=True), strict=True)
    return Sheet(ABOUT, pa.table({name: sheet.texts(column) for name, column in columns}))
