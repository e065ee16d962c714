"""Verdicts: a seller says of a ranked group whether it is worth working, and why."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bgml.data.kept import lines
from bgml.data.kept.verdict_log import file
from bgml.data.tables import DECISIONS
from bgml.errors import RankingError, nearest
from bgml.project import Project
from bgml.ranking.archive import store

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

EARLIEST = datetime.datetime(1990, 1, 1)
COUNTED = ["account_id", "topic", "as_of"]
SHOWN = ["as_of", "at", "by", "verdict", "reason"]


@dataclass(frozen=True)
class Verdict:
    """What someone said of a group in the ranking of a date. `at` is naive UTC; `by` and `reason` may be empty."""

    account_id: str | int
    topic: str | int
    as_of: datetime.date
    verdict: str
    by: str
    reason: str
    at: datetime.datetime

    def entry(self) -> lines.Entry:
        """As the log holds it."""
        times = {"as_of": self.as_of.isoformat(), "at": self.at.isoformat()}
        return {"account_id": self.account_id, "topic": self.topic, **times, "verdict": self.verdict, "by": self.by, "reason": self.reason}


@dataclass(frozen=True)
class Group:
    """A group as a ranking names it."""

    account_id: str | int
    topic: str | int
    as_of: datetime.date


def write(
    project: Project,
    account_id: str | int,
    topic: str | int,
    verdict: str,
    as_of: datetime.date | None = None,
    by: str = "",
    reason: str = "",
    at: datetime.datetime | None = None,
    key: str = "",
) -> Verdict:
    """Keep a verdict on a ranked group; it is on disk when this returns. Safe for any number of writers at once.

    as_of: default the newest current ranking that holds the group. at: default the clock; naive means UTC. Ids may be given as text where
    the ranking has integers. key: a caller's own name for this verdict; a second call with the same key keeps nothing and gives the first.
    RankingError for a group that is not ranked, a word that is no verdict, a time that cannot be, a key used for something else.
    """
    if verdict not in DECISIONS:
        raise RankingError(f'"{verdict}" is no verdict{nearest(verdict, DECISIONS)}; use {" or ".join(DECISIONS)}')
    group = ranked(project.rankings, account_id, topic, as_of)
    given = Verdict(group.account_id, group.topic, group.as_of, verdict, _clean(by), _clean(reason), _time(at))
    path = file(project)
    try:
        with lines.held(path):
            return _kept(path, given, _clean(key))
    except OSError as error:
        raise RankingError(f"the verdict was not kept: {path} cannot be written ({error.strerror or error})") from error


def _kept(path: Path, given: Verdict, key: str) -> Verdict:
    """Add a verdict to the log, unless its key is there."""
    if key and (entry := _of_key(path, key)) is not None:
        there = _verdict(entry)
        if (there.account_id, there.topic, there.verdict) != (given.account_id, given.topic, given.verdict):
            said = f"{there.account_id} / {there.topic} {there.verdict}"
            raise RankingError(f'the key "{key}" was used for another verdict ({said}); use a new one')
        return there
    lines.append(path, given.entry() | ({"key": key} if key else {}))
    return given


def _of_key(path: Path, key: str) -> lines.Entry | None:
    return next((entry for entry in lines.read(path)[0] if entry.get("key") == key), None)


def _verdict(entry: lines.Entry) -> Verdict:
    times = datetime.date.fromisoformat(entry["as_of"]), datetime.datetime.fromisoformat(entry["at"])
    return Verdict(entry["account_id"], entry["topic"], times[0], entry["verdict"], entry["by"], entry["reason"], times[1])


def _clean(text: str) -> str:
    """Text as UTF-8 can hold it, without blanks around it."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _time(at: datetime.datetime | None) -> datetime.datetime:
    """A time as naive UTC, the clock by default; RankingError for one that the checks of the table would refuse."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if at is None:
        return now
    naive = at.astimezone(datetime.UTC).replace(tzinfo=None) if at.tzinfo else at
    if not EARLIEST <= naive < now + datetime.timedelta(days=1):
        raise RankingError(f"a verdict cannot have been given at {naive:%Y-%m-%d %H:%M} UTC; leave the time out for now")
    return naive


def ranked(rankings: Path, account_id: str | int, topic: str | int, as_of: datetime.date | None = None) -> Group:
    """The group in the current ranking of a date, by default the newest that holds it; RankingError naming the nearest otherwise."""
    first = store.wanted(rankings, as_of)
    for stored in [first] if as_of else _newest_first(rankings):
        if (found := _in(stored, account_id, topic)) is not None:
            return found
    raise RankingError(_not_ranked(rankings, first, account_id, topic, elsewhere=as_of is not None))


def _newest_first(rankings: Path) -> Iterator[store.Stored]:
    for day in reversed(store.dates(rankings)):
        if (stored := store.current(rankings, day)) is not None:
            yield stored


def _in(stored: store.Stored, account_id: str | int, topic: str | int) -> Group | None:
    """The group in a ranking, its ids of the ranking's kind; None where it is not there."""
    keys = _of_account(stored, account_id)
    rows = keys.filter(pc.equal(keys["topic"].cast(pa.string()), str(topic))).to_pylist()
    return Group(rows[0]["account_id"], rows[0]["topic"], stored.as_of) if rows else None


def _of_account(stored: store.Stored, account_id: str | int) -> pa.Table:
    """The groups of an account: account_id and topic."""
    keys = stored.table(columns=["account_id", "topic"])
    return keys.filter(pc.equal(keys["account_id"].cast(pa.string()), str(account_id)))


def _not_ranked(rankings: Path, stored: store.Stored, account_id: str | int, topic: str | int, *, elsewhere: bool) -> str:
    """Why a group cannot be judged, and what comes nearest to it."""
    other = next((found for ranking in _newest_first(rankings) if (found := _in(ranking, account_id, topic))), None) if elsewhere else None
    if other is not None:
        return f"{account_id} / {topic} is not in the ranking of {stored.as_of}; it is in that of {other.as_of}: use --as-of {other.as_of}"
    topics = [str(name) for name in _of_account(stored, account_id)["topic"].to_pylist()]
    if topics:
        hint = nearest(str(topic), topics) or f"; it has {account_id} on {', '.join(sorted(topics)[:5])}"
        return f'the ranking of {stored.as_of} has no group of {account_id} on "{topic}"{hint}'
    accounts = {str(name) for name in stored.table(columns=["account_id"])["account_id"].to_pylist()}
    hint = nearest(str(account_id), sorted(accounts)) or "; only ranked groups are judged"
    return f'the ranking of {stored.as_of} has no group of the account "{account_id}"{hint}'


def of_group(dataset: Dataset, account_id: str | int, topic: str | int) -> pd.DataFrame:
    """The verdicts on a group, oldest first: as_of, at, by, verdict, reason, and counts (whether it is the latest on that as_of)."""
    table = dataset.frame("verdicts")
    same = (table["account_id"].astype(str) == str(account_id)) & (table["topic"].astype(str) == str(topic))
    rows = table[same].sort_values(["at", "by"], kind="stable", na_position="first", ignore_index=True)
    return rows[SHOWN].assign(counts=~rows.duplicated(COUNTED, keep="last"))


def document(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON values."""
    return {**verdict.entry(), "by": verdict.by or None, "reason": verdict.reason or None}
