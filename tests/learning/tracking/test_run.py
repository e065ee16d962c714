"""A run as a value: written and read again, and no place or secret of this machine in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.config import settings_from
from bgml.errors import TrackingError
from bgml.learning.tracking.run import RECORD, Input, Run, numbers, read, source
from bgml.project import Project

TEXT = st.text(max_size=8)
PLAIN = st.dictionaries(TEXT, TEXT, max_size=3)
NUMBERS = st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=3)
INPUTS = st.builds(Input, TEXT, TEXT, TEXT, TEXT, st.dictionaries(TEXT, st.integers(0, 10**9), max_size=2))
LEAF = st.builds(Run, TEXT, PLAIN, PLAIN, NUMBERS, TEXT, st.lists(INPUTS, max_size=2).map(tuple), version=st.none() | PLAIN)
RUNS = st.builds(Run, TEXT, PLAIN, PLAIN, NUMBERS, children=st.lists(LEAF, max_size=3).map(tuple))


@given(RUNS)
def test_a_run_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, run: Run) -> None:
    folder = tmp_path_factory.mktemp("run")
    run.written(folder)
    assert read(folder) == run


def test_every_run_is_another() -> None:
    assert Run("a", {}).identity != Run("a", {}).identity


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"name": "a", "tags": {}, "inputs": [], "children": [], "other": 1})])
def test_a_damaged_run_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(TrackingError, match="cannot be read as a kept run .*; it has been changed or damaged"):
        read(tmp_path)


def test_only_finite_numbers_are_metrics() -> None:
    assert numbers({"a": 1, "b": float("nan"), "c": None, "d": float("inf"), "e": "2", "f": 0.5}) == {"a": 1.0, "f": 0.5}


@pytest.mark.parametrize(
    ("url", "override", "told"),
    [
        ("data", None, "data"),
        ("/home/ann/acme/market.duckdb", None, "market.duckdb"),
        ("env:ACME_URL", None, "env:ACME_URL"),
        ("postgresql://ann@db.acme.example/sales?sslcert=x", None, "postgresql://db.acme.example/sales"),
        ("data", "../other/data", "../other/data"),
        ("data", "env:OTHER", "env:OTHER"),
    ],
)
def test_where_the_data_are_without_what_concerns_nobody(
    url: str, override: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_URL", "postgresql://ann:secret@db/sales")
    settings = settings_from({"project": {"name": "t"}, "data": {"url": url}}, "test")
    assert source(Project(Path("/nowhere"), settings, override)) == told
