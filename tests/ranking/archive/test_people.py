"""The book of names: joined on reading, kept apart from rankings."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pandas as pd
import pytest

from bgml.errors import RankingError
from bgml.ranking.archive import people


def table(*rows: tuple[object, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["person_id", "name", "valid_from"])
    dated = pd.to_datetime(frame["valid_from"]).astype("datetime64[us]")
    return frame.assign(valid_from=dated, email=frame["name"], title=None, department=None)


def test_names_come_back_by_id_the_latest_row_counting(tmp_path: Path) -> None:
    named = ("p1", "Ann Old", None), ("p1", "Ann Neu", "2025-01-01"), ("p2", "Бо 🚀", None)
    rows = table(*named, ("p3", None, None), ("p4", "Not asked", None))
    people.record(tmp_path, rows, ["p1", "p2", "p3"])
    book = people.read(tmp_path)
    assert [book.name(person) for person in ("p1", "p2", "p3", "p4")] == ["Ann Neu", "Бо 🚀", "p3", "p4"]
    assert book.told("Contact [p1], then [p2]; [p9] stays", ["p1", "p2"]) == "Contact Ann Neu, then Бо 🚀; [p9] stays"
    assert book.about("p1") == {"name": "Ann Neu", "email": "Ann Neu", "title": None, "department": None}


def test_what_is_entered_later_replaces_and_keeps_the_others(tmp_path: Path) -> None:
    people.record(tmp_path, table((1, "One", None), (2, "Two", None)), [1, 2])
    people.record(tmp_path, table((2, "Zwei", None), (3, "Three", None)), [2, 3])
    assert people.read(tmp_path).frame[["person_id", "name"]].to_numpy().tolist() == [[1, "One"], [2, "Zwei"], [3, "Three"]]


def test_a_forgotten_person_is_gone(tmp_path: Path) -> None:
    people.record(tmp_path, table(("p1", "Ann", None), ("p2", "Bo", None)), ["p1", "p2"])
    assert people.forget(tmp_path, "p1")
    assert not people.forget(tmp_path, "p1")
    assert people.read(tmp_path).name("p1") == "p1"
    assert b"Ann" not in (tmp_path / "people.parquet").read_bytes()


def test_an_empty_or_damaged_book(tmp_path: Path) -> None:
    assert people.read(tmp_path).name("p1") == "p1"
    (tmp_path / "people.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(RankingError, match="cannot be read .* remove it and score again"):
        people.read(tmp_path)


def _enter(folder: Path, number: int) -> None:
    people.record(folder, table((f"p{number}", f"Name {number}", None)), [f"p{number}"])


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_enter, args=(tmp_path, number)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(people.read(tmp_path).frame) == 6
