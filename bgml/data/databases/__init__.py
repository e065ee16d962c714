"""Databases behind a URL: opening them, what goes wrong with them in one sentence, tables written back to them."""
