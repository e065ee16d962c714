"""A project of made signals with people, accounts and deals, so that everything can run on it.

python -m measured.made_project FOLDER SIGNALS      # in benchmarks/
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import bursty
import duckdb

END = "2024-12-23"
SETTINGS = f'[project]\nname = "steps"\n[data]\nurl = "data"\nuntil = {END}\n'
"""Complete until the same day at every size, so that a model of one size may rank at another."""
TITLES = ("VP Finance", "Head of Data", "Software Engineer", "Buyer", "IT Director", "Analyst", "Chief Technology Officer", "Consultant")
WON_SHARE, LEAST_WON = 0.01, 150
PEOPLE = """SELECT person_id, any_value(account_id) AS account_id,
    list_value({titles})[1 + (hash(person_id) % {many})::INT] AS title FROM signals WHERE person_id IS NOT NULL GROUP BY person_id"""
ACCOUNTS = """SELECT account_id, 'Company ' || account_id AS name, 'rep ' || hash(account_id) % 40 AS owner,
    ['Banking', 'Retail', 'Software', 'Health'][1 + (hash(account_id + 1) % 4)::INT] AS industry,
    ['large', 'small'][1 + (hash(account_id + 2) % 2)::INT] AS segment FROM (SELECT DISTINCT account_id FROM signals)"""
DEALS = """WITH groups AS (
      SELECT account_id, topic, min(began) AS began, count(person_id) AS people
      FROM (SELECT account_id, topic, person_id, min(occurred_at) AS began FROM signals GROUP BY ALL) GROUP BY ALL),
    drawn AS (SELECT *, hash(account_id, topic) / 18446744073709551616.0 AS chance,
      {share} * people / avg(people) OVER () AS wins FROM groups),
    made AS (SELECT *, began + to_days(20 + (hash(topic, account_id) % 40)::INT) AS created_at FROM drawn WHERE chance < 2 * wins),
    dated AS (SELECT *, created_at + to_days(20 + (hash(account_id, began) % 60)::INT) AS due FROM made)
    SELECT row_number() OVER (ORDER BY created_at, account_id, topic) AS opportunity_id, account_id, topic, created_at,
      CASE WHEN due < TIMESTAMP '{end}' THEN due END AS closed_at,
      CASE WHEN due >= TIMESTAMP '{end}' THEN 'open' WHEN chance < wins THEN 'won' ELSE 'lost' END AS outcome,
      1000.0 + (hash(account_id) % 90000)::INT AS amount, 'EUR' AS currency
    FROM dated WHERE created_at < TIMESTAMP '{end}'"""


def make(folder: Path, rows: int) -> None:
    """The project; deals (about 1% of the groups win, more where more people take part) are as many as can be learned from."""
    data = folder / "data"
    bursty.write(data, rows, "sparse")
    database = duckdb.connect(config={"memory_limit": "6GB", "temp_directory": str(folder / "aside")})
    database.execute(f"CREATE VIEW signals AS FROM '{data}/signals.parquet'")
    groups = database.sql("SELECT count(*) FROM (SELECT DISTINCT account_id, topic FROM signals)").fetchone()
    share = max(WON_SHARE, LEAST_WON / (groups or (1,))[0])
    tables = {
        "people": PEOPLE.format(titles=", ".join(f"'{title}'" for title in TITLES), many=len(TITLES)),
        "accounts": ACCOUNTS,
        "opportunities": DEALS.format(share=share, end=END),
    }
    for name, query in tables.items():
        database.execute(f"COPY ({query}) TO '{data}/{name}.parquet'")
    shutil.rmtree(folder / "aside", ignore_errors=True)
    (folder / "bgml.toml").write_text(SETTINGS, encoding="utf-8")  # Last: where it is, the project is whole.


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(float(sys.argv[2])))
