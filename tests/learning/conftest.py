"""Examples and settings for tests of learning."""

from __future__ import annotations

import pytest

from bgml.config import settings_from
from tests.made_up import made_up


@pytest.fixture(scope="session")
def examples():
    return made_up()


@pytest.fixture(scope="session")
def settings():
    return settings_from({"project": {"name": "t"}}, "test")
