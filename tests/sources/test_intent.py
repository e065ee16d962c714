"""Third-party intent as vendors deliver it: when it becomes known, what it weighs, at which account and on which topic."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from bgml.errors import DataError, SettingsError
from bgml.project import find_project
from bgml.sources.intent import file_date
from bgml.sources.run import import_sources

NOW = datetime.datetime(2026, 1, 1)
TOPICS = """
[topic.data]
patterns = ["data platform", "keyword:data warehousing"]
[topic.ai]
patterns = ["machine learning", "product:Brain*"]
"""
ACCOUNTS = "Id,Name,Website\n001000000000001AAA,Acme,https://www.acme.com\n001000000000002AAA,Beta,beta.co.uk\n"
CRM = str(Path(__file__).with_name("small_crm.toml"))


@pytest.fixture
def imported(tmp_path):
    """Import intent files, given as name=text, beside two accounts; the signals by vendor row and the account of the intent."""

    def run(settings="", **files):
        (tmp_path / "bgml.toml").write_text(f'[project]\nname = "t"\n{settings}')
        (tmp_path / "topics.toml").write_text(TOPICS)
        for folder in ("crm", "intent"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "crm" / "account.csv").write_text(ACCOUNTS)
        for name, text in files.items():
            (tmp_path / "intent" / f"{name.replace('D', '-')}.csv").write_text(text)
        given = [(CRM, str(tmp_path / "crm")), ("intent", str(tmp_path / "intent"))]
        done = import_sources(given, tmp_path / "out", project=find_project(named=tmp_path), now=NOW)
        (entry,) = [entry for entry in done.entries if entry.table == "intent"]
        assert entry.rows == entry.used + entry.merged + sum(entry.aside.values())
        return pd.read_parquet(tmp_path / "out" / "signals.parquet"), entry

    return run


def days(times):
    return [str(time.date()) for time in times]


def test_a_bombora_week_is_a_weighted_signal_of_the_account_known_when_delivered(imported):
    signals, entry = imported(
        surge="Company Name,Domain,Topic Name,Topic ID,Composite Score,Week,Delivery Date\n"
        "Acme Inc,www.ACME.com,Data Warehousing,12,83,2024-01-07,2024-01-16\n"
        "Acme Inc,uk.acme.com,Machine Learning,13,61,2024-01-07,2024-01-16\n"
        "Nobody,nobody.org,Machine Learning,13,77,2024-01-07,2024-01-16\n"
        "Acme Inc,acme.com,Fishing,14,70,2024-01-07,2024-01-16\n"
    )
    assert signals["account_id"].tolist() == ["001000000000001AAA"] * 2 and sorted(signals["topic"]) == ["ai", "data"]
    assert set(signals["category"]) == {"third_party_intent"} and set(signals["action"]) == {"surge"}
    assert sorted(signals["weight"]) == [0.61, 0.83]
    assert set(days(signals["occurred_at"])) == {"2024-01-13"} and set(days(signals["recorded_at"])) == {"2024-01-16"}
    assert signals["person_id"].isna().all() and signals["visitor_id"].isna().all()
    assert (entry.used, entry.aside) == (2, {"its company is not among the accounts": 1, "no topic": 1})


@pytest.mark.parametrize(
    ("name", "week", "known"),
    [
        ("surge_2024D01D20", "2024-01-07", "2024-01-20"),  # a file named by the day it was delivered
        ("surge_20240107", "2024-01-07", "2024-01-21"),  # one named by its week
        ("surge", "2024-01-07", "2024-01-21"),
        ("surge", "2024-W02", "2024-01-22"),  # begins on Monday 8 January
        ("surge", "1/7/2024", "2024-01-21"),
        ("surge_20230101_20240131", "2024-01-07", "2024-01-31"),
    ],
)
def test_without_a_delivery_date_the_name_of_the_file_tells_or_a_week_after_the_week(imported, name, week, known):
    signals, _ = imported(**{name: f"domain,topic,score,week\nacme.com,Data Platform,50,{week}\n"})
    assert days(signals["recorded_at"]) == [known]
    assert (signals["occurred_at"] <= signals["recorded_at"]).all()


@pytest.mark.parametrize(
    ("column", "value", "last"), [("Week Ending", "2024-01-13", "2024-01-13"), ("week_no,year", "2,2024", "2024-01-14")]
)
def test_a_week_may_be_told_by_its_end_or_its_number(imported, column, value, last):
    signals, _ = imported(surge=f"domain,topic,{column}\nacme.com,data platform,{value}\n")
    assert days(signals["occurred_at"]) == [last] and signals["weight"].isna().all()


def test_a_file_without_a_week_is_about_the_week_in_its_name(imported):
    signals, _ = imported(Output_MasterSurgeFile_20240107="company,domain,topic,composite_score\n,acme.com,data platform,76\n")
    assert days(signals["occurred_at"]) == ["2024-01-13"] and days(signals["recorded_at"]) == ["2024-01-21"]


def test_a_delivery_that_is_stated_before_its_week_is_not_believed(imported):
    signals, _ = imported(surge="domain,topic,week,delivered\nacme.com,data platform,2024-01-07,2023-01-01\n")
    assert days(signals["recorded_at"]) == ["2024-01-21"]


def test_the_same_week_delivered_again_is_one_signal_known_from_the_first_delivery(imported):
    head = "domain,topic,score,week\n"
    signals, entry = imported(
        a_2024D01D16=head + "acme.com,Data Platform,80,2024-01-07\n",
        b_2024D01D23=head + "acme.com,data platform,80,2024-01-07\nacme.com,data platform,70,2024-01-14\n",
    )
    assert sorted(days(signals["recorded_at"])) == ["2024-01-16", "2024-01-23"] and entry.merged == 1


def test_days_on_a_review_site_are_acts_of_their_own(imported):
    rows = "2024-03-05,Beta,beta.co.uk,view,Brainbox\n" * 2 + "2024-03-06,Beta,beta.co.uk,Download,Brainbox\n"
    signals, entry = imported(
        reviews="Activity Date,Account Name,Account Domain,Activity Type,Product Name\n" + rows,
        reviews_again="Activity Date,Account Name,Account Domain,Activity Type,Product Name\n" + rows,
    )
    assert sorted(signals["action"]) == ["download", "view", "view"] and set(signals["topic"]) == {"ai"} and entry.merged == 3
    assert sorted(days(signals["recorded_at"])) == ["2024-03-13", "2024-03-13", "2024-03-14"]


def test_scores_are_a_share_of_the_highest_and_words_have_weights(imported):
    rows = "".join(f"acme.com,data platform,{score},2024-01-{day:02}\n" for day, score in enumerate(["5", "High", "medium", "?", ""], 1))
    signals, _ = imported("[sources.intent]\nhighest = 10\n", surge="domain,topic,score,day\n" + rows)
    assert signals.sort_values("occurred_at")["weight"].fillna(-1).tolist() == [0.5, 1.0, 0.6, -1, -1]


def test_how_long_a_delivery_takes_is_a_setting_where_nothing_tells_it(imported):
    signals, _ = imported("[sources.intent]\ndelay = 3\n", surge="domain,topic,score,week\nacme.com,data platform,80,2024-01-07\n")
    assert days(signals["recorded_at"]) == ["2024-01-17"]


@pytest.mark.parametrize(
    ("said", "told"),
    [('highest = "10"', "highest must be a number, not '10'"), ("highest = 0", "highest must be at least 1, not 0"),
     ("delay = -1", "delay must be at least 0, not -1")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_one_sentence(imported, said, told):
    with pytest.raises(SettingsError, match=told):
        imported(f"[sources.intent]\n{said}\n", surge="domain,topic,score,week\nacme.com,data platform,80,2024-01-07\n")


def test_rows_that_say_nothing_are_set_aside_by_reason(imported):
    _, entry = imported(
        surge="domain,topic,score,week\nacme.com,data platform,50,2024-01-07\n,data platform,50,2024-01-07\nnot a domain,x,1,2024-01-07\n"
        "acme.com,,50,2024-01-07\nacme.com,data platform,-3,2024-01-07\nacme.com,data platform,3,soon\n"
        "acme.com,data platform,3,2031-01-01\n"
    )
    assert entry.aside == {
        "negative score: -3": 1,
        "no company": 1,
        "no domain that can be read: not a domain": 1,
        "no topic, category or product": 1,
        "no week that can be read: soon": 1,
        "occurred_at is in the future": 1,
    }


def test_a_crm_id_places_a_row_without_a_known_domain(imported):
    signals, _ = imported(surge="salesforce_account_id,topic,week\n001000000000002,data platform,2024-01-07\n")
    assert signals["account_id"].tolist() == ["001000000000002AAA"]


def test_files_of_several_vendors_are_read_each_by_its_own_columns(imported):
    signals, _ = imported(
        bombora="Domain,Topic Name,Composite Score,Week\nacme.com,Data Platform,50,2024-01-07\n",
        zoominfo="Website,Topic,Signal Score,Signal Date\nhttps://beta.co.uk/,Machine Learning,90,2024-01-09\n",
    )
    assert sorted(zip(signals["account_id"].str[14], signals["topic"], strict=True)) == [("1", "data"), ("2", "ai")]


def test_a_file_that_is_none_of_intent_is_named(imported):
    with pytest.raises(DataError, match=r"odd.csv is no file of intent: no column says the topic .*it has domain, week"):
        imported(odd="domain,week\nacme.com,2024-01-07\n")


@pytest.mark.parametrize(
    ("name", "date"), [("a_2024-13-45.csv", None), ("a.csv", None), ("20240107.csv", (2024, 1, 7)), ("x120240107.csv", None)]
)
def test_the_date_of_a_name(name, date):
    assert file_date(name) == (datetime.date(*date) if date else None)
