"""Volume: how much was done, by signal category, on how many days, and with what weight."""

from bgml import measure

actions = measure(says="{value:.0f} actions in the last {days} days")
actions_named = measure(where="named", says="{value:.0f} actions of known people in the last {days} days")
actions_anonymous = measure(where="anonymous", says="{value:.0f} anonymous actions in the last {days} days")
actions_qualified_lead = measure(where="qualified_lead", says="{value:.0f} qualified-lead events in the last {days} days")
actions_third_party_intent = measure(where="third_party_intent", says="{value:.0f} third-party intent signals in the last {days} days")
weight = measure(of="weight", f="all", says="weight of signals {value:.1f} over {days} days")
days = measure("day", says="active on {value:.0f} days of the last {days}")
weeks = measure("week", windows=(91, 182), says="active in {value:.0f} weeks of the last {days} days")
kinds_of_action = measure("action", windows=(28, 91), says="{value:.0f} different kinds of action in the last {days} days")
categories = measure("category", windows=(28, 91), says="{value:.0f} kinds of signal in the last {days} days")
