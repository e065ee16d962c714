"""The pattern language of topics.toml: which topics a campaign, page, asset, form, keyword or product is about.

A pattern is words that stand next to each other; `*` is any letters within a word, alone any one word. In a URL each `/` counts as
a word of its own. docs/topics.md tells it at length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import unquote

from bgml.data.roles import normal
from bgml.errors import SettingsError, nearest

FIELDS = ("campaign", "url", "asset", "form", "keyword", "product")
"""What an act can say of what it is about."""

STAR = "\N{CYRILLIC LETTER MULTIOCULAR O}"  # stands for * where punctuation is taken out: a letter that no text of this century holds
PREFIX = re.compile(r"\s*([A-Za-z]+)\s*:\s*(?!//)(.+)", re.DOTALL)
SCHEME = re.compile(r"^\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//")
ROUTE = re.compile(r"#!?/")
QUERY = re.compile(r"[?#].*", re.DOTALL)
EXTENSION = re.compile(r"\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)

Kind = Literal["text", "url"]


@dataclass(frozen=True)
class Pattern:
    """One pattern as its file states it: the field it is about (None: any), and its words in a text and in a URL (None: no match there)."""

    stated: str
    field: str | None
    text: tuple[str, ...] | None
    url: tuple[str, ...] | None

    @property
    def weight(self) -> tuple[bool, int]:
        """What decides between two patterns that fit the same words: one about a field, then the one with more letters."""
        words = self.url if self.text is None else self.text
        return self.field is not None, sum(len(word.replace("*", "")) for word in words or ())


@dataclass(frozen=True)
class Match:
    """A pattern of a topic that fits the words of a text from `begin` to before `end`."""

    topic: str
    pattern: Pattern
    begin: int
    end: int


def parse_pattern(stated: str, where: str) -> Pattern:
    """A pattern of topics.toml; SettingsError naming `where` if it says nothing, or what is never read."""
    field, words = _field(stated, where)
    if not re.search(r"\w", words):
        raise SettingsError(f'{where}: "{stated}" has no letter or digit, so it would say nothing about a topic')
    if field == "url" and QUERY.search(ROUTE.sub("/", words)):
        raise SettingsError(f'{where}: "{stated}" holds a ? or #; only the host and path of a URL are read, write those')
    marked = words.replace("*", STAR)
    text = None if field == "url" else tuple(normal(marked).replace(STAR, "*").split())
    url = tuple(word.replace(STAR, "*") for word in _url_words(marked)) if field in (None, "url") else None
    return Pattern(stated, field, text, url)


def _field(stated: str, where: str) -> tuple[str | None, str]:
    """The field a pattern begins with, and the rest; what begins with / or is a whole address is about URLs."""
    found = PREFIX.fullmatch(stated)
    name = found[1].casefold() if found else ""
    if found and name in FIELDS:
        return name, found[2]
    if found and (hint := nearest(name, FIELDS)):
        raise SettingsError(f'{where}: "{stated}" begins with "{found[1]}:", which is no field{hint}; without a field, leave the colon out')
    return ("url" if stated.lstrip().startswith("/") or SCHEME.match(stated) else None), stated


def words_of(field: str, text: str) -> list[str]:
    """The words of a text of a field, as patterns see them.

    >>> words_of("url", "https://www.acme.com/Solutions/data-cloud.html?utm_source=x")
    ['www', 'acme', 'com', '/', 'solutions', '/', 'data', 'cloud', '/']
    >>> words_of("campaign", "DP-2024_Webinar")
    ['dp', '2024', 'webinar']
    """
    if field != "url":
        return normal(text).split()
    words = _url_words(QUERY.sub("", ROUTE.sub("/", text)))
    return words if words[-1:] == ["/"] else [*words, "/"]


def _url_words(url: str) -> list[str]:
    """Host and path in words, with a / wherever there is one; a file's usual ending is left out."""
    words = list[str]()
    for place, part in enumerate(EXTENSION.sub("", SCHEME.sub("", url).strip()).split("/")):
        if place and words[-1:] != ["/"]:
            words.append("/")
        words += normal(unquote(part)).split()
    return words


@dataclass(frozen=True)
class _Entry:
    """A pattern of a topic in the words of one kind of text; `anchor` is the place of the word it is looked up by, the longest."""

    topic: str
    pattern: Pattern
    words: tuple[str, ...]
    anchor: int


class Matcher:
    """The patterns of all topics, ready to be tried on many texts."""

    def __init__(self, patterns: Iterable[tuple[str, Pattern]]) -> None:
        """Take the patterns, each with its topic."""
        self._entries: dict[Kind, list[_Entry]] = {"text": [], "url": []}
        self._anchored: dict[tuple[Kind, str], list[_Entry]] = {}
        kinds: tuple[Kind, ...] = ("text", "url")
        for topic, pattern in patterns:
            for kind, words in zip(kinds, (pattern.text, pattern.url), strict=True):
                if words:
                    anchor = max(range(len(words)), key=lambda place: len(words[place].replace("*", "").replace("/", "")))
                    self._entries[kind].append(_Entry(topic, pattern, words, anchor))

    def matches(self, field: str, text: str) -> list[Match]:
        """What fits a text of a field, without what stands inside a longer match of another topic or is less specific on the same words."""
        kind: Kind = "url" if field == "url" else "text"
        words = words_of(field, text)
        found = [
            Match(entry.topic, entry.pattern, begin, begin + len(entry.words))
            for place, word in enumerate(words)
            for entry in self._anchored_at(kind, word)
            if entry.pattern.field in (None, field) and _fits(entry.words, words, begin := place - entry.anchor)
        ]
        return [match for match in found if not any(_beats(other, match) for other in found)] if len(found) > 1 else found

    def _anchored_at(self, kind: Kind, word: str) -> list[_Entry]:
        """The patterns whose anchor fits a word, looked up once per word: texts repeat their words."""
        key = (kind, word)
        if key not in self._anchored:
            self._anchored[key] = [entry for entry in self._entries[kind] if _fits_word(entry.words[entry.anchor], word)]
        return self._anchored[key]


def _beats(one: Match, other: Match) -> bool:
    """Whether `other` does not count beside `one`, a match of another topic."""
    if one.topic == other.topic or not (one.begin <= other.begin and other.end <= one.end):
        return False
    return one.end - one.begin > other.end - other.begin or one.pattern.weight > other.pattern.weight


def _fits(wanted: Sequence[str], words: Sequence[str], begin: int) -> bool:
    """Whether the words from `begin` on are the wanted ones."""
    return 0 <= begin <= len(words) - len(wanted) and all(map(_fits_word, wanted, words[begin : begin + len(wanted)]))


def _fits_word(wanted: str, word: str) -> bool:
    """Whether a word is the wanted one, `*` standing for any letters of it; a / is only ever itself."""
    return wanted == word or ("*" in wanted and word != "/" and _expression(wanted).fullmatch(word) is not None)


@cache
def _expression(wanted: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", wanted))))


def conflicts(matches: Sequence[Match]) -> list[tuple[Match, Match]]:
    """Pairs of matches of two topics on the same words by equally specific patterns: nothing says which topic is meant."""
    return [
        (one, other)
        for place, one in enumerate(matches)
        for other in matches[place + 1 :]
        if one.topic != other.topic and (one.begin, one.end) == (other.begin, other.end) and one.pattern.weight == other.pattern.weight
    ]
