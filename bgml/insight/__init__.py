"""What the tables themselves tell, without a model: groups behind single leads, and what went with engaged groups."""
