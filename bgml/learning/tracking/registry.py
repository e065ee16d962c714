"""Trained versions and the references that name them: NAME, NAME:VERSION, @ALIAS."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bgml.errors import TrackingError, nearest
from bgml.learning.tracking import store
from bgml.project import Project

DEFAULT = "propensity"
CHAMPION = "champion"
RECORD = "version.json"
INSIDE = "data/artifact"


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

    The champion's own copy in mlruns/champion/ answers for @champion where the registry is remote, or gone. TrackingError for a
    reference to nothing, with the nearest that there is.
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
    return _fetched(project, _numbered(name, number, known) if colon else of_name[-1])


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


def make_champion(project: Project, version: Version) -> None:
    """Give a version the alias `champion`, and copy its artifact to mlruns/champion/, from where scoring needs no MLflow."""
    from bgml.learning.tracking import track

    track.set_alias(project, CHAMPION, version.version)
    home = project.mlruns / CHAMPION
    with tempfile.TemporaryDirectory(dir=project.mlruns, prefix=".champion-") as scratch:
        fresh, former = Path(scratch) / "new", Path(scratch) / "old"
        shutil.copytree(version.folder, fresh / "artifact")
        record = {"name": version.name, "version": version.version, "as_of": version.as_of.isoformat(), "run_id": version.run_id}
        (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        if home.exists():
            home.rename(former)
        fresh.rename(home)


def _champion(project: Project) -> Version | None:
    """The champion's copy, unless the local registry names another version."""
    home = project.mlruns / CHAMPION
    try:
        record = json.loads((home / RECORD).read_text(encoding="utf-8"))
        copy = Version(record["name"], int(record["version"]), date.fromisoformat(record["as_of"]), record["run_id"], home / "artifact")
    except FileNotFoundError:
        copy = None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrackingError(f"{home / RECORD} cannot be read ({error}); move {home} away and promote the version again") from None
    if project.tracking_uri() or not store.database(project).exists():
        return copy
    number = store.aliases(project).get(CHAMPION)
    if copy is not None and copy.version == number:
        return copy
    return _by_alias(project, CHAMPION) if number is not None else None


def _by_alias(project: Project, alias: str) -> Version:
    found = _aliases(project)
    if alias not in found:
        there = f"there are {', '.join(f'@{name}' for name in found)}" if found else "no version has an alias yet"
        raise TrackingError(f'no version carries the alias "@{alias}": {there}{nearest(alias, found)}')
    version = next((version for version in versions(project) if version.version == found[alias]), None)
    if version is None:
        raise TrackingError(f"@{alias} is version {found[alias]}, which is no version that bgml trained; give the alias to another")
    return _fetched(project, version)


def _default(project: Project, known: list[Version]) -> Version:
    named = [version for version in known if version.name == DEFAULT]
    if not named:
        there = f"; trained are {_names(known)}: name one with --model" if known else ""
        raise TrackingError(f"there is no champion and no trained version of {DEFAULT}{there or ': run `bgml train`'}")
    return _fetched(project, named[-1])


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


def _fetched(project: Project, version: Version) -> Version:
    """The version with its folder filled from a remote store, once."""
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
