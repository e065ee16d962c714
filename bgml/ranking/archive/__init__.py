"""Rankings as they are kept: on disk, never changed, with the names of people beside them."""
