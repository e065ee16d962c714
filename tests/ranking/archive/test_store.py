"""Rankings on disk: unchanged once written, the former one current whatever happens."""

import errno
import json
import os
import stat
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bgml.errors import RankingError
from bgml.ranking.archive import store

MONDAY = date(2025, 6, 2)
FORMER, LATER = "0" * 16, "1" * 16


def ranked(*accounts: str) -> dict[str, pa.Table]:
    return {"ranking": pa.table({"rank": pa.array(range(1, len(accounts) + 1), pa.int32()), "account_id": list(accounts)})}


def write(rankings: Path, ranking_id: str, *accounts: str, as_of: date = MONDAY, count: bool = True) -> store.Stored:
    return store.write(rankings, as_of, ranking_id, ranked(*accounts), {"as_of": str(as_of)}, count=count)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_was_written_is_read_and_current(tmp_path: Path) -> None:
    written = write(tmp_path, FORMER, "a", "b")
    found = store.current(tmp_path, MONDAY)
    assert found == written
    assert written.table().equals(ranked("a", "b")["ranking"])
    assert written.table(columns=["account_id"]).column_names == ["account_id"]
    assert sorted(path.name for path in (tmp_path / "as_of=2025-06-02").iterdir()) == ["current", f"ranking_id={FORMER}"]
    assert (tmp_path / "as_of=2025-06-02" / "current").read_text() == f"{FORMER}\n"


def test_folders_are_private(tmp_path: Path) -> None:
    stored = write(tmp_path, FORMER, "a")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (stored.folder, stored.folder.parent)] == [0o700, 0o700]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "x", FORMER, "a", "b"), write(tmp_path / "y", FORMER, "a", "b")
    assert bytes_of(first.folder) == bytes_of(second.folder)


def test_a_ranking_is_never_changed(tmp_path: Path) -> None:
    stored = write(tmp_path, FORMER, "a")
    before = bytes_of(stored.folder)
    write(tmp_path, FORMER, "b", "c")
    assert bytes_of(stored.folder) == before
    assert store.current(tmp_path, MONDAY) == stored


def test_an_earlier_ranking_can_become_current_again(tmp_path: Path) -> None:
    write(tmp_path, FORMER, "a")
    write(tmp_path, LATER, "b")
    write(tmp_path, FORMER, "a")
    assert store.wanted(tmp_path, MONDAY).ranking_id == FORMER


def test_a_ranking_with_hindsight_does_not_become_current(tmp_path: Path) -> None:
    write(tmp_path, FORMER, "a")
    stored = write(tmp_path, LATER, "b", count=False)
    assert stored.table().column("account_id").to_pylist() == ["b"]
    assert store.wanted(tmp_path, MONDAY).ranking_id == FORMER
    write(tmp_path, LATER, "b", as_of=date(2025, 6, 9), count=False)
    assert store.current(tmp_path, date(2025, 6, 9)) is None
    assert store.dates(tmp_path) == [MONDAY]


