"""Togetherness: people and roles who engage in the same weeks, not one after the other."""

from bgml import measure, says

person_weeks = measure(
    ("person", "week"),
    windows=(28, 91),
    says="{value:.0f} active weeks of known people, added up, in the last {days} days",
    meaning="distinct pairs of person and active week in the last {days} days",
)
role_weeks = measure(
    ("role", "week"),
    windows=(91,),
    says="{value:.0f} active weeks of roles by title, added up, in the last {days} days",
    meaning="distinct pairs of role and active week in the last {days} days",
)


@says("{value:.1f} people in an active week")
def people_per_week(m):
    """Known people per active week of thirteen."""
    return m.person_weeks_91d / m.weeks_91d.clip(lower=1)


@says("{value:.1f} roles by title in an active week")
def roles_per_week(m):
    """Roles per active week of thirteen."""
    return m.role_weeks_91d / m.weeks_91d.clip(lower=1)


@says("each person came back in {value:.1f} weeks")
def weeks_per_person(m):
    """Active weeks per known person of thirteen weeks."""
    return m.person_weeks_91d / m.people_91d.clip(lower=1)
