"""The tables as Parquet files, in the columns of the data contract: fixed row order, the same bytes for the same market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bgml.market.deals import DAY, Deals
from bgml.market.parameters import ROLES, SEGMENTS, TOPICS, Market, generator
from bgml.market.population import INDUSTRIES, OUTSIDER, REGIONS, Ints, Population
from bgml.market.sellers import NO_TIME, NO_TOPIC, TOUCHES, Contacts, Touches, role_names
from bgml.market.traces import ACTIONS, Signals
from bgml.market.truth import Truth
from bgml.market.vocabulary import COMPANY_FIRST, COMPANY_LAST, FIRST_NAMES, LAST_NAMES, TITLES

ROWS = 500_000
"""Rows written at once."""

UNIQUE = ("signal_id", "visitor_id", "touch_id", "email", "probability")
"""Columns whose values hardly repeat: a dictionary of them would only take time."""


def ids(prefix: str, numbers: NDArray[np.integer], width: int) -> pa.Array:
    """Identifiers such as A000123; null where the number is negative."""
    known = numbers >= 0
    left = np.where(known, numbers, 0)
    highest = int(left.max(initial=0))
    width = max(width, len(str(highest)))
    left = left.astype(np.uint32 if highest < 2**32 else np.uint64)
    letters = np.empty((len(left), width + 1), dtype=np.uint8)
    letters[:, 0] = ord(prefix)
    for place in range(width, 0, -1):
        rest = left // 10
        letters[:, place] = left - rest * 10 + ord("0")
        left = rest
    offsets = np.arange(len(left) + 1, dtype=np.int64) * (width + 1)
    buffers = [pa.py_buffer(np.packbits(known, bitorder="little")), pa.py_buffer(offsets), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.large_string(), len(known), buffers).cast(pa.string())


def words(options: Sequence[str | None], index: NDArray[np.integer]) -> pa.Array:
    """The option of each index; null where it is negative."""
    return pa.array(options, pa.string()).take(pa.array(index, mask=index < 0))


def moments(microseconds: Ints, known: NDArray[np.bool_] | None = None) -> pa.Array:
    """Naive UTC times; null where not `known`."""
    return pa.array(microseconds, pa.timestamp("us"), mask=None if known is None else ~known)


def numbers(values: NDArray[np.floating]) -> pa.Array:
    """Numbers; null where NaN."""
    return pa.array(values.astype(np.float64), mask=np.isnan(values))


def write(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write the tables one after the other into one file; the number of rows."""
    first = next(tables)
    rows = int(first.num_rows)
    repeated = [name for name in first.schema.names if name not in UNIQUE]
    with pq.ParquetWriter(path, first.schema, compression="zstd", compression_level=1, use_dictionary=repeated) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    return rows


def account_width(market: Market) -> int:
    """Digits of an account's identifier: the same in every table."""
    return max(6, len(str(market.accounts - 1)))


