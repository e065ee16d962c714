"""`python -m bgml`, the same as `bgml`."""

from bgml.cli.main import run

if __name__ == "__main__":
    run()
