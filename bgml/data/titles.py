"""What roles.toml and topics.toml make of a dataset: who has a role, which titles no rule reads, which required roles nobody can have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bgml.data.dataset import Dataset
from bgml.data.roles import Roles
from bgml.data.topics import Topics
from bgml.errors import nearest

SHOWN = 10  # titles that are listed
LONGEST = 60  # letters of a title that are shown


@dataclass(frozen=True)
class Reading:
    """How many people have a role, from where; the most frequent titles no rule fits, with their people; what topics.toml has in vain."""

    people: int
    stated: int
    inferred: int
    unread: dict[str, int]
    warnings: tuple[str, ...]

    def sentences(self) -> list[str]:
        """The reading in sentences, nothing of people where there are none."""
        told = []
        if self.people:
            where = f"{self.stated:,} stated, {self.inferred:,} from title, department or seniority"
            told.append(f"Roles: {self.stated + self.inferred:,} of {self.people:,} people have one ({where}).")
        if self.unread:
            titles = ", ".join(f'"{title}" ({people:,})' for title, people in self.unread.items())
            told.append(f"No rule of roles.toml fits {titles}.")
        return told + [f"warning: {warning}" for warning in self.warnings]

    def document(self) -> dict[str, Any]:
        """The reading as JSON holds it."""
        return {
            "people": self.people,
            "stated": self.stated,
            "inferred": self.inferred,
            "unread_titles": self.unread,
            "warnings": list(self.warnings),
        }


def read_titles(dataset: Dataset, roles: Roles, topics: Topics) -> Reading:
    """Read the newest row of every person, and compare what topics.toml names with what the tables have.

    A role that people.role states counts as stated; contact roles of deals are not counted, they differ from deal to deal.
    """
    people = dataset.frame("people").sort_values(["person_id", "valid_from"], na_position="first", kind="stable")
    people = people.drop_duplicates("person_id", keep="last")
    found = roles.of(people["role"], people["title"], people["department"], people["seniority"])
    without = people[found["role"].isna()]
    without = without[roles.unread(without["title"], without["department"], without["seniority"])]
    title = without["title"].dropna().astype(str).str.split().str.join(" ").str.slice(0, LONGEST)
    unread = title[title != ""].value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable").head(SHOWN)
    sources = found["role_source"].value_counts()
    contacts = roles.stated(dataset.frame("opportunity_contacts")["role"])["role"]
    known = {*roles.names, *found["role"].dropna(), *contacts.dropna()}
    return Reading(
        len(people),
        int(sources.get("crm", 0)),
        int(sources.get("title", 0)),
        {str(title): int(number) for title, number in unread.items()},
        (*_never_filled(topics, known), *_never_seen(topics, dataset)),
    )


def _never_filled(topics: Topics, known: set[str]) -> Iterator[str]:
    """Required roles that roles.toml does not have and nobody is stated to have."""
    required = {"[default]": topics.default} | {f'[topic."{name}"]': topic.roles or {} for name, topic in topics.topics.items()}
    for where, roles in required.items():
        for role in (role for role in roles if role not in known):
            way_out = nearest(role, sorted(known)) or "; add it to roles.toml or take it out"
            unheard = f'the role "{role}", which roles.toml does not have and nobody is stated to have'
            yield f"topics.toml, {where} requires {unheard}{way_out}"


def _never_seen(topics: Topics, dataset: Dataset) -> Iterator[str]:
    """Listed topics without a signal."""
    signals = dataset.table("signals")
    seen = sorted(str(row["topic"]) for row in dataset.arrow(signals.select("topic").distinct()).to_pylist())
    for name in topics.topics:
        if name not in seen:
            yield f'topics.toml lists the topic "{name}", on which there is no signal{nearest(name, seen)}'
