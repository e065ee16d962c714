"""The log of verdicts as texts, whatever stands in it."""

from __future__ import annotations

import json

import pytest

from bgml.data.kept.verdict_log import file, read
from bgml.errors import DataError
from tests.small_project import small_project

ENTRY = {
    "account_id": 7, "topic": "cloud", "as_of": "2025-06-02", "at": "2025-06-03T10:00:00", "verdict": "accepted", "by": "",
    "reason": "known",
}  # fmt: skip


@pytest.fixture
def project(tmp_path):
    return small_project(tmp_path)


def test_entries_are_texts_and_empty_ones_are_none(project):
    file(project).write_text(json.dumps(ENTRY) + "\n")
    rows, torn = read(project)
    assert rows == [{**{name: str(value) for name, value in ENTRY.items()}, "by": None}]
    assert torn == 0


def test_there_are_none_before_the_first(project):
    assert read(project) == ([], 0)


def test_a_log_that_cannot_be_read_is_said(project):
    file(project).mkdir()
    with pytest.raises(DataError, match="verdicts.jsonl cannot be read"):
        read(project)
