"""Handing a ranking out: files for people, files for CRMs, the log of what was handed out."""
