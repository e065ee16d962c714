"""Who did something last: the order in which an inbox is worked."""

from bgml import Model


def score(groups):
    """Fewer days since the last signal are better."""
    return -groups["days_since_last"].fillna(1e6)


MODEL = Model(rule=score, features=["days_since_last"])
