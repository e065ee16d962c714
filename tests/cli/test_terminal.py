"""How commands speak: lines for people, one document for programs."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.cli import terminal
from bgml.cli.terminal import Options, collected, configure, emit, plain, progress, say, table, warn, within
from bgml.errors import ProjectError


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    configure(Options())


def test_people_read_lines_and_programs_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    for options, expected in [(Options(), "hello\n"), (Options(json=True), '{\n  "a": 1\n}\n'), (Options(quiet=True), "")]:
        configure(options)
        say("hello")
        emit({"a": 1})
        assert capsys.readouterr().out == expected


def test_warnings_go_to_stderr_always(capsys: pytest.CaptureFixture[str]) -> None:
    with within(json=True, quiet=True):
        warn("as of a day after the data ends")
    assert capsys.readouterr().err == "warning: as of a day after the data ends\n"


def test_any_value_becomes_json() -> None:
    document = {
        "day": datetime.date(2026, 1, 5), "time": pd.Timestamp("2026-01-05 03:00"), "none": pd.NaT, "path": Path("a/b"), 7: np.int64(3),
        "nan": float("nan"), "inf": np.float32("inf"), "flag": np.bool_(True), "list": np.array([1.5, 2.5]),
        "days": np.array(["2026-01-05"], "datetime64[D]"), "set": (1, "a"), "missing": pd.NA,
    }  # fmt: skip
    assert json.loads(json.dumps(plain(document), allow_nan=False)) == {
        "day": "2026-01-05", "time": "2026-01-05T03:00:00", "none": None, "path": "a/b", "7": 3,
        "nan": None, "inf": None, "flag": True, "list": [1.5, 2.5], "days": ["2026-01-05"],
        "set": [1, "a"], "missing": None,
    }  # fmt: skip


def test_collected_documents_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Options(json=True))
    with collected() as documents:
        emit({"day": datetime.date(2026, 1, 5)})
    assert documents == [{"day": "2026-01-05"}]
    assert capsys.readouterr().out == ""


def test_a_table_aligns_numbers_and_leaves_gaps_empty(capsys: pytest.CaptureFixture[str]) -> None:
    table(["account", "rows", "share"], [["a [b]", 12345, 0.123456], ["c", None, float("nan")]], title="Groups")
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown[0] == "Groups"
    first, second = next((line, shown[place + 1]) for place, line in enumerate(shown) if "a [b]" in line)
    assert "12,345" in first
    assert "0.1235" in first
    assert second.strip() == "c"
    with within(quiet=True):
        table(["a"], [[1]])
    assert capsys.readouterr().out == ""


def test_progress_is_silent_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        report("reading", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_progress_shows_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as report:
        report("reading", 1, 2)
        report("reading", 2, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "reading" in shown.err


def test_the_project_follows_the_global_options(tmp_path: Path) -> None:
    (tmp_path / "bgml.toml").write_text('[project]\nname = "acme"\n', encoding="utf-8")
    with within(project=tmp_path, data="raw"):
        assert terminal.project().root == tmp_path
        assert terminal.project().data_override == "raw"
    with within(project=tmp_path / "absent"), pytest.raises(ProjectError, match=r"holds no bgml\.toml"):
        terminal.project()
