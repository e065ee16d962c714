"""What is wrong with the tables: every check, what is set aside, and what is told of it."""
