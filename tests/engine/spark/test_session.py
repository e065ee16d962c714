"""What Spark needs is said in one sentence where it is missing."""

from __future__ import annotations

import importlib.util

import pytest

from bgml.config import settings_from
from bgml.engine.build import build
from bgml.engine.spark import session
from bgml.errors import SettingsError
from tests.engine.spark.cluster import on_spark
from tests.engine.world import DATES, world
from tests.engine_fixtures import opened, project_of


def test_without_pyspark_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pyspark is not installed; run pip install "bgml\[spark\]", or set') as caught:
        build(on_spark(project_of(tmp_path)), opened(world(0)), DATES)
    assert "\n" not in str(caught.value)


def test_without_java_one_sentence_says_so_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="no Java was found under JAVA_HOME; install Java 17"):
        build(on_spark(project_of(tmp_path)), opened(world(0)), DATES)
    assert not list(tmp_path.glob(".bgml/spill-*"))


def test_java_is_looked_for_on_the_path_too(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not session.has_java()
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\n")
    java.chmod(0o700)
    assert session.has_java()


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        ({"executor.memory": "8g"}, 'must hold settings of Spark such as "spark.executor.memory", not "executor.memory"'),
        ({"spark.hadoop.fs.s3a.secret.key": "x"}, "must not hold the secret"),
    ],
)
def test_settings_that_are_none_of_sparks_or_secret_are_refused(conf, said):
    with pytest.raises(SettingsError, match=said):
        settings_from({"project": {"name": "a"}, "spark": {"conf": conf}}, "bgml.toml")
