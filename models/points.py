"""Hand-weighted engagement points with decay and caps, the way vendors ship it.

What it approximates: an engagement score such as Adobe's (weights per kind of activity, a cap on how much one kind can bring,
a square root over the sum) with the monthly decay of HubSpot's lead score (half of the points are lost per month). Decay is read
off the windows 7, 28, 91 and 182 days: an act counts in full in its first four weeks, then about 0.4 until thirteen weeks,
then 0.1 until half a year. Vendors cap per person and day; here a kind is capped per group and window.
"""

from bgml import Model

POINTS = {"qualified_lead": 60, "named": 40, "third_party_intent": 30, "anonymous": 10}
CAP = 20
DECAY = {28: 1.0, 91: 0.4, 182: 0.1}


def score(groups):
    """The square root of the sum over kinds of activity of points x decayed, capped acts."""
    total = 0.0
    for kind, points in POINTS.items():
        inner = 0.0
        for days, share in DECAY.items():
            acts = groups[f"actions_{kind}_{days}d"]
            total = total + points * share * (acts - inner).clip(upper=CAP)
            inner = acts
    return total**0.5


MODEL = Model(rule=score, features=[f"actions_{kind}_{days}d" for kind in POINTS for days in DECAY])
