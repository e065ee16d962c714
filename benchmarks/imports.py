"""How long it takes to import five million activities of Marketo, from Parquet and from CSV.

python benchmarks/imports.py [--rows 5000000] [--kind parquet|csv] [--folder DIR] [--topics]

Raw tables of Marketo's shape are made (the columns and the mixture of activities as Fivetran lands them, one lead per 25 activities,
a fifth
of the visits anonymous). `bgml import marketo` then runs once per kind in a fresh process; printed are its wall time, CPU time and peak
memory, and what became of the rows. With --topics a topics.toml maps campaigns, pages and forms to four topics; without, all is one topic.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

LEADS_PER_ROW = 1 / 25
SHARES = {
    "visit_webpage": 0.30, "open_email": 0.18, "send_email": 0.13, "email_delivered": 0.13, "change_data_value": 0.10, "click_email": 0.06,
    "change_score": 0.06, "fill_out_form": 0.02, "change_status_in_progression": 0.02,
}  # fmt: skip
AGENT = (
    "'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_' || i % 9 || ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.' || i % 140"
)
MAIL = """1000 + i % 400 AS campaign_id, i % 9000 AS campaign_run_id, 0 AS choice_number,
'WBN-2024-' || i % 300 || '.Invitation ' || i % 4 AS
    primary_attribute_value, 2000 + i % 1200 AS primary_attribute_value_id, 2000 + i % 1200 AS email_template_id, i % 6000 AS step_id"""
DEVICE = (
    f"""i % 7 = 0 AS is_mobile_device, i % 40 = 0 AS is_bot_activity, 'unknown' AS device, 'unknown' AS platform, {AGENT} AS user_agent"""
)
COLUMNS = {
    "visit_webpage": f"""NULL AS campaign_id, 'www.example.com/' || ['pricing', 'docs', 'blog', 'product'][1 + i % 4] || '/' || i % 3000 AS
        primary_attribute_value, i % 3000 AS primary_attribute_value_id, '/' || i % 3000 AS webpage_url, NULL AS search_query,
        NULL AS search_engine,
        concat_ws('.', i % 223, i % 256, i % 199, i % 254) AS client_ip_address, 'utm_campaign=' || i % 50 AS query_parameters,
        'https://www.google.com/' AS referrer_url, {AGENT} AS user_agent""",
    "open_email": f"{MAIL}, {DEVICE}",
    "click_email": f"{MAIL}, {DEVICE}, 'https://go.example.com/' || i % 800 || '?mkt_tok=' || md5(i::VARCHAR) AS link",
    "send_email": MAIL,
    "email_delivered": MAIL,
    "change_data_value": """NULL AS campaign_id, ['Lead Status', 'Job Title', 'Priority', 'Relative Score', 'Country'][1 + i % 5] AS
        primary_attribute_value, i % 5 AS primary_attribute_value_id, 'old' || i % 30 AS old_value,
        CASE WHEN i % 50 = 0 THEN 'MQL' ELSE 'new' || i % 30 END AS new_value, md5((i % 99)::VARCHAR) AS reason,
        'Web service API' AS source""",
    "change_score": """1000 + i % 400 AS campaign_id, 'Lead Score' AS primary_attribute_value, 146 AS primary_attribute_value_id,
        i % 97 AS old_value,
        i % 97 + 10 AS new_value, 10 AS change_value, 'Flow step' AS reason""",
    "fill_out_form": f"""NULL AS campaign_id, 'Form ' || i % 60 AS primary_attribute_value, i % 60 AS primary_attribute_value_id,
        'a:12:' || repeat(md5(i::VARCHAR), 6) AS form_fields, 'https://go.example.com/' || i % 800 || '?x=1' AS referrer_url,
        concat_ws('.', i % 223, i % 256, i % 199, i % 254) AS client_ip_address, {AGENT} AS user_agent""",
    "change_status_in_progression": """1000 + i % 400 AS campaign_id, 'WBN-2024-' || i % 300 AS primary_attribute_value, i % 300 AS
        primary_attribute_value_id, 'Invited' AS old_status, ['Invited', 'Registered', 'Attended', 'No Show'][1 + i % 4] AS new_status,
        i % 4 = 2 AS success""",
}
LEAD = """SELECT i AS id, TIMESTAMP '2021-01-01' + to_minutes((hash(i) % 1500000)::BIGINT) AS created_at,
TIMESTAMP '2025-06-01' AS updated_at,
    CASE WHEN i % 5 > 0 THEN 'person' || i || '@' ||
    CASE WHEN i % 9 = 0 THEN 'gmail.com' ELSE 'company' || hash(i) % 20000 || '.com' END END AS email,
    CASE WHEN i % 5 > 0 THEN 'First' || i % 500 END AS first_name, CASE WHEN i % 5 > 0 THEN 'Last' || i % 7000 END AS last_name,
    ['Engineer', 'Director of IT', 'VP Finance', 'Analyst'][1 + i % 4] AS title, 'Company ' || hash(i) % 20000 AS company,
    ['Software', 'Retail', 'Bank'][1 + i % 3] AS industry, 'Germany' AS country, 'Open' AS lead_status,
    NULL AS sfdc_contact_id FROM range({leads}) r(i)"""
NAMES = {
    "campaign": "SELECT 1000 + i AS id, 'Campaign ' || i AS name, i % 300 AS program_id FROM range(400) r(i)",
    "program": "SELECT i AS id, 'WBN-2024-' || i AS name, 'Webinar' AS channel FROM range(300) r(i)",
    "email_template_history": """SELECT 2000 + i AS id, 'Mail ' || i AS name, i % 300 AS program_id,
        TIMESTAMP '2024-01-01' AS updated_at FROM range(1200) r(i)""",
    "activity_delete_lead": "SELECT i AS id, i * 211 AS lead_id, TIMESTAMP '2025-01-01' AS activity_date FROM range({leads} // 1000) r(i)",
    "activity_merge_leads": """SELECT i AS id, i * 173 + 1 AS lead_id, TIMESTAMP '2025-01-01' AS activity_date,
        '[' || i * 97 + 3 || ']' AS merge_ids
        FROM range({leads} // 400) r(i)""",
    "opportunity": """SELECT i AS id, 'Deal ' || i AS name, ['Closed Won', 'Closed Lost', 'Proposal'][1 + i % 3] AS stage,
        i % 3 < 2 AS is_closed,
        i % 3 = 0 AS is_won, 1000 + i AS amount, DATE '2025-03-01' AS close_date,
        TIMESTAMP '2024-06-01' AS created_at FROM range({leads} // 50) r(i)""",
    "opportunity_role": """SELECT i AS id, i % ({leads} // 50) AS opportunity_id, (i * 131) % {leads} AS lead_id, 'Decision Maker' AS role
        FROM range({leads} // 20) r(i)""",
}
TOPICS = """
[topic.webinars]
patterns = ["wbn-2024-1"]
[topic.docs]
patterns = ["/docs"]
[topic.pricing]
patterns = ["/pricing"]
[topic.forms]
patterns = ["form"]
"""


