"""`python -m derive`."""

from derive.cli.main import run

if __name__ == "__main__":
    run()
