"""The tables, their checks, and the warehouses they are read from."""
