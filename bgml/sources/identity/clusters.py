"""Matches of two records each become sets of records that are one, and pairs that must stay apart do."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]
NONE = -1


@dataclass(frozen=True)
class Clusters:
    """By record: the record that stays for it (itself, or one of a lower number), and the match its merge hangs on.

    `hangs_on` is the weakest match on the way from the record to the one that stays, NONE for that one itself; `refused` are the
    matches that would have joined a pair to be kept apart.
    """

    kept: list[int]
    hangs_on: list[int]
    refused: list[int]


def cluster(records: int, matches: Sequence[Pair], stated: int = 0, apart: Iterable[Pair] = (), doubted: Iterable[Pair] = ()) -> Clusters:
    """Join the records 0 to `records` - 1 by matches, the strongest first; of a set the lowest number stays.

    The first `stated` matches are facts that only `apart` can refuse; the others are refused by `doubted` too. Of the matches that
    cannot all hold, the weakest is given up.

    >>> cluster(3, [(0, 1), (1, 2)], apart=[(0, 2)])
    Clusters(kept=[0, 0, 2], hangs_on=[-1, 0, -1], refused=[1])
    """
    sets = _Sets(records)
    for one, other in apart:
        sets.part(one, other)
    used, refused = list[int](), list[int]()
    for number, (one, other) in enumerate(matches):
        if number == stated:
            for pair in doubted:
                sets.part(*pair)
        joined = sets.join(one, other)
        if joined:
            used.append(number)
        elif joined is None:
            refused.append(number)
    kept = [sets.find(record) for record in range(records)]
    return Clusters(kept, _weakest(kept, matches, used), refused)


class _Sets:
    """Disjoint sets, the lowest number of each being its root; `strangers` are roots that must not become one."""

    def __init__(self, records: int) -> None:
        self.parent = list(range(records))
        self.strangers: dict[int, set[int]] = {}

    def find(self, record: int) -> int:
        """The root of a record's set."""
        parent = self.parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def part(self, one: int, other: int) -> None:
        """Keep the sets of two records apart, unless they are one already."""
        one, other = self.find(one), self.find(other)
        if one != other:
            self.strangers.setdefault(one, set()).add(other)
            self.strangers.setdefault(other, set()).add(one)

    def join(self, one: int, other: int) -> bool | None:
        """True when two sets became one, False when they were, None when they must not."""
        one, other = sorted((self.find(one), self.find(other)))
        if one == other:
            return False
        if other in self.strangers.get(one, ()):
            return None
        self.parent[other] = one
        for stranger in self.strangers.pop(other, ()):
            self.strangers[stranger].discard(other)
            self.part(stranger, one)
        return True


def _weakest(kept: list[int], matches: Sequence[Pair], used: list[int]) -> list[int]:
    """By record: the weakest (latest) of the used matches between it and its root; they form a tree in every set."""
    tree: dict[int, list[Pair]] = defaultdict(list)
    for number in used:
        one, other = matches[number]
        tree[one].append((other, number))
        tree[other].append((one, number))
    hangs_on = [NONE] * len(kept)
    for root in tree:
        if kept[root] == root:
            waiting = deque([root])
            while waiting:
                here = waiting.popleft()
                for there, number in tree[here]:
                    if there != root and hangs_on[there] == NONE:
                        hangs_on[there] = max(number, hangs_on[here])
                        waiting.append(there)
    return hangs_on
