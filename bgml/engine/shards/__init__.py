"""Signals as tiles, cut into shards of accounts: what the kernel reads, as codes, and its fingerprint."""
