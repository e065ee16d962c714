"""Concentration: does the group hang on one champion?"""

from bgml import measure, says

concentration = measure(
    "either", f="concentration", says="concentration of engagement {value:.2f} over {days} days, 0 being nobody, 1 one person"
)
concentration_days = measure(
    "day", f="concentration", windows=(91,), says="concentration of activity on single days {value:.2f} over {days} days"
)


@says("as if {value:.1f} people shared the work evenly")
def effective_people(m):
    """How many people of equal activity would give the same concentration over thirteen weeks."""
    return 1.0 / m.concentration_91d.clip(lower=0.001)


@says("one person did nearly everything")
def single_threaded(m):
    """Whether one person or visitor did at least 80 per cent, as squares, of thirteen weeks (1 or 0)."""
    return (m.concentration_91d >= 0.8).astype("int64")
