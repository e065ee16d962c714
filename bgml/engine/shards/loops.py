"""Small compiled loops over codes: sorting, numbering, cutting by versions of people, adding up hashes."""

from __future__ import annotations

import numpy as np
from numba import njit

from bgml.engine.kernel import BITS

WIDTH = 3


@njit(cache=True, nogil=True)
def counting_order(codes, n_codes, before):  # type: ignore[no-untyped-def]
    """The permutation that sorts codes in [0, n_codes) stably; with `before`, applied after that permutation."""
    free = np.zeros(n_codes + 1, np.int64)
    for code in codes:
        free[code + 1] += 1
    for code in range(n_codes):
        free[code + 1] += free[code]
    order = np.empty(codes.size, np.int64)
    for place in range(codes.size):
        row = before[place] if before.size else place
        order[free[codes[row]]] = row
        free[codes[row]] += 1
    return order


@njit(cache=True, nogil=True)
def range_codes(values, low, span):  # type: ignore[no-untyped-def]
    """Each value's place among the distinct ones in [low, low + span), -1 for low + span; and the table of places it was found in."""
    place = np.full(span + 1, -1, np.int32)
    for value in values:
        place[value - low] = 0
    place[span] = -1
    count = 0
    for offset in range(span):
        if place[offset] == 0:
            place[offset] = count
            count += 1
    codes = np.empty(values.size, np.int32)
    for row in range(values.size):
        codes[row] = place[values[row] - low]
    return codes, place


@njit(cache=True, nogil=True)
def dense_codes(unit_ptr, codes, n_codes):  # type: ignore[no-untyped-def]
    """Codes numbered anew from 0 within each unit, in order of appearance; returns them and the largest number of codes of a unit."""
    local = np.empty(codes.size, np.int32)
    seen_in = np.full(n_codes, -1, np.int32)
    number = np.empty(n_codes, np.int32)
    most = 0
    for u in range(unit_ptr.size - 1):
        count = 0
        for t in range(unit_ptr[u], unit_ptr[u + 1]):
            c = codes[t]
            if c < 0:
                local[t] = -1
                continue
            if seen_in[c] != u:
                seen_in[c] = u
                number[c] = count
                count += 1
            local[t] = number[c]
        most = max(most, count)
    return local, most


@njit(cache=True, nogil=True)
def pieces(person, pointer):  # type: ignore[no-untyped-def]
    """Every (tile, version) of the tiles that have a person with versions."""
    total = 0
    for code in person:
        if code >= 0:
            total += pointer[code + 1] - pointer[code]
    tile = np.empty(total, np.int64)
    version = np.empty(total, np.int64)
    at = 0
    for t in range(person.size):
        if person[t] < 0:
            continue
        for v in range(pointer[person[t]], pointer[person[t] + 1]):
            tile[at] = t
            version[at] = v
            at += 1
    return tile, version


@njit(cache=True, nogil=True, inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def tile_sums(  # type: ignore[no-untyped-def]
    account, account_hash, topic, topic_hash, who, who_hash, category, action, action_hash, occurred, known, number, high, low,
    place_after, day0, n_dates,
):  # fmt: skip
    """uint64[dates + 1, WIDTH]: sums of the tiles' hashes, in the place of the first date they are known at."""
    sums = np.zeros((n_dates + 1, WIDTH), np.uint64)
    for t in range(account.size):
        day = known[t] + 1 - day0
        place = place_after[max(0, min(day, place_after.size - 1))]
        if place >= n_dates:
            continue
        h = _mix(account_hash[account[t]] + np.uint64(0x9E3779B97F4A7C15))
        h = _mix(h ^ topic_hash[topic[t]])
        h = _mix(h + who_hash[who[t]])
        h = _mix(h ^ action_hash[action[t]])
        when = np.uint64(occurred[t] + 1_000_000) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(known[t] - occurred[t]) * np.uint64(8)
        h = _mix(h + when + np.uint64(category[t]))
        sums[place, 0] += h * np.uint64(number[t])
        sums[place, 1] += _mix(h + np.uint64(1)) * np.uint64(number[t])
        if high.size:
            weight = (np.uint64(high[t]) << np.uint64(BITS)) + np.uint64(low[t])
            sums[place, 2] += h * weight
    return sums
