"""A market as the raw tables of a Salesforce org, as a pipeline lands them in a warehouse, dirt included.

An org knows neither visitors nor third-party intent: only known people, what they did, deals and sellers are in it. Ids can be read
back: A000123 is 001bGm000000123 (and three check characters), the letter after bG telling where a record is from.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from bgml.market.parameters import TOPICS, Market
from bgml.sources.mapping.macros import create_macros

FOLDER = "salesforce"
RESPONSES = ("newsletter_click", "webinar_registered")
MEETINGS = ("webinar_attended",)
"""Acts that campaigns and events tell of; all others are tasks that a connected system logged."""
MACROS = (
    "digits(x) AS lpad(x[2:], 9, '0')",
    "short(object, kind, x) AS object || 'bG' || kind || digits(x)",
    "long(object, kind, x) AS id18(short(object, kind, x))",
    # Every so many-th record, always the same ones.
    "every(x, share, place) AS CAST(x[2:] AS BIGINT) % share = place",
    "account(x) AS long('001', 'm', x)",
    "contact(x) AS long('003', 'm', x)",
    "deal(x) AS long('006', 'm', x)",
    "lead(x) AS long('00Q', 'm', x)",
    "once_lead(x) AS every(x, 11, 3)",
    "still_lead(x) AS every(x, 29, 6) AND NOT once_lead(x)",
)

ROWS = {
    "user": """SELECT DISTINCT long('005', 'm', owner) AS id, owner AS name, true AS is_active FROM accounts
        UNION ALL SELECT '005bGx000000000AAA', 'Somebody who left', false""",
    "account": """SELECT account(account_id) AS id, name, 'https://www.' || domain || '/' AS website, industry,
            employees AS number_of_employees, revenue AS annual_revenue, region AS region__c, segment AS segment__c,
            long('005', 'm', owner) AS owner_id,
            false AS is_deleted, TIMESTAMP '{created}' AS created_date
        FROM accounts
        UNION ALL BY NAME SELECT long('001', 'x', account_id) AS id, name, 'http://' || domain AS website, true AS is_deleted
            FROM accounts WHERE every(account_id, 23, 5)
        UNION ALL BY NAME SELECT long('001', 't', 'T1') AS id, 'Test Account 1' AS name, false AS is_deleted""",
    # History mode: every version of a contact is a row.
    "contact": """SELECT contact(person_id) AS id, account(account_id) AS account_id, name, email, title, department,
            seniority AS seniority__c, false AS is_deleted, TIMESTAMP '{created}' AS created_date,
            coalesce(valid_from, TIMESTAMP '{created}') AS _fivetran_start,
            coalesce(valid_to, TIMESTAMP '9999-12-31 23:59:59.999') AS _fivetran_end, valid_to IS NULL AS _fivetran_active
        FROM people
        UNION ALL BY NAME SELECT long('003', 'x', person_id) AS id, account(account_id) AS account_id, name, email, true AS is_deleted,
            TIMESTAMP '{created}' AS _fivetran_start, TIMESTAMP '9999-12-31' AS _fivetran_end, true AS _fivetran_active
            FROM people WHERE every(person_id, 97, 11) AND valid_to IS NULL
        UNION ALL BY NAME SELECT long('003', 't', 'T1') AS id, long('001', 't', 'T1') AS account_id, 'Test User' AS name,
            false AS is_deleted, TIMESTAMP '{created}' AS _fivetran_start, TIMESTAMP '9999-12-31' AS _fivetran_end,
            true AS _fivetran_active""",
    # Some contacts were leads once; some are leads a second time, whom nobody has noticed.
    "lead": """SELECT lead(person_id) AS id, name, email, name AS company, true AS is_converted, 'Qualified' AS status,
            false AS is_deleted, contact(person_id) AS converted_contact_id,
            account(account_id) AS converted_account_id FROM people WHERE once_lead(person_id)
            AND valid_from IS NULL
        UNION ALL BY NAME SELECT lead(person_id) AS id, upper(name) AS name, upper(email) || ' ' AS email, false AS is_converted,
            'Open' AS status, false AS is_deleted FROM people WHERE still_lead(person_id) AND valid_from IS NULL
        UNION ALL BY NAME SELECT long('00Q', 'x', person_id) AS id, name, email, true AS is_deleted FROM people
            WHERE every(person_id, 101, 4) AND valid_from IS NULL""",
    "opportunity": """SELECT deal(opportunity_id) AS id, account(account_id) AS account_id, 'Deal ' || opportunity_id AS name,
            topic AS topic__c, stage AS stage_name, outcome <> 'open' AS is_closed, outcome = 'won' AS is_won, amount,
            currency AS currency_iso_code,
            CAST(coalesce(closed_at, created_at + INTERVAL 90 DAY) AS DATE) AS close_date, created_at AS created_date, false AS is_deleted
        FROM opportunities
        UNION ALL BY NAME SELECT long('006', 'x', opportunity_id) AS id, account(account_id) AS account_id, stage AS stage_name,
            outcome <> 'open' AS is_closed, outcome = 'won' AS is_won, created_at AS created_date, true AS is_deleted
            FROM opportunities WHERE every(opportunity_id, 19, 2)
        UNION ALL BY NAME SELECT long('006', 't', 'T1') AS id, long('001', 't', 'T1') AS account_id, 'Closed Won' AS stage_name,
            true AS is_closed, true AS is_won, TIMESTAMP '{created}' AS created_date, DATE '{created}' AS close_date,
            false AS is_deleted""",
    "opportunity_history": """SELECT long('008', step, opportunity_id) AS id, short('006', 'm', opportunity_id) AS opportunity_id,
            stage_name, created_date, false AS is_deleted FROM (
            SELECT opportunity_id, 'a' AS step, 'Discovery' AS stage_name, created_at AS created_date FROM opportunities
            UNION ALL SELECT opportunity_id, 'b', stage, created_at + INTERVAL 21 DAY FROM opportunities
                WHERE outcome = 'open' AND stage <> 'Discovery'
            UNION ALL SELECT opportunity_id, 'c', stage, closed_at FROM opportunities WHERE outcome <> 'open')""",
    "opportunity_contact_role": """SELECT long('00K', 'm', 'K' || row_number() OVER (ORDER BY opportunity_id, person_id)) AS id,
            deal(opportunity_id) AS opportunity_id, short('003', 'm', person_id) AS contact_id, role, added_at AS created_date,
            false AS is_deleted
        FROM opportunity_contacts
        UNION ALL BY NAME SELECT long('00K', 'x', opportunity_id) AS id, deal(opportunity_id) AS opportunity_id,
            contact('P' || opportunity_id[2:]) AS contact_id, true AS is_deleted FROM opportunities WHERE every(opportunity_id, 13, 1)""",
    "campaign": """SELECT DISTINCT long('701', 'm', campaign) AS id, strftime(day, '%Y-%m-%d ') || topic AS name, action AS type,
            topic AS topic__c FROM responses""",
    "campaign_member": """SELECT long('00v', 'm', signal_id) AS id, long('701', 'm', campaign) AS campaign_id,
            CASE WHEN NOT as_lead THEN short('003', 'm', person_id) END AS contact_id,
            CASE WHEN as_lead THEN lead(person_id) END AS lead_id, true AS has_responded, day AS first_responded_date,
            'Responded' AS status, known_at AS created_date, false AS is_deleted
        FROM responses
        UNION ALL BY NAME SELECT long('00v', 'x', signal_id) AS id, long('701', 'm', campaign) AS campaign_id,
            contact(person_id) AS contact_id, true AS has_responded, day AS first_responded_date,
            true AS is_deleted FROM responses WHERE every(signal_id, 31, 3)""",
    "task": """SELECT long('00T', 'm', signal_id) AS id, CASE WHEN as_lead THEN lead(person_id) ELSE contact(person_id) END AS who_id,
            short('001', 'm', account_id) AS account_id, action AS subject, action AS buyer_act__c, topic AS topic__c,
            'Completed' AS status, true AS is_closed, occurred_at AS completed_date_time, known_at AS created_date, false AS is_deleted
        FROM logged WHERE action NOT IN {meetings}
        UNION ALL BY NAME SELECT long('00T', 's', touch_id) AS id, contact(person_id) AS who_id, account(account_id) AS account_id,
            CASE kind WHEN 'call' THEN 'Call' ELSE 'Email: our offer' END AS subject, kind AS task_subtype, topic AS topic__c,
            'Completed' AS status, true AS is_closed, occurred_at AS completed_date_time, occurred_at AS created_date, false AS is_deleted
        FROM touches WHERE kind <> 'meeting'
        UNION ALL BY NAME SELECT long('00T', 'x', signal_id) AS id, contact(person_id) AS who_id, account(account_id) AS account_id,
            action AS buyer_act__c, topic AS topic__c, occurred_at AS completed_date_time, true AS is_deleted FROM logged
            WHERE every(signal_id, 41, 7)
        UNION ALL BY NAME SELECT long('00T', 't', 'T1') AS id, long('003', 't', 'T1') AS who_id, long('001', 't', 'T1') AS account_id,
            'demo_request' AS buyer_act__c, 'security' AS topic__c, TIMESTAMP '{created}' AS completed_date_time, false AS is_deleted""",
    # A seller's meeting to which nobody came is the seller's act alone.
    "event": """SELECT long('00U', 'm', signal_id) AS id, CASE WHEN as_lead THEN lead(person_id) ELSE contact(person_id) END AS who_id,
            account(account_id) AS account_id, action AS subject, action AS buyer_act__c, topic AS topic__c, false AS no_show__c,
            occurred_at AS start_date_time, known_at AS created_date, false AS is_deleted, false AS is_child
        FROM logged WHERE action IN {meetings}
        UNION ALL BY NAME SELECT long('00U', 's', touch_id) AS id, contact(person_id) AS who_id, account(account_id) AS account_id,
            'Meeting' AS subject, topic AS topic__c, true AS no_show__c, occurred_at AS start_date_time, occurred_at AS created_date,
            false AS is_deleted, false AS is_child
        FROM touches WHERE kind = 'meeting'""",
}
"""Every raw table as SQL over the market's tables; {created} is when the org was set up."""

