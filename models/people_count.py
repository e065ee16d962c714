"""How many people of the account were active on the topic in the last thirteen weeks: group size, the simplest view of a buying group."""

from bgml import Model


def score(groups):
    """Distinct known people."""
    return groups["people_91d"]


MODEL = Model(rule=score, features=["people_91d"])
