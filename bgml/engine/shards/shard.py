"""A shard: the tiles of a range of accounts with everything the kernel asks about them, as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bgml.engine.columns.algebra import CATEGORIES, Condition
from bgml.engine.kernel import NEVER
from bgml.engine.program import ALWAYS, condition_bits
from bgml.engine.shards.fingerprint import row_hashes
from bgml.engine.shards.loops import dense_codes, pieces
from bgml.engine.shards.tiles import Tiles

Int = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Versions:
    """What is known of people and when, by person code: spans of as-of days, each with codes of department, seniority and role
    (-1: none) and a hash.
    """

    pointer: Int
    from_day: Int
    to_day: Int
    codes: Mapping[str, Codes]
    words: Mapping[str, tuple[str, ...]]
    hashes: npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Source:
    """Rows that counters read: tiles, or pieces of tiles for which a person's attributes held.

    group_ptr points from the shard's groups into the rows. lower, upper: first and end as-of day a row counts on (empty: always).
    codes: per entity or condition, a code per row, -1 for none; sizes: how many codes each has; words: what condition codes stand for.
    unseen: categories whose rows no counter sees.
    """

    group_ptr: Int
    occurred: Codes
    known: Codes
    number: Codes
    weight_high: Int
    weight_low: Int
    lower: Codes
    upper: Codes
    codes: Mapping[str, Codes]
    sizes: Mapping[str, int]
    words: Mapping[str, tuple[str, ...]]
    unseen: frozenset[str] = frozenset()


class Shard:
    """A range of accounts of a block of tiles.

    groups are the pairs (account, topic) in order; group_ptr points into the tiles, account_groups from accounts into the groups.
    """

    def __init__(
        self, tiles: Tiles, start: int, stop: int, versions: Versions | None, required: Mapping[str, tuple[str, ...]],
        unseen: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """The tiles from `start` to `stop`; required: the roles each topic asks for; unseen: categories that no feature may count."""
        self.tiles = tiles
        self.rows = slice(start, stop)
        self.versions = versions
        self.required = required
        self.unseen = unseen
        account, topic = tiles.account[self.rows], tiles.topic[self.rows]
        starts = np.flatnonzero(np.diff(account, prepend=-1) | np.diff(topic, prepend=-1)) if len(account) else np.zeros(0, np.int64)
        self.group_ptr: Int = np.append(starts, len(account)).astype(np.int64)
        self.group_account: Codes = account[starts]
        self.group_topic: Codes = topic[starts]
        first = np.flatnonzero(np.diff(self.group_account, prepend=-1))
        self.account_groups: Int = np.append(first, len(starts)).astype(np.int64)

    @property
    def account_ids(self) -> pa.Array:
        """The ids of the shard's accounts, in order."""
        return self.tiles.accounts.take(pa.array(self.group_account[self.account_groups[:-1]]))

    @cached_property
    def who(self) -> tuple[Codes, int]:
        """Persons and visitors numbered within their account, and the most there are in one."""
        n_codes = len(self.tiles.people) + len(self.tiles.visitors)
        codes, most = dense_codes(self.group_ptr[self.account_groups], self.tiles.who[self.rows], n_codes)
        return codes, int(most)

    @cached_property
    def first_known(self) -> tuple[Codes, Int]:
        """The codes of the shard's people, and the day each was first known from."""
        who, known = self.tiles.who[self.rows], self.tiles.known[self.rows]
        person = np.flatnonzero((who >= 0) & (who < len(self.tiles.people)))
        people, place = np.unique(who[person], return_inverse=True)
        first = np.full(len(people), NEVER, np.int64)
        np.minimum.at(first, place, known[person])
        return people, first

    @cached_property
    def plain(self) -> Source:
        """The shard's tiles."""
        t, rows = self.tiles, self.rows
        local, most = self.who
        person = t.who[rows] < len(t.people)
        codes = {
            "either": local,
            "person": np.where(person, local, np.int32(-1)),
            "visitor": np.where(person, np.int32(-1), local),
            "category": t.category[rows].astype(np.int32),
            "action": t.action[rows],
            "topic": t.topic[rows],
            **_calendar(t.occurred[rows]),
        }
        sizes = {name: most for name in ("either", "person", "visitor")}
        sizes |= {name: int(codes[name].max(initial=-1)) + 1 for name in codes if name not in sizes}
        high, low = (t.weight_high[rows], t.weight_low[rows]) if len(t.weight_high) else (NONE, NONE)
        empty, words = np.zeros(0, np.int32), {"category": CATEGORIES, "action": t.actions}
        return Source(
            self.group_ptr, t.occurred[rows], t.known[rows], t.number[rows], high, low, empty, empty, codes, sizes, words, self.unseen
        )

    @cached_property
    def dated(self) -> Source:
        """The shard's tiles of known people, cut where a person's department, seniority or role changes."""
        assert self.versions is not None
        versions, plain = self.versions, self.plain
        who = self.tiles.who[self.rows]
        person = np.where(who < len(self.tiles.people), who, np.int32(-1))
        tile, version = pieces(person, versions.pointer)
        codes = {name: values[tile] for name, values in plain.codes.items()}
        codes |= {name: values[version] for name, values in versions.codes.items()}
        codes["required"] = self._required(versions)[codes["topic"], codes["role"]]
        sizes = dict(plain.sizes) | {name: len(words) for name, words in versions.words.items()} | {"required": 1}
        high, low = (plain.weight_high[tile], plain.weight_low[tile]) if plain.weight_high.size else (NONE, NONE)
        return Source(
            np.searchsorted(tile, plain.group_ptr).astype(np.int64), plain.occurred[tile], plain.known[tile], plain.number[tile], high, low,
            versions.from_day[version].astype(np.int32), versions.to_day[version].astype(np.int32), codes, sizes,
            {**plain.words, **versions.words, "required": ("yes",)}, self.unseen,
        )  # fmt: skip

    def _required(self, versions: Versions) -> Codes:
        """0 where a topic (row) requires a role (column), -1 elsewhere; the last column is for no role."""
        roles = versions.words["role"]
        table = np.full((len(self.tiles.topics), len(roles) + 1), -1, np.int32)
        for place, topic in enumerate(self.tiles.topics.to_pylist()):
            for role in self.required[str(topic)]:
                if role in roles:
                    table[place, roles.index(role)] = 0
        return table


