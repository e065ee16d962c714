"""The marketing qualified lead as sales works it today: groups with an MQL first, the fresher the better.

Four steps: an MQL in the last week, in the last four weeks, in the last thirteen weeks, none. Within a step, more people with one.
"""

from bgml import Model

WINDOWS = (7, 28, 91)


def score(groups):
    """The step of the freshest MQL, then the number of people with one (fewer than a step for any number)."""
    people = groups["people_qualified_lead_91d"]
    steps = sum((groups[f"actions_qualified_lead_{days}d"] > 0).astype(float) for days in WINDOWS)
    return steps + people / (people + 1)


MODEL = Model(rule=score, features=["people_qualified_lead_91d", *(f"actions_qualified_lead_{days}d" for days in WINDOWS)])
