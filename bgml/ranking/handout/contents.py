"""What a ranking holds, read for people: its rows, the members and weeks of the accounts to work, everyone's name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bgml.data.topics import Topics, load_topics
from bgml.project import Project
from bgml.ranking.archive import people
from bgml.ranking.archive.people import Book
from bgml.ranking.archive.store import Stored
from bgml.ranking.chances import chances

Row = dict[str, Any]
Key = tuple[Any, Any]
"""account_id and topic."""


@dataclass(frozen=True)
class Contents:
    """A stored ranking with what is joined on reading.

    ranking: all rows, best first; members, timeline and touches: of the accounts with a selected group, by account_id and topic, the most
    active member first (a touch whose topic is unknown has the topic None); None where the ranking was made before rankings held them.
    """

    stored: Stored
    manifest: Mapping[str, Any]
    ranking: pa.Table
    members: Mapping[Key, Sequence[Row]] | None
    timeline: Mapping[Key, Sequence[Row]] | None
    touches: Mapping[Key, Sequence[Row]] | None
    book: Book
    topics: Topics

    @cached_property
    def selected(self) -> list[Row]:
        """The rows of the groups to work, best first, each with its chance in words."""
        rows = self.ranking.filter(pc.fill_null(self.ranking.column("selected"), False))
        return [{**row, "chance": chance} for row, chance in zip(rows.to_pylist(), chances(rows, self.manifest), strict=True)]

    @cached_property
    def of_account(self) -> Mapping[Any, Sequence[Row]]:
        """Every ranked group of the accounts with a selected one, by account, best first, each with its chance in words."""
        rows = self.ranking.filter(_among(self.ranking, {row["account_id"] for row in self.selected}))
        found: dict[Any, list[Row]] = defaultdict(list)
        for row, chance in zip(rows.to_pylist(), chances(rows, self.manifest), strict=True):
            found[row["account_id"]].append({**row, "chance": chance})
        return found

    def topic(self, topic: Any) -> str:  # noqa: ANN401  (an id is text or an integer)
        """The name of a topic, else its id."""
        listed = self.topics.topics.get(str(topic))
        return listed.name if listed else str(topic)

    def members_of(self, row: Mapping[str, Any]) -> Sequence[Row]:
        """The members of a selected group, or of another group of its account."""
        return (self.members or {}).get((row["account_id"], row["topic"]), ())

    def happened(self, groups: Sequence[Row]) -> dict[date, list[str]]:
        """What groups of one account did, and what sellers did, in words by week; a touch whose topic is unknown counts for each."""
        weeks: dict[date, Counter[str]] = defaultdict(Counter)
        keys = [(group["account_id"], group["topic"]) for group in groups]
        for key in keys:
            for row in (self.timeline or {}).get(key, ()):
                weeks[row["week"]][spoken(row["category"])] += row["actions"]
        for key in [*keys, *{(account, None) for account, _ in keys}]:
            for row in (self.touches or {}).get(key, ()):
                weeks[row["week"]][f"by sellers: {spoken(row['kind'])}"] += row["touches"]
        return {week: [f"{count:,} {what}" for what, count in sorted(counts.items())] for week, counts in weeks.items()}

    def told(self, text: str | None, members: Sequence[Mapping[str, Any]]) -> str | None:
        """A reason or next step with names in place of the ids of these members, on one line whatever the names hold."""
        ids = [member["person_id"] for member in members if member["person_id"] is not None]
        return None if text is None else one_line(self.book.told(text, ids))

    def name(self, person_id: Any) -> str:  # noqa: ANN401
        """The name of a person, else the id, on one line."""
        return one_line(self.book.name(person_id))


def read(project: Project, stored: Stored) -> Contents:
    """The contents of a stored ranking; RankingError when a file of it is damaged."""
    manifest, ranking = stored.manifest(), stored.table()
    accounts = set(ranking.filter(pc.fill_null(ranking.column("selected"), False)).column("account_id").to_pylist())
    members, timeline, touches = (_by_group(stored, manifest, name, accounts) for name in ("members", "timeline", "touches"))
    for rows in (members or {}).values():
        rows.sort(key=most_active_first)
    book, topics = people.read(project.rankings), load_topics(project.topics_file)
    return Contents(stored, manifest, ranking, members, timeline, touches, book, topics)


def one_line(text: str) -> str:
    """Text without line breaks and runs of blanks."""
    return " ".join(text.split())


def spoken(word: str) -> str:
    """A role or a category as it is said.

    >>> spoken("decision_maker")
    'decision maker'
    """
    return word.replace("_", " ")


def without_members(stored: Stored) -> str:
    """What a ranking without members means, in a sentence."""
    return f"the ranking {stored.ranking_id} of {stored.as_of} was made before rankings held members; `bgml score` makes one that does"


def holds(manifest: Mapping[str, Any], name: str) -> bool:
    """Whether a ranking has a table of this name."""
    return f"{name}.parquet" in manifest["files"]


def _by_group(stored: Stored, manifest: Mapping[str, Any], name: str, accounts: set[Any]) -> dict[Key, list[Row]] | None:
    if not holds(manifest, name):
        return None
    table = stored.table(name)
    found: dict[Key, list[Row]] = defaultdict(list)
    # Without rows, the kind of an id is unknown.
    for row in table.filter(_among(table, accounts)).to_pylist() if len(table) else ():
        found[row["account_id"], row["topic"]].append(row)
    return dict(found)


def _among(table: pa.Table, accounts: set[Any]) -> pa.ChunkedArray:
    """Which rows belong to these accounts."""
    column = table.column("account_id")
    return pc.is_in(column, value_set=pa.array(list(accounts), column.type))


def most_active_first(member: Row) -> tuple[Any, ...]:
    """What to sort members by; equally active ones stay in the same order every time."""
    seen = member["last_seen"]
    who = member["person_id"] if member["person_id"] is not None else member["visitor_id"]
    anonymous = member["person_id"] is None
    return (-(member["actions_91d"] or 0), -(member["actions_28d"] or 0), -(seen.toordinal() if seen else 0), anonymous, str(who))
