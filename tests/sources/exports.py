"""What lies beside a Salesforce org: the Marketo of the same people, a vendor's intent, and which networks are whose."""

from __future__ import annotations

from pathlib import Path

import duckdb

RAW = {
    # A tenth of the leads is synced with Salesforce; every fiftieth is somebody Salesforce has never heard of; visitors have no e-mail.
    "marketo/lead": """SELECT lead(person_id) AS id, upper(email[1]) || email[2:] AS email,
            split_part(p.name, ' ', 1) AS first_name, split_part(p.name, ' ', 2) AS last_name, title, department, a.name AS company,
            TIMESTAMP '2022-01-01' AS created_at, TIMESTAMP '2025-12-01' AS updated_at, 'Open' AS lead_status,
            CASE WHEN number % 10 = 0 THEN '003bGm' || lpad(person_id[2:], 9, '0') END AS sfdc_contact_id
        FROM humans p JOIN accounts a USING (account_id)
        UNION ALL BY NAME SELECT number + 3000000 AS id, 'new.' || email AS email, 'Newcomer' AS first_name, 'N' || number AS last_name,
            'Analyst' AS title, TIMESTAMP '2023-06-01' AS created_at FROM humans WHERE number % 50 = 7
        UNION ALL BY NAME SELECT DISTINCT browser(visitor_id) AS id, TIMESTAMP '2022-01-01' AS created_at FROM visits""",
    "marketo/activity_visit_webpage": """SELECT row_number() OVER (ORDER BY signal_id) AS id, browser(visitor_id) AS lead_id,
            occurred_at AS activity_date, '/solutions/' || topic || '/' || action AS webpage_url,
            'www.example.com/solutions/' || topic AS primary_attribute_value, network(account_id) || '7' AS client_ip_address
        FROM visits""",
    "marketo/activity_click_email": """SELECT 1000000 + row_number() OVER (ORDER BY signal_id) AS id,
            lead(person_id) AS lead_id, occurred_at + INTERVAL 1 HOUR AS activity_date,
            'Newsletter ' || strftime(occurred_at, '%Y-%m') AS primary_attribute_value, false AS is_bot_activity,
            'https://www.example.com/solutions/' || topic || '?mkt_tok=' || md5(signal_id) AS link
        FROM signals SEMI JOIN humans USING (person_id) WHERE action = 'email_click'""",
    "marketo/activity_fill_out_form": """SELECT 2000000 + row_number() OVER (ORDER BY signal_id) AS id,
            lead(person_id) AS lead_id, occurred_at + INTERVAL 2 MINUTE AS activity_date,
            topic || ' whitepaper' AS primary_attribute_value, 'https://www.example.com/library' AS referrer_url
        FROM signals SEMI JOIN humans USING (person_id) WHERE action = 'content_download'""",
    "marketo/activity_ask_chat_bot": """SELECT 3000000 + row_number() OVER (ORDER BY signal_id) AS id,
            lead(person_id) AS lead_id, occurred_at AS activity_date
        FROM signals SEMI JOIN humans USING (person_id) WHERE action = 'trial_started'""",
    "intent/surge": """SELECT DISTINCT domain AS "Company Domain", topic AS "Topic Name", 60 + hash(signal_id) % 40 AS "Composite Score",
            CAST(date_trunc('week', occurred_at) AS DATE) AS "Week Of", CAST(recorded_at AS DATE) AS "Delivery Date"
        FROM signals JOIN accounts USING (account_id) WHERE category = 'third_party_intent' AND recorded_at IS NOT NULL""",
    "companies": """SELECT network(account_id) || '0/24' AS network, domain, name AS company, 'business' AS type FROM accounts
        WHERE CAST(account_id[2:] AS BIGINT) % 4 < 3""",
}
"""Every file as SQL over the market's tables: folder/table, or the table alone."""


def write_exports(market: Path, folder: Path) -> None:
    """Write the files as CSV below `folder`; `market` holds the tables of the simulated market whose org is imported beside them."""
    connection = duckdb.connect()
    for path in sorted(market.glob("*.parquet")):
        connection.from_parquet(str(path)).create_view(path.stem)
    connection.execute("CREATE VIEW humans AS SELECT *, CAST(person_id[2:] AS BIGINT) AS number FROM people WHERE valid_to IS NULL")
    connection.execute("CREATE VIEW visits AS FROM signals WHERE category = 'anonymous' AND person_id IS NULL AND visitor_id IS NOT NULL")
    connection.execute("CREATE MACRO lead(x) AS CAST(x[2:] AS BIGINT) + 1000000")
    connection.execute("CREATE MACRO browser(x) AS CAST(x[2:] AS BIGINT) + 5000000")
    connection.execute(
        "CREATE MACRO network(x) AS '10.' || CAST(x[2:] AS BIGINT) // 256 || '.' || CAST(x[2:] AS BIGINT) % 256 || '.'"
    )
    for name, query in RAW.items():
        target = folder / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"COPY ({query} ORDER BY ALL) TO '{target.as_posix()}' (FORMAT csv, HEADER)")
    connection.close()
