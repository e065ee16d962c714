"""A new feature file to begin with: commented, working, named as its author wants."""

from __future__ import annotations

import keyword
import os
import re
import tempfile
from pathlib import Path

from bgml.engine.columns.catalog import RESERVED, load_catalog
from bgml.errors import FeatureError
from bgml.project import Project, starter

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
TEMPLATE = '''\
"""{title}: say here what these features mean; `bgml features --list` shows them under features/{name}.py."""

from bgml import measure, says

# A measure is counted by the engine for all as-of dates at once: for each group, from the signals known before the date, of the last
# so many days. This one counts pairs of person and day, and makes {name}_28d and {name}_91d. Change what it counts ("person",
# "visitor", "either", "department", "role", "day", "action", ...), which signals (where="named", where={{"action": "webinar"}},
# where={{"role": "decision_maker"}}), the windows, or the grain ("group", or "account" for all its topics); docs/features.md has them all.
{name} = measure(("person", "day"), windows=(28, 91), says="{{value:.0f}} person-days in the last {{days}} days")


# A function gets the columns of one as-of date (a pandas frame, one row per group) and gives one value per row, from that row alone. Its
# name is the column, its docstring the meaning, and `says` the sentence a seller reads. It may read any column there is.
@says("person-days are {{value:.1f}} times their thirteen-week normal")
def {name}_rise(m):
    """Person-days of the last four weeks against the weekly average of thirteen."""
    return 3.25 * m.{name}_28d / m.{name}_91d.clip(lower=1)
'''


def new_family(project: Project, name: str) -> tuple[Path, list[str]]:
    """Write features/NAME.py in the project; its path and the columns it makes. Nothing that is there is touched.

    FeatureError for a name that is no plain identifier, for a file that is there, in the project or in the package (it would be
    replaced), and for a column that is there.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise FeatureError(f'"{name}" cannot name features: use a small letter, then letters, digits and underscores, as in webinar_people')
    path = project.root / "features" / f"{name}.py"
    if path.exists():
        raise FeatureError(f"features/{name}.py is there already and was left as it is; choose another name, or edit it")
    if (starter() / "features" / f"{name}.py").exists():
        raise FeatureError(f'a file features/{name}.py would replace the package\'s family "{name}"; choose another name')
    columns = [f"{name}_28d", f"{name}_91d", f"{name}_rise"]
    catalog = load_catalog(project)
    if taken := [column for column in (name, *columns) if column in (*catalog.names, *catalog.left_out, *RESERVED)]:
        raise FeatureError(f'there is a column "{taken[0]}" already; choose another name')
    _write(path, TEMPLATE.format(name=name, title=name.replace("_", " ").capitalize()))
    return path, columns


def _write(path: Path, text: str) -> None:
    """The file appears whole or not at all, and never over another."""
    path.parent.mkdir(exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(aside).chmod(0o644)
        os.link(aside, path)
    finally:
        Path(aside).unlink()
