"""Which account an anonymous visit is of, and what is kept of those nobody can place."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from bgml.sources.run import import_sources
from bgml.sources.visitors.placing import PROVIDERS, UNRESOLVED

CRM = str(Path(__file__).parent.parent / "small_crm.toml")
ACCOUNTS = {"1": ("Acme", "acme.com"), "2": ("Acme Labs", "labs.acme.com"), "3": ("Beta", ""), "4": ("Comcast", "comcast.net")}
NOW = datetime.datetime(2026, 1, 1)


@pytest.fixture
def placed(tmp_path):
    """Import visits, each {column: text}; gives the account by visit, the reason by visit without one, and the import."""

    def run(*visits, companies=None):
        crm = tmp_path / "crm"
        crm.mkdir(exist_ok=True)
        pd.DataFrame([(key, *value) for key, value in ACCOUNTS.items()], columns=["id", "name", "website"]).to_csv(
            crm / "account.csv", index=False
        )
        rows = [{"id": f"v{number}", "cookie": f"c{number}", "seen": "2025-01-01", **visit} for number, visit in enumerate(visits)]
        pd.DataFrame(rows).to_csv(crm / "visit.csv", index=False)
        if companies is not None:
            (tmp_path / "companies.csv").write_text(companies)
        file = tmp_path / "companies.csv" if companies is not None else None
        done = import_sources([(CRM, str(crm))], tmp_path / "out", companies=file, now=NOW)
        signals = pd.read_parquet(tmp_path / "out" / "signals.parquet")
        left = tmp_path / "out" / UNRESOLVED
        unresolved = pd.read_parquet(left) if left.exists() else pd.DataFrame({"signal_id": [], "problem": []}, dtype=str)
        (entry,) = [entry for entry in done.entries if entry.table == "visit"]
        assert len(signals) + len(unresolved) == entry.rows == entry.used + sum(entry.aside.values())
        places = dict(zip(signals["signal_id"].str.rsplit(":").str[-1], signals["account_id"], strict=True))
        problems = dict(zip(unresolved["signal_id"].str.rsplit(":").str[-1], unresolved["problem"], strict=True))
        return places, problems, done

    return run


def test_a_host_belongs_to_the_account_with_the_longest_domain_it_ends_in(placed):
    places, problems, _ = placed({"host": "mail.acme.com"}, {"host": "www.LABS.acme.com"}, {"host": "notacme.com"}, {"host": "acme.com"})
    assert places == {"v0": "1", "v1": "2", "v3": "1"}
    assert problems == {"v2": "its company is not among the accounts"}


def test_networks_of_providers_and_personal_mail_are_of_no_account(placed):
    hosts = ("c-73-1.hsd1.ma.comcast.net", "gmail.com", "ec2-1.compute.amazonaws.com")
    places, problems, done = placed(*({"host": host} for host in hosts), {"host": "acme.com"})
    assert places == {"v3": "1"}
    assert set(problems.values()) == {"network of a provider or of personal mail"} and len(problems) == 3
    assert any("3 signals of nobody known are at no account; they are kept in unresolved.parquet" in warning for warning in done.warnings)


def test_known_people_are_not_placed_by_their_network(placed):
    places, _, _ = placed({"host": "acme.com", "email": "ann@comcast.net", "cookie": ""}, {"host": "acme.com"})
    assert places["v1"] == "1"


def test_a_company_table_places_addresses_the_narrowest_range_first(placed):
    table = "network,domain,account_id\n10.0.0.0/8,acme.com,\n10.1.0.0/16,labs.acme.com,\n2001:db8::/32,,3\n10.1.2.0/24,stranger.org,\n"
    visits = ({"ip": ip} for ip in ("10.9.9.9", "10.1.9.9", "2001:db8::5", "10.1.2.3", "192.0.2.1", "?"))
    places, problems, _ = placed(*visits, companies=table)
    assert places == {"v0": "1", "v1": "2", "v2": "3"}
    assert problems == {
        "v3": "its company is not among the accounts",
        "v4": "its address is in no range that is known",
        "v5": "its address is in no range that is known",
    }


def test_a_company_table_may_map_domains_and_name_companies_and_its_word_counts_before_the_list_of_providers(placed):
    table = "domain,company\nbeta-group.com,BETA\noffice.comcast.net,Comcast\n"
    places, problems, _ = placed(
        {"host": "vpn.beta-group.com"}, {"host": "x.office.comcast.net"}, {"host": "x.comcast.net"}, companies=table
    )
    assert places == {"v0": "3", "v1": "4"} and list(problems) == ["v2"]


def test_ranges_of_providers_place_nobody(placed):
    rows = ("10.0.0.0,10.0.0.255,Comcast,comcast.net,ISP", "10.0.1.0,10.0.1.9,,comcast.net,", "10.0.2.0,10.0.2.9,Acme,acme.com,business")
    table = "\n".join(("start_ip,end_ip,name,domain,type", *rows))
    places, problems, _ = placed({"ip": "10.0.0.7"}, {"ip": "10.0.1.7"}, {"ip": "10.0.2.7"}, companies=table)
    assert places == {"v2": "1"} and set(problems.values()) == {"network of a provider or of personal mail"}


def test_the_domain_is_asked_before_the_address(placed):
    places, _, _ = placed(
        {"host": "acme.com", "ip": "10.0.0.1"}, {"host": "x.gmail.com", "ip": "10.0.0.1"}, companies="ip,account_id\n10.0.0.1,3\n"
    )
    assert places == {"v0": "1", "v1": "3"}


def test_a_visit_that_says_nothing_is_kept_with_the_reason(placed):
    _, problems, _ = placed({"url": "https://x.com/a"}, {"host": "acme.com"})
    assert problems == {"v0": "nothing tells its company"}


def test_rows_of_the_table_that_are_of_no_use_are_told(placed):
    _, _, done = placed({"host": "acme.com"}, companies="network,domain\n10.0.0.0/99,acme.com\nx,acme.com\n10.0.0.0/8,\n")
    assert "companies.csv: 2 rows not used: no range that can be read" in done.warnings
    assert "companies.csv: 1 rows not used: no company" in done.warnings


def test_the_list_of_providers_holds_domains_in_lower_case_once():
    assert len(set(PROVIDERS)) == len(PROVIDERS) and all(name == name.lower() and "." in name for name in PROVIDERS)
