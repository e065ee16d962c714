"""The contract of the tables: their columns, kinds and keys, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "time"]

MEANING: dict[Kind, str] = {"id": "text or an integer", "text": "text", "number": "a number", "time": "a timestamp or a date"}
"""How each kind is named in messages."""

CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
OUTCOMES = ("open", "won", "lost")
DECISIONS = ("accepted", "rejected")


@dataclass(frozen=True)
class Column:
    """One column of the contract.

    An `optional` column may be missing or null; of the others, only a key column with `null_key` may hold nulls.
    `words` are the only values allowed; `event` times must lie between 1990 and tomorrow; a `signed` number may be
    negative.
    """

    name: str
    kind: Kind
    optional: bool = False
    null_key: bool = False
    words: tuple[str, ...] = ()
    event: bool = False
    signed: bool = True

    @property
    def required(self) -> bool:
        """Whether the column must be there."""
        return not self.optional

    @property
    def filled(self) -> bool:
        """Whether every row must have a value."""
        return not (self.optional or self.null_key)


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    `known` names the column whose time decides from when a row is known; `references` are pairs of a column and the
    table its values must be found in under the same name, `hints` pairs for which a value not found is only warned of.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = False
    known: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    hints: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in the contract's order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError for a column outside the contract."""
        return {column.name: column for column in self.columns}[name]


def _ids(*names: str, optional: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, "id", optional) for name in names)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", optional=True) for name in names)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number", optional=True) for name in names)


ACCOUNTS = Table(
    "accounts",
    ("account_id",),
    (*_ids("account_id"), *_texts("name", "domain", "industry"), *_numbers("employees", "revenue"), *_texts("region", "segment", "owner")),
)
PEOPLE = Table(
    "people",
    ("person_id", "valid_from"),
    (
        *_ids("person_id"),
        *_ids("account_id", optional=True),
        *_texts("name", "email", "title", "department", "seniority", "role"),
        Column("valid_from", "time", optional=True),
        Column("valid_to", "time", optional=True),
    ),
    optional=True,
    hints=(("account_id", "accounts"),),
)
SIGNALS = Table(
    "signals",
    ("signal_id",),
    (
        *_ids("signal_id", "account_id"),
        *_ids("person_id", "visitor_id", optional=True),
        *_ids("topic"),
        Column("category", "text", words=CATEGORIES),
        Column("action", "text"),
        Column("weight", "number", optional=True, signed=False),
        Column("occurred_at", "time", event=True),
        Column("recorded_at", "time", optional=True, event=True),
    ),
    known="occurred_at",
    references=(("account_id", "accounts"),),
)
OPPORTUNITIES = Table(
    "opportunities",
    ("opportunity_id",),
    (
        *_ids("opportunity_id", "account_id", "topic"),
        Column("created_at", "time", event=True),
        Column("closed_at", "time", optional=True, event=True),
        Column("outcome", "text", words=OUTCOMES),
        Column("amount", "number", optional=True, signed=False),
        *_texts("currency", "stage"),
    ),
    known="created_at",
    references=(("account_id", "accounts"),),
)
OPPORTUNITY_CONTACTS = Table(
    "opportunity_contacts",
    ("opportunity_id", "person_id"),
    (*_ids("opportunity_id", "person_id"), *_texts("role"), Column("added_at", "time", optional=True, event=True)),
    optional=True,
    known="added_at",
    references=(("opportunity_id", "opportunities"),),
)
TOPICS = Table("topics", ("topic",), (*_ids("topic"), *_texts("name")), optional=True)
TOUCHES = Table(
    "touches",
    ("touch_id",),
    (
        *_ids("touch_id", "account_id"),
        *_ids("person_id", "topic", optional=True),
        Column("occurred_at", "time", event=True),
        Column("kind", "text"),
    ),
    optional=True,
    known="occurred_at",
    references=(("account_id", "accounts"),),
)
VERDICTS = Table(
    "verdicts",
    ("account_id", "topic", "as_of", "by", "at"),
    (
        *_ids("account_id", "topic"),
        Column("as_of", "time"),
        Column("by", "text", null_key=True),
        Column("at", "time", event=True),
        Column("verdict", "text", words=DECISIONS),
        *_texts("reason"),
    ),
    optional=True,
    known="at",
    references=(("account_id", "accounts"),),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (ACCOUNTS, PEOPLE, SIGNALS, OPPORTUNITIES, OPPORTUNITY_CONTACTS, TOPICS, TOUCHES, VERDICTS)
}
"""Every table, in the order in which they are checked: a table comes after those it refers to."""
