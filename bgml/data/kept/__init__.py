"""What a project keeps beside its tables and reads with them: verdicts given to bgml, and whom it was told to forget."""
