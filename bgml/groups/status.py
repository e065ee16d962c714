"""How present a member is, by the last signal: active, cooling or dark (days in `[stages]`)."""

ACTIVE, COOLING, DARK = "active", "cooling", "dark"
