from __future__ import annotations

import hashlib

from bgml.groups.ties import tie_order


def test_the_order_of_equal_scores_is_the_hash_of_the_group() -> None:
    digest = hashlib.sha256(b"a1\0ai").digest()
    assert tie_order("a1", "ai") == int.from_bytes(digest[:8], "big")


def test_whole_numbers_and_their_text_are_the_same_group() -> None:
    assert tie_order(7, "ai") == tie_order("7", "ai") != tie_order(7, "cloud")
