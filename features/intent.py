"""Third-party intent: research outside our own properties, its level and its surge."""

from bgml import measure, moment, says

intent_weight = measure(
    where="third_party_intent", of="weight", f="all", windows=(21, 105), says="third-party intent of {value:.1f} in {days} days"
)
account_intent = measure(
    where="third_party_intent", grain="account", windows=(28,), says="{value:.0f} third-party intent signals of the account in {days} days"
)
days_since_intent = moment(
    "last", where="third_party_intent", says="third-party intent seen {value:.0f} days ago", missing="no third-party intent so far"
)


@says("third-party intent is {value:.1f} times that of the twelve weeks before")
def intent_surge(m):
    """Weekly third-party intent of the last three weeks against the twelve before, smoothed."""
    return 4.0 * (m.intent_weight_21d + 0.25) / (m.intent_weight_105d - m.intent_weight_21d + 1.0)
