"""Departments, seniorities and roles of the known people, and how much of the required buying committee is there."""

from bgml import attribute, measure, says

departments = measure("department", says="{value:.0f} departments in the last {days} days")
seniorities = measure("seniority", windows=(28, 91), says="{value:.0f} levels of seniority in the last {days} days")
roles = measure("role", windows=(28, 91, 182), says="{value:.0f} different roles in the last {days} days")
required_roles_active = measure(
    "role", where={"required": True}, windows=(28, 91, 182), says="{value:.0f} of the required roles active in the last {days} days"
)
executives = measure("person", where={"role": "executive"}, windows=(91,), says="{value:.0f} executives in the last {days} days")
decision_makers = measure(
    "person", where={"role": "decision_maker"}, windows=(28, 91), says="{value:.0f} decision makers in the last {days} days"
)
champions = measure("person", where={"role": "champion"}, windows=(91,), says="{value:.0f} champions in the last {days} days")
practitioners = measure("person", where={"role": "practitioner"}, windows=(91,), says="{value:.0f} practitioners in the last {days} days")
finance_people = measure(
    "person",
    where={"role": ["finance", "procurement"]},
    windows=(91,),
    says="{value:.0f} people of finance or procurement in the last {days} days",
)
required_roles = attribute("required_roles", table="topics")


@says("{value:.0%} of the required roles are covered")
def coverage(m):
    """Share of the topic's required roles with an active person in thirteen weeks."""
    return m.required_roles_active_91d / m.required_roles.clip(lower=1)


@says("{value:.0%} of the required roles are covered this month")
def coverage_recent(m):
    """Share of the topic's required roles with an active person in four weeks."""
    return m.required_roles_active_28d / m.required_roles.clip(lower=1)
