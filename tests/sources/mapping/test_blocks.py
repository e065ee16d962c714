"""The blocks of a declaration: what they make, and what no row can be without."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import SettingsError
from bgml.sources.run import import_sources
from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, NOW, Result, written

MINE = """
[crm]
name = "mine"
title = "Mine"
[tables.account]
names = ["account"]
columns = ["id"]
[[accounts]]
from = "account"
columns = { account_id = "id" }
[tables.visit]
names = ["visit"]
columns = ["id", "who", "seen"]
[[signals]]
from = "visit"
where = "who <> 'nobody'"
aside = [["a robot", "who = 'robot'"], ["an odd visitor", "who LIKE 'odd%'", "who"]]
columns = { signal_id = "id", account_id = "who", category = "'named'", action = "'visit'", occurred_at = "moment(seen)" }
"""


def source(tmp_path: Path, **more: list[dict[str, str]]) -> str:
    return str(written(tmp_path / "org", **{"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL], **more}))


def test_sql_that_duckdb_does_not_run_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[crm]\nname = "mine"\ntitle = "Mine"\n[tables.account]\nnames = ["account"]\ncolumns = ["id"]\n'
        '[[accounts]]\nfrom = "account"\ncolumns = { account_id = "idd" }\n',
        encoding="utf-8",
    )
    with pytest.raises(SettingsError, match=r"mine.toml, \[\[accounts\]\] 1 is no SQL that DuckDB runs: .*idd"):
        import_sources([(str(tmp_path / "mine.toml"), source(tmp_path))], tmp_path / "out")


def test_every_row_of_a_block_is_used_or_set_aside_with_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    seen = {"seen": "2025-03-01"}
    visits = [{"id": str(number), "who": who, **seen} for number, who in enumerate(["1", "nobody", "robot", "odd 7", "1"])]
    visits += [{"id": "", "who": "1", **seen}, {"id": "8", "who": "1", "seen": "1989-12-31"}, {"id": "9", "who": "1", "seen": "2026-03-01"}]
    place = written(tmp_path / "raw", account=[{"id": "1"}], visit=visits)
    done = import_sources([(str(tmp_path / "mine.toml"), str(place))], tmp_path / "out", now=NOW)
    visit = next(entry for entry in done.entries if entry.table == "visit")
    assert visit.used == 2 and visit.aside == {
        "a robot": 1,
        "an odd visitor: odd 7": 1,
        "no signal_id that can be read": 1,
        "nothing in it that the tables hold": 1,
        "occurred_at is before 1990": 1,
        "occurred_at is in the future": 1,
    }
    assert [row["signal_id"] for row in Result(done).rows("signals")] == ["mine:visit:0", "mine:visit:4"]


def test_a_column_that_the_target_does_not_have_is_told_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE.replace('account_id = "id"', 'acount_id = "id"'), encoding="utf-8")
    with pytest.raises(SettingsError, match='"acount_id" is not a column of accounts; did you mean "account_id"'):
        import_sources([(str(tmp_path / "mine.toml"), source(tmp_path))], tmp_path / "out")
