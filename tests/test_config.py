"""Every rule of bgml.toml: defaults, unknown names, kinds, ranges, passwords."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from bgml.config import Settings, holds_password, load_settings, memory_bytes, sections, settings_from
from bgml.errors import SettingsError

NAME = {"project": {"name": "acme"}}


def refused(**document: object) -> str:
    """The message settings_from raises for the document, its origin taken off."""
    with pytest.raises(SettingsError) as caught:
        settings_from({**NAME, **document}, "bgml.toml")
    message = str(caught.value)
    assert message.startswith("bgml.toml: ")
    assert "\n" not in message
    return message.removeprefix("bgml.toml: ")


def test_defaults_are_those_of_the_design() -> None:
    settings = settings_from(NAME, "test")
    assert settings.data.url == "data"
    assert settings.data.until is None
    assert settings.data.static == ("industry", "region", "segment", "employees", "revenue", "title", "department", "seniority")
    groups = settings.groups
    assert (groups.lookback, groups.min_people, groups.customer_days, groups.exclude_accounts) == (91, 1, 365, ())
    assert (settings.outcome.target, settings.outcome.horizon, settings.outcome.match) == ("won", 180, "pair")
    assert settings.dates.every == 7
    assert (settings.check.max_bad_share, settings.check.min_won) == (0.01, 40)
    assert settings.features.without == ()
    assert (settings.models.train, settings.models.without) == (("propensity", "lambdarank"), ())
    ranking = settings.ranking
    assert (ranking.capacity, ranking.owner_capacity, ranking.max_per_account, ranking.explore) == (50, 10, 3, 0.0)
    assert (ranking.bands, ranking.rework_days) == ((0.05, 0.20, 0.50), 90)
    assert (settings.engine.name, settings.engine.threads, settings.engine.memory) == ("local", 0, "8GiB")
    assert settings.engine.memory_bytes == 8 * 2**30
    assert settings.tracking.uri == ""
    assert settings.web.mask_email is True


def test_the_checkouts_own_file_writes_out_every_default() -> None:
    text = Path("bgml.toml").read_text(encoding="utf-8")
    assert load_settings(Path("bgml.toml")) == settings_from({"project": {"name": "bgml"}}, "test")
    for name, section in sections().items():
        body = text.partition(f"\n[{name}]")[2].partition("\n[")[0]
        for key in section.model_fields:
            assert f"\n{key} = " in body or f"\n# {key} = " in body, f"[{name}] {key}"


def test_settings_survive_json() -> None:
    document = {**NAME, "data": {"until": datetime.date(2026, 1, 5)}, "groups": {"exclude_accounts": [7, "a"]}}
    settings = settings_from(document, "test")
    stored = json.loads(json.dumps(settings.model_dump(mode="json")))
    assert settings_from(stored, "stored") == settings


def test_settings_cannot_be_changed() -> None:
    settings = settings_from(NAME, "test")
    with pytest.raises(ValueError, match="frozen"):
        settings.groups.lookback = 7  # type: ignore[misc]


def test_unknown_names_come_with_the_nearest() -> None:
    assert refused(dta={}) == '[dta] is not a section; did you mean "data"?'
    assert refused(data={"urll": "x"}) == '[data] urll is not a setting; did you mean "url"?'
    assert refused(data={"horizon": 90}) == "[data] horizon is not a setting; it belongs under [outcome]"
    assert refused(dates={"xyz": 1}) == "[dates] xyz is not a setting; [dates] has every"


def test_a_fault_in_a_route_rule_names_the_rule() -> None:
    def said(*rules: object) -> str:
        return refused(routes={"rule": list(rules)})

    good = {"route": "lead", "segment": ["smb"], "people_below": 3}
    assert said(good, {"route": "leed"}) == "[routes] rule 2, route must be 'lead', 'account' or 'group', not \"leed\""
    assert said({"route": "lead", "peple_below": 3}) == '[routes] rule 1, peple_below is not a key of a rule; did you mean "people_below"?'
    assert said({"route": "lead", "x": 3}).startswith("[routes] rule 1, x is not a key of a rule; a rule has route, segment, amount_below")
    assert said({}) == '[routes] rule 1, route is missing; write route = "lead", "account" or "group" in the rule'
    assert said(good, good, {"route": "lead", "people_from": 3, "people_below": 3}) == (
        "[routes] rule 3 never fits: people_from 3 is not less than people_below 3"
    )
    assert said(good | {"segment": "smb"}) == '[routes] rule 1, segment must be a list in square brackets, not "smb"'
    assert said("lead") == '[routes] rule 1 must be a table such as { route = "lead", people_below = 3 }, not "lead"'
    assert refused(routes={"rule": good}).startswith("[routes] rule must be a list in square brackets")


def test_project_and_its_name_are_required() -> None:
    with pytest.raises(SettingsError, match=r'the section \[project\] is missing; write name = "..." in it'):
        settings_from({}, "bgml.toml")
    assert refused(project={}).startswith("[project] name is missing")
    for name in ["", "a b", "a/b", "a:b", "-a", "x" * 65]:
        assert refused(project={"name": name}).startswith("[project] name must be 1 to 64 letters")


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("groups", "lookback", "91", 'must be a whole number, not "91"'),
        ("groups", "lookback", 0, "must be at least 1, not 0"),
        ("groups", "lookback", 0.5, "must be a whole number, not 0.5"),
        ("groups", "lookback", True, "must be a whole number, not true"),
        ("groups", "min_people", -1, "must be at least 0, not -1"),
        ("groups", "exclude_accounts", "a", 'must be a list in square brackets, not "a"'),
        ("outcome", "target", "lost", "must be 'won', 'created' or 'accepted', not \"lost\""),
        ("outcome", "match", "person", "must be 'pair' or 'account', not \"person\""),
        ("outcome", "horizon", 0, "must be at least 1, not 0"),
        ("dates", "every", 0, "must be at least 1, not 0"),
        ("check", "max_bad_share", 3, "must be at most 1, not 3"),
        ("check", "max_bad_share", float("nan"), "must be a finite number, not nan"),
        ("check", "min_won", 0, "must be at least 1, not 0"),
        ("data", "url", "", 'must be text that is not empty, not ""'),
        ("data", "url", 3, "must be text in quotes, not 3"),
        ("data", "until", "soon", 'must be a date such as 2026-01-05, without quotes, not "soon"'),
        ("data", "until", datetime.datetime(2026, 1, 5, 3), "must be a date such as 2026-01-05, without quotes, not 2026-01-05 03:00:00"),
        ("data", "static", [1], "must be text in quotes, not 1"),
        ("models", "train", [], "must be a list with at least one entry, not []"),
        ("ranking", "explore", 1.5, "must be at most 1, not 1.5"),
        ("ranking", "bands", [0.5, 0.2, 0.1], "must be three rising shares between 0 and 1 (the ends of bands A, B and C)"),
        ("ranking", "bands", [0.5, 0.6], "must be three rising shares between 0 and 1 (the ends of bands A, B and C)"),
        ("crm", "salesforce_account", "Name", 'must be "AccountId" or a field such as "Account.Number__c", not "Name"'),
        ("crm", "salesforce_contact", "Account.X", 'must be "ContactId" or a field such as "Contact.Number__c", not "Account.X"'),
        ("crm", "hubspot_stage", "", "must be text that is not empty, not \"\""),
        ("engine", "name", "dask", "must be 'local' or 'spark', not \"dask\""),
        ("engine", "threads", -1, "must be at least 0, not -1"),
        ("engine", "memory", "8", 'must be a size such as "8GiB" or "500MB", not "8"'),
        ("engine", "memory", "0GiB", 'must be a size such as "8GiB" or "500MB", not "0GiB"'),
        ("web", "mask_email", "yes", 'must be true or false, not "yes"'),
    ],
)
def test_wrong_kinds_and_ranges_are_one_sentence(section: str, key: str, value: object, expected: str) -> None:
    assert refused(**{section: {key: value}}) == f"[{section}] {key} {expected}"


def test_a_section_that_is_none() -> None:
    assert refused(data=3) == "[data] must be a section with keys of its own, not 3"


def test_several_faults_tell_the_first_and_their_number() -> None:
    assert refused(groups={"lookback": 0, "min_people": -1}) == "[groups] lookback must be at least 1, not 0 (1 more after this one)"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:secret@db.example/sales",
        "postgresql://ann:se/cret@db.example/sales",
        "snowflake://ann:@acme/db",
        "postgresql://db.example/sales?user=ann&password=secret",
        "databricks://host?access_token=secret",
        "host=db.example user=ann password=secret",
        "postgresql://ann:sec[ret@db.example/sales",
    ],
)
def test_passwords_are_refused_and_never_shown(url: str) -> None:
    assert holds_password(url)
    for section, key in [("data", "url"), ("tracking", "uri")]:
        message = refused(**{section: {key: url}})
        assert message == f'[{section}] {key} holds a password: put the whole URL into an environment variable and write "env:NAME"'


@pytest.mark.parametrize("url", ["data", "../x.duckdb", "postgresql://ann@db.example/sales", "env:WAREHOUSE", "C:\\data", "data@2026"])
def test_other_places_hold_no_password(url: str) -> None:
    assert not holds_password(url)


def test_sizes() -> None:
    assert [memory_bytes(text) for text in ("1KiB", "1.5 GB", "2tib", " 8GiB ")] == [1024, 1_500_000_000, 2 * 2**40, 8 * 2**30]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "bgml.toml"
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_settings(path)
    path.write_text('[project]\nname = "acme\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bgml.toml is not valid TOML: .*line 2"):
        load_settings(path)
    path.write_bytes(b'[project]\nname = "\xff"\n')
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        load_settings(path)
    path.write_text('[project]\nname = "acme"\n[datta]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="bgml.toml: ") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "bgml.toml"
    path.write_text('[project]\nname = "acme"\n[data]\nuntil = 2026-01-05\n[ranking]\nexplore = 0\n', encoding="utf-8")
    settings = load_settings(path)
    assert isinstance(settings, Settings)
    assert settings.data.until == datetime.date(2026, 1, 5)
    assert settings.ranking.explore == 0.0
