"""Which CRM a place of raw tables is from."""

from __future__ import annotations

from collections.abc import Collection

from bgml.errors import DataError
from bgml.sources.declaration import Declaration, kinds, load_declaration, with_prefixes
from bgml.sources.raw import squash


def kind_of(names: Collection[str]) -> str:
    """The kind whose tables are found most completely among the names of raw tables; DataError when none fits or two fit alike."""
    scores = {kind: _found(load_declaration(kind), names) for kind in kinds()}
    best = max(scores.values(), default=0)
    fitting = [kind for kind, score in scores.items() if score == best]
    if best == 0 or len(fitting) > 1:
        held = ", ".join(sorted(names)[:8])
        raise DataError(f"no CRM is recognised from the tables {held}; name it: {', '.join(kinds())}")
    return fitting[0]


def _found(declaration: Declaration, names: Collection[str]) -> int:
    """How many tables of a declaration are among the names; 0 when a required one is not."""
    squashed = {squash(name) for name in names}
    there = {
        name: any(squash(full) in squashed for given in table.names for full in with_prefixes(declaration.crm, given))
        for name, table in declaration.tables.items()
    }
    if not all(there[name] for name, table in declaration.tables.items() if table.required):
        return 0
    return sum(there.values())
