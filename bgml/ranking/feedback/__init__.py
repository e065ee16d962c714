"""What comes back: sellers' verdicts on ranked groups, and persons who ask to be forgotten."""
