"""The front door: `python -m derive`."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence

from derive.cli import console
from derive.cli.arguments import parser, split, subparser
from derive.errors import DeriveError

INTERRUPTED = 130
"""What a program returns that SIGINT has ended: 128 and the number of the signal."""


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    0: done; 1: the check of the derivation failed; 2: bad input; 3: TeX is missing or failed, or derive itself did;
    130: interrupted.
    """
    command, rest = split(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if command:
            return _other(command, rest)
        options = parser().parse_intermixed_args(rest)
        from derive.cli.main_command import write

        return _flushed(write(options))
    except DeriveError as error:
        console.error(str(error))
        return error.exit_code
    except BrokenPipeError:
        _discard_output()
        return 0
    except OSError as error:
        console.error(f"cannot write: {error.strerror}")
        _discard_output()
        return DeriveError.exit_code
    except KeyboardInterrupt:
        console.say("interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last net: whatever nobody expected becomes a report
        from derive.cli import faults

        return faults.report(error, arguments)


def _other(command: str, rest: Sequence[str]) -> int:
    options = subparser(command).parse_intermixed_args(rest)
    from derive.cli import subcommands

    if command == "formula":
        from derive.cli.formula import print_formulas

        return print_formulas(options)
    if command == "new":
        subcommands.new(options.file, force=options.force)
    elif command == "list":
        subcommands.list_entries(" ".join(options.group) or None)
    else:
        subcommands.schema()
    return _flushed(0)


def _flushed(code: int) -> int:
    """An exit code, once what was printed has arrived. Raises `OSError` where it cannot."""
    sys.stdout.flush()
    return code


def _discard_output() -> None:
    """Let nothing be written any more where nobody reads, or there is no room, at the end of the program either."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def run() -> None:
    """The entry point of the installed command: an interrupt ends it, once and quietly, at any moment."""
    interrupted = []

    def interrupt(_number: int, _frame: object) -> None:
        interrupted.append(True)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = _unraisable
    try:
        code = main(sys.argv[1:])
    except BaseException:  # libraries turn an interrupt into errors of their own
        if not interrupted:
            raise
        code = INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    """An interrupt that fell into a place that cannot pass it on is made again."""
    if isinstance(found.exc_value, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(found)
