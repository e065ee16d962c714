"""The folder of an import: whole, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import DataError
from bgml.sources.writing import publish, workroom


def published(folder: Path, text: str) -> None:
    with workroom(folder) as work:
        (work / "built").mkdir()
        (work / "built" / "accounts.parquet").write_text(text, encoding="utf-8")
        publish(work / "built", folder, {"rows": 1})


def test_what_an_import_left_is_replaced(tmp_path: Path) -> None:
    for text in ("one", "two"):
        published(tmp_path / "deep" / "out", text)
    assert (tmp_path / "deep" / "out" / "accounts.parquet").read_text(encoding="utf-8") == "two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_what_no_import_left_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="holds something that no import wrote"):
        published(tmp_path, "x")
    with pytest.raises(DataError, match="is a file"):
        published(tmp_path / "mine.txt", "x")


def test_an_import_stopped_between_its_renames_is_taken_back(tmp_path: Path) -> None:
    published(tmp_path / "out", "one")
    left = tmp_path / ".out.import-stopped"
    left.mkdir()
    (tmp_path / "out").rename(left / "former")
    with workroom(tmp_path / "out"):
        assert (tmp_path / "out" / "accounts.parquet").read_text(encoding="utf-8") == "one"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refused)
    with pytest.raises(DataError, match=r"cannot be written: Permission denied"), workroom(tmp_path / "out"):
        pass
    assert not (tmp_path / "out").exists()
