"""Which of many ip ranges an address lies in: IPv4 and IPv6, ranges that overlap, the narrowest one counting."""

from __future__ import annotations

import heapq
import ipaddress
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

WIDTH = 17  # bytes of an address: its version, then 16
Range = tuple[int, int]
"""First and last address, each as its version and its number in one integer, so that IPv4 and IPv6 never meet."""


def address(text: str) -> int | None:
    """An address as it stands in logs, None if it is none: with a port, in brackets, first of a list of proxies, IPv4 inside IPv6.

    >>> address("10.0.0.1") == address("10.0.0.1:443") == address("::ffff:10.0.0.1") == address("10.0.0.1, 172.16.0.9")
    True
    """
    plain = text.split(",")[0].strip().split("%")[0]
    if plain.startswith("["):
        plain = plain[1:].split("]")[0]
    elif plain.count(":") == 1:
        plain = plain.split(":")[0]
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return _number(mapped or found)


def _number(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return found.version << 128 | int(found)


def network(text: str) -> Range | None:
    """A range written as CIDR, as first and last address with a dash between, or as one address; None if it is none.

    >>> network("10.0.0.0/8") == network("10.0.0.0 - 10.255.255.255")
    True
    """
    plain = text.strip()
    if "/" in plain:
        try:
            found = ipaddress.ip_network(plain, strict=False)
        except ValueError:
            return None
        return _number(found.network_address), _number(found.broadcast_address)
    first, _, last = plain.partition("-")
    return between(first, last or first)


def between(first: str, last: str) -> Range | None:
    """The range from one address to another of the same version; whole numbers are IPv4 addresses."""
    begin, end = _bound(first), _bound(last)
    if begin is None or end is None or begin > end or begin >> 128 != end >> 128:
        return None
    return begin, end


def _bound(text: str) -> int | None:
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and int(plain) < 2**32:
        return 4 << 128 | int(plain)
    return address(plain)


class Networks:
    """Ranges, ready to be asked for many addresses; of several that hold an address the narrowest counts, of equals the first given."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        """Cut the ranges into pieces that do not overlap."""
        pieces = list(_pieces(ranges))
        self._begins = _keys(begin for begin, _, _ in pieces)
        self._ends = _keys(end for _, end, _ in pieces)
        self._owners = np.array([owner for _, _, owner in pieces], np.int64)

    def find(self, addresses: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For every address the place of its range among those given, -1 where none holds it or it is no address."""
        numbers = [address(text) for text in addresses]
        keys = _keys(number or 0 for number in numbers)
        found = np.full(len(numbers), -1, np.int64)
        if len(self._begins) and len(numbers):
            place = np.searchsorted(self._begins, keys, side="right") - 1
            inside = (place >= 0) & (keys <= self._ends[np.maximum(place, 0)])
            found[inside] = self._owners[place[inside]]
        return found


def _keys(numbers: Iterable[int]) -> np.ndarray[Any, Any]:
    """Numbers of 17 bytes as text of bytes, which sorts as they do."""
    return np.array([number.to_bytes(WIDTH, "big") for number in numbers], dtype=f"S{WIDTH}")


def _pieces(ranges: Sequence[Range]) -> Iterable[tuple[int, int, int]]:
    """Ranges without overlap in order: first and last address, and the place of the given range that counts there."""
    order = sorted(range(len(ranges)), key=lambda place: ranges[place][0])
    marks = sorted({mark for first, last in ranges for mark in (first, last + 1)})
    open_: list[tuple[int, int, int]] = []
    coming = 0
    for begin, following in pairwise(marks):
        while coming < len(order) and ranges[order[coming]][0] == begin:
            first, last = ranges[order[coming]]
            heapq.heappush(open_, (last - first, order[coming], last))
            coming += 1
        while open_ and open_[0][2] < begin:
            heapq.heappop(open_)
        if open_:
            yield begin, following - 1, open_[0][1]
