"""The errors bgml raises, and the hint that names the nearest known word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BgmlError(Exception):
    """A stated problem: one sentence saying what was found, what was expected and the way out."""


class SettingsError(BgmlError):
    """A setting is missing, unknown or has a value that cannot be used."""


class ProjectError(BgmlError):
    """The project folder, or a file of the user's in it, cannot be used."""


class DataError(BgmlError):
    """The tables cannot be read, or break their contract."""


class FeatureError(BgmlError):
    """A feature is unknown, declared wrongly or looks at other rows."""


class ModelError(BgmlError):
    """A model is unknown, declared wrongly, damaged, or cannot be trained on this data."""


class TrackingError(BgmlError):
    """MLflow's store or a reference into it cannot be used."""


class RankingError(BgmlError):
    """A ranking cannot be made, read or exported."""


def nearest(name: str, options: Iterable[str]) -> str:
    """A hint naming the option most like `name`, to append to a message; empty when none is close.

    >>> nearest("horizn", ["horizon", "target"])
    '; did you mean "horizon"?'
    """
    close = difflib.get_close_matches(str(name), [str(option) for option in options], n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
