"""What the tables know of a person: names and addresses, the accounts they act for, how many rows of each table are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bgml.data.kept.forgotten import mentions
from bgml.data.kept.verdicts import as_text
from bgml.data.tables import TABLES
from bgml.data.warehouse import Source, Warehouse, reading
from bgml.ranking.archive.people import Book
from bgml.ranking.feedback.erase import Edit, Fate, Values, as_texts

SHORTEST = 3
"""Letters of a part of a name that is looked for by itself."""


@dataclass(frozen=True)
class Identity:
    """A person: the id as text, the names and e-mails known, the accounts they are or act at."""

    person_id: str
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def in_text(self, text: str | None, account_id: str | None) -> bool:
        """Whether a text names the person: name or e-mail in full, or on an account of theirs a part of the name."""
        if not text:
            return False
        if any(_holds(text, whole) for whole in self.names | self.emails):
            return True
        parts = {part for name in self.names for part in re.findall(r"[^\W_]+", name) if len(part) >= SHORTEST}
        return account_id in self.accounts and any(mentions(text, part) for part in parts)

    @property
    def of_rows(self) -> Edit:
        """Drops the rows of the person from a table with person_id."""
        return Edit(("person_id",), lambda row: Fate.DROPPED if row["person_id"] == self.person_id else Fate.KEPT)

    @property
    def of_lines(self) -> Edit:
        """Drops lines of CSV that are no rows and name the person."""
        return Edit(("text", "line"), self._of_line)

    @property
    def of_reasons(self) -> Edit:
        """Blanks the reasons of verdicts that name the person."""
        return Edit(("account_id", "reason"), self._of_reason, blank="reason")

    def _of_line(self, row: Values) -> Fate:
        text = row["text"] or ""
        return Fate.DROPPED if mentions(text, self.person_id) or self.in_text(text, None) else Fate.KEPT

    def _of_reason(self, row: Values) -> Fate:
        return Fate.BLANKED if self.in_text(row["reason"], row["account_id"]) else Fate.KEPT


def _holds(text: str, whole: str) -> bool:
    """A single word must stand alone; several words, an address, or a script that may not part words count anywhere."""
    if whole.isascii() and whole.isalnum():
        return mentions(text, whole)
    return whole.casefold() in text.casefold()


@dataclass(frozen=True)
class Traces:
    """Rows of the person per table, and per table the columns outside the contract that these rows have."""

    identity: Identity
    rows: Mapping[str, int] = field(default_factory=dict)
    further: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def traces(warehouse: Warehouse, book: Book, person_id: str) -> Traces:
    """What the tables as they are, and the book of names, hold of a person; DataError when a table cannot be read."""
    rows, accounts = dict[str, int](), set[str]()
    further = dict[str, tuple[str, ...]]()
    for name, source in warehouse.sources.items():
        if "person_id" in source.rows.columns and (found := _of_person(warehouse, source, person_id)):
            rows[name] = sum(found.values())
            accounts |= {account for account in found if account is not None}
            if name != "people" and (extra := tuple(column for column in source.rows.columns if column not in TABLES[name].names)):
                further[name] = extra
    told = [*_told(warehouse, person_id), *_entered(book, person_id)]
    names, emails = (frozenset(text for row in told if (text := (row.get(column) or "").strip())) for column in ("name", "email"))
    return Traces(Identity(person_id, names, emails, frozenset(accounts)), rows, further)


def _of_person(warehouse: Warehouse, source: Source, person_id: str) -> dict[str | None, int]:
    """The number of their rows in a table by account, of all accounts together where it names none."""
    theirs = source.rows.filter(as_text(source.rows["person_id"]) == person_id)
    account = as_text(theirs["account_id"]) if "account_id" in theirs.columns and not theirs["account_id"].type().is_null() else None
    with reading(source.where):
        if account is None:
            number = warehouse.backend.to_pyarrow(theirs.count()).as_py()
            return {None: number} if number else {}
        counted = warehouse.backend.to_pyarrow(theirs.group_by(account=account).aggregate(number=theirs.count()))
    return dict(zip(counted["account"].to_pylist(), counted["number"].to_pylist(), strict=True))


def _told(warehouse: Warehouse, person_id: str) -> Iterable[Values]:
    """Name and e-mail of each of their rows of people."""
    source = warehouse.sources.get("people")
    if source is None or "person_id" not in source.rows.columns:
        return []
    theirs = source.rows.filter(as_text(source.rows["person_id"]) == person_id)
    here = [name for name in ("name", "email") if name in theirs.columns]
    if not here:
        return []
    with reading(source.where):
        return as_texts(warehouse.backend.to_pyarrow(theirs.select(*here)))


def _entered(book: Book, person_id: str) -> Iterable[Values]:
    """Their rows of the book, found by the id as text."""
    theirs = book.frame[book.frame["person_id"].astype(str) == person_id]
    return [{name: row[name] for name in ("name", "email")} for row in theirs.to_dict("records")]


def reasons(warehouse: Warehouse, identity: Identity) -> int:
    """How many reasons of the data's own verdicts name a person."""
    source, change = warehouse.sources.get("verdicts"), identity.of_reasons
    if source is None or not set(change.columns) <= set(source.rows.columns):
        return 0
    with reading(source.where):
        rows = warehouse.backend.to_pyarrow(source.rows.select(*change.columns))
    return sum(change.fate(row) is not Fate.KEPT for row in as_texts(rows))
