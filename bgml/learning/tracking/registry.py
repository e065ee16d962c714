"""Trained versions and the references that name them: NAME, NAME:VERSION, @ALIAS."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bgml.errors import TrackingError, nearest
from bgml.learning.tracking import store
from bgml.project import Project

DEFAULT = "propensity"
CHAMPION, PREVIOUS = "champion", "previous"
RECORD = "version.json"
CURRENT = "current"
INSIDE = "data/artifact"
RUN = re.compile(r"[0-9a-f]{8,32}")
"""How a run is named: MLflow's id or the beginning of it."""


@dataclass(frozen=True)
class Version:
    """A trained version: its model's name, number, the date it was trained as of, its MLflow run and the folder of its artifact."""

    name: str
    version: int
    as_of: date
    run_id: str
    folder: Path

    def __str__(self) -> str:
        """The reference that names it: NAME:VERSION."""
        return f"{self.name}:{self.version}"


def versions(project: Project) -> list[Version]:
    """Every version of the project, oldest first; those of a remote store have a folder that `fetched` has yet to fill."""
    return [version for row in _rows(project) if (version := _version(project, row)) is not None]


def resolve(project: Project, reference: str | None = None) -> Version:
    """The version a reference names: NAME (its newest), NAME:VERSION or @ALIAS; None is @champion, or without one the newest propensity.

    A version that is or was champion is read from its copy in mlruns/champion/ when an alias names it; where the registry is remote,
    or gone, the copy answers for @champion. TrackingError for a reference to nothing, with the nearest that there is.
    """
    reference = (reference or "").strip()
    if reference in ("", f"@{CHAMPION}") and (copy := _champion(project)) is not None:
        return copy
    if reference.startswith("@"):
        return _by_alias(project, reference[1:])
    known = versions(project)
    if not reference:
        return _default(project, known)
    name, colon, number = reference.partition(":")
    of_name = [version for version in known if version.name == name]
    if not of_name:
        raise TrackingError(_no_such_model(name, known))
    return fetched(project, _numbered(name, number, known) if colon else of_name[-1])


def of_run(project: Project, run: str) -> Version:
    """The version that a training run made, named by its MLflow id or at least its first 8 characters, or by a reference.

    TrackingError for a run that is not there, belongs to another project or is no training.
    """
    known = versions(project)
    if not RUN.fullmatch(run) or run in {version.name for version in known}:
        return resolve(project, run)
    found = [version for version in known if version.run_id.startswith(run)]
    if len(found) == 1:
        return fetched(project, found[0])
    if found:
        raise TrackingError(f"several runs begin with {run}: {', '.join(version.run_id for version in found)}; give more of the id")
    raise TrackingError(_no_such_run(project, run, known))


def tags(project: Project, version: Version) -> dict[str, str]:
    """The tags of a version in the registry."""
    return next((row.tags for row in _rows(project) if row.version == version.version), {})


def made(project: Project, row: store.Registered) -> Version:
    """The version that a training has just registered."""
    version = _version(project, row)
    if version is None:
        raise TrackingError(f"version {row.version} of the registry has no model and as_of among its tags, so it is none that bgml trained")
    return version


def fitting(project: Project, version: Version, as_of: date) -> Version | None:
    """The newest version trained as of `as_of` or before, of the same model where there is one."""
    fits = [other for other in versions(project) if other.as_of <= as_of]
    same = [other for other in fits if other.name == version.name]
    return next(reversed(same or fits), None)


def checksum(version: Version) -> str:
    """SHA-256 over the names and bytes of the version's artifact files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in version.folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(version.folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def holder(project: Project, alias: str) -> Version | None:
    """The version that carries an alias in the registry, its artifact there or not (see `fetched`); None where none does."""
    return _named_by(project, alias) if alias in _aliases(project) else None


def make_champion(project: Project, version: Version, previous: Version | None = None) -> None:
    """Give a version the alias `champion`, its artifact copied under mlruns/champion/, from where scoring needs no MLflow.

    previous: the version that gets the alias `previous` first. Copies are kept, each in a folder of its own that never changes, so
    that whoever reads meanwhile has the whole former champion or the whole new one: the alias decides, or where the registry is
    remote or gone, the line in mlruns/champion/current.
    """
    from bgml.learning.tracking import track

    copy = _keep_copy(project, version)
    if previous is not None:
        track.set_alias(project, PREVIOUS, previous.version)
    track.set_alias(project, CHAMPION, version.version)
    aside = copy.with_name(f".{CURRENT}.{os.getpid()}")
    aside.write_text(f"{copy.name}\n", encoding="utf-8")
    aside.replace(copy.with_name(CURRENT))


def _keep_copy(project: Project, version: Version) -> Path:
    """The folder with the version's copy, made when missing and mended when it is not what the registry has."""
    home = _copy_home(project, version)
    if (home / RECORD).exists() and checksum(replace(version, folder=home / "artifact")) == checksum(version):
        return home
    home.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.mlruns, prefix=".champion-") as scratch:
        fresh, former = Path(scratch) / "new", Path(scratch) / "old"
        shutil.copytree(version.folder, fresh / "artifact")
        record = {"name": version.name, "version": version.version, "as_of": version.as_of.isoformat(), "run_id": version.run_id}
        (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        if home.exists():
            home.rename(former)
        fresh.rename(home)
    return home


def _copy_home(project: Project, version: Version) -> Path:
    return project.mlruns / CHAMPION / f"{version.version}-{version.run_id}"


def _champion(project: Project) -> Version | None:
    """The champion: whom the local registry names, or where it is remote or gone, whose copy was made last."""
    if not project.tracking_uri() and store.database(project).exists():
        return _by_alias(project, CHAMPION) if CHAMPION in store.aliases(project) else None
    home = project.mlruns / CHAMPION
    try:
        copy = home / (home / CURRENT).read_text(encoding="utf-8").strip()
        record = json.loads((copy / RECORD).read_text(encoding="utf-8"))
        return Version(record["name"], int(record["version"]), date.fromisoformat(record["as_of"]), record["run_id"], copy / "artifact")
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError) and not (home / CURRENT).exists():
            return None
        raise TrackingError(f"{home} cannot be read ({error}); move it away and promote the version again") from None