def accounts_table(market: Market, population: Population) -> pa.Table:
    """One row per account."""
    n = population.accounts
    number = np.arange(n)
    random = generator(market, "texts")
    known = random.random(n) < 0.97
    series = number // (len(COMPANY_FIRST) * len(COMPANY_LAST))
    spread = (number * 1009) % (len(COMPANY_FIRST) * len(COMPANY_LAST))
    name = pc.binary_join_element_wise(
        words(COMPANY_FIRST, spread // len(COMPANY_LAST)), words(COMPANY_LAST, spread % len(COMPANY_LAST)), " "
    )
    name = pc.if_else(pa.array(series == 0), name, pc.binary_join_element_wise(name, pa.array(series + 1).cast(pa.string()), " "))
    account = ids("A", number, account_width(market))
    return pa.table(
        {
            "account_id": account,
            "name": name,
            "domain": pc.binary_join_element_wise(pc.utf8_lower(account), pa.scalar("example"), "."),
            "industry": words(INDUSTRIES, np.where(known, population.industry, -1)),
            "employees": pa.array(population.employees, mask=random.random(n) < 0.05),
            "revenue": pa.array(population.revenue, mask=random.random(n) < 0.2),
            "region": words(REGIONS, population.region),
            "segment": words(SEGMENTS, population.segment),
            "owner": ids("R", population.owner, 3),
        }
    )


def people_tables(market: Market, population: Population) -> Iterator[pa.Table]:
    """One row per person and version: some are promoted, some change company."""
    random = generator(market, "texts")
    n = len(population.person_account)
    role = population.person_role.astype(np.int64)
    counts = np.array([len(titles) for titles in TITLES])
    title = np.concatenate([[0], np.cumsum(counts)])[role] + (random.random(n) * counts[role]).astype(np.int64)
    first, last = random.integers(0, len(FIRST_NAMES), n), random.integers(0, len(LAST_NAMES), n)
    blank = random.random((3, n)) < np.array([market.untitled, market.untitled, 2 * market.untitled])[:, None]
    stated = np.where((random.random(n) < market.stated_roles) & (role < OUTSIDER), role, -1)
    moves = population.moves_week < market.weeks
    promoted = (random.random(n) < market.promotions) & (role < OUTSIDER)
    week = np.where(moves, population.moves_week, random.integers(1, market.weeks, n))
    change = (market.first_day + 7 * week) * DAY
    person = np.repeat(np.arange(n), 1 + (moves | promoted))
    later = np.concatenate([[False], person[1:] == person[:-1]])
    dated = (moves | promoted)[person]
    account = np.where(later & moves[person], population.moves_to[person], population.person_account[person])
    for begin in range(0, len(person), ROWS):
        part = slice(begin, begin + ROWS)
        who = person[part]
        given, family = words(FIRST_NAMES, first[who]), words(LAST_NAMES, last[who])
        person_id, account_id = ids("P", who, 7), ids("A", account[part], account_width(market))
        mailbox = pc.utf8_lower(pc.binary_join_element_wise(given, family, person_id, "."))
        host = pc.binary_join_element_wise(pc.utf8_lower(account_id), pa.scalar("example"), ".")
        titles = words([title for group in TITLES for title, _, _ in group], np.where(blank[0, who], -1, title[who]))
        risen = pa.array(later[part] & promoted[who] & ~moves[who])
        yield pa.table(
            {
                "person_id": person_id,
                "account_id": account_id,
                "name": pc.binary_join_element_wise(given, family, " "),
                "email": pc.binary_join_element_wise(mailbox, host, "@"),
                "title": pc.if_else(risen, pc.binary_join_element_wise(pa.scalar("Senior"), titles, " "), titles),
                "department": words([name or None for group in TITLES for _, name, _ in group], np.where(blank[1, who], -1, title[who])),
                "seniority": words([name or None for group in TITLES for _, _, name in group], np.where(blank[2, who], -1, title[who])),
                "role": words(ROLES, stated[who]),
                "valid_from": moments(change[who], later[part]),
                "valid_to": moments(change[who], dated[part] & ~later[part]),
            }
        )


def signal_tables(market: Market, signals: Signals) -> Iterator[pa.Table]:
    """One row per signal, by time."""
    order = np.argsort(signals.occurred, kind="stable")
    for begin in range(0, len(order), ROWS):
        rows = order[begin : begin + ROWS]
        part = signals.take(rows)
        recorded = np.where(part.recorded > 0, part.recorded, part.occurred)
        yield pa.table(
            {
                "signal_id": ids("S", np.arange(begin, begin + len(rows)), 9),
                "account_id": ids("A", part.account, account_width(market)),
                "person_id": ids("P", part.person, 7),
                "visitor_id": ids("V", part.visitor, 8),
                "topic": words(tuple(TOPICS), part.topic),
                "category": words([category for _, category in ACTIONS], part.action),
                "action": words([action for action, _ in ACTIONS], part.action),
                "weight": numbers(np.round(part.weight.astype(np.float64), 2)),
                "occurred_at": moments(part.occurred),
                "recorded_at": moments(recorded, part.recorded > 0),
            }
        )


def opportunities_table(market: Market, deals: Deals) -> pa.Table:
    """One row per opportunity, by creation; those not closed by the last day are open."""
    done = deals.closed < market.last_day * DAY
    outcome = np.where(done, np.where(deals.won, 1, 2), 0)
    age = (market.last_day * DAY - deals.created) // DAY
    stage = np.where(done, np.where(deals.won, 3, 4), np.where(age < 21, 0, np.where(age < 60, 1, 2)))
    return pa.table(
        {
            "opportunity_id": ids("O", np.arange(len(deals.account)), 7),
            "account_id": ids("A", deals.account, account_width(market)),
            "topic": words(tuple(TOPICS), deals.topic),
            "created_at": moments(deals.created),
            "closed_at": moments(deals.closed, done),
            "outcome": words(("open", "won", "lost"), outcome),
            "amount": numbers(deals.amount),
            "currency": words(("USD", "EUR"), deals.euro.astype(np.int8)),
            "stage": words(("Discovery", "Evaluation", "Negotiation", "Closed Won", "Closed Lost"), stage),
        }
    )


def contacts_table(contacts: Contacts) -> pa.Table:
    """One row per person noted on an opportunity."""
    return pa.table(
        {
            "opportunity_id": ids("O", contacts.deal, 7),
            "person_id": ids("P", contacts.person, 7),
            "role": words(role_names(), contacts.role),
            "added_at": moments(contacts.added, contacts.added != NO_TIME),
        }
    )


def touches_table(market: Market, touches: Touches) -> pa.Table:
    """One row per act of a seller, by time."""
    return pa.table(
        {
            "touch_id": ids("T", np.arange(len(touches.account)), 8),
            "account_id": ids("A", touches.account, account_width(market)),
            "person_id": ids("P", touches.person, 7),
            "topic": words(tuple(TOPICS), np.where(touches.topic == NO_TOPIC, -1, touches.topic)),
            "occurred_at": moments(touches.occurred),
            "kind": words(TOUCHES, touches.kind),
        }
    )


def topics_table() -> pa.Table:
    """One row per topic."""
    return pa.table({"topic": pa.array(list(TOPICS)), "name": pa.array(list(TOPICS.values()))})


def truth_tables(market: Market, truth: Truth) -> Iterator[pa.Table]:
    """One row per as-of date, account and topic, in this order."""
    for begin in range(0, max(len(truth.week), 1), ROWS):
        part = slice(begin, begin + ROWS)
        day = (market.first_day + 7 * truth.week[part]).astype(np.int32)
        yield pa.table(
            {
                "as_of": pa.array(day, pa.int32()).cast(pa.date32()),
                "account_id": ids("A", truth.account[part], account_width(market)),
                "topic": words(tuple(TOPICS), truth.topic[part]),
                "probability": pa.array(truth.probability[part]),
            }
        )
