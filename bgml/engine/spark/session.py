"""The Spark session of a project: what it needs, how it is set up, when it ends."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bgml.config import SparkSection
from bgml.data.databases.failures import first_line
from bgml.errors import SettingsError

AWAY = 'or set [engine] name = "local"'


def require() -> None:
    """SettingsError where pyspark or Java is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise SettingsError(f'[engine] name is "spark", but pyspark is not installed; run pip install "bgml[spark]", {AWAY}')
    if not has_java():
        where = "under JAVA_HOME" if os.environ.get("JAVA_HOME") else "on the PATH"
        raise SettingsError(f'[engine] name is "spark", but no Java was found {where}; install Java 17 and set JAVA_HOME to it, {AWAY}')


def has_java() -> bool:
    """Whether Spark would find a Java: the one JAVA_HOME names, else one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    return (Path(home) / "bin" / "java").is_file() if home else shutil.which("java") is not None


@contextlib.contextmanager
def session(settings: SparkSection) -> Iterator[Any]:
    """A Spark session by the settings, stopped at the end; one that this process has already is used, and left running."""
    require()
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(settings.master).appName("bgml")
    for key, value in _configuration(settings).items():
        builder = builder.config(key, value)
    try:
        made = builder.getOrCreate()
    except Exception as error:
        problem = f'Spark did not start with [spark] master = "{settings.master}" ({first_line(error)})'
        raise SettingsError(f"{problem}; see that it is reachable and what [spark] conf says, {AWAY}") from error
    try:
        made.sparkContext.setLogLevel("ERROR")
        yield made
    finally:
        made.stop()


def _configuration(settings: SparkSection) -> dict[str, str]:
    """What the session is set to; the project's own settings win."""
    own = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if settings.master.startswith("local"):
        own |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return own | settings.conf
