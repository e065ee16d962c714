"""A project: the folder that holds bgml.toml, what is kept in it, and the code it brings."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import importlib
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

from bgml.config import Settings, holds_password, load_settings
from bgml.errors import BgmlError, ProjectError, SettingsError, nearest

Progress = Callable[[str, int, int], None]
"""Called with a label, the steps done and the steps there are."""

FILE = "bgml.toml"


def quiet(label: str, done: int, total: int) -> None:
    """The progress of someone who does not watch."""


@dataclass(frozen=True)
class Project:
    """A project folder with its settings; `data_override` is the --data of the command line.

    `code`: a folder that is then the only source of features/, models/, topics.toml and roles.toml (see `learning.recipe`).
    """

    root: Path
    settings: Settings
    data_override: str | None = None
    code: Path | None = None

    @property
    def state(self) -> Path:
        """`.bgml/`: caches, quarantine, locks; made private to its owner when missing, ProjectError when it cannot be."""
        folder = self.root / ".bgml"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"{folder} cannot be made: {error.strerror}; the project folder must be writable for its state") from None
        return folder

    @property
    def mlruns(self) -> Path:
        """`mlruns/`: MLflow's local store and the champion's copy."""
        return self._kept("mlruns")

    @property
    def rankings(self) -> Path:
        """`rankings/`: the weekly lists, never changed once written."""
        return self._kept("rankings")

    @property
    def verdicts(self) -> Path:
        """`verdicts/`: what sellers said of ranked groups."""
        return self._kept("verdicts")

    def _kept(self, name: str) -> Path:
        """A state folder, made private when missing; where it cannot be made, writing into it will say so."""
        folder = self.root / name
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def data_url(self) -> str:
        """Where the tables are: an absolute path or a URL.

        A relative --data counts from the working directory, a relative `data.url` from the project. SettingsError for an unset
        variable behind "env:NAME" and for a password on the command line.
        """
        if self.data_override is None:
            return _located(from_environment(self.settings.data.url, f"{self.root / FILE}: [data] url"), self.root)
        if holds_password(self.data_override):
            raise SettingsError('--data holds a password: put the whole URL into an environment variable and use --data "env:NAME"')
        return _located(from_environment(self.data_override, "--data"), Path.cwd())

    def tracking_uri(self) -> str:
        """`tracking.uri` with "env:NAME" resolved; empty for the default, SQLite under mlruns/."""
        return from_environment(self.settings.tracking.uri, f"{self.root / FILE}: [tracking] uri")

    @property
    def topics_file(self) -> Path:
        """The project's topics.toml, else the starter's."""
        return self._own_or_starter("topics.toml")

    @property
    def roles_file(self) -> Path:
        """The project's roles.toml, else the starter's."""
        return self._own_or_starter("roles.toml")

    def _own_or_starter(self, name: str) -> Path:
        own = (self.code or self.root) / name
        return own if self.code or own.exists() else starter() / name

    def code_folders(self, kind: Literal["features", "models"]) -> list[Path]:
        """Where files of a kind are looked for, the first that has a name wins: the project's own folder, then the starter's."""
        if self.code:
            return [self.code / kind]
        return list(dict.fromkeys([self.root / kind, starter() / kind]))

    def threads(self) -> int:
        """Threads to compute with: `engine.threads`, or for 0 the CPUs this process may use."""
        if self.settings.engine.threads:
            return self.settings.engine.threads
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold `.bgml/NAME.lock` for the block; ProjectError at once when another process or thread holds it."""
        import fcntl

        path = self.state / f"{name}.lock"
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                message = f"another bgml {name} is running in {self.root} (process {holder}); wait for it to end, then run this again"
                raise ProjectError(message) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def from_environment(url: str, where: str) -> str:
    """The URL, or for "env:NAME" what the variable holds; SettingsError when it is not set."""
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingsError(f'{where} is "{url}", but the environment variable {name or "(no name)"} is not set')
    return value


def _located(url: str, base: Path) -> str:
    """A path made absolute against `base`; a URL as it is."""
    return url if "://" in url else str((base / Path(url).expanduser()).resolve())


def find_project(start: Path | None = None, named: Path | None = None, data: str | None = None) -> Project:
    """The project named, or the nearest one from `start` (default: the working directory) upwards.

    The search ends at the home folder and at the file-system boundary. A project found that way but owned by another user is
    refused, because loading a project runs its code; naming it is consent. Raises ProjectError and SettingsError.
    """
    if named is not None:
        root = named.expanduser().resolve()
        if not (root / FILE).is_file():
            raise ProjectError(f"{root} holds no {FILE}; `bgml init {named}` makes a project there")
    else:
        root = _searched((start or Path.cwd()).resolve())
    return Project(root=root, settings=load_settings(root / FILE), data_override=data)


