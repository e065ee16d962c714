"""An MQL and at least two other people of the account on the same topic: the "MQL plus insight" rule, with no model at all.

Groups that meet it come first, the larger the better; then groups with an MQL alone; then the rest.
"""

from bgml import Model


def score(groups):
    """People where the rule is met, below that one step for an MQL alone."""
    people = groups["people_91d"]
    lead = groups["people_qualified_lead_91d"] >= 1
    met = lead & (people >= 3)
    return people.where(met, lead.astype(float))


MODEL = Model(rule=score, features=["people_91d", "people_qualified_lead_91d"])
