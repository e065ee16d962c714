"""What a column has one value per: each group, each account, or each topic."""

from __future__ import annotations

from bgml.engine.columns.algebra import Attribute, Grain
from bgml.engine.columns.catalog import Catalog


def grains(catalog: Catalog) -> dict[str, Grain]:
    """The grain of every column, shown or only read: a derived one's is that of all it reads, the group's where they differ."""
    found: dict[str, Grain] = {}
    for name, column in catalog.base.items():
        match column.declaration:
            case Attribute(table=table):
                found[name] = "account" if table == "accounts" else "topic"
            case declaration:
                found[name] = declaration.grain
    for derived in catalog.derived:
        read = {found[name] for name in derived.reads}
        found[derived.name] = read.pop() if len(read) == 1 else "group"
    return found
