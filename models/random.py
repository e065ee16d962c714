"""Any order: what a list is worth that knows nothing. The same group gets the same number on the same date, everywhere."""

import hashlib

import numpy as np
import pandas as pd

from bgml import Model

SEED = 0


def score(groups):
    """A number in [0, 1) made of seed, account, topic and date."""
    as_of, account, topic = (_numbers(groups[name]) for name in ("as_of", "account_id", "topic"))
    mixed = as_of * np.uint64(31) + account * np.uint64(17) + topic
    for factor in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9):
        mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(factor)
    return pd.Series((mixed >> np.uint64(11)) / 2**53, index=groups.index)


def _numbers(values):
    """A 64-bit number for each distinct value, spread over the rows."""
    codes, distinct = pd.factorize(values)
    digests = (hashlib.blake2b(f"{SEED}:{value}".encode(), digest_size=8).digest() for value in distinct)
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)[codes]


MODEL = Model(rule=score, features=["as_of", "account_id", "topic"])
