"""What to do about a group: whom to contact, whom to win back, whom to find."""
