"""What the user of an import should know: what is missing and what it costs, what was not read, and why a needed table is empty."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bgml.sources.ledger import Entry
from bgml.sources.mapping.opening import Opened, Source
from bgml.sources.mapping.staging import RECORDS
from bgml.sources.raw import squash
from bgml.sources.writing import ALWAYS

SHOWN = 8
"""Columns that are named before the rest is counted."""
TELLS = {"accounts": ": no company, and no domain but those of personal mail"}


def notes(sources: Sequence[Source], entries: Sequence[Entry], rows: Mapping[str, int]) -> list[str]:
    """One sentence each; `rows` counts what was written, by table."""
    told = [note for source in sources for note in _of_source(source)]
    return told + [_empty(name, sources, entries) for name in ALWAYS if not rows[name]]


def main_reason(entries: Sequence[Entry]) -> str:
    """The most frequent reason for which rows were set aside."""
    reasons = _reasons(entries)
    return f"most were set aside: {reasons[0]}" if reasons else "the tables are empty"


def _of_source(source: Source) -> Iterator[str]:
    title = source.declaration.crm.title
    for name, opened in source.tables.items():
        declared = source.declaration.tables[name]
        if opened.found is None and declared.costs:
            yield f"{title}: no table {name}: {declared.costs}"
        if opened.found and opened.absent:
            yield f"{opened.found.where}: read as empty, because absent: {', '.join(opened.absent)}"
        yield from _own_fields(source, opened)
    if source.unread:
        counted = {acts.name: f" ({acts.rows:,} rows)" for acts in source.unread_acts}
        yield f"{title}: not read: {', '.join(name + counted.get(name, '') for name in source.unread)}"


def _own_fields(source: Source, opened: Opened) -> Iterator[str]:
    """Fields of the user's own in a table, where a setting that could name one of them is not made."""
    crm, settings = source.declaration.crm, source.settings
    free = [
        name
        for name, field in source.declaration.fields.items()
        if field.kind == "column" and opened.name in field.tables and not settings[name]
    ]
    if not (crm.own_fields and free and opened.found):
        return
    named = {squash(word) for words in settings.values() for word in words if isinstance(word, str)}
    own = [column for column in opened.found.columns if re.search(crm.own_fields, column, re.IGNORECASE) and squash(column) not in named]
    if own:
        more = f" and {len(own) - SHOWN} more" if len(own) > SHOWN else ""
        wanted = ", ".join(free[:-1]) + (" or " if free[:-1] else "") + free[-1]
        yield f"{opened.found.where}: fields of your own that nothing reads: {', '.join(own[:SHOWN])}{more}; if one of them is the " + (
            f"{wanted}, say so under [sources.{crm.name}]"
        )


def _empty(name: str, sources: Sequence[Source], entries: Sequence[Entry]) -> str:
    """Why a table that is needed has no row."""
    raw = _made_into((name,), sources)
    # Tables of people become signals too, by their MQLs; their reasons would hide those of the acts.
    raw -= set() if name in RECORDS else _made_into(RECORDS, sources)
    there = [entry for entry in entries if (entry.source, entry.table) in raw and entry.rows]
    begin = f"{name} is empty, and bgml needs it: "
    if not there:
        return f"{begin}no table with such rows was found; import a source that has them beside this one"
    said = "; ".join(_reasons(there)[:3])
    return f"{begin}none of the {sum(entry.rows for entry in there):,} rows that could become one did" + (
        f"; most were set aside: {said}" if said else f", because nothing in them tells of one{TELLS.get(name, '')}"
    )


def _made_into(targets: Sequence[str], sources: Sequence[Source]) -> set[tuple[str, str]]:
    """The raw tables, each with its source, of which blocks make rows of the targets."""
    return {(source.label, block.source) for source in sources for target in targets for block in source.declaration.blocks[target]}


def _reasons(entries: Sequence[Entry]) -> list[str]:
    """Why rows were set aside and where, the most frequent reason first."""
    by_reason = defaultdict[str, list[tuple[int, str]]](list)
    for entry in entries:
        for reason, rows in entry.aside.items():
            by_reason[reason].append((rows, entry.where))
    counted = sorted(((sum(rows for rows, _ in found), reason, max(found)[1]) for reason, found in by_reason.items()), reverse=True)
    more = {reason: f" and {len(found) - 1} more" for reason, found in by_reason.items() if len(found) > 1}
    return [f"{reason} ({rows:,} rows of {where}{more.get(reason, '')})" for rows, reason, where in counted]
