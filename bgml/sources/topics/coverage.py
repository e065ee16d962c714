"""What topics.toml makes of a project: what maps to which topic, what maps to none, where two topics claim the same words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet

from bgml.data.dataset import Dataset
from bgml.data.patterns import FIELDS, Match, Matcher, conflicts
from bgml.data.topics import Topics
from bgml.data.warehouse import reading
from bgml.errors import nearest
from bgml.sources.topics.assignment import READ, UNDECLARED

COUNTED = ("signals", "opportunities")
"""Rows that are lost without a topic; a touch needs none."""


@dataclass(frozen=True)
class TopicLine:
    """One topic: its patterns, the imported rows they fit (None: no import was found), and what the tables hold of it."""

    topic: str
    name: str
    listed: bool
    patterns: int
    fitted: int | None
    signals: int
    accounts: int
    opportunities: int
    won: int
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Unmapped:
    """A text of rows that no pattern gives a topic, and how many such rows have it."""

    field: str
    text: str
    rows: int


@dataclass(frozen=True)
class Conflict:
    """A text whose same words two topics claim by equally specific patterns; its rows are on both."""

    field: str
    text: str
    rows: int
    topics: tuple[str, str]
    patterns: tuple[str, str]


@dataclass(frozen=True)
class Fitted:
    """What the patterns, as they are now, make of what an import read.

    `changed`: rows that the import gave other topics than they have now; `by_topic` and `unmapped` count rows, `idle` are patterns that
    decide nothing, each with its topic.
    """

    rows: int
    lost: int
    changed: int
    by_topic: dict[str, int]
    unmapped: tuple[Unmapped, ...]
    conflicts: tuple[Conflict, ...]
    idle: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TopicCoverage:
    """All that `bgml topics` tells; `fitted` is None where no import has left what it read."""

    lines: tuple[TopicLine, ...]
    fitted: Fitted | None
    default: str | None
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The coverage as JSON holds it."""
        return asdict(self)


def cover(topics: Topics, dataset: Dataset | None, folder: Path | None) -> TopicCoverage:
    """Compare topics.toml with the tables (None: they cannot be used yet) and with what the import into `folder` read.

    Texts are matched anew, so that a change of topics.toml shows before the next import.
    """
    fitted = _fitted(topics, folder / READ) if folder is not None and (folder / READ).is_file() else None
    held = _held(dataset) if dataset is not None else {}
    default = topics.default_topic if topics.default_topic is not None or topics.patterns else UNDECLARED
    names = sorted({*topics.topics, *held, *(fitted.by_topic if fitted else ())}, key=lambda name: (-held.get(name, (0,))[0], name))
    lines = tuple(_line(name, topics, held.get(name, (0, 0, 0, 0)), fitted) for name in names)
    comparable = dataset is not None and not (fitted and fitted.changed)
    return TopicCoverage(lines, fitted, default, tuple(_warnings(topics, lines, default, comparable)))


def _line(name: str, topics: Topics, held: tuple[int, int, int, int], fitted: Fitted | None) -> TopicLine:
    topic = topics.topics.get(name)
    rows = fitted.by_topic.get(name, 0) if fitted else None
    patterns = len(topic.patterns) if topic else 0
    return TopicLine(name, topic.name if topic else name, topic is not None, patterns, rows, *held, topics.required_roles(name))


def _held(dataset: Dataset) -> dict[str, tuple[int, int, int, int]]:
    """Signals, accounts, opportunities and won ones by topic."""
    signals, deals = dataset.table("signals"), dataset.table("opportunities")
    counted = signals.group_by("topic").aggregate(rows=signals.count(), accounts=signals.account_id.nunique())
    dealt = deals.group_by("topic").aggregate(rows=deals.count(), won=(deals.outcome == "won").sum())
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in dataset.arrow(counted).to_pylist():
        found[str(row["topic"])][:2] = [row["rows"], row["accounts"]]
    for row in dataset.arrow(dealt).to_pylist():
        found[str(row["topic"])][2:] = [row["rows"], row["won"]]
    return {topic: (signals, accounts, deals, won) for topic, (signals, accounts, deals, won) in found.items()}


def _fitted(topics: Topics, path: Path) -> Fitted:
    """Match what an import read with the patterns."""
    with reading(path.name):
        said = pyarrow.parquet.read_table(path).to_pylist()
    matcher = Matcher(topics.patterns)
    known: dict[tuple[str, str], list[Match]] = {}
    by_topic: dict[str, int] = defaultdict(int)
    of_text: dict[tuple[str, str], int] = defaultdict(int)
    unmapped: dict[tuple[str, str], int] = defaultdict(int)
    total = lost = changed = 0
    for row in said:
        rows = sum(row.get(table) or 0 for table in COUNTED)
        texts = [(field, row[f"about_{field}"]) for field in FIELDS if row.get(f"about_{field}") is not None]
        for key in texts:
            if key not in known:
                known[key] = matcher.matches(*key)
            of_text[key] += rows
        now = sorted({match.topic for key in texts for match in known[key]})
        total, changed = total + rows, changed + (rows if now != (row["topics"] or []) else 0)
        for topic in now:
            by_topic[topic] += rows
        if not now:
            lost += rows
            for key in texts:
                unmapped[key] += rows
    largest = sorted(unmapped.items(), key=lambda item: (-item[1], item[0]))
    used = {id(match.pattern) for matches in known.values() for match in matches}
    return Fitted(
        total,
        lost,
        changed,
        dict(by_topic),
        tuple(Unmapped(field, text, rows) for (field, text), rows in largest if rows),
        tuple(_conflicts(known, of_text)),
        tuple((topic, pattern.stated) for topic, pattern in topics.patterns if id(pattern) not in used),
    )


def _conflicts(known: dict[tuple[str, str], list[Match]], rows: dict[tuple[str, str], int]) -> Iterator[Conflict]:
    """The texts that two topics claim, those with the most rows first; each pair of topics once per text."""
    for (field, text), matches in sorted(known.items(), key=lambda item: (-rows[item[0]], item[0])):
        told = set[tuple[str, str]]()
        for one, other in conflicts(matches):
            if (one.topic, other.topic) not in told:
                told.add((one.topic, other.topic))
                yield Conflict(field, text, rows[field, text], (one.topic, other.topic), (one.pattern.stated, other.pattern.stated))


def _warnings(topics: Topics, lines: tuple[TopicLine, ...], default: str | None, with_tables: bool) -> Iterator[str]:
    """What the file and the tables have without each other, and topics that require no roles.

    Tables that were imported with other patterns say nothing of the file (`with_tables` false).
    """
    if not topics.patterns:
        yield f'topics.toml holds no pattern: an import puts every act and opportunity on the topic "{default}"'
    for line in lines:
        if with_tables and not line.listed and line.topic != default and (line.signals or line.opportunities):
            hint = nearest(line.topic, topics.topics)
            yield f'the tables have the topic "{line.topic}", which topics.toml does not list{hint}; it gets the default roles'
        if with_tables and line.listed and not line.signals:
            seen = [other.topic for other in lines if other.signals]
            yield f'topics.toml lists the topic "{line.topic}", on which there is no signal{nearest(line.topic, seen)}'
        if not line.roles:
            yield f'the topic "{line.topic}" requires no roles, so its groups have no coverage'
