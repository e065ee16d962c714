"""An MQL and at least two other people of the account on the same topic: the "MQL plus insight" rule, with no model at all.

Looked at over thirteen weeks. Groups that meet it come first, those with more people of the last four weeks higher; then groups with
an MQL alone; then the rest.
"""

from bgml import Model


def score(groups):
    """One step for an MQL; where the rule is met one more, and the people of the last four weeks."""
    lead = groups["people_qualified_lead_91d"] >= 1
    met = lead & (groups["people_91d"] >= 3)
    return lead.astype(float) + (groups["people_28d"] + 1).where(met, 0.0)


MODEL = Model(rule=score, features=["people_28d", "people_91d", "people_qualified_lead_91d"])