def make(folder: Path, rows: int, kind: str) -> None:
    """Raw tables with `rows` activities as Parquet or CSV files."""
    folder.mkdir(parents=True)
    leads = max(int(rows * LEADS_PER_ROW), 1_000)
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = true")
    options = "FORMAT parquet" if kind == "parquet" else "FORMAT csv, HEADER"
    tables = {"lead": LEAD} | NAMES
    first = 10_000_000
    for name, share in SHARES.items():
        # Two thirds of the activities are by a fifth of the leads, as in any such log.
        who = f"(CASE WHEN hash(i) % 3 < 2 THEN hash(i + 1) % ({leads} // 5)::UBIGINT ELSE hash(i + 2) % {leads}::UBIGINT END)::BIGINT"
        when = "TIMESTAMP '2023-01-01' + to_seconds((hash(i + 3) % 77000000)::BIGINT)"
        tables[f"activity_{name}"] = (
            f"SELECT {first} + i AS id, {who} AS lead_id, {when} AS activity_date, now() AS _fivetran_synced, {COLUMNS[name]} "
            f"FROM range({int(rows * share)}) r(i)"
        )
        first += rows
    for name, text in tables.items():
        con.execute(f"COPY ({text.format(leads=leads)}) TO '{folder / f'{name}.{kind}'}' ({options})")


def measure(source: Path, root: Path, topics: bool) -> None:
    """Import once in a fresh process; prints what it took and what became of the rows."""
    project = root / "project"
    project.mkdir(exist_ok=True)
    (project / "bgml.toml").write_text('[project]\nname = "imports"\n[sources.marketo]\nmql_score = 100\n')
    (project / "topics.toml").write_text(TOPICS if topics else "")
    command = [sys.executable, "-m", "bgml", "import", "marketo", str(source), str(root / "tables"), "--project", str(project), "--json"]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    told = json.loads(done.stdout)
    activities = [entry for entry in told["account"] if entry["table"].startswith("activity_")]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{sum(entry['rows'] for entry in activities):,} activities of {source.name}: {wall:.1f} s wall, {cpu:.1f} s CPU,", end=" ")
    print(f"{after.ru_maxrss / 2**20:.2f} GiB at most; {told['rows']['signals']:,} signals of {told['rows']['accounts']:,} accounts")


def main() -> None:
    """Make the tables, import them, print what it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--kind", choices=("parquet", "csv"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--topics", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        root = chosen.folder or Path(made)
        for kind in (chosen.kind,) if chosen.kind else ("parquet", "csv"):
            source = root / f"{kind}_{chosen.rows}"
            if not source.exists():
                make(source, chosen.rows, kind)
            measure(source, root, chosen.topics)
            shutil.rmtree(root / "tables")


if __name__ == "__main__":
    main()
