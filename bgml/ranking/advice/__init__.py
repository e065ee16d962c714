"""What the people of a group make of it: which roles are missing, how far it is, what to do next."""
