"""The part a person plays in a purchase: as the CRM states it, else as title, department and seniority suggest.

roles.toml holds the standard roles and the ordered rules; what a pattern means is said there.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bgml.errors import ProjectError, SettingsError, nearest

STATED = 0.9  # confidence in a role somebody entered
INFERRED = 0.6  # confidence in a role read from a title
NONE = "none"  # the role of a rule that says: no role
LONGEST = 300  # characters of a title that are read

NAME = re.compile(r"[a-z][a-z0-9_]*")
ABBREVIATION = re.compile(r"\b\w(?:\.\w\b)+\.?")
BETWEEN_WORDS = re.compile(r"[^\w*]+|_")


@dataclass(frozen=True)
class Rule:
    """One rule: the role of people for whom each field it names holds one of its patterns, and no `unless` the title."""

    role: str | None
    fields: Mapping[str, re.Pattern[str]]
    unless: re.Pattern[str] | None

    def fits(self, said: Mapping[str, str]) -> bool:
        """Whether the rule speaks of somebody with these (normalised) title, department and seniority."""
        return all(pattern.search(said[field]) for field, pattern in self.fields.items()) and not (
            self.unless and self.unless.search(said["title"])
        )


@dataclass(frozen=True)
class Roles:
    """The standard roles with their meanings, the words by which CRMs state them, and the rules that infer them."""

    meanings: Mapping[str, str]
    words: Mapping[str, str | None]
    rules: tuple[Rule, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The standard roles, in the order of the file."""
        return tuple(self.meanings)

    def infer(self, title: pd.Series, department: pd.Series, seniority: pd.Series) -> pd.DataFrame:
        """The role each title, department and seniority suggest: role, role_source ("title"), role_confidence (0.6).

        The first rule that fits decides; all three are null where none does. Same index as `title`.
        """
        fitting = self._fitting(title, department, seniority)
        return _told([rule.role if rule else None for rule in fitting], "title", INFERRED, title.index)

    def unread(self, title: pd.Series, department: pd.Series, seniority: pd.Series) -> pd.Series:
        """Where no rule fits at all, not even one that says: no role. Same index as `title`."""
        return pd.Series([rule is None for rule in self._fitting(title, department, seniority)], index=title.index, dtype="bool")

    def stated(self, role: pd.Series) -> pd.DataFrame:
        """Roles somebody entered, by their standard name where it is known: role, role_source ("crm"), role_confidence (0.9).

        A role the file does not know is kept, in lower case with underscores; null where it says nothing.
        """
        codes, values = pd.factorize(role.astype("object"))
        found = [*(self._standard(str(value)) for value in values), None]
        return _told([found[code] for code in codes], "crm", STATED, role.index)

    def of(self, role: pd.Series, title: pd.Series, department: pd.Series, seniority: pd.Series) -> pd.DataFrame:
        """The stated role where there is one, else the inferred one."""
        stated = self.stated(role)
        inferred = self.infer(title, department, seniority)
        return stated.where(stated["role"].notna(), inferred).astype({"role": "object", "role_source": "object"})

    def _fitting(self, title: pd.Series, department: pd.Series, seniority: pd.Series) -> list[Rule | None]:
        """The first rule that fits each row."""
        said = pd.DataFrame({"title": title, "department": department, "seniority": seniority}, index=title.index, dtype="object")
        codes, triples = _distinct(said)
        found = [next((rule for rule in self.rules if rule.fits(triple)), None) for triple in triples]
        return [found[code] for code in codes]

    def _standard(self, value: str) -> str | None:
        text = normal(value)
        return self.words[text] if text in self.words else text.replace(" ", "_") or None


def load_roles(path: Path) -> Roles:
    """The roles and rules of a roles.toml. ProjectError if it cannot be read, SettingsError naming the place if it says what it cannot."""
    document = read_document(path)
    known_keys(document, ("ignore", "role", "rule"), str(path))
    roles = tables(document, "role", str(path))
    words: dict[str, str | None] = dict.fromkeys(map(normal, texts(document, "ignore", str(path))))
    for name, role in roles.items():
        where = f"{path}, [role.{name}]"
        role_name(name, where)
        known_keys(role, ("meaning", "stated"), where)
        if not isinstance(role.get("meaning", ""), str):
            raise SettingsError(f"{where}: meaning must be a text in quotes")
        words |= {normal(word): name for word in (name, *texts(role, "stated", where))}
    rules = document.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise SettingsError(f"{path}: rule must be written as [[rule]] tables")
    return Roles(
        {name: role.get("meaning", "") for name, role in roles.items()},
        words,
        tuple(_rule(rule, roles, f"{path}, [[rule]] {number}") for number, rule in enumerate(rules, 1)),
    )