def steps(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> list[int]:
    """Call `act` with the number of each write to disk that `store` makes, before it is made."""
    made: list[int] = []

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            made.append(len(made))
            act(made[-1])
            return real(*arguments, **options)

        return call

    for name in ("fsync", "rename"):
        monkeypatch.setattr(store.os, name, counted(getattr(os, name)))
    for name in ("replace", "open", "mkdir"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    monkeypatch.setattr(store.tempfile, "mkdtemp", counted(store.tempfile.mkdtemp))
    monkeypatch.setattr(store.tempfile, "mkstemp", counted(store.tempfile.mkstemp))
    return made


class Killed(BaseException):
    """The process ends here."""


def test_a_crash_at_any_moment_leaves_the_former_ranking_current(tmp_path: Path) -> None:
    write(tmp_path / "dry", FORMER, "a")
    with pytest.MonkeyPatch.context() as counting:
        made = steps(counting, lambda step: None)
        write(tmp_path / "dry", LATER, "b")
    assert len(made) > 8
    for fatal in made:
        rankings = tmp_path / str(fatal)
        write(rankings, FORMER, "a")

        def dies(step: int, fatal: int = fatal) -> None:
            if step == fatal:
                raise Killed

        with pytest.MonkeyPatch.context() as patched:
            steps(patched, dies)
            # The dead clean nothing up.
            patched.setattr(store.shutil, "rmtree", lambda *_, **__: None)
            patched.setattr(Path, "unlink", lambda *_, **__: None)
            with pytest.raises(Killed):
                write(rankings, LATER, "b")
        found = store.wanted(rankings, MONDAY)
        expected = {FORMER: ["a"], LATER: ["b"]}
        assert found.table().column("account_id").to_pylist() == expected[found.ranking_id]
        assert found.ranking_id == FORMER or fatal >= len(made) - 1, "only the last sync comes after the new one counts"
        assert write(rankings, LATER, "b") == store.wanted(rankings, MONDAY), "the next run goes through"


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only file system")])
def test_a_full_disk_and_a_read_only_folder_are_told(tmp_path: Path, code: int, said: str) -> None:
    write(tmp_path, FORMER, "a")

    def refuses(step: int) -> None:
        if step == 3:
            raise OSError(code, os.strerror(code))

    with pytest.MonkeyPatch.context() as patched:
        steps(patched, refuses)
        with pytest.raises(RankingError, match=f"the ranking of 2025-06-02 was not stored in .*: {said}; the former one is untouched"):
            write(tmp_path, LATER, "b")
    assert store.wanted(tmp_path, MONDAY).ranking_id == FORMER
    assert not list((tmp_path / "as_of=2025-06-02").glob(".making-*")), "nothing is left aside"


def test_what_dead_processes_left_is_removed_later(tmp_path: Path) -> None:
    home = write(tmp_path, FORMER, "a").folder.parent
    for name in (".making-old", ".making-new"):
        (home / name).mkdir()
        (home / name / "ranking.parquet").write_bytes(b"half")
    long_ago = time.time() - 2 * store.ABANDONED
    os.utime(home / ".making-old", (long_ago, long_ago))
    write(tmp_path, LATER, "b")
    assert [path.name for path in home.glob(".making-*")] == [".making-new"]


def test_damage_is_named_with_the_way_out(tmp_path: Path) -> None:
    stored = write(tmp_path, FORMER, "a")
    path = stored.folder / "ranking.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(
        RankingError,
        match=r"ranking\.parquet is damaged \(its SHA-256 is not the one in the manifest\): move .* away and score 2025-06-02 again",
    ):
        stored.table()
    path.unlink()
    with pytest.raises(RankingError, match="is damaged"):
        stored.table()
    for text in ("{", json.dumps({"ranking_id": LATER, "files": {}}), json.dumps([])):
        (stored.folder / "manifest.json").write_text(text)
        with pytest.raises(RankingError, match=r"manifest\.json is damaged"):
            stored.table()


def test_a_table_that_was_not_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(RankingError, match="the ranking 0000000000000000 of 2025-06-02 holds no members"):
        write(tmp_path, FORMER, "a").table("members")


@pytest.mark.parametrize("line", ["", "../../elsewhere", "f" * 16])
def test_a_current_line_that_names_nothing(tmp_path: Path, line: str) -> None:
    home = write(tmp_path, FORMER, "a").folder.parent
    (home / "current").write_text(line)
    with pytest.raises(RankingError, match="which is no ranking there; score 2025-06-02 again, or remove that file"):
        store.current(tmp_path, MONDAY)


def test_the_wanted_ranking(tmp_path: Path) -> None:
    with pytest.raises(RankingError, match="there is no ranking yet: run `bgml score`"):
        store.wanted(tmp_path, None)
    write(tmp_path, FORMER, "a")
    write(tmp_path, LATER, "b", as_of=date(2025, 6, 9))
    assert store.wanted(tmp_path, None).as_of == date(2025, 6, 9)
    with pytest.raises(
        RankingError, match="there is no ranking of 2025-06-04; the nearest is of 2025-06-02, `bgml score --as-of 2025-06-04` makes one"
    ):
        store.wanted(tmp_path, date(2025, 6, 4))


def test_former_rankings_are_those_within_the_days_or_the_latest(tmp_path: Path) -> None:
    days = [date(2025, 3, 3), date(2025, 5, 26), MONDAY, date(2025, 6, 9)]
    for day in days:
        write(tmp_path, FORMER, "a", as_of=day)
    assert [former.as_of for former in store.formers(tmp_path, MONDAY, 90)] == [date(2025, 5, 26)]
    assert [former.as_of for former in store.formers(tmp_path, MONDAY, 91)] == [date(2025, 5, 26), date(2025, 3, 3)]
    assert [former.as_of for former in store.formers(tmp_path, MONDAY, 0)] == [date(2025, 5, 26)]
    assert store.formers(tmp_path, date(2025, 3, 3), 90) == []
    latest = store.latest(tmp_path, before=MONDAY)
    assert latest is not None
    assert latest.as_of == date(2025, 5, 26)
