"""What an import tells its user beside the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import DataError
from bgml.project import find_project
from bgml.sources.run import import_sources
from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, NOW, Org, written

OWN = {**DEAL, "Product_Line__c": "Platform", "Region__c": "EMEA"}


def test_a_missing_optional_table_is_named_with_what_it_costs(org: Org) -> None:
    told = org().done.warnings
    assert "Salesforce: no table event: no meetings" in told
    assert any(warning.startswith("signals is empty") for warning in told)


def test_an_empty_table_is_told_with_the_reasons_of_what_could_have_become_one(org: Org) -> None:
    none = "signals is empty, and bgml needs it: no table with such rows was found; import a source that has them beside this one"
    assert none in org().done.warnings
    event = {"id": "00U1", "who_id": CONTACT["id"], "start_date_time": "2027-05-05"}
    told = org(event=[event], opportunity=[{**DEAL, "account_id": "001000000000009"}]).done.warnings
    assert (
        "opportunities is empty, and bgml needs it: none of the 1 rows that could become one did; "
        "most were set aside: its account is not among the accounts (1 rows of opportunity.csv)"
    ) in told
    (signals,) = [warning for warning in told if warning.startswith("signals is empty, and bgml needs it: none of the 1 rows")]
    assert signals.endswith(" rows of event.csv)")


def test_nothing_imported_is_one_sentence_with_the_reason(tmp_path: Path) -> None:
    gone = [{**ACCOUNT, "is_deleted": "true"}]
    place = written(tmp_path / "org", account=gone, contact=[{**CONTACT, "is_deleted": "true"}], opportunity=[DEAL])
    said = r"of 3 rows none was used; most were set aside: deleted in the CRM \(2 rows of contact.csv and 1 more\)"
    with pytest.raises(DataError, match=said):
        import_sources([("salesforce", str(place))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_own_fields_are_told_as_long_as_a_setting_could_name_one(tmp_path: Path) -> None:
    place = str(written(tmp_path / "org", account=[ACCOUNT], opportunity=[OWN]))
    own = "opportunity.csv: fields of your own that nothing reads: Product_Line__c, Region__c; if one of them is the topic, say so under "
    assert own + "[sources.salesforce]" in import_sources([("salesforce", place)], tmp_path / "out", now=NOW).warnings
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n[sources.salesforce]\ntopic = "Product_Line__c"\n', encoding="utf-8")
    project = find_project(named=tmp_path)
    told = import_sources([("salesforce", place)], tmp_path / "out", project=project, now=NOW).warnings
    assert not any("fields of your own" in note for note in told)
