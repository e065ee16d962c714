"""Qualified leads (MQLs): one signal among others, and the insight of who else is active."""

from bgml import measure, moment, says

people_qualified_lead = measure("person", where="qualified_lead", says="{value:.0f} qualified leads in the last {days} days")
days_since_qualified_lead = moment(
    "last", where="qualified_lead", says="last qualified lead {value:.0f} days ago", missing="no qualified lead so far"
)


@says("{value:.0f} other people beside the qualified lead")
def people_beside_lead(m):
    """People of thirteen weeks beside the qualified leads, where there is one; 0 without."""
    return ((m.people_91d - m.people_qualified_lead_91d) * (m.people_qualified_lead_91d > 0)).astype("int64")
