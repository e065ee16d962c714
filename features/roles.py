"""Departments, seniorities and roles of the known people, and how much of the required buying committee is there.

Roles are read from the table of people, mostly from titles. Contact roles of the CRM, which a ranking's members and coverage know too,
are not in them; so the sentences say "by title".
"""

from bgml import attribute, measure, says

departments = measure("department", says="{value:.0f} departments in the last {days} days")
seniorities = measure("seniority", windows=(28, 91), says="{value:.0f} levels of seniority in the last {days} days")
roles = measure("role", windows=(28, 91, 182), says="{value:.0f} different roles by title in the last {days} days")
required_roles_active = measure(
    "role",
    where={"required": True},
    windows=(28, 91, 182),
    says="{value:.0f} of the required roles active in the last {days} days, by title",
)
executives = measure("person", where={"role": "executive"}, windows=(91,), says="{value:.0f} executives by title in the last {days} days")
decision_makers = measure(
    "person", where={"role": "decision_maker"}, windows=(28, 91), says="{value:.0f} decision makers by title in the last {days} days"
)
champions = measure("person", where={"role": "champion"}, windows=(91,), says="{value:.0f} champions by title in the last {days} days")
practitioners = measure(
    "person", where={"role": "practitioner"}, windows=(91,), says="{value:.0f} practitioners by title in the last {days} days"
)
finance_people = measure(
    "person",
    where={"role": ["finance", "procurement"]},
    windows=(91,),
    says="{value:.0f} people of finance or procurement by title in the last {days} days",
)
required_roles = attribute("required_roles", table="topics", says="the topic requires {value:.0f} roles")


@says("{value:.0%} of the required roles are covered, by title")
def coverage(m):
    """Share of the topic's required roles with an active person in thirteen weeks."""
    return m.required_roles_active_91d / m.required_roles.clip(lower=1)


@says("{value:.0%} of the required roles are active in four weeks, by title")
def coverage_recent(m):
    """Share of the topic's required roles with an active person in four weeks."""
    return m.required_roles_active_28d / m.required_roles.clip(lower=1)
