"""How well the starter's rules read real titles, and what a dataset is told of its own titles and required roles.

The floors stand a little under what docs/roles.md quotes of a list labelled by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from bgml.data.dataset import open_tables
from bgml.data.roles import load_roles
from bgml.data.titles import read_titles
from bgml.data.topics import Topic, Topics
from bgml.market.vocabulary import TITLES
from bgml.project import starter

ROLES = load_roles(starter() / "roles.toml")
ROWS = pd.read_csv(Path(__file__).parent / "roles" / "titles.csv", dtype=str, keep_default_na=False)
MARKET = """
executive: Chief Operating Officer
decision_maker: VP Operations; VP Technology; Director of Operations; Director of Engineering; Head of Digital; General Manager
champion: Operations Manager; Engineering Manager; Analytics Manager; Team Lead Digital; Data Platform Manager
influencer: Enterprise Architect; Solution Architect; Project Manager; Principal Consultant; Researcher
practitioner: Data Analyst; Software Engineer; Business Analyst; Data Engineer; Operations Specialist; System Administrator
practitioner: Marketing Coordinator; Office Assistant; HR Specialist
finance: CFO; Finance Director; Controller; Financial Planning Manager
procurement: Procurement Manager; Head of Purchasing; Buyer
it_security: IT Manager; Security Engineer; CISO; Head of IT
none: Freelancer; Student; Working Student; Intern
"""
LANGUAGES = {"en": 160, "de": 40, "fr": 40, "es": 40, "ru": 40}


def inferred(titles):
    nothing = pd.Series([None] * len(titles), index=titles.index, dtype="object")
    return ROLES.infer(titles.astype("object"), nothing, nothing)["role"].fillna("none")


def precision_and_recall(rows):
    found = inferred(rows["title"])
    right = int((found.eq(rows["role"]) & found.ne("none")).sum())
    return right / found.ne("none").sum(), right / rows["role"].ne("none").sum()


def test_the_list_is_whole_and_split_by_a_hash():
    assert not ROWS["title"].duplicated().any()
    assert set(ROWS["role"]) == {*ROLES.names, "none"}
    assert {language: ROWS["language"].eq(language).sum() >= least for language, least in LANGUAGES.items()} == dict.fromkeys(
        LANGUAGES, True
    )
    odd = [int(hashlib.sha256(title.encode()).hexdigest(), 16) % 2 for title in ROWS["title"]]
    assert ROWS["held_out"].tolist() == [("no", "yes")[bit] for bit in odd]


@pytest.mark.parametrize(("held_out", "precision", "recall"), [("no", 0.98, 0.98), ("yes", 0.95, 0.93)])
def test_most_titles_are_read_as_labelled(held_out, precision, recall):
    reached = precision_and_recall(ROWS[ROWS["held_out"] == held_out])
    assert reached[0] >= precision and reached[1] >= recall, reached


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_behind(language):
    reached = precision_and_recall(ROWS[ROWS["language"] == language])
    assert min(reached) >= 0.93, reached


CHANGES = {"upper": str.upper, "lower": str.lower, "emoji": "🚀 {}\n".format, "quotes": '"{}"'.format}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_case_emoji_quotes_and_newlines_change_no_role(change):
    pd.testing.assert_series_equal(inferred(ROWS["title"].map(change)), inferred(ROWS["title"]))


def test_titles_of_the_simulated_market_keep_their_roles():
    expected = {title: line.split(": ")[0] for line in MARKET.strip().splitlines() for title in line.split(": ")[1].split("; ")}
    titles = pd.Series([title for group in TITLES for title, _, _ in group])
    assert dict(zip(titles, inferred(titles), strict=True)) == expected


def reading(tables, required=("champion",), topics=None):
    return read_titles(open_tables(tables), ROLES, Topics(dict.fromkeys(required, 1), topics or {}))


def test_people_with_and_without_a_role_are_counted_by_their_newest_row(every):
    titles = ["CFO", "Zauberer", "Zauberer", "wise\n  owl 🦉", None, "Student", "CEO", "Zauberer"]
    valid_from = pd.to_datetime([*[None] * 6, "2024-01-01", "2023-01-01"])
    people = [*(f"p{number}" for number in range(6)), "p0", "p0"]
    every["people"] = pd.DataFrame({"person_id": people, "title": titles, "valid_from": valid_from})
    every["people"]["role"] = [*[None] * 4, "Blocker", None, None, None]
    found = reading(every)
    assert (found.people, found.stated, found.inferred) == (6, 1, 1)
    assert found.unread == {"Zauberer": 2, "wise owl 🦉": 1}
    assert found.sentences() == [
        "Roles: 2 of 6 people have one (1 stated, 1 from title, department or seniority).",
        'No rule of roles.toml fits "Zauberer" (2), "wise owl 🦉" (1).',
    ]
    assert found.document() == {"people": 6, "stated": 1, "inferred": 1, "unread_titles": found.unread, "warnings": []}


def test_long_titles_are_cut_and_few_are_shown(every):
    every["people"] = pd.DataFrame({"person_id": range(30), "title": [f"{number:02d}" + "x" * 1000 for number in range(30)]}).astype("str")
    unread = reading(every).unread
    assert len(unread) == 10 and max(map(len, unread)) == 60


def test_without_people_nothing_is_said(every):
    del every["people"]
    assert reading(every).sentences() == []


def test_required_roles_nobody_can_have_and_topics_without_a_signal_are_warned_of(every):
    every["opportunity_contacts"]["role"] = "Wise Owl"
    topics = {
        "ai": Topic("AI", {"wise_owl": 1, "finanse": 1}, ()), "Clouds": Topic("Clouds", None, ()), "zzz": Topic("Z", {}, ()),
    }  # fmt: skip
    assert reading(every, ["champion", "wizard"], topics).warnings == (
        'topics.toml, [default] requires the role "wizard", which roles.toml does not have and nobody is stated to have; '
        "add it to roles.toml or take it out",
        'topics.toml, [topic."ai"] requires the role "finanse", which roles.toml does not have and nobody is stated to have; '
        'did you mean "finance"?',
        'topics.toml lists the topic "Clouds", on which there is no signal; did you mean "cloud"?',
        'topics.toml lists the topic "zzz", on which there is no signal',
    )
