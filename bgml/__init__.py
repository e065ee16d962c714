"""Ranks B2B buying groups: the people of one account who engage with one topic.

Project files write `from bgml import measure, moment, deals, attribute, says, Model`; the names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bgml.engine.columns.algebra import attribute as attribute
    from bgml.engine.columns.algebra import deals as deals
    from bgml.engine.columns.algebra import measure as measure
    from bgml.engine.columns.algebra import moment as moment
    from bgml.engine.columns.algebra import says as says
    from bgml.scoring.definition import Model as Model

__version__ = "0.1.0"

_HOMES = {
    "attribute": "bgml.engine.columns.algebra",
    "deals": "bgml.engine.columns.algebra",
    "measure": "bgml.engine.columns.algebra",
    "moment": "bgml.engine.columns.algebra",
    "says": "bgml.engine.columns.algebra",
    "Model": "bgml.scoring.definition",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Load a public name from the room it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'bgml' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
