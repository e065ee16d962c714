"""The same human is one person and the same company one account, and whoever is told apart stays apart."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.errors import DataError
from bgml.sources.identity.merge import merge_records
from bgml.sources.mapping.macros import create_macros
from bgml.sources.mapping.staging import create_staging

SALESFORCE, HUBSPOT, MARKETO = 0, 1, 2
SOURCES = {SALESFORCE: "salesforce", HUBSPOT: "hubspot", MARKETO: "marketo"}
Row = dict[str, Any]


class Merged:
    """Rows of several sources, brought together."""

    def __init__(self, rows: Sequence[Row], previous: Path | None = None, sources: dict[int, str] = SOURCES) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        create_macros(self.connection)
        create_staging(self.connection)
        for number, row in enumerate(rows):
            values = {"_raw": 0, "_row": number, **{key: value for key, value in row.items() if key != "table"}}
            marks = ", ".join("?" for _ in values)
            self.connection.execute(f"INSERT INTO staged_{row['table']} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        self.told = merge_records(self.connection, sources, previous)

    def final(self, kind: str = "person") -> dict[str, str]:
        return dict(self.connection.execute(f"SELECT id, final FROM {kind}_ids").fetchall())

    def merges(self) -> set[tuple[str, str, str]]:
        return set(self.connection.execute("SELECT kept, merged, why FROM merges").fetchall())

    def unsure(self) -> set[tuple[str, ...]]:
        return {tuple(sorted(pair)) for pair in self.connection.execute("SELECT one, other FROM unsure").fetchall()}

    def accounts(self) -> set[str]:
        return set(self.final("account").values())


def person(source: int, identity: str, **more: Any) -> Row:
    return {"table": "people", "_source": source, "person_id": identity, **more}


def company(source: int, identity: str, **more: Any) -> Row:
    return {"table": "accounts", "_source": source, "account_id": identity, **more}


def same(source: int, kind: str, identity: str, master: str, elsewhere: str | None = None) -> Row:
    return {"table": "merges", "_source": source, "kind": kind, "id": identity, "master": master, "why": "said so", "elsewhere": elsewhere}


def together(rows: Sequence[Row], *, kind: str = "person") -> bool:
    """Whether all ids of a kind are one."""
    return len(set(Merged(rows).final(kind).values())) == 1


ANN = {"name": "Ann Lee", "email": "ann@acme.com"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ANN, ANN, True),
        (ANN, {"name": "LEE, Ann", "email": "ann@acme.com"}, True),
        (ANN, {"email": "ann@acme.com"}, True),
        (ANN, {"name": "Ann Young", "email": "ann@acme.com"}, True),
        (ANN, {"name": "Анна Ли", "email": "ann@acme.com"}, True),
        (ANN, {"name": "Bob Smith", "email": "ann@acme.com"}, False),
        ({"name": "Ann Lee", "email": "info@acme.com"}, {"email": "info@acme.com"}, False),
        ({"name": "Ann Lee", "email": "info@acme.com"}, {"name": "Bob Smith", "email": "info@acme.com"}, False),
        ({"name": "Ann Lee", "email": "info@acme.com"}, {"name": "Ann Lee", "email": "info@acme.com"}, True),
        ({"name": "Ann Lee", "email": "a@gmail.com"}, {"name": "Ann Lee", "email": "a@gmail.com"}, True),
        ({"name": "Ann Lee", "email": "a@gmail.com"}, {"name": "Ann Lee", "email": "b@gmail.com"}, False),
        (ANN, {"name": "Ann Lee", "email": "a.lee@acme.com"}, True),
        (ANN, {"name": "Ann Lee", "domain": "acme.com"}, True),
        (ANN, {"name": "Ann Lee", "email": "ann@acme.de"}, False),
        (ANN, {"name": "Ann", "email": "a.lee@acme.com"}, False),
        ({"name": "Ann Lee"}, {"name": "Ann Lee"}, False),
    ],
)
def test_the_same_human_in_two_sources(one: Row, other: Row, expected: bool) -> None:
    assert together([person(SALESFORCE, "003", **one), person(HUBSPOT, "hubspot:1", **other)]) is expected


def test_namesakes_with_addresses_of_their_own_in_one_source_are_two_and_listed() -> None:
    rows = [person(SALESFORCE, "003a", **ANN), person(SALESFORCE, "003b", name="Ann Lee", email="ann2@acme.com")]
    found = Merged(rows)
    assert found.final() == {"003a": "003a", "003b": "003b"} and found.unsure() == {("003a", "003b")}


def test_salesforce_keeps_its_id_then_hubspot_then_the_least() -> None:
    told = [(MARKETO, "marketo:1"), (HUBSPOT, "hubspot:9"), (SALESFORCE, "00Q"), (SALESFORCE, "003")]
    rows = [person(source, identity, **ANN) for source, identity in told]
    assert set(Merged(rows).final().values()) == {"003"}
    assert set(Merged(rows[:2]).final().values()) == {"hubspot:9"}


def test_a_lead_that_names_its_contact_is_that_contact_whatever_its_address_says() -> None:
    rows = [
        person(SALESFORCE, "003", name="Ann Lee", email="ann@acme.com"),
        person(MARKETO, "marketo:1", name="A. Young", email="a@gmail.com"),
        same(MARKETO, "people", "marketo:1", "003", "salesforce"),
    ]
    assert Merged(rows).merges() == {("003", "marketo:1", "said so")}
    assert Merged(rows[1:]).final() == {"marketo:1": "003", "003": "003"}


def test_the_record_others_were_merged_into_stays_though_its_id_is_greater() -> None:
    rows = [person(SALESFORCE, "003c"), same(SALESFORCE, "people", "003a", "003b"), same(SALESFORCE, "people", "003b", "003c")]
    assert set(Merged(rows).final().values()) == {"003c"}
    rows.append(same(SALESFORCE, "people", "003c", "003a"))
    found = Merged(rows)
    assert set(found.final().values()) == {"003a"}
    assert all(why.endswith("a cycle of merges, the least id stays") for _, _, why in found.merges())


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_every_chain_ends_and_its_members_agree(links: dict[str, str]) -> None:
    final = Merged([same(SALESFORCE, "people", gone, into) for gone, into in links.items() if gone != into]).final()
    for gone, into in links.items():
        assert final.get(gone) == final.get(into)
    for end in set(final.values()) & {gone for gone, into in links.items() if gone != into}:
        members = {member for member in final if final[member] == end}
        assert members <= links.keys() and end == min(members)


def test_whoever_differs_clearly_stays_apart_though_a_third_fits_both() -> None:
    names = {"003a": "Ann Lee", "003b": "Ann Smith", "003c": "Bob Smith"}
    final = Merged([person(SALESFORCE, identity, name=name, email="x@acme.com") for identity, name in names.items()]).final()
    assert final["003a"] != final["003c"] and len(set(final.values())) == 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"name": "Acme Inc.", "domain": "acme.com"}, {"name": "Acme Holding", "domain": "acme.com"}, True),
        ({"name": "Acme Inc.", "domain": "acme.com"}, {"name": "ACME GmbH"}, True),
        ({"name": "ООО «Ромашка»"}, {"name": "Ромашка, АО"}, True),
        ({"name": "Acme", "domain": "acme.com"}, {"name": "Acme", "domain": "acme.de"}, False),
        ({"name": "Acme"}, {"name": "Other"}, False),
        ({"name": "Ann", "domain": "gmail.com"}, {"name": "Bob", "domain": "gmail.com"}, False),
    ],
)
def test_the_same_company_in_two_sources(one: Row, other: Row, expected: bool) -> None:
    assert together([company(SALESFORCE, "001", **one), company(HUBSPOT, "hubspot:1", **other)], kind="account") is expected


def test_what_one_source_tells_apart_by_name_is_not_one_by_domain() -> None:
    rows = [company(SALESFORCE, f"001{name[5]}", name=name, domain="acme.com") for name in ("Acme a", "Acme b")]
    found = Merged([*rows, company(HUBSPOT, "hubspot:1", name="ACME B, Inc.", domain="acme.com")])
    assert found.final("account") == {"001a": "001a", "001b": "001b", "hubspot:1": "001b"}
    assert ("001a", "001b") in found.unsure()


def test_a_name_twice_in_one_source_says_nothing_and_a_domain_of_many_names_neither() -> None:
    twice = [company(source, identity, name="Global") for source, identity in ((SALESFORCE, "001a"), (SALESFORCE, "001b"), (HUBSPOT, "x"))]
    assert len(Merged(twice).accounts()) == 3
    hosted = Merged([company(number % 2, f"{number}", name=f"Company {number}", domain="linkedin.com") for number in range(8)])
    assert len(hosted.accounts()) == 8 and "linkedin.com" in hosted.told[0]


def written(folder: Path, name: str, *rows: Row) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_an_undone_merge_stays_undone_and_its_followers_go_where_the_evidence_is_stronger(tmp_path: Path) -> None:
    rows = [
        person(SALESFORCE, "003", **ANN),
        person(HUBSPOT, "hubspot:1", name="Ann Lee", email="al@acme.com"),
        person(MARKETO, "marketo:1", name="Lee Ann", email="al@acme.com"),
    ]
    assert set(Merged(rows).final().values()) == {"003"}
    line = {"kind": "people", "kept": "003", "merged": "marketo:1", "why": "", "confidence": "0.8", "undo": "Yes"}
    found = Merged(rows, written(tmp_path, "merges.csv", line))
    assert found.final() == {"003": "003", "hubspot:1": "hubspot:1", "marketo:1": "hubspot:1"}
    kept = found.connection.execute("FROM apart").fetchall()
    assert kept == [("people", "003", "marketo:1")]
    again = Merged(rows, written(tmp_path / "next", "apart.csv", dict(zip(("kind", "one", "other"), kept[0], strict=True))))
    assert again.final() == found.final()


def test_a_person_may_say_who_is_one_and_apart_wins(tmp_path: Path) -> None:
    rows = [person(SALESFORCE, "003a", name="Ann"), person(SALESFORCE, "003b", name="Bob"), same(SALESFORCE, "people", "003b", "003c")]
    pair = {"kind": "people", "one": "003b", "other": "003a"}
    written(tmp_path, "together.csv", pair)
    assert set(Merged(rows, tmp_path).final().values()) == {"003a"}
    written(tmp_path, "apart.csv", pair, {**pair, "one": "003b", "other": "003c"}, {**pair, "other": "nobody"})
    found = Merged(rows, tmp_path)
    assert len(set(found.final().values())) == 3
    assert any("they stay apart" in line for line in found.told) and any("in no source" in line for line in found.told)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "persons", "kept": "a", "merged": "b", "undo": "yes"}, 'line 2: the kind is "persons"'),
        ({"kind": "people", "kept": "a", "merged": "b", "undo": "maybe"}, 'undo is "maybe"'),
        ({"kind": "people", "kept": "a", "merged": "a", "undo": "yes"}, "two different ids"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named(tmp_path: Path, row: Row, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Merged([], written(tmp_path, "merges.csv", row))


def test_a_domain_of_which_an_account_has_the_people_is_the_accounts() -> None:
    rows = [
        company(SALESFORCE, "001", name="There"),
        company(SALESFORCE, "002", name="Elsewhere"),
        *(person(SALESFORCE, f"003{number}", email=f"{number}@there.com", account_id="001") for number in range(3)),
        person(SALESFORCE, "003x", email="left@there.com", account_id="002"),
        person(MARKETO, "marketo:1", email="new@there.com"),
    ]
    found = Merged(rows)
    assert found.accounts() == {"001", "002"}
    assert found.connection.execute("FROM people_domains").fetchall() == [("there.com", "001")]


def test_nobody_with_a_personal_address_makes_an_account() -> None:
    rows = [
        person(MARKETO, "marketo:1", name="Ann Lee", email="ann@gmail.com", company="Acme"),
        person(MARKETO, "marketo:2", name="Bob", email="bob@new.io", company="New"),
        person(SALESFORCE, "003", name="Carl", email="carl@there.com", account_id="001"),
        person(MARKETO, "marketo:3", name="Carl", email="carl@there.com"),
        company(SALESFORCE, "001", name="There"),
    ]
    assert Merged(rows).accounts() == {"domain:new.io", "001"}


people = st.builds(
    lambda source, name, email, where: person(source, "", name=name, email=email, **where),
    st.sampled_from(list(SOURCES)),
    st.sampled_from([None, "Ann Lee", "Lee Ann", "Ann Smith", "Bob Smith", "Bob"]),
    st.sampled_from([None, "a@acme.com", "b@acme.com", "info@acme.com", "a@gmail.com", "c@other.io"]),
    st.sampled_from([{}, {"domain": "acme.com"}, {"account_id": "001"}]),
)
companies = st.builds(
    lambda source, name, domain: company(source, "", name=name, domain=domain),
    st.sampled_from(list(SOURCES)),
    st.sampled_from([None, "Acme", "Acme Inc", "Acme Japan", "Other"]),
    st.sampled_from([None, "acme.com", "acme.de", "gmail.com"]),
)


@st.composite
def markets(draw: st.DrawFn) -> list[Row]:
    """People and companies of several sources, with ids of their own, and statements of which are one."""
    rows = draw(st.lists(people, max_size=7)) + draw(st.lists(companies, max_size=5))
    for number, row in enumerate(rows):
        row |= {"person_id" if row["table"] == "people" else "account_id": f"{'0' if row['_source'] == 0 else 'x'}{number:02}"}
    numbers = [number for number, row in enumerate(rows) if row["table"] == "people"]
    for one, other in draw(st.lists(st.sampled_from(list(combinations(numbers, 2))), max_size=2)) if len(numbers) > 1 else []:
        rows.append(same(rows[one]["_source"], "people", rows[one]["person_id"], rows[other]["person_id"], "salesforce"))
    return rows


@settings(max_examples=25, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_of_sources_matters(rows: list[Row], random: Any) -> None:
    found = Merged(rows)
    numbers = list(SOURCES)
    random.shuffle(numbers)
    other = [{**row, "_source": numbers[row["_source"]]} for row in rows]
    random.shuffle(other)
    turned = Merged(other, sources={numbers[number]: name for number, name in SOURCES.items()})
    for kind in ("person", "account"):
        assert turned.final(kind) == found.final(kind)
    for table in ("merges", "unsure"):
        assert set(turned.connection.execute(f"FROM {table}").fetchall()) == set(found.connection.execute(f"FROM {table}").fetchall())


@settings(max_examples=15, deadline=None)
@given(markets(), st.data())
def test_undo_keeps_apart(tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject) -> None:
    merges = Merged(rows).connection.execute("SELECT kind, kept, merged FROM merges ORDER BY ALL").fetchall()
    if merges:
        chosen = data.draw(st.lists(st.sampled_from(merges), min_size=1, unique=True))
        lines = [{"kind": kind, "kept": kept, "merged": gone, "undo": "yes"} for kind, kept, gone in chosen]
        found = Merged(rows, written(tmp_path_factory.mktemp("undo"), "merges.csv", *lines))
        for kind, kept, gone in chosen:
            final = found.final({"people": "person", "accounts": "account"}[kind])
            assert final[kept] != final[gone]


@settings(max_examples=15, deadline=None)
@given(markets())
def test_personal_domains_make_no_account_and_every_merge_is_listed(rows: list[Row]) -> None:
    found = Merged(rows)
    assert "domain:gmail.com" not in found.accounts()
    listed = {gone: kept for kept, gone, _ in found.merges()}
    for kind in ("person", "account"):
        assert all(listed.get(identity, identity) == final for identity, final in found.final(kind).items())
