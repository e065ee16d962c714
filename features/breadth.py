"""Breadth: how many people of the account look into the topic, and how evenly.

Five people with one act each say more than one person with five acts; `breadth` adds the square roots of each one's acts.
"""

from bgml import measure, says

people = measure("person", says="{value:.0f} people active in the last {days} days")
visitors = measure("visitor", says="{value:.0f} anonymous visitors in the last {days} days")
people_named = measure("person", where="named", says="{value:.0f} people with named engagement in the last {days} days")
breadth = measure("either", f="root", says="breadth of engagement {value:.1f} over {days} days")


@says("{value:.0f} people and anonymous visitors in the last 28 days")
def everyone_28d(m):
    """People and anonymous visitors of the last four weeks."""
    return m.people_28d + m.visitors_28d


@says("{value:.0f} people and anonymous visitors in the last 91 days")
def everyone_91d(m):
    """People and anonymous visitors of the last thirteen weeks."""
    return m.people_91d + m.visitors_91d


@says("{value:.1f} actions per person in the last 91 days")
def actions_per_person(m):
    """Actions of the last thirteen weeks per person or visitor."""
    return m.actions_91d / (m.people_91d + m.visitors_91d).clip(lower=1)
