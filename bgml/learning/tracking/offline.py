"""Runs that wait on disk: every run is written down before MLflow is told, and stays there until MLflow has it whole."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bgml.errors import TrackingError
from bgml.learning.tracking import run as runs
from bgml.learning.tracking import store
from bgml.learning.tracking.run import ARTIFACT, FILES, Run
from bgml.learning.tracking.send import Sent, send
from bgml.project import Project

HOME = "offline"
SENT = "sent.json"


@dataclass(frozen=True)
class Delivered:
    """What became of a run: `sent` to MLflow, or kept in `folder` because of a `problem`."""

    folder: Path
    sent: Sent | None
    problem: str = ""

    @property
    def run_id(self) -> str:
        """MLflow's id of the run; empty for one that it does not have yet."""
        return self.sent.run_id if self.sent is not None else ""

    def place(self, file: str) -> str:
        """Where a person finds a file of the run: its path on this machine, or the page of the run on a server."""
        if self.sent is None:
            return str(self.folder / FILES / file)
        return self.sent.page or f"{self.sent.artifacts}/{file}"

    @property
    def way_out(self) -> str:
        """The problem in a line, with what to do; empty for a run that was sent."""
        return f"{self.problem}: the run is kept, `bgml log {self.folder.name}` sends it" if self.problem else ""


def deliver(project: Project, run: Run, fill: Callable[[Path], None]) -> Delivered:
    """Write a run under .bgml/offline/, then tell MLflow and take the copy away; where MLflow cannot be told, the copy stays.

    fill: writes what goes with the run into the folder it is given, as `files` and `artifact` below it.
    """
    folder = _keep(project, run, fill)
    with _held(folder):
        try:
            sent = send(project, run, folder)
        except TrackingError as error:
            return Delivered(folder, None, str(error))
        shutil.rmtree(folder)
    return Delivered(folder, sent)


def log(project: Project, reference: str) -> Sent:
    """Send a kept run, named by its folder's name or the beginning of it; one that was sent before is not sent again.

    TrackingError for a name of none or of several, for a damaged one, and where MLflow cannot be told.
    """
    folder = _named(project, reference)
    with _held(folder):
        if (folder / SENT).exists():
            return _recorded(folder)
        sent = send(project, runs.read(folder), folder, again=True)
        aside = folder / f".{SENT}"
        aside.write_text(json.dumps(asdict(sent), indent=1) + "\n", encoding="utf-8")
        aside.replace(folder / SENT)
        for part in (FILES, ARTIFACT):
            shutil.rmtree(folder / part, ignore_errors=True)
    return sent


def waiting(project: Project) -> list[str]:
    """The names of the runs that MLflow has not been told of, in order."""
    return [folder.name for folder in _kept(project) if not (folder / SENT).exists()]


def _keep(project: Project, run: Run, fill: Callable[[Path], None]) -> Path:
    """The folder of a run, written aside and then named: kind, model, date, and the beginning of its identity."""
    home = project.state / HOME
    home.mkdir(mode=0o700, exist_ok=True)
    parts = [run.tags.get(tag, "") for tag in ("kind", "model", "as_of")]
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", "-".join([*filter(None, parts), run.identity[:8]]))
    with tempfile.TemporaryDirectory(dir=home, prefix=".") as scratch:
        fresh = Path(scratch) / name
        fresh.mkdir(mode=0o700)
        fill(fresh)
        run.written(fresh)
        return fresh.rename(home / name)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep others from sending the same run for the block; TrackingError at once when one does."""
    import fcntl

    try:
        file = (folder / runs.RECORD).open("rb")
    except OSError as error:
        raise TrackingError(f"{folder} holds no {runs.RECORD} ({error.strerror}): it is no run that bgml kept") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrackingError(f"{folder.name} is being sent by another process; wait for it to end") from None
        yield


def _named(project: Project, reference: str) -> Path:
    """The one folder whose name is, or begins with, the reference."""
    name, kept = reference.strip().rstrip("/").rpartition("/")[2], _kept(project)
    found = [folder for folder in kept if folder.name == name] or [folder for folder in kept if name and folder.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise TrackingError(f'"{reference}" is the beginning of several runs: {", ".join(folder.name for folder in found)}')
    there = ", ".join(waiting(project))
    waits = f"waiting are {there}" if there else "no run waits to be sent"
    raise TrackingError(f'no kept run is named "{reference}" in {project.state / HOME}: {waits}')


def _kept(project: Project) -> list[Path]:
    return sorted(path for path in (project.state / HOME).glob("[!.]*") if path.is_dir())


def _recorded(folder: Path) -> Sent:
    """What MLflow said when the run was sent."""
    try:
        values = json.loads((folder / SENT).read_text(encoding="utf-8"))
        version = values["version"]
        return Sent(**{**values, "version": None if version is None else store.Registered(**version)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrackingError(f"{folder / SENT} cannot be read ({error}); the run was sent, {folder} may be deleted") from None
