"""`bgml init`: a project of one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from bgml.cli import terminal

IGNORED = (".bgml/", "mlruns/", "rankings/", "verdicts/", "data/", "__pycache__/")
EXAMPLE = '''\
"""An example of features of your own: change it or delete it. `bgml features --list` shows every column there is.

A feature file is Python. It may declare what the engine counts for all as-of dates at once:

    from bgml import measure
    event_people = measure("person", where={"action": "event"})

gives event_people_7d, event_people_28d, event_people_91d and event_people_182d, how many people came to an event. And it may hold
functions, as below: the name becomes the column, the docstring its meaning. A function gets the columns of one as-of date, one row
per group, and may use nothing but the row it is on.
"""

from bgml import says


@says("{value:.2f} of the people of the last thirteen weeks were active in the last four")
def share_of_people_active(m):
    """Share of the people active in the last 91 days who were active in the last 28."""
    return m.people_28d / m.people_91d.clip(lower=1)
'''


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made when missing.", show_default="here")] = Path(),
    eject: Annotated[bool, typer.Option("--eject", help="Also copy the starter's features/ and models/, to own and change them.")] = False,
) -> None:
    """Start a project: settings, topics, roles, an example feature.

    Nothing is overwritten. Your files in features/ and models/ are added to the starter's; one of the same name replaces it. In a
    project that exists already, --eject adds the starter's files alone.

    Example:
      bgml init acme
      bgml init acme --eject
    """
    exists = (folder / "bgml.toml").exists()
    files = _planned(folder, exists, eject)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    written = [*files, *(() if exists else _ignored(folder / ".gitignore"))]
    terminal.emit({"project": folder.resolve(), "written": written})
    terminal.say(f"{folder.resolve()} is a bgml project; written: {', '.join(_grouped(written))}")
    if not exists:
        terminal.say("Next: `bgml import` brings the tables of a CRM into data/; or put your own there, or set data.url in bgml.toml.")
        terminal.say("Then run `bgml check`.")


def _planned(folder: Path, exists: bool, eject: bool) -> dict[str, str]:
    """The text of each file to write, by its path in the project; ProjectError when one of them is there."""
    from bgml.errors import ProjectError

    if exists and not eject:
        raise ProjectError(f"{folder} is a bgml project already; nothing was written (`--eject` would add the starter's files)")
    files = ({} if exists else _fresh(folder.resolve().name)) | (_starter() if eject else {})
    taken = sorted(name for name in files if (folder / name).exists())
    if taken:
        raise ProjectError(f"{folder} already holds {', '.join(taken)}; nothing was written: move that away, or choose another folder")
    return files


def _fresh(name: str) -> dict[str, str]:
    """The files of a new project: the starter's settings under its own name, topics, roles, one feature file."""
    from bgml.project import starter

    chosen = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "project"
    settings = (starter() / "bgml.toml").read_text(encoding="utf-8").replace('name = "bgml"', f'name = "{chosen}"', 1)
    tables = {file: (starter() / file).read_text(encoding="utf-8") for file in ("topics.toml", "roles.toml")}
    return {"bgml.toml": settings, **tables, "features/example.py": EXAMPLE}


def _starter() -> dict[str, str]:
    """The starter's feature and model files."""
    from bgml.project import starter

    files = [path for kind in ("features", "models") for path in sorted((starter() / kind).glob("*.py"))]
    return {f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in files}


def _ignored(path: Path) -> list[str]:
    """Add what a project makes to its .gitignore; the file's name if anything was missing there."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = [line for line in IGNORED if line not in before.splitlines()]
    if missing:
        gap = "\n" if before and not before.endswith("\n") else ""
        path.write_text(before + gap + "\n".join(missing) + "\n", encoding="utf-8")
    return [path.name] if missing else []


def _grouped(written: list[str]) -> list[str]:
    """Files as a person wants to read them: many of one folder as their number."""
    folders = [name.rpartition("/")[0] for name in written]
    many = {folder for folder in folders if folder and folders.count(folder) > 1}
    single = [name for name, folder in zip(written, folders, strict=True) if folder not in many]
    return single + [f"{folder}/ ({folders.count(folder)} files)" for folder in sorted(many)]
