"""`python -m derive`, and the entry point of the installed command."""

import _signal  # type: ignore[import-not-found]  # not `signal`, whose own imports take their time

_signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # an interrupt while the rest is imported is quiet

from derive.cli.main import run  # noqa: E402

if __name__ == "__main__":
    run()
