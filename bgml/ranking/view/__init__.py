"""One group or account as it stands in a ranking: everything about it, as values and as text."""
