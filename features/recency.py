"""Recency and arrivals: when the group was last heard of, when it began, and when the next people came."""

from bgml import moment, says

days_since_last = moment("last", says="last active {value:.0f} days ago")
days_since_first = moment("first", says="first seen {value:.0f} days ago")
days_since_named = moment("last", where="named", says="last named engagement {value:.0f} days ago", missing="no named engagement so far")
days_since_second_person = moment(2, says="a second person came {value:.0f} days ago", missing="no second person so far")
days_since_third_person = moment(3, says="a third person came {value:.0f} days ago", missing="no third person so far")
days_since_fifth_person = moment(5, says="a fifth person came {value:.0f} days ago", missing="no fifth person so far")
account_days_since_first = moment("first", grain="account", says="the account was first seen {value:.0f} days ago")


@says("from the first to the third person within {value:.0f} days", missing="fewer than three people so far")
def days_to_third_person(m):
    """Days from the first signal to the third person's; missing while there are fewer."""
    return m.days_since_first - m.days_since_third_person
