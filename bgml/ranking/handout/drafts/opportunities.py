"""Drafts of opportunities, one for each group to work: what a seller would otherwise type into the CRM.

The external id is a hash of the account, the topic and the opportunity of the group that was created last. It stays the same week
after week, so that a CRM updates the draft instead of adding a second one, and it changes once the draft, or any other opportunity of the
group, has been created and closed: the next purchase is a new opportunity and leaves the closed one alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from bgml.ranking.handout.contents import Contents, Row, most_active_first, one_line
from bgml.ranking.handout.drafts.deals import Deals
from bgml.ranking.handout.export import FORMULA

LONGEST_NAME = 120
"""Characters of an opportunity's name, the limit of Salesforce."""
TOPICS_NAMED = 3


@dataclass(frozen=True)
class Draft:
    """One opportunity to create.

    row: the ranking's row of the group, of an account worked as one its best; groups: all rows the draft stands for; members: theirs, the
    most active first, a person once, where most active; amount: expected if won; probability: in percent.
    """

    external_id: str
    name: str
    row: Row
    groups: Sequence[Row]
    members: Sequence[Row]
    amount: float | None
    currency: str | None
    close_date: date
    probability: float | None

    @property
    def missing_roles(self) -> list[str]:
        """Required roles that nobody has, in any group the draft stands for."""
        missing = [group["missing_roles"] or [] for group in self.groups]
        return [role for role in missing[0] if all(role in roles for roles in missing[1:])]


def drafts(contents: Contents, deals: Deals, horizon: int) -> tuple[list[Draft], list[str]]:
    """The drafts of a ranking, best first, and which selected groups have none, as sentences.

    A group has one of its own, an account that is worked as one has one for all its groups, a group that is worked as a lead has none.
    """
    grouped = [row for row in contents.selected if row["route"] not in ("lead", "account")]
    whole = {row["account_id"]: row for row in reversed(contents.selected) if row["route"] == "account"}
    free = [row for account, row in whole.items() if account not in deals.busy]
    made = [_of_group(contents, deals, horizon, row) for row in grouped] + [_of_account(contents, deals, horizon, row) for row in free]
    leads = sum(row["route"] == "lead" for row in contents.selected)
    notes = [f"{leads:,} selected groups are worked as leads and get no opportunity"] if leads else []
    if busy := len(whole) - len(free):
        notes.append(f"{busy:,} accounts that are worked as one have an open opportunity already and get no other")
    return sorted(made, key=lambda draft: draft.row["rank"]), notes


def _of_group(contents: Contents, deals: Deals, horizon: int, row: Row) -> Draft:
    pair = row["account_id"], row["topic"]
    external_id = identity(*pair, deals.of_group.get(pair))
    return _draft(deals, horizon, external_id, row, [row], contents.members_of(row), contents.topic(row["topic"]))


def _of_account(contents: Contents, deals: Deals, horizon: int, row: Row) -> Draft:
    account = row["account_id"]
    groups = contents.of_account[account]
    members = _once(member for group in groups for member in contents.members_of(group))
    topics = [contents.topic(group["topic"]) for group in groups]
    more = f" and {len(topics) - TOPICS_NAMED} more" if len(topics) > TOPICS_NAMED else ""
    external_id = identity(account, None, deals.of_account.get(account))
    return _draft(deals, horizon, external_id, row, groups, members, ", ".join(topics[:TOPICS_NAMED]) + more)


def _once(members: Iterable[Row]) -> list[Row]:
    """Everyone once, where most active, the most active first."""
    found: dict[tuple[Any, Any], Row] = {}
    for member in sorted(members, key=most_active_first):
        found.setdefault((member["person_id"], member["visitor_id"]), member)
    return list(found.values())


def _draft(deals: Deals, horizon: int, external_id: str, row: Row, groups: Sequence[Row], members: Sequence[Row], topics: str) -> Draft:
    amount, chance = amount_if_won(row), row["propensity"]
    return Draft(
        external_id=external_id,
        name=named(str(row["account_name"] or row["account_id"]), topics),
        row=row,
        groups=groups,
        members=members,
        amount=amount,
        currency=None if amount is None else deals.currency,
        close_date=deals.close_date(row["as_of"], horizon),
        probability=None if chance is None or chance != chance else round(100 * chance, 1),
    )


def identity(*parts: object) -> str:
    """An external id: the same parts always give the same one.

    >>> identity("a1", "ai", None)
    'bgml-8a9b206f9998eca7'
    """
    plain = [part.item() if isinstance(part, np.generic) else part for part in parts]
    return f"bgml-{hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]}"


def named(account: str, topics: str) -> str:
    """The name of an opportunity: on one line, within the limit, never a formula.

    >>> named("Acme", "Data platform"), named("=1+1 Ltd", "AI")
    ('Acme - Data platform', '“=1+1 Ltd” - AI')
    """
    account, topics = one_line(account), one_line(topics)
    name = f"“{account}” - {topics}" if account.startswith(FORMULA) else f"{account} - {topics}"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def amount_if_won(row: Mapping[str, Any]) -> float | None:
    """What a win is expected to bring, to two significant digits: the ranking's expected amount without the chance in it."""
    expected, chance = row["expected_amount"], row["propensity"]
    if not expected or not chance or expected != expected or chance != chance:
        return None
    return float(f"{expected / chance:.2g}")


def table(made: Sequence[Draft], contents: Contents, briefs: Sequence[str]) -> pa.Table:
    """The drafts as a table, one row each."""
    ids = contents.ranking.schema
    rows = [_row(draft, contents, text) for draft, text in zip(made, briefs, strict=True)]
    kinds = {name: ids.field(name).type if name in ("account_id", "topic") else kind for name, kind in KINDS.items()}
    return pa.Table.from_pylist(rows, pa.schema(kinds))


KINDS: dict[str, pa.DataType] = {
    "external_id": pa.string(), "name": pa.string(), "account_id": pa.string(), "account_name": pa.string(), "topic": pa.string(),
    "topic_name": pa.string(), "route": pa.string(), "stage": pa.string(), "amount": pa.float64(), "currency": pa.string(),
    "close_date": pa.date32(), "probability": pa.float64(), "owner": pa.string(), "people": pa.int32(),
    "missing_roles": pa.list_(pa.string()), "next_step": pa.string(), "description": pa.string(), "as_of": pa.date32(),
    "rank": pa.int32(), "ranking_id": pa.string(),
}  # fmt: skip
"""The columns of the drafts; ids are of the ranking's kind."""


def _row(draft: Draft, contents: Contents, brief: str) -> Row:
    own = ("external_id", "name", "amount", "currency", "close_date", "probability", "missing_roles")
    kept = ("account_id", "account_name", "topic", "route", "stage", "owner", "as_of", "rank", "ranking_id")
    return {
        **{name: getattr(draft, name) for name in own},
        **{name: draft.row[name] for name in kept},
        "topic_name": contents.topic(draft.row["topic"]),
        "people": sum(member["person_id"] is not None for member in draft.members),
        "next_step": contents.told(draft.row["next_step"], draft.members),
        "description": brief,
    }