def versions_of(people: pd.DataFrame, ids: pa.Array) -> Versions:
    """The versions of the people in `ids` (sorted), by their codes."""
    codes = pd.Index(ids.to_pandas()).get_indexer(pd.Index(people["person_id"]))
    known = people[codes >= 0]
    order = np.argsort(codes[codes >= 0], kind="stable")
    known, codes = known.iloc[order], codes[codes >= 0][order]
    pointer = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(ids)))]).astype(np.int64)
    values, words = {}, {}
    for column in ("department", "seniority", "role"):
        factor, found = pd.factorize(known[column], sort=True)
        values[column], words[column] = factor.astype(np.int32), tuple(map(str, found))
    hashes = row_hashes(known[["person_id", "department", "seniority", "role"]])
    return Versions(pointer, known["from_day"].to_numpy(np.int64), known["to_day"].to_numpy(np.int64), values, words, hashes)


def masks(source: Source, conditions: Sequence[Condition]) -> npt.NDArray[np.uint64]:
    """One bit per condition and row; bit 63 is set in all. Rows of unseen categories have none."""
    mask = np.full(len(source.occurred), np.uint64(1) << np.uint64(ALWAYS))
    for condition, bit in condition_bits(conditions).items():
        if not condition:
            continue
        holds: Any = np.uint64(1)
        for key, values in condition:
            words = source.words[key]
            table = np.array([*(word in values for word in words), False], np.uint64)
            holds = holds & table[source.codes[key]]
        mask |= holds << np.uint64(bit)
    if source.unseen:
        mask[np.isin(source.codes["category"], [CATEGORIES.index(name) for name in source.unseen])] = 0
    return mask


def entity_codes(source: Source, shard: Shard, entities: Sequence[tuple[str, ...]]) -> tuple[Codes, list[int]]:
    """int32[entities, rows] codes, and how many codes each entity has."""
    rows, sizes = [], []
    for entity in entities:
        if len(entity) == 1:
            rows.append(source.codes[entity[0]])
            sizes.append(source.sizes[entity[0]])
        else:
            codes, size = _paired([source.codes[name] for name in entity], source.group_ptr[shard.account_groups])
            rows.append(codes)
            sizes.append(size)
    table = np.stack(rows).astype(np.int32) if rows else np.zeros((0, len(source.occurred)), np.int32)
    return table, sizes


def _paired(parts: Sequence[Codes], account_ptr: Int) -> tuple[Codes, int]:
    """Codes of combinations, numbered within their account; -1 where a part is missing."""
    code = np.zeros(len(parts[0]), np.int64)
    missing = np.zeros(len(parts[0]), bool)
    for part in parts:
        code = code * (int(part.max(initial=0)) + 1) + part
        missing |= part < 0
    dense, values = pd.factorize(np.where(missing, np.int64(-1), code))
    dense = np.where(missing, -1, dense)
    local, most = dense_codes(account_ptr, dense, len(values))
    return local, int(most)


def _calendar(occurred: Codes) -> dict[str, Codes]:
    """Days, and weeks from Monday, numbered from the shard's first."""
    if not len(occurred):
        return {"day": occurred, "week": occurred}
    weeks = (occurred + 3) // 7
    return {"day": occurred - occurred.min(), "week": (weeks - weeks.min()).astype(np.int32)}
