"""How much the account did on the topic in the last four weeks: volume, whoever made it."""

from bgml import Model


def score(groups):
    """Signals of any kind."""
    return groups["actions_28d"]


MODEL = Model(rule=score, features=["actions_28d"])
