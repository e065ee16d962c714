"""Whether sales works single leads, an account as one, or its groups: decided per account and date, from what was known then."""
