"""Any order: what a list is worth that knows nothing. The same group gets the same number on the same date, everywhere."""

import hashlib

import pandas as pd

from bgml import Model

SEED = 0


def score(groups):
    """A number in [0, 1) made of seed, account, topic and date."""
    parts = [_numbers(groups[name]) for name in ("as_of", "account_id", "topic")]
    mixed = parts[0] * 31 + parts[1] * 17 + parts[2]
    mixed = (mixed ^ (mixed >> 31)) * 0x9E3779B97F4A7C15
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9
    return ((mixed ^ (mixed >> 32)) >> 11) / 2**53


def _numbers(values):
    """A 64-bit number for each distinct value, spread over the rows."""
    codes, distinct = pd.factorize(values)
    digests = (hashlib.blake2b(f"{SEED}:{value}".encode(), digest_size=8).digest() for value in distinct)
    numbers = pd.Series([int.from_bytes(digest, "little") for digest in digests], dtype="uint64")
    return pd.Series(numbers.to_numpy()[codes], index=values.index)


MODEL = Model(rule=score, features=["as_of", "account_id", "topic"])