def normal(text: str) -> str:
    """Lower-case words between single blanks: no accents, punctuation, emoji or dots of abbreviations.

    >>> normal("Sr. V.P. – Vertrieb & Café ☕")
    'sr vp vertrieb and cafe'
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:LONGEST]).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("&", " and ")
    plain = ABBREVIATION.sub(lambda found: found[0].replace(".", "") + " ", plain)
    return " ".join(BETWEEN_WORDS.sub(" ", plain).replace("*", " ").split())


def compiled(patterns: Iterable[str], where: str) -> re.Pattern[str]:
    """One expression for word patterns: words that stand next to each other, `*` for any letters within a word."""
    return re.compile(f"(?<!\\S)(?:{'|'.join(_expression(pattern, where) for pattern in patterns)})(?!\\S)")


def _expression(pattern: str, where: str) -> str:
    if not normal(pattern):
        raise SettingsError(f'{where}: the pattern "{pattern}" has no letter or digit; write words, with * for any letters')
    if odd := re.search(r"[\^$()\[\]{}|\\+?]", pattern):
        raise SettingsError(f'{where}: the pattern "{pattern}" holds "{odd[0]}"; patterns are words, with * for any letters')
    return " ".join(_word(word) for word in pattern.split())


def _word(word: str) -> str:
    return r"\S*".join(re.escape(normal(part)) for part in re.split(r"\*+", word))


def _rule(rule: Mapping[str, Any], roles: Mapping[str, Any], where: str) -> Rule:
    known_keys(rule, ("role", "title", "department", "seniority", "unless"), where)
    role = rule.get("role")
    if role != NONE and role not in roles:
        raise SettingsError(f'{where}: role "{role}" is not a [role.NAME] of this file{nearest(str(role), [*roles, NONE])}')
    fields = {field: _patterns(rule, field, where) for field in ("title", "department", "seniority") if field in rule}
    if not fields:
        raise SettingsError(f"{where}: expected at least one of title, department, seniority")
    patterns = {field: compiled(values, f"{where}, {field}") for field, values in fields.items()}
    unless = _patterns(rule, "unless", where)
    return Rule(None if role == NONE else str(role), patterns, compiled(unless, f"{where}, unless") if unless else None)


def _patterns(rule: Mapping[str, Any], field: str, where: str) -> list[str]:
    """A field's patterns: a list, or lists by language (title.en, title.de), which the reader wants apart and the rule together."""
    if not isinstance(rule.get(field), dict):
        return texts(rule, field, where)
    if not rule[field]:
        raise SettingsError(f'{where}: {field} holds no language; write it like {field}.en = ["one", "two"]')
    languages = {f"{field}.{language}": patterns for language, patterns in rule[field].items()}
    return [pattern for language in languages for pattern in texts(languages, language, where)]


def _distinct(said: pd.DataFrame) -> tuple[np.ndarray[Any, np.dtype[np.int64]], list[dict[str, str]]]:
    """Each row's code, and the distinct triples by code, as normalised text."""
    code = np.zeros(len(said), np.int64)
    for column in said.columns:
        code_of_value, values = pd.factorize(said[column])
        code = code * (len(values) + 1) + code_of_value + 1
    codes, first = pd.factorize(code)
    rows = said.iloc[np.unique(codes, return_index=True)[1]].to_dict("records")
    return codes, [{str(field): "" if pd.isna(value) else normal(str(value)) for field, value in row.items()} for row in rows]


def _told(roles: Sequence[str | None], source: str, confidence: float, index: pd.Index) -> pd.DataFrame:
    """The three columns of a role, all null where there is none."""
    role = pd.Series(np.array(roles, dtype="object"), index=index, dtype="object")
    known = role.notna()
    return pd.DataFrame(
        {
            "role": role,
            "role_source": pd.Series(source, index=index, dtype="object").where(known, None),
            "role_confidence": pd.Series(confidence, index=index).where(known),
        }
    )


def read_document(path: Path) -> dict[str, Any]:
    """The TOML document in a file; ProjectError naming file and line if there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}") from None


def known_keys(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """SettingsError for the first key that is not one of `keys`."""
    for key in table:
        if key not in keys:
            raise SettingsError(f'{where}: unknown key "{key}"{nearest(key, keys)}; expected {", ".join(keys)}')


def tables(document: Mapping[str, Any], key: str, where: str) -> dict[str, dict[str, Any]]:
    """The [key.NAME] tables of a document by name."""
    found = document.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        raise SettingsError(f"{where}: {key} must be written as [{key}.NAME] tables")
    return found


def texts(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    """A list of non-empty texts, empty where the key is absent."""
    values: list[str] = table.get(key, [])
    good = isinstance(values, list) and all(isinstance(value, str) and value.strip() for value in values)
    if not good or (key in table and not values):
        raise SettingsError(f'{where}: {key} must be a list of texts, such as ["one", "two"]')
    return values


def role_name(name: object, where: str) -> str:
    """A role's name, SettingsError unless it is lower-case letters, digits and underscores."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or name == NONE:
        raise SettingsError(f'{where}: "{name}" is no name for a role; write it like decision_maker, and not "{NONE}"')
    return name
