"""Recognising a CRM by the names of its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import DataError
from bgml.sources.declaration import FOLDER
from bgml.sources.detect import kind_of

SEEDS = Path(__file__).parents[1] / "data" / "crm"


@pytest.mark.parametrize(
    "folder", sorted(path for path in SEEDS.iterdir() if (FOLDER / f"{path.name}.toml").exists()), ids=lambda path: path.name
)
def test_real_tables_are_recognised(folder: Path) -> None:
    assert kind_of([path.stem for path in folder.glob("*.csv")]) == folder.name


def test_salesforces_own_names_are_recognised() -> None:
    assert kind_of(["Account", "Contact", "Opportunity", "CampaignMember"]) == "salesforce"


def test_what_is_none_is_one_sentence() -> None:
    with pytest.raises(DataError, match=r"no CRM is recognised from the tables bills, orders; name it: .*salesforce"):
        kind_of(["orders", "bills"])
