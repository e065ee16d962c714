"""This package's code where executors import it from, so that they compute with what the driver has."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import bgml

HOME = Path(bgml.__file__).parent


def shipped(folder: Path) -> Path:
    """A copy of the running bgml under `folder`, from a wheel or a checkout; one of the same code is used again.

    Compiled loops are copied with it, and what executors compile stays there: numba knows a file by its time and size.
    """
    made = folder / f"code-{_digest()}"
    if not made.exists():
        aside = folder / f".{made.name}.{os.getpid()}"
        shutil.copytree(HOME, aside / "bgml", ignore=shutil.ignore_patterns("*.pyc"))
        with contextlib.suppress(OSError):  # Another run was quicker.
            aside.rename(made)
        shutil.rmtree(aside, ignore_errors=True)
    return made


def _digest() -> str:
    """16 hex digits of all modules and their times."""
    state = hashlib.blake2b(digest_size=8)
    for path in sorted(HOME.rglob("*.py")):
        state.update(f"{path.relative_to(HOME)} {path.stat().st_mtime_ns}\0".encode() + path.read_bytes())
    return state.hexdigest()
