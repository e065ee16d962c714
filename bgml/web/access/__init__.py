"""Who asks, what they may see and do, and the record of what they saw."""
