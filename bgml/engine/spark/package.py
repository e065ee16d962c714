"""This package as one file that executors import, so that they compute with the code the driver has."""

from __future__ import annotations

import zipfile
from pathlib import Path

import bgml


def pack(folder: Path) -> Path:
    """A zip of the running bgml's modules in `folder`, whether they come from a wheel or a checkout."""
    home = Path(bgml.__file__).parent
    made = folder / "bgml.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(home.rglob("*.py")):
            archive.write(path, Path("bgml") / path.relative_to(home))
    return made
