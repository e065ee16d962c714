"""Momentum and surge: is the group's activity rising against its own normal, the account's and the topic's?

The surge over three weeks against the twelve before follows the intent vendors' definition (docs/models.md names the sources).
"""

from bgml import measure, says

recent_actions = measure(
    windows=(21, 105),
    says="{value:.0f} actions in the last {days} days",
    meaning="signals in the last {days} days, for the surge",
)
account_recent_actions = measure(
    grain="account",
    windows=(21, 105),
    says="{value:.0f} actions of the account on all topics in the last {days} days",
    meaning="signals of the account in the last {days} days, for the surge",
)
topic_actions = measure(grain="topic", windows=(28, 182), says="{value:.0f} signals on the topic by all accounts in {days} days")


@says("activity is {value:.1f} times its thirteen-week normal")
def momentum(m):
    """Actions of the last four weeks against the weekly average of thirteen."""
    return 3.25 * m.actions_28d / m.actions_91d.clip(lower=1)


@says("this week is {value:.1f} times the four-week normal")
def momentum_week(m):
    """Actions of the last week against the weekly average of four."""
    return 4.0 * m.actions_7d / m.actions_28d.clip(lower=1)


@says("breadth is {value:.1f} times its thirteen-week normal")
def breadth_momentum(m):
    """Breadth of the last four weeks against that of thirteen."""
    return m.breadth_28d / m.breadth_91d.clip(lower=1)


@says("the number of people is {value:.1f} times that of the half year")
def people_momentum(m):
    """People and visitors of the last four weeks against those of the half year."""
    return (m.people_28d + m.visitors_28d) / (m.people_182d + m.visitors_182d).clip(lower=1)


@says("activity of three weeks is {value:.1f} times that of the twelve before")
def surge(m):
    """Weekly actions of the last three weeks against the twelve weeks before, smoothed by one action."""
    return 4.0 * (m.recent_actions_21d + 0.25) / (m.recent_actions_105d - m.recent_actions_21d + 1.0)


@says("the account's activity is {value:.1f} times that of the twelve weeks before")
def account_surge(m):
    """Weekly actions of the account on all topics: the last three weeks against the twelve before, smoothed."""
    return 4.0 * (m.account_recent_actions_21d + 0.25) / (m.account_recent_actions_105d - m.account_recent_actions_21d + 1.0)


@says("interest in the topic is {value:.1f} times its half-year normal")
def topic_momentum(m):
    """Signals on the topic by all accounts: the last four weeks against the half year."""
    return 6.5 * m.topic_actions_28d / m.topic_actions_182d.clip(lower=1)


@says("activity grows {value:.1f} times as fast as the topic's")
def momentum_against_topic(m):
    """The group's momentum over the topic's."""
    return m.momentum / m.topic_momentum.clip(lower=0.1)
