"""An import: sources opened, mapped, brought together, accounted for and written."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bgml.config import Settings
from bgml.data.topics import Topics, load_topics
from bgml.errors import DataError
from bgml.project import Progress, Project, quiet
from bgml.sources import intent
from bgml.sources.declaration import Declaration, load_declaration, settings_of
from bgml.sources.detect import kind_of
from bgml.sources.final.accounts import finish_accounts
from bgml.sources.final.acts import finish_acts
from bgml.sources.final.deals import finish_contacts, finish_deals
from bgml.sources.final.people import finish_people
from bgml.sources.history import Undated, undated_columns
from bgml.sources.identity.merge import merge_records, preference
from bgml.sources.ledger import Entry, account
from bgml.sources.mapping.blocks import run_blocks
from bgml.sources.mapping.macros import create_macros
from bgml.sources.mapping.opening import Source, open_source
from bgml.sources.mapping.staging import create_staging
from bgml.sources.notes import main_reason, notes
from bgml.sources.raw import Place, places
from bgml.sources.topics.assignment import create_topics, write_said
from bgml.sources.visitors.placing import UNRESOLVED, place_visitors, write_unresolved
from bgml.sources.writing import ALWAYS, ORDER, publish, workroom, write_merges, write_table

MEMORY = 1_800_000_000
"""Bytes DuckDB may take for tables; what does not fit goes to the working folder. The process takes about half as much again."""


@dataclass(frozen=True)
class Imported:
    """What an import did: the folder, rows by table written, the account by raw table, and what its user should know.

    `merges` records were made one with others, `unsure` pairs may be one and were not.
    """

    folder: Path
    kinds: tuple[str, ...]
    rows: dict[str, int]
    entries: list[Entry]
    warnings: list[str]
    undated: list[Undated]
    merges: int
    unsure: int

    def document(self) -> dict[str, Any]:
        """The import for JSON."""
        return {
            "folder": str(self.folder.resolve()),
            "sources": list(self.kinds),
            "rows": self.rows,
            "account": [entry.document() for entry in self.entries],
            "warnings": self.warnings,
            "undated": {item.name: item.why for item in self.undated},
            "merges": self.merges,
            "unsure": self.unsure,
        }


def import_sources(
    given: Sequence[tuple[str, str]],
    folder: Path,
    *,
    schema: str | None = None,
    companies: Path | None = None,
    project: Project | None = None,
    now: datetime.datetime | None = None,
    progress: Progress = quiet,
) -> Imported:
    """Import sources, pairs of kind and place, into `folder` as tables of the contract; it is replaced as a whole or not at all.

    `schema`: where in a database the raw tables lie. `companies`: a table of ip ranges or domains and their companies. Inside a
    `project` its [sources] settings and topics.toml count. `now` (naive UTC) is the clock that tells a planned act from one
    done. Raises DataError and SettingsError.
    """
    now = now or datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    with workroom(folder) as work, ExitStack() as closing:
        connection = _connect(work, project)
        closing.callback(connection.close)
        sources = _open_all(connection, given, work, schema, project, closing)
        steps = _Steps(progress, len(sources) + 6)
        undated = list[Undated]()
        for source in sources:
            undated += [Undated(name, why) for name, why in run_blocks(connection, source, now).items()]
            steps.done()
        kinds = {source.number: source.declaration.crm.name for source in sources}
        told = merge_records(connection, kinds, folder if folder.is_dir() else None)
        told += _finish(connection, steps, companies, load_topics(project.topics_file) if project else None)
        return _written(connection, sources, work, folder, undated, told)


class _Steps:
    """Steps done, told to whoever watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.count = progress, total, 0

    def done(self) -> None:
        """One more step is done."""
        self.count += 1
        self.progress("importing", self.count, self.total)


def _connect(work: Path, project: Project | None) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own in memory, spilling to `work`: one on disk would compress every table on its way, which takes longer."""
    memory = min(MEMORY, project.settings.engine.memory_bytes) if project else MEMORY
    config: dict[str, Any] = {
        "memory_limit": f"{memory}B",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(work / "spill"),
    }
    if project:
        config["threads"] = project.threads()
    connection = duckdb.connect(config=config)
    create_macros(connection, day_first=_settings(project).sources.day_first)
    create_staging(connection)
    return connection


def _settings(project: Project | None) -> Settings:
    return project.settings if project else Settings.model_validate({"project": {"name": "import"}})


def _open_all(
    connection: duckdb.DuckDBPyConnection,
    given: Sequence[tuple[str, str]],
    work: Path,
    schema: str | None,
    project: Project | None,
    closing: ExitStack,
) -> list[Source]:
    """Every source opened, each with a label of its own; those whose ids and columns count first come first, whatever the order given."""
    settings = _settings(project).sources
    sources, tables = list[Source](), 0
    named = [_named(connection, kind, place, work / f"raw{number}", schema, closing) for number, (kind, place) in enumerate(given)]
    for number, (declaration, found) in enumerate(sorted(named, key=lambda pair: preference(pair[0].crm.name))):
        name = declaration.crm.name
        if name == intent.NAME:
            found = intent.gathered(connection, declaration, found)
        same = sum(source.declaration.crm.name == name for source in sources)
        label = f"{name}{same + 1}" if same else name
        values = settings_of(declaration, settings.of(name))
        sources.append(open_source(connection, number, label, declaration, values, found, tables))
        tables += len(declaration.tables)
    return sources


def _named(
    connection: duckdb.DuckDBPyConnection, kind: str, place: str, room: Path, schema: str | None, closing: ExitStack
) -> tuple[Declaration, dict[str, Place]]:
    """The declaration of one source and its raw tables."""
    room.mkdir()
    found = places(connection, place, room, schema, closing=closing)
    return load_declaration(kind_of(found) if kind == "auto" else kind), found


def _finish(connection: duckdb.DuckDBPyConnection, steps: _Steps, companies: Path | None, topics: Topics | None) -> list[str]:
    """From staged rows with their final ids to final tables; returns what was of no use on the way."""
    default = create_topics(connection, topics)
    finish_accounts(connection)
    intent.adopt_accounts(connection)
    told = place_visitors(connection, companies)
    steps.done()
    finish_people(connection)
    steps.done()
    finish_deals(connection, default)
    finish_contacts(connection)
    steps.done()
    finish_acts(connection, "signals", default)
    steps.done()
    finish_acts(connection, "touches", default)
    steps.done()
    return told


def _written(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], work: Path, folder: Path, undated: list[Undated], told: list[str]
) -> Imported:
    """The tables written and published, with their account."""
    entries = account(connection, sources)
    built = work / "built"
    built.mkdir()
    rows = {}
    for name in ORDER:
        counted = connection.execute(f"SELECT count(*) FROM final_{name}").fetchone()
        if name in ALWAYS or (counted and counted[0]):
            rows[name] = write_table(connection, name, built / f"{name}.parquet")
    if not any(rows.values()):
        read = sum(entry.rows for entry in entries)
        raise DataError(f"nothing could be imported: of {read:,} rows none was used; {main_reason(entries)}")
    write_said(connection, built)
    if unresolved := write_unresolved(connection, built):
        told = [*told, f"{unresolved:,} signals of nobody known are at no account; they are kept in {UNRESOLVED}, each with the reason"]
    merges = write_merges(connection, built)
    labels = tuple(source.label for source in sources)
    undated = undated_columns(connection) + undated
    imported = Imported(folder, labels, rows, entries, [*notes(sources, entries, rows), *told], undated, *merges)
    publish(built, folder, imported.document())
    return imported
