"""What the tables know of a person, and which texts name them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.data.warehouse import open_frames
from bgml.ranking.archive.people import FIELDS, Book
from bgml.ranking.feedback.erase import Fate
from bgml.ranking.feedback.traces import Identity, reasons, traces
from tests.small_project import tables

ANN = Identity("p1", frozenset({"Ann Lee"}), frozenset({"ann@x.example"}), frozenset({"a1"}))
NOBODY = Book(pd.DataFrame(columns=["person_id", *FIELDS]))


@pytest.mark.parametrize(
    ("text", "account", "named"),
    [
        ("talked to ANN LEE.", "a9", True),
        ("see ann@X.example", "a9", True),
        ("Ann left", "a1", True),
        ("Ann left", "a9", False),
        ("annual budget", "a1", False),
        ("p1 said so", "a1", False),
        (None, "a1", False),
        ("", "a1", False),
    ],
)
def test_texts_that_name_a_person(text: str | None, account: str, named: bool) -> None:
    assert ANN.in_text(text, account) is named


def test_scripts_that_do_not_part_words() -> None:
    assert Identity("p1", frozenset({"张伟"})).in_text("今天张伟说不", None)
    assert not Identity("p1", frozenset({"Al"})).in_text("already", None)
    assert Identity("p1", frozenset({"Al"})).in_text("al, again", None)


def test_someone_without_a_name_is_in_no_text() -> None:
    assert not Identity("p1", accounts=frozenset({"a1"})).in_text("anything p1", "a1")


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["Ann Lee", "Zoë Ångström", "ann@x.example", "O'Neil (Jr.)"]))
def test_a_whole_name_is_found_wherever_it_stands(before: str, after: str, name: str) -> None:
    assert Identity("p1", frozenset({name})).in_text(f"{before} {name} {after}", None)


def test_names_accounts_and_rows_of_a_person() -> None:
    frames = tables()
    frames["people"] = pd.DataFrame({
        "person_id": ["p000", "p000", "p001"], "account_id": ["a00", "a05", "a00"], "name": ["Ann", "Ann L.", "Bo"],
        "email": "one@x.example", "valid_from": pd.to_datetime([None, "2024-02-01", None]),
    })  # fmt: skip
    frames["signals"]["browser"] = "x"
    found = traces(open_frames(frames, 1, 2**30), NOBODY, "p000")
    assert found.identity == Identity("p000", frozenset({"Ann", "Ann L."}), frozenset({"one@x.example"}), frozenset({"a00", "a05"}))
    assert found.rows == {"people": 2, "signals": int((frames["signals"]["person_id"] == "p000").sum())}
    assert found.further == {"signals": ("browser",)}


def test_integer_ids_and_the_book_of_names() -> None:
    frames = tables()
    frames["signals"]["person_id"] = frames["signals"]["person_id"].str[1:].astype("Int64")
    frames["people"] = pd.DataFrame({"person_id": [7]})
    book = Book(pd.DataFrame({"person_id": [7, 70], "name": ["Ann", "Bo"], "email": [None, "b@x"]}, dtype="object"))
    found = traces(open_frames(frames, 1, 2**30), book, "7")
    assert (found.identity.names, found.identity.emails, found.rows["people"]) == (frozenset({"Ann"}), frozenset(), 1)
    assert traces(open_frames(frames, 1, 2**30), book, "007").rows == {}


def test_an_unknown_person_has_no_trace() -> None:
    found = traces(open_frames(tables(), 1, 2**30), NOBODY, "nobody")
    assert (found.identity, dict(found.rows)) == (Identity("nobody"), {})


def test_reasons_of_the_data() -> None:
    rows = pd.DataFrame({"account_id": ["a1", "a9", "a1"], "reason": ["Ann left", "Ann left", None]})
    assert reasons(open_frames({"verdicts": rows}, 1, 2**30), ANN) == 1
    assert reasons(open_frames({"verdicts": rows[["account_id"]]}, 1, 2**30), ANN) == 0
    assert ANN.of_lines.fate({"text": "p1;Ann", "line": "3"}) is Fate.DROPPED
    assert ANN.of_lines.fate({"text": "p10;Bo", "line": "3"}) is Fate.KEPT