def _searched(start: Path) -> Path:
    """The nearest folder at or above `start` that holds a bgml.toml of the user's own."""
    device = start.stat().st_dev
    for folder in (start, *start.parents):
        if folder.stat().st_dev != device:
            break
        if (folder / FILE).is_file():
            _refuse_strangers(folder)
            return folder
        if folder == Path.home():
            break
    raise ProjectError(f"no {FILE} in {start} or above it; `bgml init` makes a project, `--project DIR` names one elsewhere")


def _refuse_strangers(folder: Path) -> None:
    """ProjectError when the folder or its bgml.toml belongs to another user."""
    if not hasattr(os, "geteuid"):
        return
    for path in (folder, folder / FILE):
        if path.stat().st_uid != os.geteuid():
            raise ProjectError(f"{path} is another user's, and a project runs its own code; if you trust it, say `--project {folder}`")


def starter() -> Path:
    """The folder with the features/ and models/ every project starts from: inside the package, or the checkout of an editable install."""
    package = Path(__file__).resolve().parent
    shipped = package / "starter"
    return shipped if shipped.is_dir() else package.parent


def load_modules(project: Project, kind: Literal["features", "models"]) -> dict[str, ModuleType]:
    """The starter's and the project's own files of a kind, imported, by name: the starter's first, each part in order of name.

    A file of the project's replaces the starter's of the same name; files that begin with `_` are only there to be imported by
    others (`from ._shared import x`). Models that `models.without` names are left out. ProjectError, with file and line, for a
    file that raises; SettingsError for an entry of `models.without` that matches nothing.
    """
    folders = project.code_folders(kind)
    names = [path.stem for folder in reversed(folders) for path in _files(folder) if not path.name.startswith("_")]
    wanted = dict.fromkeys(names)
    if kind == "models" and not project.code:
        for entry in project.settings.models.without:
            _leave_out(entry, wanted, names, project)
    package = _package(folders, kind)
    return {name: _imported(package, name, project, folders) for name in wanted}


def _leave_out(entry: str, wanted: dict[str, None], names: list[str], project: Project) -> None:
    """Take the names that match an entry of `models.without` out of those wanted."""
    matched = fnmatch.filter(names, entry)
    if not matched:
        raise SettingsError(f'{project.root / FILE}: [models] without names "{entry}", which is no model{nearest(entry, names)}')
    for name in matched:
        wanted.pop(name, None)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def _package(folders: list[Path], kind: str) -> str:
    """The name of a package over the folders, made when missing; it depends on their text, so a changed file is loaded anew."""
    digest = hashlib.sha256()
    for path in (path for folder in folders for path in _files(folder)):
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    name = f"bgml_{kind}_{digest.hexdigest()[:12]}"
    if name not in sys.modules:
        package = types.ModuleType(name, f"The {kind} of a project.")
        package.__path__ = [str(folder) for folder in folders]
        sys.modules[name] = package
        importlib.invalidate_caches()
    return name


def _imported(package: str, name: str, project: Project, folders: list[Path]) -> ModuleType:
    """One file as a module of the package; no bytecode is written beside it."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module(f"{package}.{name}")
    except (Exception, SystemExit) as error:
        raise ProjectError(_blame(error, project, folders, f"{package}.{name}")) from error
    finally:
        sys.dont_write_bytecode = before


def _blame(error: BaseException, project: Project, folders: list[Path], module: str) -> str:
    """File, line and one sentence for an error raised while a project file was loaded."""
    if isinstance(error, SyntaxError) and error.filename:
        file, line, text = Path(error.filename), error.lineno, f"is not valid Python: {error.msg}"
    else:
        package, _, name = module.partition(".")
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent in folders]
        home = next((folder for folder in folders if (folder / f"{name}.py").exists()), folders[0])
        file, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else (home / f"{name}.py", None)
        said = " ".join(str(error).replace(f"{package}.", "").split())
        text = said if isinstance(error, BgmlError) else f"raises {type(error).__name__}" + (f": {said}" if said else "")
    shown = file.relative_to(project.root) if file.is_relative_to(project.root) else file
    return f"{shown}, line {line}: {text}" if line else f"{shown}: {text}"
