"""Raw tables to staged rows, as a declaration says."""
