"""Every fault: its message, and whether the run stops."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.data.checking.checks import check
from bgml.data.dataset import inspect, open_dataset, open_tables
from bgml.data.warehouse import open_frames
from bgml.errors import DataError
from tests.data.checking.spoiled import Spoil, again, at, drop, put, whole

REQUIRED = ("accounts", "signals", "opportunities")


@dataclass(frozen=True)
class Case:
    """A way to spoil clean tables, the faults it leads to, and whether the run stops."""

    spoil: Spoil
    messages: tuple[str, ...]
    stops: bool
    tables: tuple[str, ...] = REQUIRED


def row(spoil: Spoil, *messages: str, tables: tuple[str, ...] = ()) -> Case:
    return Case(spoil, messages, False, REQUIRED + tables)


def stop(spoil: Spoil, *messages: str, tables: tuple[str, ...] = ()) -> Case:
    return Case(spoil, messages, True, REQUIRED + tables)


PATHS = "add it; accounts, signals, opportunities must be there"
CATEGORY = "use named, anonymous, qualified_lead, third_party_intent"
UNTIL = "correct the time, or set data.until to the end of what is complete"
CASES = {
    "missing table": stop(drop("opportunities"), f"opportunities: the table is missing from the frames; {PATHS}"),
    "missing column": stop(
        drop("signals", "topic"),
        "signals.topic: the column is missing from the frame signals; it has signal_id, account_id, person_id, visitor_id, category, "
        "action, weight, occurred_at, recorded_at; add text or an integer",
    ),
    "misspelt column": stop(
        lambda frames: frames.update(signals=frames["signals"].rename(columns={"occurred_at": "occured_at"})),
        'signals.occurred_at: the column is missing from the frame signals; did you mean "occured_at"?; add a timestamp or a date',
    ),
    "time as text": stop(
        whole("signals", "occurred_at", "2024-01-01"),
        "signals.occurred_at: the column is of type string and should be a timestamp or a date; write it as a timestamp or a date",
    ),
    "number as text": stop(
        whole("accounts", "employees", ["1-50", "51-200", None]),
        "accounts.employees: the column is of type string and should be a number; "
        "write it as a number, or under another name if it means something else",
    ),
    "text as a truth value": stop(
        whole("signals", "action", True), "signals.action: the column is of type boolean and should be text; write it as text"
    ),
    "id with fractions": stop(
        whole("signals", "account_id", 1.5),
        "signals.account_id: the column is of type float64 and should be text or an integer; write it as text or an integer",
    ),
    "id of two kinds": stop(
        whole("signals", "account_id", 7),
        "signals.account_id: the id is an integer in the frame signals, but text in the frame accounts; "
        "write it as one kind in every table",
    ),
    "empty table": stop(
        lambda frames: frames.update(signals=frames["signals"].head(0)), "signals: the table in the frame signals has no row; fill it"
    ),
    "null key": row(
        put("signals", "signal_id", None, 3),
        'signals.signal_id: no value in 1 of 60 rows, for example account_id "a0", topic "cloud"; fill it in',
    ),
    "empty text as a key": row(
        put("signals", "account_id", "", 3), 'signals.account_id: no value in 1 of 60 rows, for example signal_id "s03"; fill it in'
    ),
    "null in a required column": row(
        put("signals", "action", None, 1, 2),
        'signals.action: no value in 2 of 60 rows, for example signal_id "s01", signal_id "s02"; fill it in',
    ),
    "rows of one key": row(
        again("signals", 5, topic="other"),
        'signals.signal_id: the signal_id of another row, with different values, in 1 of 61 rows, for example "s05"; '
        "give each row a key of its own; until then the least row by recorded_at and all columns is kept",
    ),
    "rows of one composed key": row(
        again("people", 1, title="CTO"),
        "people.person_id, valid_from: the person_id, valid_from of another row, with different values, in 1 of 3 rows, "
        'for example "p1" (valid_from 2024-01-01 00:00:00); '
        "give each row a key of its own; until then the least row by recorded_at and all columns is kept",
        tables=("people",),
    ),
    "unknown category": row(
        put("signals", "category", "webinar", 1, 4),
        'signals.category: unknown category in 2 of 60 rows, for example "webinar" (signal_id "s01"), "webinar" (signal_id "s04"); '
        + CATEGORY,
    ),
    "unknown outcome": row(
        put("opportunities", "outcome", "Won", 0),
        'opportunities.outcome: unknown outcome in 1 of 3 rows, for example "Won" (opportunity_id "o0"); use open, won, lost',
    ),
    "unknown verdict": row(
        lambda frames: frames.update(
            verdicts=pd.concat([frames["verdicts"], frames["verdicts"].assign(verdict="maybe", by="ann")], ignore_index=True)
        ),
        'verdicts.verdict: unknown verdict in 1 of 2 rows, for example "maybe" (account_id "a0", topic "ai", as_of 2024-02-05 00:00:00, '
        'by "ann", at 2024-02-06 00:00:00); use accepted, rejected',
        tables=("verdicts",),
    ),
    "account of a signal absent": row(
        put("signals", "account_id", "x9", 1, 2),
        'signals.account_id: absent from accounts in 2 of 60 rows, for example "x9"; add it to accounts or correct the account_id',
    ),
    "account of an opportunity absent": row(
        put("opportunities", "account_id", "x9", 1),
        'opportunities.account_id: absent from accounts in 1 of 3 rows, for example "x9"; add it to accounts or correct the account_id',
    ),
    "opportunity of a contact absent": row(
        again("opportunity_contacts", 0, opportunity_id="o9"),
        'opportunity_contacts.opportunity_id: absent from opportunities in 1 of 2 rows, for example "o9"; '
        "add it to opportunities or correct the opportunity_id",
        tables=("opportunity_contacts",),
    ),
    "account of a touch absent": row(
        again("touches", 0, touch_id="t1", account_id="x9"),
        'touches.account_id: absent from accounts in 1 of 2 rows, for example "x9"; add it to accounts or correct the account_id',
        tables=("touches",),
    ),
    "closed before created": row(
        put("opportunities", "closed_at", at("2024-01-10 23:00"), 1),
        'opportunities.closed_at: before created_at in 1 of 3 rows, for example 2024-01-10 23:00:00 (opportunity_id "o1"); '
        "correct one of the two",
    ),
    "won without closed_at": row(
        put("opportunities", "closed_at", pd.NaT, 0),
        'opportunities.closed_at: missing though won in 1 of 3 rows, for example opportunity_id "o0"; fill in the day it was won',
    ),
    "before 1990": row(
        put("signals", "occurred_at", at("1989-12-31 23:59:59"), 7),
        'signals.occurred_at: before 1990 in 1 of 60 rows, for example 1989-12-31 23:59:59 (signal_id "s07"); '
        "correct the time, or leave the row out",
    ),
    "occurred in the future": row(
        put("signals", "occurred_at", at("2090-01-01"), 7),
        f'signals.occurred_at: in the future in 1 of 60 rows, for example 2090-01-01 00:00:00 (signal_id "s07"); {UNTIL}',
    ),
    "recorded in the future": row(
        put("signals", "recorded_at", at("2090-01-01"), 7),
        f'signals.recorded_at: in the future in 1 of 60 rows, for example 2090-01-01 00:00:00 (signal_id "s07"); {UNTIL}',
    ),
    "won in the future": row(
        put("opportunities", "closed_at", at("2090-01-01"), 0),
        f'opportunities.closed_at: in the future in 1 of 3 rows, for example 2090-01-01 00:00:00 (opportunity_id "o0"); {UNTIL}',
    ),
    "infinite weight": row(
        put("signals", "weight", float("inf"), 3),
        'signals.weight: infinite or not a number in 1 of 60 rows, for example inf (signal_id "s03"); write a missing number as null',
    ),
    "negative weight": row(
        put("signals", "weight", -0.5, 3),
        'signals.weight: negative in 1 of 60 rows, for example -0.5 (signal_id "s03"); correct the weight: it is zero or more',
    ),
    "infinite amount": row(
        put("opportunities", "amount", float("-inf"), 0),
        'opportunities.amount: infinite or not a number in 1 of 3 rows, for example -inf (opportunity_id "o0"); '
        "write a missing number as null",
        'opportunities.amount: negative in 1 of 3 rows, for example -inf (opportunity_id "o0"); correct the amount: it is zero or more',
    ),
    "negative amount": row(
        put("opportunities", "amount", -1, 0),
        'opportunities.amount: negative in 1 of 3 rows, for example -1.0 (opportunity_id "o0"); correct the amount: it is zero or more',
    ),
    "nothing left": stop(
        whole("signals", "category", "web"),
        'signals.category: unknown category in 60 of 60 rows, for example "web" (signal_id "s00"), "web" (signal_id "s01"), "web" '
        f'(signal_id "s02"); {CATEGORY}',
        'signals: no row is left of 60: signals.category: unknown category in 60 of 60 rows, for example "web" (signal_id "s00"), '
        f'"web" (signal_id "s01"), "web" (signal_id "s02"); {CATEGORY}',
    ),
    "too many bad rows": stop(
        put("signals", "weight", -1, *range(21)),
        'signals.weight: negative in 21 of 60 rows, for example -1.0 (signal_id "s00"), -1.0 (signal_id "s01"), -1.0 (signal_id "s02"); '
        "correct the weight: it is zero or more",
        "signals: 21 of 60 rows are bad, more than check.max_bad_share = 0.01 allows: signals.weight: negative in 21 of 60 rows, "
        'for example -1.0 (signal_id "s00"), -1.0 (signal_id "s01"), -1.0 (signal_id "s02"); '
        "correct the weight: it is zero or more, or raise [check] max_bad_share to go on without these rows",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_fault(case, every):
    frames = {name: every[name] for name in case.tables}
    case.spoil(frames)
    report = check(open_frames(frames, 1, 2**30), settings_from({"project": {"name": "t"}}, "test")).report
    assert tuple(fault.message for fault in report.faults) == case.messages
    assert bool(report.stops) is case.stops
    if not case.stops:
        assert sum(table.quarantined for table in report.tables) == report.faults[0].count


def test_twenty_bad_rows_never_stop_and_a_larger_share_may_be_allowed(frames):
    put("signals", "weight", -1, *range(20))(frames)
    assert len(open_tables(frames).frame("signals")) == 40
    put("signals", "weight", -1, *range(25))(frames)
    allowed = settings_from({"project": {"name": "t"}, "check": {"max_bad_share": 0.5}}, "test")
    assert len(open_tables(frames, settings=allowed).frame("signals")) == 35
    with pytest.raises(DataError, match="25 of 60 rows are bad, more than check.max_bad_share = 0.01 allows"):
        open_tables(frames)


def test_a_row_with_several_faults_is_one_bad_row(frames):
    put("signals", "weight", -1, 3)(frames)
    put("signals", "category", "x", 3)(frames)
    report = open_tables(frames).report
    assert len(report.faults) == 2
    assert [table.quarantined for table in report.tables if table.name == "signals"] == [1]


def test_several_faults_that_stop_are_counted_in_one_sentence(frames):
    drop("signals", "topic")(frames)
    drop("opportunities")(frames)
    with pytest.raises(DataError, match=r"opportunities: the table is missing .* \(1 more fault like this: `bgml check` lists them\)$"):
        open_tables(frames)


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_the_same_faults_from_every_kind_of_place(kind, every, placed):
    put("signals", "category", "webinar", 1)(every)
    put("signals", "account_id", None, 2)(every)
    put("signals", "occurred_at", at("1980-01-01"), 3)(every)
    put("signals", "weight", -1, 5)(every)
    again("signals", 9, topic="other")(every)
    again("signals", 11)(every)
    put("opportunities", "closed_at", pd.NaT, 0)(every)
    put("opportunity_contacts", "opportunity_id", "o1", 0)(every)
    dataset = open_dataset(placed(every, kind))
    faults = [(fault.table, fault.column, fault.problem, fault.count) for fault in dataset.report.faults]
    assert faults == [
        ("signals", "account_id", "no value", 1),
        ("signals", "category", "unknown category", 1),
        ("signals", "weight", "negative", 1),
        ("signals", "occurred_at", "before 1990", 1),
        ("signals", "signal_id", "the signal_id of another row, with different values,", 1),
        ("opportunities", "closed_at", "missing though won", 1),
    ]
    assert len(dataset.frame("signals")) == 56


def test_a_check_gives_the_whole_report_even_when_it_stops(frames, placed):
    whole("signals", "category", "web")(frames)
    _, checked = inspect(placed(frames))
    document = checked.report.document()
    assert document["usable"] is False
    assert document["tables"]["accounts"]["kept"] == 3
    assert document["faults"][-1]["message"].startswith("signals: no row is left of 60")
    assert document["until"] == "2024-02-11"
