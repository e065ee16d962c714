"""Examples, settings and fitted scorers for tests of scoring."""

from __future__ import annotations

import pytest

from bgml.config import settings_from
from bgml.learning.fitting.fit import fit
from tests.made_up import lambdarank, logistic, made_up, people_rule, propensity, value, with_closed


@pytest.fixture(scope="session")
def examples():
    return with_closed(made_up())


@pytest.fixture(scope="session")
def settings():
    return settings_from({"project": {"name": "t"}}, "test")


@pytest.fixture(scope="session")
def scorers(examples, settings):
    """One fitted scorer of each kind, by name."""
    models = {"propensity": propensity(), "lambdarank": lambdarank(), "logistic": logistic(), "people": people_rule(), "value": value()}
    return {name: fit(model, examples, settings, threads=1, name=name) for name, model in models.items()}


@pytest.fixture
def frame(examples):
    """The last date's rows, as the engine gives them."""
    return examples.take(examples.as_of == examples.as_of.max()).frame()
