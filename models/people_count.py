"""How many people of the account were active on the topic in the last four weeks: group size, the simplest view of a buying group.

Anonymous visitors count as people, as they do for `groups.min_people`. Four weeks rank better than thirteen, where they were compared
(docs/models.md).
"""

from bgml import Model


def score(groups):
    """Distinct people and visitors."""
    return groups["people_28d"] + groups["visitors_28d"]


MODEL = Model(rule=score, features=["people_28d", "visitors_28d"])
