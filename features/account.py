"""The account: what it does on all topics, and what kind of company it is."""

from bgml import attribute, measure, says

account_actions = measure(grain="account", says="{value:.0f} actions of the account on all topics in the last {days} days")
account_people = measure("person", grain="account", says="{value:.0f} people of the account active on all topics in the last {days} days")
account_topics = measure("topic", grain="account", says="the account looked into {value:.0f} topics in the last {days} days")
industry = attribute("industry", says="industry: {value}")
region = attribute("region", says="region: {value}")
segment = attribute("segment", says="segment: {value}")
employees = attribute("employees", says="{value:,.0f} employees")
revenue = attribute("revenue", says="revenue of {value:,.0f}")


@says("{value:.0%} of the account's activity is on this topic")
def share_of_account(m):
    """Share of the account's actions of thirteen weeks that are on this topic."""
    return m.actions_91d / m.account_actions_91d.clip(lower=1)


@says("{value:.0%} of the account's active people are on this topic")
def share_of_people(m):
    """Share of the account's active people of thirteen weeks who are on this topic."""
    return m.people_91d / m.account_people_91d.clip(lower=1)
