"""Running the service: workers, logs, what operators watch."""
