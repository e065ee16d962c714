from __future__ import annotations

import json

from bgml.data.checking.report import CheckReport, Fault, TableReport


def report(*faults, **changes):
    tables = (TableReport("accounts", "accounts.csv", 3, 3), TableReport("signals", "signals.csv", 1300, 1200, quarantined=100))
    return CheckReport("data", tables, faults, ("a warning",), (), None, None, **changes)


def test_a_fault_of_a_table_has_no_count():
    fault = Fault("signals", "topic", "the column is missing from signals.csv", "add text or an integer", stops=True)
    assert fault.message == "signals.topic: the column is missing from signals.csv; add text or an integer"


def test_the_sentence_a_stopped_run_ends_with():
    row = Fault("signals", "weight", "negative", "correct it", 3, 10)
    stop = Fault("signals", None, "the table has no row", "fill it", stops=True)
    assert report(row).message == ""
    assert report(row, stop).message == "signals: the table has no row; fill it"
    assert report(stop, stop, stop).message.endswith("fill it (2 more faults like this: `bgml check` lists them)")
    assert report(stop, row).stops == (stop,)


def test_rows_set_aside_are_one_sentence():
    assert report().aside == "bad rows are set aside in .bgml/quarantine (signals 100); `bgml check` says why"
    assert CheckReport("data", (), (), (), (), None, None).aside == ""


def test_the_document_is_json():
    document = json.loads(json.dumps(report(Fault("signals", "weight", "negative", "correct it", 3, 10, ("-1",))).document()))
    assert document["usable"] is True
    assert document["faults"][0]["message"] == "signals.weight: negative in 3 of 10 rows, for example -1; correct it"
    assert document["tables"]["signals"]["quarantined"] == 100
    assert document["warnings"] == ["a warning"]
