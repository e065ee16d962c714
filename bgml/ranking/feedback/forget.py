"""Forgetting a person: what identifies them goes from everything the project keeps and from the tables it may write; the id stays."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bgml.data.kept import forgotten, lines
from bgml.data.kept.verdict_log import file as verdicts_file
from bgml.data.warehouse import Warehouse, open_warehouse, parts, place_of
from bgml.errors import BgmlError, DataError
from bgml.project import Project
from bgml.ranking.archive import people
from bgml.ranking.feedback import duckdb_file
from bgml.ranking.feedback.erase import Edit, Fate, edit
from bgml.ranking.feedback.traces import Identity, Traces, reasons, traces
from bgml.ranking.handout import exposure

ASIDE = ("quarantine/.*.part", "work-*/spill/*", "audit-*/.bgml/work-*")
ABANDONED = 600
"""Seconds after which a file written aside was left by a process that died."""


@dataclass(frozen=True)
class Left:
    """What bgml may not or could not erase: the place, why, and the statement or condition to run there."""

    place: str
    why: str
    run: str

    def __str__(self) -> str:
        """In one sentence."""
        return f"{self.place}: {self.why}; {self.run}"


@dataclass(frozen=True)
class Forgetting:
    """What came of it: rows erased by place, what is left, when the person was forgotten before, how many files were handed out."""

    person_id: str
    erased: dict[str, int] = field(default_factory=dict)
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()
    before: str | None = None
    handed_out: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        left = [{"place": part.place, "why": part.why, "run": part.run} for part in self.left]
        return {
            "person_id": self.person_id, "done": not self.left, "forgotten_before": self.before, "erased": self.erased, "left": left,
            "notes": list(self.notes), "handed_out": self.handed_out,
        }  # fmt: skip


def look(project: Project, person_id: str) -> Traces:
    """What the tables and the book of names hold of a person; DataError for one who is in neither and was never forgotten."""
    with _opened(project) as warehouse:
        found = traces(warehouse, people.read(project.rankings), person_id)
    known = bool(found.rows or found.identity.names or found.identity.emails) or _in_book(project, person_id)
    if not known and person_id not in forgotten.ids(project):
        where = f"neither in the tables of {project.data_url()} nor in the rankings' people"
        raise DataError(f'nobody has the id "{person_id}": it is {where}; ids are compared letter by letter')
    return found


@contextlib.contextmanager
def _opened(project: Project) -> Iterator[Warehouse]:
    """The tables as they are, closed after the block so that a .duckdb file can be written."""
    warehouse = open_warehouse(project)
    try:
        yield warehouse
    finally:
        warehouse.backend.disconnect()


def _in_book(project: Project, person_id: str) -> bool:
    return bool((people.read(project.rankings).frame["person_id"].astype(str) == person_id).any())


def forget(project: Project, person_id: str) -> Forgetting:
    """Erase what identifies a person, and record it; from the record on, no reading of the tables brings it back.

    The order makes it safe to die anywhere: the record first, then what is found by the name (reasons of verdicts), then where the
    name is kept. Run again, it completes. BgmlError for an unknown person, and where something the project keeps cannot be written.
    """
    with project.lock("forget"):
        found = look(project, person_id)
        former = [entry for entry in forgotten.entries(project) if entry["person_id"] == person_id]
        forgotten.record(project, person_id, forgotten.BEGUN)
        erased = Counter[str]()
        for place, number in _erased(project, found.identity):
            erased[place] += number
        unfinished = bool(former) and former[-1].get("state") != forgotten.DONE
        changed, problems = _from_tables(project, found.identity, scrub=unfinished)
        erased.update(changed)
        left = _left(project, found.identity, problems)
        before = next((entry["at"] for entry in former if entry.get("state") == forgotten.DONE), None)
        rows = {place: number for place, number in erased.items() if number}
        state = forgotten.BEGUN if left else forgotten.DONE
        forgotten.record(project, person_id, state, {"erased": rows, "left": [part.place for part in left]})
    return Forgetting(person_id, rows, tuple(left), _further(found), before, len(exposure.entries(project)[0]))


def _erased(project: Project, identity: Identity) -> Iterator[tuple[str, int]]:
    """Erase from what the project keeps; places and rows."""
    yield "verdicts", _from_verdicts(project, identity)
    for place, path, change in _copies(project, identity):
        with _writing(path):
            yield place, edit(path, change)
    _clear(project)
    yield f"rankings/{people.FILE}", int(people.forget(project.rankings, identity.person_id))


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """A file that cannot be edited, as one sentence; one that went away meanwhile holds nothing."""
    try:
        yield
    except FileNotFoundError:
        return
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be edited ({_told(error)}); remove it or make it writable, then run this again") from error


def _from_verdicts(project: Project, identity: Identity) -> int:
    """Blank the reasons that name the person."""
    path, change = verdicts_file(project), identity.of_reasons
    if not path.exists():
        return 0
    try:
        with lines.held(path):
            for left in path.parent.glob(f".{path.stem}-*.part"):
                left.unlink(missing_ok=True)
            entries, torn = lines.read(path)
            named = [change.fate({name: str(entry.get(name) or "") for name in change.columns}) is not Fate.KEPT for entry in entries]
            if any(named) or torn or not path.read_bytes().endswith(b"\n"):
                lines.rewrite(path, [{**entry, "reason": ""} if hit else entry for entry, hit in zip(entries, named, strict=True)])
            return sum(named)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}; make it writable, then run this again") from error


def _copies(project: Project, identity: Identity) -> Iterator[tuple[str, Path, Edit]]:
    """The copies of tables under `.bgml/`: rows set aside, and what a run that is under way or died has copied."""
    for path in sorted((project.state / "quarantine").glob("*.parquet")):
        yield ".bgml/quarantine", path, identity.of_rows
        yield ".bgml/quarantine", path, identity.of_lines
        yield ".bgml/quarantine", path, identity.of_reasons
    for path in sorted([*project.state.glob("work-*/*.parquet"), *project.state.glob("audit-*/**/*.parquet")]):
        if path.stem == "people":
            yield ".bgml/work", path, identity.of_rows


def _clear(project: Project) -> None:
    """Remove what dead runs left aside."""
    for path in (path for pattern in ASIDE for path in project.state.glob(pattern)):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _from_tables(project: Project, identity: Identity, *, scrub: bool) -> tuple[dict[str, int], dict[str, str]]:
    """Erase from the data where that is a folder or a .duckdb file; rows by place, and the problem of each place that refused."""
    url = project.data_url()
    if "://" in url and not url.startswith("duckdb://"):
        return {}, {}
    path = Path(url.removeprefix("duckdb://"))
    erased, problems = Counter[str](), dict[str, str]()
    steps = _files(path, identity) if path.is_dir() else [(path, None)]
    for file, change in steps:
        try:
            if change is not None:
                erased[_place(project, file)] += edit(file, change)
            else:
                erased[_place(project, file)] += sum(duckdb_file.erase(file, identity, scrub=scrub).values())
        except (OSError, ValueError, pa.ArrowException, duckdb.Error) as error:
            problems[_place(project, file)] = _told(error)
    return dict(erased), problems


def _files(folder: Path, identity: Identity) -> list[tuple[Path, Edit | None]]:
    """The files of a folder to edit; people last, whose names the others are searched for."""
    found = list[tuple[Path, Edit | None]]()
    for name, change in (("verdicts", identity.of_reasons), ("people", identity.of_rows)):
        if (place := place_of(folder, name)) is not None:
            found += [(file, change) for file in parts(place)[1]]
    return found


def _left(project: Project, identity: Identity, problems: dict[str, str]) -> list[Left]:
    """What the tables still hold, looked up anew."""
    with _opened(project) as warehouse:
        still = traces(warehouse, people.read(project.rankings), identity.person_id)
        named, sources = reasons(warehouse, identity), warehouse.sources
    where = f"person_id = {_quoted(identity.person_id)}"
    found = []
    if number := still.rows.get("people", 0):
        why = f"{number:,} rows of people are left{_because(problems)}"
        found.append(Left(sources["people"].where, why, f"run there: DELETE FROM people WHERE {where};"))
    if named:
        why = f"{named:,} reasons of verdicts name the person{_because(problems)}"
        found.append(Left(sources["verdicts"].where, why, "blank them there"))
    if problems and not found:
        found += [Left(place, f"it was not edited ({why})", "make it writable and run this again") for place, why in problems.items()]
    return found


def _because(problems: dict[str, str]) -> str:
    return f" ({'; '.join(f'{place}: {why}' for place, why in problems.items())})" if problems else ""


def _further(found: Traces) -> tuple[str, ...]:
    """Columns outside the contract that may tell more of the person."""
    return tuple(
        f"{table}: {found.rows[table]:,} rows keep the id and columns outside the contract ({', '.join(names)}); see that these name nobody"
        for table, names in found.further.items()
    )


def _place(project: Project, path: Path) -> str:
    return path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else str(path)


def _told(error: Exception) -> str:
    """The first line of what went wrong."""
    if isinstance(error, BgmlError | OSError):
        return getattr(error, "strerror", None) or str(error)
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
