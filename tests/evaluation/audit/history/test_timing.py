from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.evaluation.audit.history import timing

BEGIN = pd.Timestamp("2024-01-01")


def signals_on(days: np.ndarray, ids: list[str] | None = None, who: list[str] | None = None) -> pd.DataFrame:
    n = len(days)
    time = BEGIN + pd.to_timedelta(days, "D")
    return pd.DataFrame({
        "signal_id": ids or [f"s{number}" for number in range(n)], "account_id": "a", "topic": "t", "occurred_at": time,
        "recorded_at": pd.NaT, "known_at": time, "who": who or ["p"] * n,
    })  # fmt: skip


def test_acts_of_one_person_by_hand() -> None:
    signals = signals_on(np.array([0.0, 1.0, 10.0, 13.0]), who=["p", "p", "v", "v"])
    near = timing.closeness(signals, shuffles=20)[0]
    assert near.pairs == 2
    assert near.observed == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert not near.random  # far too few pairs to say anything


def test_people_who_come_and_go_are_not_shuffled_and_drawn_dates_are() -> None:
    random = np.random.default_rng(0)
    who = np.repeat(np.arange(100), 30)
    bursts = random.integers(0, 500, 100)[who] + random.exponential(10, len(who))
    names = [f"p{number}" for number in who]
    assert [part.random for part in timing.closeness(signals_on(bursts, who=names))] == [False, False]
    assert [part.random for part in timing.closeness(signals_on(random.uniform(0, 500, len(who)), who=names))] == [True, True]


def test_ids_tell_what_was_written_later() -> None:
    days = np.arange(2000) / 4.0
    days[1500:1510] -= 200
    late = timing.written_later(signals_on(days))
    assert late is not None
    assert len(late) == 10
    assert (late["written"] - late["claimed"]).round().between(198, 202).all()


@pytest.mark.parametrize(
    "ids", [[f"s{number}" for number in np.random.default_rng(3).permutation(2000)], ["x" * k for k in range(1, 2001)]]
)
def test_ids_in_no_order_tell_nothing(ids: list[str]) -> None:
    assert timing.written_later(signals_on(np.arange(2000) / 4.0, ids)) is None


def test_records_older_than_the_act() -> None:
    frame = signals_on(np.sort(np.random.default_rng(1).uniform(0, 500, 200)))
    frame["recorded_at"] = frame["occurred_at"] - pd.Timedelta(days=1)
    dataset: Any = SimpleNamespace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing, "signals_of_some", lambda dataset, seed: frame)
        (finding,) = timing.check(dataset).findings
    assert finding.severity == "warning"
    assert finding.found == "200 of 200 signals were recorded before they occurred."
