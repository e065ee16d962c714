from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.data.kept import lines


def add(path: Path, who: int) -> None:
    for number in range(50):
        with lines.held(path):
            lines.append(path, {"who": who, "number": number, "text": "x" * 2000})


def test_writers_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=add, args=(path, who)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found, torn = lines.read(path)
    assert torn == 0
    assert sorted((entry["who"], entry["number"]) for entry in found) == [(who, number) for who in range(4) for number in range(50)]
    for who in range(4):
        assert [entry["number"] for entry in found if entry["who"] == who] == list(range(50))


def test_what_a_dying_writer_left_is_no_entry_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines.append(path, {"n": 1})
    path.write_bytes(path.read_bytes() + b'{"n": 2, "te')
    assert lines.read(path) == ([{"n": 1}], 0)
    lines.append(path, {"n": 3})
    assert lines.read(path) == ([{"n": 1}, {"n": 3}], 1)


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert lines.read(tmp_path / "log.jsonl") == ([], 0)


@pytest.mark.parametrize("text", ["\u2028line", "a\nb", "\udcff", "😀\x00\x85", '"\\'])
def test_any_text_stays_in_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.jsonl"
    lines.append(path, {"text": text})
    lines.append(path, {"text": "next"})
    (first, second), torn = lines.read(path)
    assert (first["text"], second["text"], torn) == (text.encode("utf-8", "replace").decode(), "next", 0)


def test_a_log_is_rewritten_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines.append(path, {"n": 1})
    path.chmod(0o640)
    lines.rewrite(path, [{"n": 2}, {"n": 3}])
    assert [json.loads(line)["n"] for line in path.read_text().splitlines()] == [2, 3]
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in tmp_path.iterdir()] == ["log.jsonl"]


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_bytes(b"\n".join(parts))
    found, torn = lines.read(path)
    assert all(isinstance(entry, dict) for entry in found)
    assert torn >= 0
