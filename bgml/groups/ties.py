"""How equal scores are put in order: by a hash of the group, which favours nobody and never changes."""

from __future__ import annotations

import hashlib


def tie_order(account_id: object, topic: object) -> int:
    """A number in [0, 2**64) that is the group's own; of groups with equal scores the one with the least comes first."""
    return int.from_bytes(hashlib.sha256(f"{account_id}\0{topic}".encode()).digest()[:8], "big")
