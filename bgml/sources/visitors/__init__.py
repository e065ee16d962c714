"""Anonymous visitors to accounts."""
