"""Chapters that are written stand in the document and the report; those without an answer do not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bgml.evaluation.chapters import book
from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.report.markdown import _chapter
from bgml.project import quiet

CHAPTER = Chapter("breadth", "Breadth", ("People beat actions.",), (Table(("size", "won"), (("1", "2%"),), "By size"),), {"sizes": [1]})


def test_a_chapter_without_an_answer_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "CHAPTERS", (lambda evaluation, tested: None, lambda evaluation, tested: CHAPTER))
    monkeypatch.setattr(book, "replace", lambda evaluation, **changes: changes)
    tested: Any = SimpleNamespace(progress=quiet)
    evaluation: Any = None
    assert book.with_chapters(evaluation, tested) == {"chapters": (CHAPTER,)}


def test_a_chapter_as_markdown() -> None:
    lines = _chapter(CHAPTER).split("\n")
    assert lines[0] == "## Breadth"
    assert "- People beat actions." in lines
    assert "**By size**" in lines
    assert "| 1 | 2% |" in lines
