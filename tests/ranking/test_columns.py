"""The columns are documented as they are."""

import re
from pathlib import Path

import pytest

from bgml.ranking.columns import COLUMNS, KINDS, MEMBERS, TIMELINE, TOUCHES


@pytest.mark.parametrize(
    ("before", "columns"),
    [("### Columns", COLUMNS), ("`members.parquet`,", MEMBERS), ("`timeline.parquet`,", TIMELINE), ("`touches.parquet`,", TOUCHES)],
)
def test_the_documentation_lists_the_columns_in_their_order(before: str, columns: dict[str, tuple[str, str]]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "ranking.md").read_text(encoding="utf-8")
    table = text.split(before)[1].split("\n\n")[1]
    assert re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", table, flags=re.M) == [(name, *said) for name, said in columns.items()]


def test_every_column_is_of_a_known_kind() -> None:
    assert {kind for kind, _ in COLUMNS.values()} == {*KINDS, "id"}
