"""The audit's bar: five planted leaks are caught, and nothing is said against the starter features."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import open_dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.evaluation.audit.audit import audit
from bgml.evaluation.audit.columns import undated
from bgml.evaluation.audit.history import timing
from bgml.evaluation.chapters.chapter import Chapter
from bgml.learning.examples import collect
from tests.evaluation.audit.conftest import Plant, Raced, Tables, audited

CHECKS = ("rebuild", "source", "undated", "timing", "alone", "permuted", "spanning")
READS = '''"""Reads the tables themselves; accounts are told apart by how many employees they have."""

from pathlib import Path

import pandas as pd

from bgml import says

_tables = Path(__file__).parent.parent / "data"
_accounts = pd.read_parquet(_tables / "accounts.parquet", columns=["account_id", "employees"])
'''


def found(chapter: Chapter, check: str, severity: str = "fault") -> list[dict[str, Any]]:
    return [finding for finding in chapter.data["findings"] if (finding["check"], finding["severity"]) == (check, severity)]


def ever_won(tables: Tables, since: str = "1990-01-01") -> pd.Series:
    deals = tables["opportunities"]
    won = deals[(deals["outcome"] == "won") & (deals["created_at"] >= since)]
    return tables["accounts"]["account_id"].isin(won["account_id"])


def test_silent_on_the_starter_features(raced: Raced) -> None:
    chapter = audit(*raced)
    assert chapter.sentences[0] == "The audit found no leak.", chapter.sentences
    assert chapter.data["counts"]["faults"] == chapter.data["counts"]["warnings"] == 0
    assert {name: check["verdict"] for name, check in chapter.data["checks"].items()} == dict.fromkeys(CHECKS, "silent")
    json.dumps(dict(chapter.data), allow_nan=False)


@pytest.fixture
def told_apart(market: Tables) -> pd.DataFrame:
    """Accounts each of a size of its own, so that a feature can look them up."""
    accounts = market["accounts"]
    return accounts.assign(employees=1000.0 + np.arange(len(accounts)))


def test_rows_recorded_later(planted: Plant, told_apart: pd.DataFrame) -> None:
    feature = (
        READS
        + '''
_signals = pd.read_parquet(_tables / "signals.parquet", columns=["account_id", "recorded_at"])
_late = _signals[_signals["recorded_at"].notna()].merge(_accounts, on="account_id").groupby("employees").size()


def late_signals(m):
    """Signals of accounts of this size that were written down late, whenever that was."""
    return m.employees.map(_late).fillna(0.0)
'''
    )
    chapter = audited(planted(feature, accounts=told_apart))
    first = found(chapter, "rebuild")[0]["found"]
    assert first.startswith("late_signals changes for ")
    assert "; it comes from signals; the rebuild lacked signals of A" in first
    assert found(chapter, "source", "warning")[0]["found"].startswith("features/planted.py reads beside its frame (line 3: from pathlib")


@pytest.fixture
def tiers(market: Tables) -> pd.DataFrame:
    """Accounts with what sales calls them today: customers are those that bought, whenever they did."""
    return market["accounts"].assign(tier=np.where(ever_won(market), "customer", "prospect"))


TIER = '"""What sales calls the account."""\n\nfrom bgml import attribute\n\ntier = attribute("tier")\n'


def test_todays_tier_that_nobody_declared(planted: Plant, tiers: pd.DataFrame) -> None:
    project = planted(TIER, accounts=tiers)
    dataset = open_dataset(project)
    (fault,) = undated.undeclared(project, dataset, load_catalog(project, dataset))
    assert fault.severity == "fault"
    assert fault.found.startswith("The features ask for accounts.tier (tier), which has no dates and is not declared in [data] static")


def test_todays_tier_declared_as_never_changing(planted: Plant, tiers: pd.DataFrame) -> None:
    project = planted(TIER, static="tier", accounts=tiers)
    dataset = open_dataset(project)
    checked = undated.check(project, dataset, collect(project, dataset, [date(2025, 8, 4)], columns=["tier"]))
    (fault,) = (finding for finding in checked.findings if finding.severity == "fault")
    assert fault.found == "accounts.tier (feature tier) tells accounts that ever bought from the others with an AUC of 1.000."


def test_closed_at(planted: Plant, told_apart: pd.DataFrame) -> None:
    feature = (
        READS
        + '''
_deals = pd.read_parquet(_tables / "opportunities.parquet", columns=["account_id", "closed_at", "outcome"])
_won = _deals[_deals["outcome"] == "won"].merge(_accounts, on="account_id").groupby("employees")["closed_at"].max()
_days = (_won - pd.Timestamp("2020-01-01")).dt.days.astype("float64")


def newest_closing(m):
    """Days from 2020 to the newest closing of a won deal."""
    return m.employees.map(_days)
'''
    )
    chapter = audited(planted(feature, accounts=told_apart))
    assert found(chapter, "rebuild")[0]["found"].startswith("newest_closing changes for ")
    assert "it comes from opportunities" in found(chapter, "rebuild")[0]["found"]


def test_a_noisy_copy_of_the_outcome(planted: Plant, market: Tables) -> None:
    bought = ever_won(market).to_numpy(float)
    accounts = market["accounts"].assign(health=bought + np.random.default_rng(5).normal(0, 0.5, len(bought)))
    feature = '"""A score of customer success."""\n\nfrom bgml import attribute\n\nhealth = attribute("health")\n'
    chapter = audited(planted(feature, static="health", accounts=accounts))
    (fault,) = found(chapter, "undated")
    assert fault["found"].startswith("accounts.health (feature health) tells accounts that ever bought from the others with an AUC of 0.")


def test_dates_shuffled_among_all_signals(planted: Plant, market: Tables) -> None:
    signals = market["signals"]
    dates = np.random.default_rng(7).permutation(signals["occurred_at"].to_numpy())
    chapter = audited(planted(signals=signals.assign(occurred_at=dates, recorded_at=pd.NaT)))
    (fault,) = found(chapter, "timing")
    assert "with dates shuffled among all signals it is" in fault["found"]


def test_dates_shuffled_within_groups(planted: Plant, market: Tables) -> None:
    signals = market["signals"].sample(frac=1, random_state=1)
    groups = signals.groupby(["account_id", "topic"])["occurred_at"]
    shuffled = signals.assign(occurred_at=groups.transform(lambda dates: dates.to_numpy()[::-1]), recorded_at=pd.NaT)
    (fault,) = timing.check(open_dataset(planted(signals=shuffled))).findings
    assert fault.severity == "fault"
    assert "with dates shuffled among the signals of a group it is" in fault.found


def test_rows_entered_after_the_deal_under_an_earlier_date(planted: Plant, market: Tables) -> None:
    signals, deals = market["signals"].sort_values("signal_id"), market["opportunities"]
    won = deals[(deals["outcome"] == "won") & (deals["created_at"] > "2024-06-01") & (deals["closed_at"] < "2025-06-01")]
    entered = pd.concat([signals.assign(written=signals["occurred_at"]), *(_entered(signals, deal) for deal in won.itertuples())])
    entered = entered.sort_values("written", kind="stable").drop(columns="written")
    entered["signal_id"] = [f"S{number:09d}" for number in range(len(entered))]
    checked = timing.check(open_dataset(planted(signals=entered)))
    assert [finding.severity for finding in checked.findings] == ["fault"]
    assert 0.95 * 6 * len(won) <= checked.data["backdated_before_wins"] <= 6 * len(won)


def _entered(signals: pd.DataFrame, deal: Any) -> pd.DataFrame:
    """Six meetings before the deal was created, entered when it was closed."""
    days = pd.Series([10, 20, 30, 40, 50, 60])
    rows = signals.iloc[: len(days)].assign(account_id=deal.account_id, topic=deal.topic, action="meeting", recorded_at=pd.NaT)
    return rows.assign(occurred_at=(deal.created_at - pd.to_timedelta(days, "D")).to_numpy(), written=deal.closed_at)
