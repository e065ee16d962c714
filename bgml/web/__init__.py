"""The service: an API and a page for the weekly ranking. It reads rankings and stored results, writes verdicts, and loads no model."""
