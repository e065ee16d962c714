"""What is known at a date of the deals there were."""

from __future__ import annotations

import datetime

import pandas as pd

from bgml.data.dataset import Dataset, open_tables
from bgml.ranking.handout.drafts import deals

DAY = datetime.date(2025, 6, 2)


def dataset(rows: list[tuple[str, str, str, str | None, str, float | None, str | None]]) -> Dataset:
    """Deals as account, topic, created, closed, outcome, amount, currency; named o0, o1, ..."""
    accounts = sorted({row[0] for row in rows})
    signal = {"signal_id": ["s"], "account_id": accounts[:1], "topic": ["ai"], "category": ["named"], "action": ["visit"]}
    columns = ["account_id", "topic", "created_at", "closed_at", "outcome", "amount", "currency"]
    frame = pd.DataFrame(rows, columns=columns).assign(opportunity_id=[f"o{number}" for number in range(len(rows))])
    times = {name: pd.to_datetime(frame[name]) for name in ("created_at", "closed_at")}
    return open_tables({
        "accounts": pd.DataFrame({"account_id": accounts}),
        "signals": pd.DataFrame({**signal, "occurred_at": [pd.Timestamp("2025-06-20")]}),
        "opportunities": frame.assign(**times),
    }, datetime.date(2025, 7, 1))  # fmt: skip


def test_the_deal_created_last_counts_and_nothing_later() -> None:
    found = deals.known(
        dataset([
            ("a", "ai", "2025-01-01", "2025-02-01", "lost", None, None),
            ("a", "ai", "2025-03-01", "2025-04-01", "won", 5.0, "EUR"),
            ("a", "x", "2025-05-01", "2025-06-10", "lost", None, None),
            ("a", "ai", "2025-06-02", None, "open", None, None),
            ("b", "ai", "2025-01-01", "2025-02-01", "won", 5.0, "EUR"),
        ]),
        DAY,
    )  # fmt: skip
    assert found.of_group == {("a", "ai"): "o1", ("a", "x"): "o2", ("b", "ai"): "o4"}
    assert found.of_account == {"a": "o2", "b": "o4"}
    assert found.busy == {"a"}, "o2 closes later, so it is open at the date"
    assert (found.cycle, found.currency) == (None, "EUR")
    assert found.close_date(DAY, 180) == datetime.date(2025, 11, 29)


def test_the_usual_length_of_a_win_and_a_mixed_currency() -> None:
    rows = [("a", f"t{days}", "2025-01-01", f"2025-01-{days + 1:02d}", "won", 1.0, "EUR" if days < 9 else "USD") for days in range(1, 12)]
    found = deals.known(dataset(list(rows)), DAY)
    assert found.cycle == 6
    assert found.close_date(DAY, 180) == datetime.date(2025, 6, 8)
    assert found.currency is None
