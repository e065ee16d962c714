"""The simulated market as the raw tables of a CRM."""
