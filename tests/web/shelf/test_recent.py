from __future__ import annotations

from bgml.web.shelf.recent import Recent


def test_what_was_used_longest_ago_goes_first():
    kept = Recent(3, lambda key, value: len(value))
    for key in "abc":
        kept.get(key, lambda: "x")
    kept.get("a", lambda: "never")
    kept.get("d", lambda: "x")
    assert [kept.there(key) for key in "abcd"] == ["x", None, "x", "x"]


def test_what_is_larger_than_all_is_given_but_not_kept():
    kept = Recent(3, lambda key, value: len(value))
    assert kept.get("a", lambda: "too long") == "too long"
    assert kept.there("a") is None


def test_what_is_empty_has_a_size_too():
    kept = Recent(100, lambda key, value: len(value) + 10)
    for key in range(1000):
        kept.get(key, lambda: "")
    assert sum(kept.there(key) is not None for key in range(1000)) == 10


def test_everything_can_be_forgotten():
    kept = Recent(3)
    kept.get("a", lambda: 1)
    kept.clear()
    assert kept.there("a") is None and kept.get("a", lambda: 2) == 2