SETTINGS = """[project]
name = "org"

[data]
url = "data"

[sources.salesforce]
topic = "Topic__c"
act_topic = "Topic__c"
campaign_topic = "Topic__c"
buyer_act = "Buyer_Act__c"
no_show = "No_Show__c"
segment = "Segment__c"
region = "Region__c"
seniority = "Seniority__c"
"""
"""The settings with which the org is imported."""


def write_salesforce(market: Market, tables: Path, folder: Path) -> dict[str, int]:
    """Write the raw tables of an org to `folder`/salesforce as Parquet, with the settings and topics to import them.

    `tables` is a folder that holds the market's tables of the contract. Returns the number of rows of each raw table.
    """
    raw = folder / FOLDER
    raw.mkdir(parents=True)
    connection = duckdb.connect()
    try:
        _prepare(connection, tables)
        created = connection.execute("SELECT CAST(to_days(?) + DATE '1970-01-01' AS VARCHAR)", [market.first_day - 365]).fetchone()
        texts = {"created": created[0] if created else "", "meetings": _listed(MEETINGS)}
        rows = {name: _write(connection, query.format(**texts), raw / f"{name}.parquet") for name, query in ROWS.items()}
    finally:
        connection.close()
    (folder / "bgml.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "topics.toml").write_text(_topics(), encoding="utf-8")
    return rows


def _prepare(connection: duckdb.DuckDBPyConnection, tables: Path) -> None:
    """Views of the market's tables; acts of known people as responses to campaigns (one per campaign and person) and as logged."""
    create_macros(connection)
    for macro in MACROS:
        connection.execute(f"CREATE MACRO {macro}")
    for path in sorted(tables.glob("*.parquet")):
        connection.from_parquet(str(path)).create_view(path.stem)
    connection.execute(
        f"""CREATE TABLE acts AS SELECT *, CAST(occurred_at AS DATE) AS day, coalesce(recorded_at, occurred_at) AS known_at,
            (once_lead(person_id) OR still_lead(person_id)) AND every(signal_id, 2, 0) AS as_lead,
            action IN {_listed(RESPONSES)} AND row_number() OVER
                (PARTITION BY person_id, topic, action, CAST(occurred_at AS DATE) ORDER BY signal_id) = 1 AS response
        FROM signals WHERE person_id IS NOT NULL"""
    )
    campaign = "'C' || dense_rank() OVER (ORDER BY day, topic, action)"
    connection.execute(f"CREATE VIEW responses AS SELECT *, {campaign} AS campaign FROM acts WHERE response")
    connection.execute("CREATE VIEW logged AS FROM acts WHERE NOT response")


def _listed(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    written = connection.execute(f"COPY ({query} ORDER BY id) TO '{path.as_posix()}' (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(written[0]) if written else 0


def _topics() -> str:
    """The topics with their names, which the names of campaigns hold."""
    return "\n".join(f'[topic."{topic}"]\nname = "{name}"\npatterns = ["{topic}"]\n' for topic, name in TOPICS.items())
