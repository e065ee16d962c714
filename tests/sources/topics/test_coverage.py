"""What `bgml topics` tells of the tables and of what an import read."""

from __future__ import annotations

import datetime

import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from bgml.data.dataset import open_tables
from bgml.data.patterns import parse_pattern
from bgml.data.topics import Topic, Topics
from bgml.sources.topics.assignment import ABOUT, READ
from bgml.sources.topics.coverage import Conflict, Unmapped, cover

DAY = datetime.datetime(2024, 5, 1)


def topics(default=None, roles=("champion",), **patterns):
    made = {
        name: Topic(name.title(), None, tuple(parse_pattern(pattern, "here") for pattern in stated)) for name, stated in patterns.items()
    }
    return Topics(dict.fromkeys(roles, 1), made, default)


@pytest.fixture(scope="module")
def dataset():
    signals = pd.DataFrame({
        "signal_id": list("abcd"), "account_id": ["1", "1", "2", "2"], "topic": ["data", "data", "data", "old"], "category": "named",
        "action": "visit", "occurred_at": DAY,
    })  # fmt: skip
    deals = pd.DataFrame({
        "opportunity_id": ["x", "y"], "account_id": ["1", "2"], "topic": ["data", "ai"], "created_at": DAY, "closed_at": [DAY, None],
        "outcome": ["won", "open"],
    })  # fmt: skip
    return open_tables({"accounts": pd.DataFrame({"account_id": ["1", "2"]}), "signals": signals, "opportunities": deals})


def leave(folder, *rows):
    """What an import read: (field, text, signals, opportunities, touches, topics) each."""
    made = [
        {column: text if column == f"about_{field}" else None for column in ABOUT}
        | {"signals": signals, "opportunities": deals, "touches": touches, "topics": found}
        for field, text, signals, deals, touches, found in rows
    ]
    kinds = [(column, pyarrow.string()) for column in ABOUT] + [(name, pyarrow.int64()) for name in ("signals", "opportunities", "touches")]
    schema = pyarrow.schema([*kinds, ("topics", pyarrow.list_(pyarrow.string()))])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(made, schema=schema), folder / READ)


def test_the_tables_alone_tell_what_each_topic_holds_and_what_is_unlisted(dataset):
    found = cover(topics(data=["data"], idle=["x"]), dataset, None)
    lines = {line.topic: line for line in found.lines}
    data = lines["data"]
    assert (data.name, data.patterns, data.fitted, data.signals, data.accounts, data.opportunities, data.won) == (
        "Data",
        1,
        None,
        3,
        2,
        1,
        1,
    )
    assert not lines["ai"].listed and lines["ai"].opportunities == 1 and found.fitted is None
    told = "\n".join(found.warnings)
    assert 'the tables have the topic "old", which topics.toml does not list' in told
    assert 'the tables have the topic "ai", which' in told
    assert 'topics.toml lists the topic "idle", on which there is no signal' in told


def test_what_an_import_read_is_matched_anew(tmp_path, dataset):
    leave(
        tmp_path,
        ("campaign", "Data cloud days", 5, 0, 1, ["data"]),
        ("campaign", "Picnic", 7, 1, 9, None),
        ("keyword", "ML", 2, 0, 0, None),
        ("product", "Nothing", 0, 0, 3, None),
    )
    held = topics(data=["data cloud"], cloud=["campaign:data-cloud", "Data Cloud"], ml=["ml"], idle=["zebra"])
    fitted = cover(held, dataset, tmp_path).fitted
    assert (fitted.rows, fitted.lost, fitted.changed) == (15, 8, 7)
    assert fitted.by_topic == {"cloud": 5, "ml": 2}
    assert fitted.unmapped == (Unmapped("campaign", "Picnic", 8),)
    assert fitted.idle == (("data", "data cloud"), ("idle", "zebra"))
    assert fitted.conflicts == ()


def test_tables_that_were_imported_with_other_patterns_accuse_no_topic(tmp_path, dataset):
    leave(tmp_path, ("campaign", "Picnic", 5, 0, 0, None))
    found = cover(topics(picnic=["picnic"]), dataset, tmp_path)
    assert found.fitted.changed == 5 and found.warnings == ()
    leave(tmp_path, ("campaign", "Picnic", 5, 0, 0, ["picnic"]))
    assert any("on which there is no signal" in warning for warning in cover(topics(picnic=["picnic"]), dataset, tmp_path).warnings)


def test_texts_that_two_topics_claim_alike_are_conflicts(tmp_path, dataset):
    leave(tmp_path, ("campaign", "Data cloud", 5, 0, 0, None))
    found = cover(topics(one=["data cloud"], two=["Data-Cloud"]), dataset, tmp_path)
    assert found.fitted.conflicts == (Conflict("campaign", "Data cloud", 5, ("one", "two"), ("data cloud", "Data-Cloud")),)
    assert found.fitted.by_topic == {"one": 5, "two": 5}


def test_topics_without_roles_and_a_file_without_patterns_are_told(dataset):
    found = cover(topics(roles=(), data=[]), dataset, None)
    assert any('holds no pattern: an import puts every act and opportunity on the topic "all"' in warning for warning in found.warnings)
    assert any('the topic "data" requires no roles' in warning for warning in found.warnings)


def test_the_default_topic_is_told_and_no_stranger(tmp_path, dataset):
    leave(tmp_path, ("campaign", "Picnic", 5, 0, 0, None))
    found = cover(topics("old", data=["data"], ai=["ai"]), dataset, tmp_path)
    assert found.default == "old" and not any('"old"' in warning for warning in found.warnings)


def test_without_usable_tables_only_the_texts_are_told(tmp_path):
    leave(tmp_path, ("campaign", "Picnic", 5, 0, 0, None))
    found = cover(topics(data=["data"]), None, tmp_path)
    assert found.fitted.lost == 5 and [line.signals for line in found.lines] == [0] and found.warnings == ()
