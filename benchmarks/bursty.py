"""Made-up signals in bursts: journeys of a few people of an account on a topic, over some weeks.

`sparse`: a million journeys of about ten signals over nine weeks (per 10 M signals); `dense`: twenty thousand groups that are
busy all the time. Ids are integers, topics, categories and actions text; rows are in order of time, as a log lands.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
ACTIONS = ("visit", "download", "webinar", "email_click", "form", "demo_request", "research", "mql")
FIRST_DAY, DAYS = 19_310, 770  # 2022-11-14 to 2024-12-23
TOPICS = 12
PIECE = 20_000_000


def signals(rows: int, shape: str, seed: int = 0) -> pa.Table:
    """A table of `rows` signals with the contract's columns."""
    rng = np.random.default_rng(seed)
    journeys = max(1, rows // 10) if shape == "sparse" else 20_000
    journey = np.sort(rng.integers(0, journeys, rows))
    accounts = max(1, journeys // 6)
    account, topic = rng.integers(0, accounts, journeys), rng.integers(0, TOPICS, journeys)
    start = rng.integers(0, DAYS - 70, journeys) if shape == "sparse" else np.zeros(journeys, np.int64)
    length = rng.integers(28, 98, journeys) if shape == "sparse" else np.full(journeys, DAYS)
    size = rng.integers(1, 7, journeys)
    member = rng.integers(0, 2**31, rows) % size[journey]
    category = rng.choice(4, rows, p=[0.55, 0.3, 0.05, 0.1])
    person = account[journey] * 16 + (journey % 3) * 5 + member
    second = ((FIRST_DAY + start[journey]) * 86_400 + rng.random(rows) * length[journey] * 86_400).astype(np.int64)
    late = np.where(rng.random(rows) < 0.02, rng.integers(0, 20 * 86_400, rows), rng.integers(0, 3_600, rows))
    order = np.argsort(second, kind="stable")
    named = (category == 0) | (category == 2)
    columns = {
        "signal_id": pa.array(np.arange(rows)),
        "account_id": pa.array(account[journey][order]),
        "person_id": pa.array(person[order], mask=~named[order]),
        "visitor_id": pa.array(person[order], mask=~(category == 1)[order]),
        "topic": pa.array([f"topic-{place:02}" for place in range(TOPICS)]).take(pa.array(topic[journey][order])),
        "category": pa.array(CATEGORIES).take(pa.array(category[order])),
        "action": pa.array(ACTIONS).take(pa.array(rng.integers(0, len(ACTIONS), rows))),
        "occurred_at": pa.array(second[order], pa.timestamp("s")).cast(pa.timestamp("us")),
        "recorded_at": pa.array((second + late)[order], pa.timestamp("s")).cast(pa.timestamp("us")),
    }
    return pa.table(columns)


def write(folder: Path, rows: int, shape: str, seed: int = 0) -> None:
    """A project's tables in `folder`: signals, the accounts they name, one opportunity."""
    folder.mkdir(parents=True, exist_ok=True)
    if rows > PIECE and shape == "sparse":
        _write_in_pieces(folder, rows, seed)
    else:
        pq.write_table(signals(rows, shape, seed), folder / "signals.parquet", row_group_size=1_000_000)
    accounts = pq.read_table(folder / "signals.parquet", columns=["account_id"]).column("account_id").unique()
    pq.write_table(pa.table({"account_id": accounts}), folder / "accounts.parquet")
    time = pa.array([(FIRST_DAY + DAYS) * 86_400], pa.timestamp("s")).cast(pa.timestamp("us"))
    first = pq.ParquetFile(folder / "signals.parquet").read_row_group(0, columns=["account_id", "topic"]).slice(0, 1)
    deal = first.append_column("opportunity_id", pa.array([1])).append_column("created_at", time)
    deal = deal.append_column("outcome", pa.array(["open"]))
    pq.write_table(deal, folder / "opportunities.parquet")


def _write_in_pieces(folder: Path, rows: int, seed: int) -> None:
    """More signals than fit in memory: pieces with accounts of their own, put in order of time by DuckDB on disk."""
    sizes = [min(PIECE, rows - begin) for begin in range(0, rows, PIECE)]
    with tempfile.TemporaryDirectory(dir=folder) as made:
        parts = []
        for place, size in enumerate(sizes):
            piece, before = Path(made) / f"{place}.parquet", place * (PIECE // 60 + 1)
            pq.write_table(signals(size, "sparse", seed + place), piece)
            parts.append(f"""SELECT signal_id + {place * PIECE} AS signal_id, account_id + {before} AS account_id,
                person_id + {before * 16} AS person_id, visitor_id + {before * 16} AS visitor_id,
                topic, category, action, occurred_at, recorded_at FROM '{piece}'""")
        database = duckdb.connect(config={"memory_limit": "6GB", "temp_directory": made})
        everything = " UNION ALL ".join(parts)
        target = f"'{folder}/signals.parquet' (COMPRESSION snappy, ROW_GROUP_SIZE 1000000)"
        database.execute(f"COPY (SELECT * FROM ({everything}) ORDER BY occurred_at, signal_id) TO {target}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--shape", choices=("sparse", "dense"), default="sparse")
    options = parser.parse_args()
    write(options.folder, options.rows, options.shape)
