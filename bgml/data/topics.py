"""What is known of each topic: its name, the roles a purchase of it requires, the patterns that map content to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bgml.data.roles import known_keys, read_document, role_name, tables, texts
from bgml.errors import SettingsError


@dataclass(frozen=True)
class Topic:
    """One topic as topics.toml describes it: `roles` and how many people of each; None means the default ones."""

    name: str
    roles: Mapping[str, int] | None
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Topics:
    """The topics of a topics.toml by id, and the roles required of those that say nothing of their own."""

    default: Mapping[str, int]
    topics: Mapping[str, Topic]

    def required(self, topic: object) -> Mapping[str, int]:
        """How many people of each role a purchase of `topic` (id as in the tables) requires; the default for an unlisted topic."""
        listed = self.topics.get(str(topic))
        return self.default if listed is None or listed.roles is None else listed.roles

    def required_roles(self, topic: object) -> tuple[str, ...]:
        """The roles alone, in the order of the file."""
        return tuple(self.required(topic))


def load_topics(path: Path) -> Topics:
    """The topics of a topics.toml. ProjectError if it cannot be read, SettingsError naming the place if it says what it cannot."""
    document = read_document(path)
    known_keys(document, ("default", "topic"), str(path))
    default = document.get("default", {})
    if not isinstance(default, dict):
        raise SettingsError(f"{path}: default must be written as a [default] table")
    where = f"{path}, [default]"
    known_keys(default, ("roles",), where)
    topics = {name: _topic(name, table, f'{path}, [topic."{name}"]') for name, table in tables(document, "topic", str(path)).items()}
    return Topics(_roles(default, where) or {}, topics)


def _topic(name: str, table: Mapping[str, Any], where: str) -> Topic:
    known_keys(table, ("name", "roles", "patterns"), where)
    title = table.get("name", name)
    if not isinstance(title, str) or not title.strip():
        raise SettingsError(f"{where}: name must be a text in quotes")
    patterns = texts(table, "patterns", where)
    for pattern in patterns:
        if not re.search(r"\w", pattern):
            raise SettingsError(f'{where}, patterns: "{pattern}" has no letter or digit, so it would say nothing about a topic')
    return Topic(title, _roles(table, where), tuple(patterns))


def _roles(table: Mapping[str, Any], where: str) -> dict[str, int] | None:
    """The required roles: a list asks for one person of each, a table for so many; None where neither is there, nothing for []."""
    if "roles" not in table:
        return None
    where, roles = f"{where}, roles", table["roles"]
    if roles == []:
        return {}
    if not isinstance(roles, dict):
        return {role_name(role, where): 1 for role in texts(table, "roles", where.removesuffix(", roles"))}
    for role, number in roles.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise SettingsError(f'{where}: "{role}" must be a whole number of people, at least 1, not {number!r}')
    return {role_name(role, where): number for role, number in roles.items()}
