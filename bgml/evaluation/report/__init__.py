"""An evaluation for people: words, tables, pictures."""