def _by_alias(project: Project, alias: str) -> Version:
    return fetched(project, _named_by(project, alias))


def _named_by(project: Project, alias: str) -> Version:
    found = _aliases(project)
    if alias not in found:
        there = f"there are {', '.join(f'@{name}' for name in found)}" if found else "no version has an alias yet"
        raise TrackingError(f'no version carries the alias "@{alias}": {there}{nearest(alias, found)}')
    version = next((version for version in versions(project) if version.version == found[alias]), None)
    if version is None:
        raise TrackingError(f"@{alias} is version {found[alias]}, which is no version that bgml trained; give the alias to another")
    copy = _copy_home(project, version) / "artifact"
    return replace(version, folder=copy) if copy.is_dir() else version


def _default(project: Project, known: list[Version]) -> Version:
    named = [version for version in known if version.name == DEFAULT]
    if not named:
        there = f"; trained are {_names(known)}: name one with --model" if known else ""
        raise TrackingError(f"there is no champion and no trained version of {DEFAULT}{there or ': run `bgml train`'}")
    return fetched(project, named[-1])


def _numbered(name: str, number: str, known: list[Version]) -> Version:
    """The version of that number; TrackingError when it is not one of `name`."""
    own = ", ".join(str(version.version) for version in known if version.name == name)
    if not re.fullmatch(r"[0-9]+", number):
        raise TrackingError(f'"{name}:{number}" is no reference: after the colon stands a version number; {name} has {own}')
    version = next((version for version in known if version.version == int(number)), None)
    if version is None:
        raise TrackingError(f"there is no version {number} of {name}; it has {own}")
    if version.name != name:
        raise TrackingError(f"version {number} is of {version.name}; {name} has {own}")
    return version


def _no_such_model(name: str, known: list[Version]) -> str:
    if not known:
        return f'no model has been trained yet, so "{name}" names nothing: run `bgml train`'
    return f'no model "{name}" has been trained; trained are {_names(known)}{nearest(name, [version.name for version in known])}'


def _no_such_run(project: Project, run: str, known: list[Version]) -> str:
    """Why no version was trained by a run: it is another project's, or no training, or not there at all."""
    from bgml.learning.tracking import track

    newest = f"; the newest is run {known[-1].run_id} of {known[-1]}" if known else ": run `bgml train`"
    made = project.tracking_uri() or store.database(project).exists()
    own, there = project.settings.project.name, track.find_runs(project, run) if made else []
    if not there:
        return f"no run begins with {run}{newest}"
    found = there[0]
    if found.experiment != own:
        return f'the run {found.run_id} belongs to the project "{found.experiment}", not to "{own}"; name a run of this one{newest}'
    what = "a training whose version was deleted" if found.kind == "training" else f"of the kind {found.kind or 'unknown'}, not a training"
    return f"the run {found.run_id} is {what}{newest}"


def _names(known: list[Version]) -> str:
    return ", ".join(sorted({version.name for version in known}))


def _rows(project: Project) -> list[store.Registered]:
    if not project.tracking_uri():
        return store.registered(project)
    from bgml.learning.tracking import track

    return track.registered(project)


def _aliases(project: Project) -> dict[str, int]:
    if not project.tracking_uri():
        return store.aliases(project)
    from bgml.learning.tracking import track

    return track.aliases(project)


def _version(project: Project, row: store.Registered) -> Version | None:
    """A row of the registry as a version; None for one that somebody else put there."""
    try:
        name, as_of = row.tags["model"], date.fromisoformat(row.tags["as_of"])
    except (KeyError, ValueError):
        return None
    if project.tracking_uri():
        folder = _fetch_home(project, row.version, row.run_id) / "artifact"
    else:
        folder = store.located(project, row.location) / INSIDE
    return Version(name, row.version, as_of, row.run_id, folder)


def _fetch_home(project: Project, version: int, run_id: str) -> Path:
    return project.state / "versions" / f"{version}-{run_id}"


def fetched(project: Project, version: Version) -> Version:
    """The version with its folder filled from a remote store, once; TrackingError where its artifact is gone."""
    if version.folder.is_dir():
        return version
    if not project.tracking_uri():
        raise TrackingError(f"the artifact of {version} is gone from {version.folder}; train it again, or name another version")
    from bgml.learning.tracking import track

    row = next(row for row in track.registered(project) if row.version == version.version)
    home = _fetch_home(project, version.version, version.run_id)
    home.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".fetch-") as scratch:
        artifact = track.download(project, row, Path(scratch))
        home.mkdir(exist_ok=True)
        artifact.rename(home / "artifact")
    return version
